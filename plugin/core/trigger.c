/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the segment that a RST answers by the arithmetic of RFC 9293 3.10.7.1. */

#include "trigger.h"

#include <stddef.h>

#include "constants.h"
#include "seq.h"

/* How far back an ACK number can lie that a segment still under way carries: a window's worth. */
#define OLD_ACK_AT_MOST (1 << 22)

typedef bool (*fits_fn)(const ro_segment *rst, const ro_past *p);

/* Trigger had an ACK: <SEQ=SEG.ACK><CTL=RST>. */
static bool fits_bare(const ro_segment *rst, const ro_past *p)
{
    return (p->flags & RO_ACK) && p->ack == rst->seq;
}

/* Trigger had none: <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>. A host that does not take the data
 * of a Fast Open SYN acknowledges the SYN alone. */
static bool fits_no_ack(const ro_segment *rst, const ro_past *p)
{
    return !(p->flags & RO_ACK) &&
           (p->end == rst->ack || ((p->flags & RO_SYN) && p->seq + 1 == rst->ack));
}

/* A bare RST can answer a SYN only against the RFC; it is matched by what little it has. */
static bool fits_syn_bare(const ro_segment *rst, const ro_past *p)
{
    (void)rst;
    return (p->flags & (RO_SYN | RO_ACK)) == RO_SYN;
}

/* RST+ACK made from a segment's header: both its numbers turned round. */
static bool fits_mirrored(const ro_segment *rst, const ro_past *p)
{
    return (p->flags & RO_ACK) && p->ack == rst->seq && p->end == rst->ack;
}

/* Longest time after which a kernel's reply still counts as one. */
static int64_t reply_deadline(const ro_reset *r)
{
    int64_t rtt = r->x.rtt_n ? r->x.rtt_max_ns : 0;

    if (!r->x.rtt_n && r->host_then.rtt_n) {
        rtt = r->host_then.rtt_min_ns;
    }
    return rtt + RO_REPLY_LATE_NS;
}

/* A segment whose octets its receiver acknowledged was taken in by a living socket and not answered
 * with a RST; sent again, it may have been. */
static bool accepted(const ro_reset *r, const ro_past *p)
{
    return p->end != p->seq && !p->repeat && (r->x.has & RO_DIR_ACK) &&
           ro_seq_le(p->end, r->x.rcv_nxt);
}

/* True if segments older than those remembered may fit as well. */
static bool forgotten_may_fit(const ro_reset *r, fits_fn fits)
{
    ro_ring *ring = &r->stream->ring[!r->d];
    const ro_past *oldest = ro_ring_newest(ring, RO_PAST - 1);

    return oldest && fits(&r->seg, oldest);
}

/* Chooses among the segments that fit the one that speaks best for an endpoint: the oldest that is
 * at least a round trip old, yet not too old for a kernel's reply (a kernel answers in order); else
 * the oldest of those that are too young; else the newest of the old ones. Answered ones count only
 * if nothing else fits, for a kernel answers each segment once. */
static ro_past *choose(ro_reset *r, fits_fn fits)
{
    ro_ring *ring = &r->stream->ring[!r->d];
    int64_t rtt = r->x.rtt_n ? r->x.rtt_min_ns : (r->host_then.rtt_n ? r->host_then.rtt_min_ns : 0);
    int64_t deadline = reply_deadline(r);
    ro_past *due = NULL;   /* a round trip old */
    ro_past *young = NULL; /* younger: the oldest of them */
    ro_past *old = NULL;   /* past the deadline: the newest of them */
    ro_past *taken = NULL;
    ro_past *p;

    for (unsigned i = 0; (p = ro_ring_newest(ring, i)) != NULL; i++) {
        int64_t age = r->seg.time_ns - p->time_ns;

        if (!fits(&r->seg, p) || accepted(r, p)) {
            continue;
        }
        if (p->answered) {
            taken = taken ? taken : p;
        } else if (age > deadline) {
            old = old ? old : p;
        } else if (age * 10 >= rtt * 9) {
            due = p;
        } else {
            young = p;
        }
    }
    if (due) {
        return due;
    }
    if (young) {
        if (forgotten_may_fit(r, fits)) {
            r->facts |= RO_FACT_TRIGGER_OLDER;
        }
        return young;
    }
    return old ? old : taken;
}

