/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections that a device forgot while they were silent. */

#ifndef RO_DIAGNOSE_IDLE_TIMEOUT_H
#define RO_DIAGNOSE_IDLE_TIMEOUT_H

#include "diagnose/rows.h"

RO_DIAGNOSIS(idle_timeout);
RO_DIAGNOSIS(half_closed_timeout);

#endif
