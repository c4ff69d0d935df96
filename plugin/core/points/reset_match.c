/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the copies of one RST at different capture points. */

#include "points/reset_match.h"

#include <limits.h>

#include "base/constants.h"
#include "base/hash.h"
#include "base/seq.h"
#include "points/sample.h"
#include "points/stream_join.h"
#include "points/stream_match.h"

/* Resets of one direction that a copy is searched among. */
#define RESETS_BACK 64

/* The way of a RST between two points takes as long as that of the stream's other segments: never
 * less, but for jitter, while queues may hold it up. */
#define EARLY_NS       RO_MS
#define EARLY_ALONE_NS (20 * RO_MS)
#define LATE_NS        (60 * RO_MS)
/* Where nothing went the same way before. */
#define LATE_UNKNOWN_NS (1 * RO_S)
/* A host or router holds packets while it asks for the address of the next one: three times, a second apart
 * (RFC 4861 10, RETRANS_TIMER and MAX_MULTICAST_SOLICIT; Linux does the same for ARP). */
#define LATE_HELD_NS (3 * RO_S)
/* Another route is longer or shorter by this much at most, else it starts elsewhere. */
#define ROUTE_HOPS 4
/* Where its hops differ too, or its numbers: a route that changed, a device that rewrites. */
#define LATE_ODD_NS (3 * RO_MS)

/* The IP-ID belongs to the packet: a device that keeps those of other packets keeps this one too. */
static bool ids_differ(const ro_stream_match *p, const ro_reset *r, const ro_reset *e)
{
    return (r->seg.known & e->seg.known & RO_KNOW_IP_ID) && p->id_changed == 0 &&
           r->seg.ip_id != e->seg.ip_id;
}

/* Whether `e`, at the other point, can be the same packet as `r`. */
static bool same_packet(const ro_stream_match *p, const ro_reset *r, const ro_reset *e)
{
    uint32_t seq = e->seg.seq - r->seg.seq;
    uint32_t ack = e->seg.ack - r->seg.ack;
    bool stamped = (r->seg.options & e->seg.options & RO_OPT_TIMESTAMP) != 0;

    return (seq == 0 || seq == p->shift[r->d]) &&
           (!(r->seg.flags & RO_ACK) || ack == 0 || ack == p->shift[!r->d]) &&
           (!stamped || r->seg.tsval == e->seg.tsval);
}

/* Whether a device may have made the one of the other, with another sequence number: all else fits. */
static bool rewritten_packet(const ro_reset *r, const ro_reset *e)
{
    if (r->seg.ip_id != 0 && (r->seg.known & e->seg.known & RO_KNOW_IP_ID)) {
        return r->seg.ip_id == e->seg.ip_id;
    }
    return (r->seg.flags & RO_ACK) && r->seg.ack != 0 && r->seg.ack == e->seg.ack;
}

/* The times at the other point, less that of the RST, between which its copy there must lie. */
typedef struct ro_range {
    int64_t from;
    int64_t to;
    bool known;
} ro_range;

static ro_range expected(const ro_stream_match *p, int d, bool odd)
{
    int nearer = ro_stream_match_nearer(p, d);
    int64_t way = p->way_ns < 0 ? -p->way_ns : p->way_ns;
    int64_t early = EARLY_NS + (p->has_clock ? way / 8 : 0);
    int64_t late = (odd ? LATE_ODD_NS : LATE_NS) + way / 4;
    ro_range range = {p->diff_min[d], p->diff_max[d], true};

    if (p->common[d] == 0 && p->common[!d] == 0) {
        return (ro_range){0, 0, false};
    }
    if (p->common[d] == 0 || (!odd && p->common[!d] > 0)) {
        /* Whatever queues there were, it arrived after it left: the other direction, which shows the
         * clocks' difference less its own way, bounds this one. */
        early = EARLY_NS;
        late = p->common[d] == 0 ? LATE_UNKNOWN_NS : late;
        if (p->common[d] == 0 || nearer > 0) {
            range.from = p->diff_max[!d];
        }
        if (p->common[d] == 0 || nearer < 0) {
            range.to = p->diff_min[!d];
        }
    } else if (!odd) {
        /* One direction alone: its own spread says how far queues reach, a few samples little. */
        early += p->diff_max[d] - p->diff_min[d] + EARLY_ALONE_NS / p->common[d];
    }
    range.from -= nearer > 0 ? early : late;
    range.to += nearer < 0 ? early : late;
    return range;
}

static bool hops_differ(const ro_stream_match *p, const ro_reset *r, const ro_reset *e)
{
    return (r->seg.known & e->seg.known & RO_KNOW_IP) && p->has_hops[r->d] &&
           (int)r->seg.ttl - (int)e->seg.ttl != p->hops[r->d];
}

/* How odd it would be for `e` to be the copy of `r` at the other point; -1 where it cannot be. Times
 * only bound it: a burst's resets look alike, jitter shuffles their distances, order stays. */
