/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of a finding that has no diagnosis: by its cause and its source. */

#ifndef RO_REPORT_CAUSE_TEXT_H
#define RO_REPORT_CAUSE_TEXT_H

#include "diagnose/diagnosis.h"

/* A cause as a short heading. */
const char *ro_cause_title(ro_cause cause);

/* A command of the advice, ended by one without text. */
typedef struct ro_fixed_command {
    ro_platform platform;
    const char *text;
} ro_fixed_command;

typedef struct ro_cause_advice {
    const char *text;
    ro_fixed_command commands[4];
} ro_cause_advice;

/* What to do. */
const ro_cause_advice *ro_cause_advice_of(ro_group group, ro_source source, ro_cause cause);

#endif
