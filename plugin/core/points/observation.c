/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks for a RST at another capture point, and weighs its absence. */

#include "points/observation.h"

#include "base/constants.h"
#include "base/seq.h"
#include "points/placement.h"
#include "points/point_stats.h"
#include "points/reset_match.h"
#include "points/sample.h"
#include "points/stream_join.h"
#include "points/stream_match.h"

/* Weights of an absence: at most this, whatever the loss; and less where other reasons remain. */
#define WEIGHT_MAX    40
#define WEIGHT_LEG    RO_ABSENT_MAX /* it is another connection there: no loss explains that */
#define WEIGHT_BRANCH 16 /* what it answers was not seen there either: another way, another host */
#define WEIGHT_UNSEEN 10 /* nor was the connection: a second server behind one address does that */
/* Nor was the SYN that it refuses. It names nobody alone: a member of a group that serves one address may refuse
 * what the others take; but it is no word for the server either. */
#define WEIGHT_REFUSED 15
#define WEIGHT_BLIND   12 /* no other packet of the sender was seen there */

/* A capture that shows nothing for so long may have been stopped. */
#define STOPPED_NS (2 * RO_S)

/* The network doubled the packet behind the other point: the first of the two has a copy there. */
#define DOUBLED_NS (50 * RO_MS)

static const ro_reset *doubled_of(const ro_reset *r)
{
    const ro_reset *e = r->prev_same;

    return e && e->seg.seq == r->seg.seq && e->seg.ack == r->seg.ack &&
                   e->seg.flags == r->seg.flags && e->seg.ip_id == r->seg.ip_id &&
                   e->seg.ttl == r->seg.ttl && r->seg.time_ns - e->seg.time_ns <= DOUBLED_NS
               ? e
               : NULL;
}

static const ro_reset *copy_at(const ro_reset *r, unsigned at)
{
    for (const ro_reset *t = r->copy_next; t && t != r; t = t->copy_next) {
        if (t->stream->sample->at == at) {
            return t;
        }
    }
    return NULL;
}

/* Times of one packet at both points differ by the clocks and the way, give or take. */
#define SAME_PACKET_NS (100 * RO_MS)

static bool same_time(const ro_stream_match *p, int64_t at_a, int64_t at_b)
{
    int64_t way = p->way_ns < 0 ? -p->way_ns : p->way_ns;
    int64_t off = at_b - at_a - p->offset_ns;

    return !p->has_clock || (off < 0 ? -off : off) <= way + SAME_PACKET_NS;
}

/* Whether the other stream holds the segment that the RST answers, not only an earlier copy. */
static bool trigger_seen(const ro_reset *r, const ro_stream_match *p)
{
    const ro_recent_segment *t = &r->trigger;
    int d = !r->d;
    int e = ro_stream_match_dir(p, d);
    const ro_history *history = &p->b->history[e];
    const ro_sample *sample = p->b->sample;
    uint32_t seq = t->seq + p->shift[d];
    uint32_t ack = t->ack + p->shift[!d];
    uint32_t data = t->end - t->seq - ((t->flags & RO_SYN) != 0) - ((t->flags & RO_FIN) != 0);

    for (unsigned i = 0; i < history->n; i++) {
        const ro_recent_segment *x = &history->recent[i];

        /* offload may have joined it with its neighbours */
        if (ro_seq_le(x->seq, seq) && ro_seq_ge(x->end, t->end + p->shift[d]) &&
            (!(t->flags & RO_ACK) || x->ack == ack) && same_time(p, t->time_ns, x->time_ns)) {
            return true;
        }
    }
    for (unsigned i = 0; i < sample->n[e]; i++) {
        const ro_sampled *x = &sample->kept[e][i];

        if (x->seq == seq && x->len >= data && (!(t->flags & RO_ACK) || x->ack == ack) &&
            (x->times > 1 || same_time(p, t->time_ns, x->time_ns))) {
            return true;
        }
    }
    return false;
}

/* Whether the other point saw the connection up to the RST: what it answers, or else all that its
 * claimed sender and its receiver had sent. */
static bool rest_seen(const ro_reset *r, const ro_stream_match *p)
{
    const ro_dir *x = p->b->dir[ro_stream_match_dir(p, r->d)];
    const ro_dir *y = p->b->dir[ro_stream_match_dir(p, !r->d)];

    if (r->facts & RO_FACT_TRIGGER) {
        return trigger_seen(r, p);
    }
    if ((r->receiver->has & RO_DIR_SEQ) &&
        (!(y->has & RO_DIR_SEQ) || ro_seq_lt(y->snd_nxt, r->receiver->snd_nxt + p->shift[!r->d]))) {
        return false;
    }
    return (r->sender->has & RO_DIR_SEQ) && (x->has & RO_DIR_SEQ) &&
           ro_seq_ge(x->snd_nxt, r->sender->snd_nxt + p->shift[r->d]);
}