static int oddness(const ro_stream_match *p, const ro_reset *r, const ro_reset *e)
{
    int64_t diff = e->seg.time_ns - r->seg.time_ns;
    bool rewritten = !same_packet(p, r, e);
    bool same_id = r->seg.ip_id != 0 && r->seg.ip_id == e->seg.ip_id;
    bool odd = rewritten || (hops_differ(p, r, e) && !same_id);
    ro_range range = expected(p, r->d, odd);

    if (((r->seg.flags ^ e->seg.flags) & (RO_RST | RO_ACK | RO_FIN | RO_SYN)) ||
        r->seg.payload_len != e->seg.payload_len || ids_differ(p, r, e)) {
        return -1;
    }
    if (rewritten && (!rewritten_packet(r, e) || hops_differ(p, r, e))) {
        return -1;
    }
    if (same_id && !rewritten) { /* the packet's own number: the clocks need only be near */
        range.from -= LATE_UNKNOWN_NS;
        range.to += LATE_UNKNOWN_NS;
    }
    if (range.known && (diff < range.from || diff > range.to)) {
        return -1;
    }
    return (rewritten ? 2 : 0) + (hops_differ(p, r, e) ? 1 : 0);
}

static bool has_copy_at(const ro_reset *r, unsigned at)
{
    const ro_reset *t = r;

    do {
        if (t->stream->sample && t->stream->sample->at == at) {
            return true;
        }
        t = t->copy_next;
    } while (t && t != r);
    return false;
}

static void link_copies(ro_reset *r, ro_reset *e)
{
    ro_reset *next = r->copy_next ? r->copy_next : r;

    r->copy_next = e->copy_next ? e->copy_next : e;
    e->copy_next = next;
}

static bool disjoint(const ro_reset *r, const ro_reset *e)
{
    const ro_reset *t = r;

    do {
        if (has_copy_at(e, t->stream->sample->at)) {
            return false;
        }
        t = t->copy_next;
    } while (t && t != r);
    return true;
}

static void find_copy(ro_reset *r, ro_stream *other)
{
    ro_stream_match p;
    ro_reset *best = NULL;
    int least = INT_MAX;
    ro_reset *e;
    int i;

    ro_stream_match_make(r->stream, other, &p);
    for (e = other->last_reset[ro_stream_match_dir(&p, r->d)], i = 0; e && i < RESETS_BACK;
         e = e->prev_same, i++) {
        int odd;

        if (!disjoint(r, e)) {
            continue;
        }
        odd = oddness(&p, r, e);
        /* of equals the older one: the order is kept on the way */
        if (odd >= 0 && odd <= least) {
            least = odd;
            best = e;
        }
    }
    if (best) {
        link_copies(r, best);
    }
}

/* As far away as other packets of its sender, or by another route. */
static bool near_in_hops(const ro_stream_match *p, const ro_reset *r, const ro_reset *e)
{
    int more = (int)r->seg.ttl - (int)e->seg.ttl - p->hops[r->d];

    return !hops_differ(p, r, e) || (more <= ROUTE_HOPS && more >= -ROUTE_HOPS);
}

const ro_reset *ro_reset_perhaps(const ro_reset *r, const ro_stream_match *p)
{
    const ro_reset *e = p->b->last_reset[ro_stream_match_dir(p, r->d)];
    ro_range range = expected(p, r->d, false);

    for (int i = 0; e && i < RESETS_BACK; e = e->prev_same, i++) {
        int64_t diff = e->seg.time_ns - r->seg.time_ns;

        if (e->seg.flags == r->seg.flags && e->seg.window == r->seg.window &&
            same_packet(p, r, e) && !ids_differ(p, r, e) && near_in_hops(p, r, e) &&
            !has_copy_at(e, r->stream->sample->at) &&
            (!range.known ||
             (diff >= range.from - LATE_HELD_NS && diff <= range.to + LATE_HELD_NS))) {
            return e;
        }
    }
    return NULL;
}

/* What tells a RST without its connection: address translation that was forgotten between the points
 * leaves the two in connections of different ends. */
guint ro_reset_number_hash(gconstpointer key)
{
    const ro_reset *r = key;

    const uint64_t words[] = {r->seg.seq, (uint64_t)r->seg.flags << 32 | r->seg.ack};

    return ro_hash_fold(ro_hash_words(words, G_N_ELEMENTS(words)));
}

gboolean ro_reset_number_equal(gconstpointer a, gconstpointer b)
{
    const ro_reset *x = a;
    const ro_reset *y = b;

    return x->seg.seq == y->seg.seq && x->seg.ack == y->seg.ack && x->seg.flags == y->seg.flags &&
           x->seg.payload_len == y->seg.payload_len;
}

static bool shares_end(const ro_stream *a, const ro_stream *b)
{
    for (int d = 0; d < 2; d++) {
        for (int e = 0; e < 2; e++) {
            if (a->end[d].port == b->end[e].port && ro_addr_equal(a->end[d].addr, b->end[e].addr)) {
                return true;
            }
        }
    }
    return false;
}

static void find_stranger(ro_reset *r)
{
    ro_points *v = r->stream->sample->points;
    ro_reset *e = g_hash_table_lookup(v->by_number, r);

    if (e && r->seg.seq != 0 && e->stream->sample->at != r->stream->sample->at && disjoint(r, e) &&
        shares_end(e->stream, r->stream) &&
        ro_join_stream_at(r->stream, e->stream->sample->at) != e->stream) {
        link_copies(r, e);
    }
    g_hash_table_replace(v->by_number, r, r);
}

void ro_reset_match(ro_reset *r)
{
    ro_stream *st = r->stream;
    ro_sample *t = st->sample;

    if (!t) {
        return;
    }
    t->points->segments++;
    if (r->seg.time_ns > t->points->newest_ns) {
        t->points->newest_ns = r->seg.time_ns;
    }
    ro_join_streams(st);
    for (ro_stream *o = st->next_copy; o != st; o = o->next_copy) {
        if (!has_copy_at(r, o->sample->at)) {
            find_copy(r, o);
        }
    }
    find_stranger(r);
}
