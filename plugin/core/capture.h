/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A capture: all its streams, hosts and resets, fed one segment at a time. This is the core's
 * front door. */

#ifndef RO_CORE_CAPTURE_H
#define RO_CORE_CAPTURE_H

#include "diagnose/diagnosis.h"
#include "points/points.h"
#include "points/witness.h"
#include "reset/reset.h"
#include "track/segment.h"
#include "track/stream.h"

typedef struct ro_capture ro_capture;

ro_capture *ro_capture_new(void);
void ro_capture_free(ro_capture *cap); /* NULL is allowed */

/* Takes in one segment; segments come in capture order. Cost is constant; it allocates only for a
 * new stream, a new host and a RST. */
void ro_capture_observe(ro_capture *cap, const ro_segment *seg, ro_observed *out);

/* Where a segment belongs, as far as it is known before it is taken in. */
typedef struct ro_place {
    ro_stream *stream; /* the newest one on its ports, or NULL */
    int d;             /* direction of the segment in it */
    uint32_t ends_hash;
    uint64_t segments; /* taken in when it was asked for */
} ro_place;

ro_place ro_capture_place(ro_capture *cap, const ro_segment *seg);

/* ro_capture_observe for a segment whose place was asked for; it is asked for again where another segment was taken
 * in since. seg->stream must be right where there is no stream yet, and on a SYN (the caller has to ask Wireshark
 * for it). */
void ro_capture_take(ro_capture *cap, const ro_segment *seg, ro_place place, ro_observed *out);

/* Grows with everything that can change a verdict: what was judged at the same number is judged alike. */
uint64_t ro_capture_state(const ro_capture *cap);

/* Takes in what a kernel said of a reset (extcap/rst-witness). Returns what is kept of an event, which lives
 * as long as the capture; NULL for other records. */
const ro_testimony *ro_capture_testify(ro_capture *cap, const ro_witness_record *record);

/* Figures for the benchmark and the report. */
uint32_t ro_capture_streams(const ro_capture *cap);
uint32_t ro_capture_resets(const ro_capture *cap);

/* Connections to a service that one capture point saw. Walks through all streams: for a report. */
uint32_t ro_capture_connections_to(const ro_capture *cap, uint64_t point, ro_addr addr,
                                   uint16_t port);

/* What is kept to compare capture points. Lives as long as the capture. */
ro_points *ro_capture_points(const ro_capture *cap);

/* All resets of the capture (ro_reset), in capture order. */
const GPtrArray *ro_capture_reset_list(const ro_capture *cap);

/* What the connections share, see diagnose/shared.h. */
const ro_shared *ro_capture_shared(const ro_capture *cap);

/* Seconds of the timer that the reset seems to have met, judged by all resets so far; 0 where its
 * silence is like no others, see idle.h. */
uint32_t ro_idle_timer(const ro_capture *cap, const ro_reset *r);

/* Fills what the diagnoses read; `v` is the verdict on `r`. All three must outlive `c`. */
static inline void ro_capture_case(const ro_capture *cap, const ro_reset *r, const ro_verdict *v,
                                   ro_case *c)
{
    c->reset = r;
    c->verdict = v;
    c->shared = ro_capture_shared(cap);
}

/* The n-th reset of the capture (from 0), in capture order. */
ro_reset *ro_capture_reset(const ro_capture *cap, uint32_t n);

#endif