static int decibans(double p)
{
    int w = 0;

    for (; w < WEIGHT_MAX && p < 0.7943; w++) {
        p *= 1.2589; /* one deciban */
    }
    return w;
}

static int at_most(int w, int limit)
{
    return w < limit ? w : limit;
}

/* Whether the point at `at` would have shown the RST by now, had it passed there. */
static bool is_known_by_now(const ro_points *v, const ro_reset *r, const ro_observation *s,
                            int64_t way)
{
    if (v->complete) {
        return true;
    }
    return s->has_offset && v->newest_ns >= r->seg.time_ns + s->offset_ns - way / 2;
}

static bool may_have_stopped(const ro_points *v, const ro_reset *r, const ro_observation *s,
                             unsigned at)
{
    int64_t then = r->seg.time_ns + (s->has_offset ? s->offset_ns : 0);

    return then > v->point[at].last_ns + STOPPED_NS || then + STOPPED_NS < v->point[at].first_ns;
}

/* Resets of the same make in the same burst that did pass there: the sender does send such. */
static bool sibling_passed(const ro_reset *r, unsigned at)
{
    for (int back = 0; back < 2; back++) {
        const ro_reset *e = back ? r->prev_same : r->next_same;

        for (int i = 0; e && i < RO_BURST_STEPS && e->event == r->event; i++) {
            if (e->seg.flags == r->seg.flags && e->seg.ttl == r->seg.ttl &&
                e->seg.window == r->seg.window && copy_at(e, at)) {
                return true;
            }
            e = back ? e->prev_same : e->next_same;
        }
    }
    return false;
}

/* The connection is there, the RST is not: how much that weighs. */
static void weigh_absence(ro_points *v, const ro_reset *r, const ro_stream_match *p,
                          ro_observation *s)
{
    const ro_stream *o = p->b;
    unsigned at = o->sample->at;
    int d = ro_stream_match_dir(p, r->d);

    s->kind = RO_OBSERVED_MISSING;
    s->rest_seen = rest_seen(r, p);
    s->weight = decibans(ro_point_stats_loss(v, at, r->stream->sample->at, &s->missed, &s->of));
    if (!s->rest_seen || may_have_stopped(v, r, s, at) || sibling_passed(r, at)) {
        s->weight = at_most(s->weight, WEIGHT_BRANCH);
    }
    if (o->dir[d]->segments == 0) {
        const ro_host *h = ro_hosts_peek(v->hosts, o->end[d].addr, o->point);

        if (!h ||
            h->kinds[RO_CLASS_DATA] + h->kinds[RO_CLASS_SYN] + h->kinds[RO_CLASS_SYN_ACK] == 0)
            s->weight = at_most(s->weight, s->rest_seen ? WEIGHT_BRANCH : WEIGHT_BLIND);
    }
}

static void look_at_copy(ro_points *v, const ro_reset *r, ro_stream *o, ro_observation *s)
{
    unsigned at = o->sample->at;
    unsigned own = r->stream->sample->at;
    ro_stream_match p;
    int64_t way;

    ro_stream_match_make(r->stream, o, &p);
    s->nearer = -ro_stream_match_nearer(&p, r->d);
    if (s->nearer == 0) {
        s->nearer = ro_point_stats_nearer(v, at, own) * (r->claimed_sender == RO_CLIENT ? 1 : -1);
    }
    s->has_offset = p.has_clock;
    s->offset_ns = p.offset_ns;
    if (!s->has_offset) {
        s->has_offset = ro_point_stats_offset(v, own, at, r->seg.time_ns, &s->offset_ns);
    }
    s->copy = copy_at(r, at);
    for (const ro_reset *e = r; !s->copy && (e = doubled_of(e)) != NULL;) {
        s->copy = copy_at(e, at);
    }
    if (s->copy && s->nearer == 0 && (r->seg.known & s->copy->seg.known & RO_KNOW_IP)) {
        s->nearer = s->copy->seg.ttl > r->seg.ttl ? 1 : s->copy->seg.ttl < r->seg.ttl ? -1 : 0;
    }
    s->next_to_sender = ro_point_is_next_to(o, ro_stream_match_dir(&p, r->d));
    if (s->copy) {
        s->kind = RO_OBSERVED_SEEN;
        s->moved = ro_seq_diff(r->seg.seq + p.shift[r->d], s->copy->seg.seq);
        s->rewritten = s->moved != 0 && r->seg.seq != s->copy->seg.seq;
        return;
    }
    way = p.way_ns < 0 ? -p.way_ns : p.way_ns;
    if (!is_known_by_now(v, r, s, way)) {
        return;
    }
    if (ro_reset_perhaps(r, &p)) {
        return;
    }
    weigh_absence(v, r, &p, s);
}

