/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the connections of a capture share: silences survived and died of, ages, moments, ports. Bounded; fed
 * by the door as segments and resets come. What is asked of it is known as far as the capture was read. */

#ifndef RO_DIAGNOSE_SHARED_H
#define RO_DIAGNOSE_SHARED_H

#include "diagnose/services.h"
#include "diagnose/tally.h"
#include "reset/reset.h"

typedef struct ro_shared ro_shared;

ro_shared *ro_shared_new(void);
void ro_shared_free(ro_shared *shared); /* NULL is allowed */

/* A connection has begun; it lives as long as `shared`. */
void ro_shared_add_stream(ro_shared *shared, const ro_stream *st);

/* It is about to be freed. */
void ro_shared_forget_stream(ro_shared *shared, const ro_stream *st);

/* A SYN-ACK was seen for the first time in its connection. */
void ro_shared_accepted(ro_shared *shared, const ro_stream *st, const ro_segment *s);

/* A pause of a connection (RO_PAUSE_NS or more) ended by ordinary traffic, and that was answered by `s`. */
void ro_shared_survived(ro_shared *shared, const ro_stream *st, const ro_segment *s);

/* A RST with its facts; sets r->twin. */
void ro_shared_add_reset(ro_shared *shared, ro_reset *r);

/* The records of the RST's listener, pair and claimed sender; NULL where there is none. */
const ro_service *ro_shared_service(const ro_shared *shared, const ro_reset *r);
const ro_pair *ro_shared_pair(const ro_shared *shared, const ro_reset *r);
const ro_address *ro_shared_address(const ro_shared *shared, const ro_reset *r);

/* The moment at which the claimed sender closed the connection: its FIN, or the RST where there was none. */
ro_moment ro_shared_closing(const ro_reset *r);

/* Whether the claimed sender closed by itself, not as the answer to a segment. */
bool ro_shared_closed_by_itself(const ro_reset *r);

/* Silence before that: since the last data of either side; 0 where it is not known, or where a client
 * waited for an answer. */
int64_t ro_shared_quiet(const ro_reset *r);

/* Connections of the listener that their server closed within the same moment; NULL where this was the only
 * one. */
const ro_burst *ro_shared_burst(const ro_shared *shared, const ro_reset *r);

/* The first data of the server of a connection; `frame` holds it. */
void ro_shared_add_speech(ro_shared *shared, const ro_stream *st, uint32_t frame);

/* Counts over connections, see tally.h and counts.h. */
const ro_tallies *ro_shared_tallies(const ro_shared *shared);

#endif
