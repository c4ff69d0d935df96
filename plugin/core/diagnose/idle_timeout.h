/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections that a device forgot while they were silent. */

#ifndef RO_DIAGNOSE_IDLE_TIMEOUT_H
#define RO_DIAGNOSE_IDLE_TIMEOUT_H

#include "diagnose/rows.h"

RO_DIAGNOSIS(idle_timeout);
RO_DIAGNOSIS(half_closed_timeout);

/* The length of the device's idle timer in ns, where it was measured or lies between a silence that was survived
 * and one that was not, and a known one fits; else 0. */
int64_t ro_idle_timeout_length(const ro_case *c);

#endif
