/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends of idle connections that a program chose: its own timer, and the request that met it. */

#ifndef RO_DIAGNOSE_IDLE_CLOSE_H
#define RO_DIAGNOSE_IDLE_CLOSE_H

#include "diagnose/rows.h"

RO_DIAGNOSIS(idle_close_race);
RO_DIAGNOSIS(stale_connection);
RO_DIAGNOSIS(idle_close);

#endif
