/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The streams of a capture, by their ends and capture point. */

#ifndef RO_TRACK_STREAM_TABLE_H
#define RO_TRACK_STREAM_TABLE_H

#include "track/stream.h"

typedef struct ro_streams ro_streams;

ro_streams *ro_streams_new(void);
void ro_streams_free(
    ro_streams *streams); /* with all streams and those before them on their ports */

/* Direction of a segment: 0 if its source is the lower of the two ends, else 1. */
int ro_segment_direction(const ro_segment *s);

/* The newest stream on the ports of `s`, whose direction is `d`, or NULL. Sets the hash of its ends. */
ro_stream *ro_streams_find(ro_streams *streams, const ro_segment *s, int d, uint32_t *ends_hash);

/* Enters `st`, whose ends_hash is set and which began with `s`; `old` is what stood there before, or NULL. The table owns both. */
void ro_streams_add(ro_streams *streams, ro_stream *st, ro_stream *old, const ro_segment *s);

/* Ports that are used again and again: a stream three connections before `st` on its ports is given up where no
 * reset and no capture point refers to it or to the one after it, since no later frame can. Returns it, out of
 * the table, for the caller to forget and to free by ro_streams_free_one; NULL where there is none. */
ro_stream *ro_streams_shorten(ro_stream *st);
void ro_streams_free_one(ro_stream *st);

/* Connections so far, earlier ones on the same ports included. */
uint32_t ro_streams_count(const ro_streams *streams);

/* Connections to `server` that one capture point saw. Walks through the whole table: for a report, not for
 * a packet. */
uint32_t ro_streams_count_to(const ro_streams *streams, uint64_t point, ro_endpoint server);

#endif
