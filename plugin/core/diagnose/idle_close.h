/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends of idle connections that a program chose: its own timer, and the request that met it. */

#ifndef RO_DIAGNOSE_IDLE_CLOSE_H
#define RO_DIAGNOSE_IDLE_CLOSE_H

#include "diagnose/rows.h"

/* Some proxies end a connection by FIN and kill the socket in the same breath (HAProxy, where the timer of its own side
 * ran out): a reset right behind the own FIN that nothing drew. */
bool ro_killed_behind_fin(const ro_reset *r);

RO_DIAGNOSIS(idle_close_race);
RO_DIAGNOSIS(stale_connection);
RO_DIAGNOSIS(idle_close);

#endif