static void take_trigger(ro_reset *r, ro_past *p)
{
    r->trigger = *p;
    r->response_ns = r->seg.time_ns - p->time_ns;
    r->facts |= RO_FACT_TRIGGER;
    p->answered = true;
}

/* When did the newest octet that the RST acknowledges first go by? Only what its sender had not
 * acknowledged before tells anything: X cannot know of it before it reached X. */
static void knowledge(ro_reset *r)
{
    const ro_dir *x = &r->x;
    ro_ring *ring = &r->stream->ring[!r->d];
    const ro_past *first = NULL;
    const ro_past *p;

    if (!(r->seg.flags & RO_ACK) || !(r->y.has & RO_DIR_SEQ) ||
        ro_seq_gt(r->seg.ack, r->y.snd_nxt) ||
        ((x->has & RO_DIR_ACK) && ro_seq_le(r->seg.ack, x->rcv_nxt))) {
        return;
    }
    for (unsigned i = 0; (p = ro_ring_newest(ring, i)) != NULL; i++) {
        if (ro_seq_ge(p->end, r->seg.ack)) {
            first = p;
        } else {
            break;
        }
    }
    if (!first) {
        return;
    }
    r->facts |= RO_FACT_KNOWLEDGE_AGE;
    r->knowledge_ns = r->seg.time_ns - first->time_ns;
    r->knowledge_frame = first->frame;
    if (p == NULL && ring->n == RO_PAST) {
        r->facts |= RO_FACT_KNOWLEDGE_MIN; /* it may have gone by before what is remembered */
    }
}

/* SEQ as an abort has it: SND.NXT of its sender, or the right edge of the window where that is
 * less (Linux tcp_acceptable_seq), or, where its sender was not seen, what the other side expects. */
static bool at_snd_nxt(const ro_reset *r)
{
    const ro_dir *x = &r->x;
    const ro_dir *y = &r->y;

    if (x->has & RO_DIR_SEQ) {
        return r->seg.seq == x->snd_nxt ||
               ((y->has & RO_DIR_WINDOW) && r->seg.seq == y->right_edge &&
                ro_seq_lt(y->right_edge, x->snd_nxt));
    }
    return (y->has & RO_DIR_ACK) && r->seg.seq == y->rcv_nxt;
}

static ro_shape shape_bare(ro_reset *r)
{
    ro_past *p = choose(r, fits_bare);

    if (p) {
        take_trigger(r, p);
        return RO_SHAPE_REPLY;
    }
    if (!(r->y.has & RO_DIR_ACK)) {
        p = choose(r, fits_syn_bare);
        if (p) {
            take_trigger(r, p);
        }
    } else if (r->stream->ring[!r->d].n == RO_PAST && ro_seq_lt(r->seg.seq, r->y.rcv_nxt) &&
               ro_seq_diff(r->y.rcv_nxt, r->seg.seq) < OLD_ACK_AT_MOST &&
               ro_seq_lt(r->seg.seq, ro_ring_newest(&r->stream->ring[!r->d], RO_PAST - 1)->ack)) {
        return RO_SHAPE_REPLY; /* to a segment older than those remembered */
    }
    return RO_SHAPE_OTHER;
}

static ro_shape shape_with_ack(ro_reset *r)
{
    ro_past *p = choose(r, fits_no_ack);

    /* A connection that its sender takes part in is aborted, not refused. */
    if (p && (!(r->x.has & RO_DIR_SEQ) || r->seg.seq == 0)) {
        take_trigger(r, p);
        return (p->flags & RO_SYN) ? RO_SHAPE_REPLY_TO_SYN : RO_SHAPE_REPLY;
    }
    p = choose(r, fits_mirrored);
    if (p) {
        r->mirrors = true;
        /* It answers that segment only if nothing else of it was acknowledged before. */
        if (!at_snd_nxt(r) || (r->facts & RO_FACT_KNOWLEDGE_AGE)) {
            take_trigger(r, p);
        }
    }
    return at_snd_nxt(r) ? RO_SHAPE_ABORT : RO_SHAPE_OTHER;
}

void ro_trigger_find(ro_reset *r)
{
    knowledge(r);
    r->shape = (uint8_t)((r->seg.flags & RO_ACK) ? shape_with_ack(r) : shape_bare(r));
}
