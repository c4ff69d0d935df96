/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Joins events of a kernel with resets of the capture. */

#ifndef RO_POINTS_WITNESS_MATCH_H
#define RO_POINTS_WITNESS_MATCH_H

#include "points/witness.h"

/* An event, or a reset that its copies are known of, was just taken in. */
void ro_witness_match_event(const ro_witnesses *w, ro_testimony *t);
void ro_witness_match_reset(const ro_witnesses *w, ro_reset *r);

/* Sorts out what is traced as a received reset and was none; before `t`, the newest event, is matched. */
void ro_witness_set_aside(const ro_witnesses *w, const ro_testimony *t);

/* The time of a reset by the clock of the recording's host. */
int64_t ro_witness_host_time(const ro_witness_session *s, int64_t time_ns);

/* A pair with the same ends that is too far apart speaks for a clock that is off: see witness_clock.c. */
void ro_witness_vote_event(const ro_witnesses *w, const ro_testimony *t);
void ro_witness_vote_reset(const ro_witnesses *w, const ro_reset *r);

/* The newest reset between the event's ends, or NULL. */
ro_reset *ro_witness_newest_reset(const ro_witnesses *w, const ro_testimony *t);

/* The difference of two times in nanoseconds, whatever the file says: far ones are taken as RO_WITNESS_REACH_NS. */
int64_t ro_witness_between(int64_t a, int64_t b);

/* Whether another reset of the same direction, which the sender's kernel told of, is this one once more: the network
 * doubled it, or the capture did, too late to be known as a copy. */
bool ro_witness_told_of_like(const ro_reset *r);

/* Whether the capture has a reset that the event may tell of, whoever else tells of it. */
bool ro_witness_has_reset(const ro_witnesses *w, const ro_testimony *t);

#endif
