/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a host learns from the segments of its connections. */

#ifndef RO_TRACK_HOST_LEARN_H
#define RO_TRACK_HOST_LEARN_H

#include "track/host.h"
#include "track/stream.h"

/* Segments of a direction that the host learns from each: its first ones, where the handshake and the first
 * answer stand. Later ones teach it only by a new TTL or a better round trip, which keeps the cost of an
 * ordinary packet constant and small. */
#define RO_HOST_LEARNS 4

/* Takes in `s`, which is no RST, after `sender`, its direction, took it in. True where the host accepted a
 * connection by it (the first SYN-ACK). */
bool ro_host_learn(ro_host *h, const ro_dir *sender, const ro_segment *s);

#endif
