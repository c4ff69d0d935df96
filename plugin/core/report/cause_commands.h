/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands for resets of which no more than the cause is known. */

#ifndef RO_REPORT_CAUSE_COMMANDS_H
#define RO_REPORT_CAUSE_COMMANDS_H

#include "diagnose/diagnosis.h"

/* Appends commands for the platform of the sender, as far as its SYN tells; where it is not decided who
 * sent it, those that capture at the other place. Nothing for a harmless reset. */
void ro_cause_commands(const ro_case *c, ro_group group, GArray *commands);

#endif
