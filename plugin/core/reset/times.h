/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long before a RST things happened: the last segments, the first SYN, the last silence. */

#ifndef RO_RESET_TIMES_H
#define RO_RESET_TIMES_H

#include "reset/reset.h"

/* Sets the times of `r` that need no trigger, the round trips, idle_ns, timer_ns and after_probe.
 * r->sender, r->receiver and r->host must be set.
 *
 * idle_ns is the silence of both sides before the exchange that the RST belongs to. Retransmissions,
 * unanswered keep-alive probes and the closing are part of the exchange: a request that is repeated for
 * a minute and then reset began after the silence before the request.
 *
 * timer_ns is the silence after which a timer may have reset the connection, or have made a device
 * forget it. It is 0 where the connection took data since that silence. After a FIN it is the silence
 * since the FIN or the last segment that followed it, as a half-closed connection has its own timer. */
void ro_times_update(ro_reset *r);

#endif