/* The copy runs in a connection of other ends there: address translation was forgotten between. */
static void look_at_stranger(ro_points *v, const ro_reset *r, const ro_reset *copy,
                             ro_observation *s)
{
    unsigned at = copy->stream->sample->at;
    unsigned own = r->stream->sample->at;

    s->kind = RO_OBSERVED_SEEN;
    s->copy = copy;
    s->nearer = ro_point_stats_nearer(v, at, own) * (r->claimed_sender == RO_CLIENT ? 1 : -1);
    if (s->nearer == 0 && (r->seg.known & copy->seg.known & RO_KNOW_IP)) {
        s->nearer = copy->seg.ttl > r->seg.ttl ? 1 : copy->seg.ttl < r->seg.ttl ? -1 : 0;
    }
    s->has_offset = ro_point_stats_offset(v, own, at, r->seg.time_ns, &s->offset_ns);
    s->next_to_sender = ro_point_is_next_to(copy->stream, copy->d);
}

static void look_at_leg(ro_points *v, const ro_reset *r, const ro_stream *leg, ro_observation *s)
{
    unsigned own = r->stream->sample->at;
    const ro_dir *here = r->stream->dir[r->d];
    const ro_dir *there = leg->dir[r->d];

    s->nearer =
        ro_point_stats_nearer(v, leg->sample->at, own) * (r->claimed_sender == RO_CLIENT ? 1 : -1);
    if (s->nearer == 0 && here->rtt_n && there->rtt_n) {
        s->nearer = there->rtt_min_ns < here->rtt_min_ns ? 1 : -1;
    }
    s->kind = RO_OBSERVED_OTHER_LEG;
    s->weight = WEIGHT_LEG;
}

/* What was not captured at the time of the RST is no evidence: a point that starts late or stops early. */
static bool captured_then(const ro_points *v, const ro_reset *r, const ro_observation *s,
                          unsigned at)
{
    int64_t then = r->seg.time_ns + (s->has_offset ? s->offset_ns : 0);

    return then >= v->point[at].first_ns && then <= v->point[at].last_ns;
}

/* The host is known there, by packets that came from it, but not this connection. */
static void look_for_host(ro_points *v, const ro_reset *r, unsigned at, ro_observation *s)
{
    unsigned own = r->stream->sample->at;
    const ro_host *h = ro_hosts_peek(v->hosts, r->stream->end[r->d].addr, v->point[at].id);

    s->nearer = ro_point_stats_nearer(v, at, own) * (r->claimed_sender == RO_CLIENT ? 1 : -1);
    s->has_offset = ro_point_stats_offset(v, own, at, r->seg.time_ns, &s->offset_ns);
    if (!h || h->kinds[RO_CLASS_DATA] + h->kinds[RO_CLASS_SYN_ACK] == 0 || s->nearer == 0 ||
        may_have_stopped(v, r, s, at) || !is_known_by_now(v, r, s, 0)) {
        return;
    }
    s->kind = RO_OBSERVED_UNSEEN;
    s->weight = WEIGHT_UNSEEN;
    if (r->shape == RO_SHAPE_REPLY_TO_SYN && captured_then(v, r, s, at)) {
        s->weight =
            at_most(decibans(ro_point_stats_loss(v, at, own, &s->missed, &s->of)), WEIGHT_REFUSED);
    }
}

void ro_observation_make(ro_points *v, const ro_reset *r, unsigned at, ro_observation *s)
{
    const ro_reset *copy = copy_at(r, at);
    ro_stream *o = ro_join_stream_at(r->stream, at);

    if (o) {
        look_at_copy(v, r, o, s);
    } else if (copy) {
        look_at_stranger(v, r, copy, s);
    } else if ((o = ro_join_other_leg(r->stream, at)) != NULL) {
        look_at_leg(v, r, o, s);
    } else {
        look_for_host(v, r, at, s);
    }
}
