/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which resets are counted together, and the questions that are asked of the counts. */

#ifndef RO_DIAGNOSE_COUNTS_H
#define RO_DIAGNOSE_COUNTS_H

#include "diagnose/tally.h"
#include "reset/reset.h"

void ro_counts_add_reset(ro_tallies *all, const ro_reset *r);
void ro_counts_add_speech(ro_tallies *all, const ro_stream *st, uint32_t frame);

/* The tally that a RST belongs to; NULL where there is none. */
const ro_tally *ro_count_of(const ro_tallies *all, const ro_reset *r, ro_tally_kind kind);

/* Whether the RST ends a connection as a health check does: its client connected, said nothing or one small
 * request that was answered, and reset. */
bool ro_looks_like_check(const ro_reset *r);

/* Whether the RST answers a single ACK without data or timestamps, all that was ever seen of its connection, as a
 * scanner sends to find out which ports a filter lets through (nmap -sA). */
bool ro_answers_lone_probe(const ro_reset *r);

/* Whether the service ended the connection before it sent an octet, right after the handshake. */
bool ro_is_dropped_early(const ro_reset *r);

/* How long a client waited before it gave up. */
typedef struct ro_wait {
    int64_t since_request_ns;
    int64_t
        since_syn_ns; /* 0 where it had asked before: some timers run from the connect (curl --max-time) */
} ro_wait;

/* Whether a client gave up waiting: since its request nothing came, and it closed, by this RST or by the FIN
 * before it. */
bool ro_gave_up_waiting(const ro_reset *r, ro_wait *wait);

#endif
