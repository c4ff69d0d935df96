/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that belong to the advice of a cause, where no diagnosis has its own. */

#ifndef RO_REPORT_CAUSE_COMMANDS_H
#define RO_REPORT_CAUSE_COMMANDS_H

#include "diagnose/diagnosis.h"

/* Adds them (ro_command) to the list; none where nothing fits. */
void ro_cause_commands(ro_group group, ro_source source, ro_cause cause, GArray *out);

#endif
