/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes what a SYN or SYN-ACK says of its connection; for stream.c alone. */

#ifndef RO_TRACK_HANDSHAKE_H
#define RO_TRACK_HANDSHAKE_H

#include "track/stream.h"

/* Takes in a SYN or SYN-ACK of direction `d`: ISN, options, network stack, who is the client. */
void ro_stream_take_syn(ro_stream *st, int d, const ro_segment *s);

#endif
