/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the exchange that is going on began, and how long both sides had been silent before it. */

#ifndef RO_TRACK_EXCHANGE_H
#define RO_TRACK_EXCHANGE_H

#include "track/stream.h"

/* The exchange that a connection begins with. */
void ro_exchange_start(ro_stream *st);
void ro_exchange_free(ro_stream *st);

/* To be called with a segment of direction `d` that ends a silence of RO_PAUSE_NS or has a FIN, after
 * the stream has taken in its numbers and before st->last_ns moves. Constant cost. */
void ro_exchange_follow(ro_stream *st, int d, const ro_segment *s, const ro_step *step);

/* Whether the connection is closing: a FIN was seen, and its sender has acknowledged no new data
 * since. One that still takes data uses the half-open connection (RFC 9293 3.6). */
bool ro_exchange_is_closing(const ro_stream *st);

/* Whether a segment or probe of direction `d` waits for its answer and was sent again. */
bool ro_exchange_waits(const ro_stream *st, int d);

/* Whether octets were acknowledged since the exchange began; the other side's FIN does not count. */
bool ro_exchange_has_progress(const ro_stream *st);

#endif
