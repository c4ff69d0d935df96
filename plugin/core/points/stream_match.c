/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares the samples of one connection at two capture points. */

#include "points/stream_match.h"

#include <string.h>

#include "base/constants.h"
#include "base/ttl.h"

/* Least there-and-back time between two points that tells their order: time stamps of neighbouring
 * interfaces differ by microseconds. */
#define ORDER_NS (20 * RO_US)

/* Offload joins segments with data in one host's capture and not in the other's; what has less than
 * this travels as it was sent. */
#define SHORT_LEN 1

static bool ends_equal(const ro_stream *a, const ro_stream *b)
{
    for (int d = 0; d < 2; d++) {
        if (a->end[d].port != b->end[d].port || !ro_addr_equal(a->end[d].addr, b->end[d].addr)) {
            return false;
        }
    }
    return true;
}

int ro_copy_dir(const ro_stream *a, const ro_stream *b, int d)
{
    return !ends_equal(a, b) && a->client != b->client ? !d : d;
}

/* One segment, sampled at both points; the shifts are those of its own and the other direction. */
static bool same_sampled(const ro_sampled *x, const ro_sampled *y, uint32_t seq_shift,
                         uint32_t ack_shift)
{
    return x->len == y->len && x->flags == y->flags && y->seq - x->seq == seq_shift &&
           (!(x->flags & RO_ACK) || y->ack - x->ack == ack_shift) &&
           (!x->has_ts || !y->has_ts || x->tsval == y->tsval);
}

typedef struct ro_shared {
    int64_t time; /* at a */
    int64_t diff; /* at b minus at a */
    bool once;    /* of a segment sent twice, a copy may be missing: its times say less */
} ro_shared;

static void note_shared(ro_stream_match *p, int d, const ro_sampled *x, const ro_sampled *y,
                        ro_shared *out)
{
    int64_t diff = y->time_ns - x->time_ns;
    int hops = (int)x->ttl - (int)y->ttl;
    unsigned n = p->common[d];

    if (n == 0) {
        p->hops[d] = hops;
        p->has_hops[d] = true;
        p->diff_min[d] = p->diff_max[d] = diff;
    } else {
        p->has_hops[d] = p->has_hops[d] && p->hops[d] == hops;
        p->diff_min[d] = diff < p->diff_min[d] ? diff : p->diff_min[d];
        p->diff_max[d] = diff > p->diff_max[d] ? diff : p->diff_max[d];
    }
    if (x->ip_id || y->ip_id) {
        *(x->ip_id == y->ip_id ? &p->id_kept : &p->id_changed) += 1;
    }
    *out = (ro_shared){x->time_ns, diff, x->times == 1 && y->times == 1};
    p->common[d]++;
}

static void compare_direction(ro_stream_match *p, int d, ro_shared shared[RO_SAMPLE_MAX])
{
    const ro_sample *a = p->a->sample;
    const ro_sample *b = p->b->sample;
    int e = ro_stream_match_dir(p, d);
    uint32_t whole_a = ro_sample_whole(a, d);
    uint32_t whole_b = ro_sample_whole(b, e);
    uint32_t whole = whole_a < whole_b ? whole_a : whole_b;
    bool found[RO_SAMPLE_MAX] = {false};

    for (unsigned i = 0; i < a->n[d]; i++) {
        const ro_sampled *x = &a->kept[d][i];
        bool hit = false;

        for (unsigned k = 0; k < b->n[e] && !hit; k++) {
            const ro_sampled *y = &b->kept[e][k];

            if (!found[k] && same_sampled(x, y, p->shift[d], p->shift[!d])) {
                found[k] = hit = true;
                note_shared(p, d, x, y, &shared[p->common[d]]);
            }
        }
        if (!hit && x->len < SHORT_LEN && !(x->flags & RO_FIN) && x->key <= whole) {
            p->only_a[d]++;
        }
    }
    for (unsigned k = 0; k < b->n[e]; k++) {
        const ro_sampled *y = &b->kept[e][k];

        if (!found[k] && y->len < SHORT_LEN && !(y->flags & RO_FIN) && y->key <= whole) {
            p->only_b[d]++;
        }
    }
}

static void sort(int64_t *v, unsigned n)
{
    for (unsigned i = 1; i < n; i++) {
        int64_t x = v[i];
        unsigned k = i;

        for (; k > 0 && v[k - 1] > x; k--) {
            v[k] = v[k - 1];
        }
        v[k] = x;
    }
}

/* One-way delay d and clock offset o: one direction shows o + d, the other o - d. Each segment is
 * taken with its neighbour in time of the other direction, so that drift does not count; the medians
 * stand above single retransmissions and queues. */
static bool take_clock(ro_stream_match *p, ro_shared shared[2][RO_SAMPLE_MAX], bool once)
{
    int64_t offset[RO_SAMPLE_MAX];
    int64_t way[RO_SAMPLE_MAX];
    unsigned n = 0;

    for (unsigned i = 0; i < p->common[0]; i++) {
        const ro_shared *x = &shared[0][i];
        const ro_shared *near = NULL;
        int64_t least = INT64_MAX;

        for (unsigned k = 0; k < p->common[1]; k++) {
            const ro_shared *y = &shared[1][k];
            int64_t gap = y->time - x->time;

            gap = gap < 0 ? -gap : gap;
            if (gap < least && (y->once || !once)) {
                least = gap;
                near = y;
            }
        }
        if (near && (x->once || !once)) {
            offset[n] = x->diff / 2 + near->diff / 2;
            way[n++] = x->diff - near->diff;
        }
    }
    if (n == 0) {
        return false;
    }
    sort(offset, n);
    sort(way, n);
    p->has_clock = true;
    p->offset_ns = offset[n / 2];
    p->way_ns = way[n / 2];
    return true;
}

/* The SYN that opened direction d, if it was seen: its number. */
static bool isn_of(const ro_stream *st, int d, uint32_t *isn)
{
    *isn = st->dir[d]->isn;
    return (st->dir[d]->has & RO_DIR_ISN) != 0;
}

void ro_stream_match_make(const ro_stream *a, const ro_stream *b, ro_stream_match *p)
{
    ro_shared shared[2][RO_SAMPLE_MAX] = {{{0, 0, false}}};

    memset(p, 0, sizeof *p);
    p->a = a;
    p->b = b;
    p->same_ends = ends_equal(a, b);
    p->swapped = ro_copy_dir(a, b, 0) != 0;
    for (int d = 0; d < 2; d++) {
        uint32_t at_a;
        uint32_t at_b;

        if (isn_of(a, d, &at_a) && isn_of(b, ro_stream_match_dir(p, d), &at_b)) {
            p->shift[d] = at_b - at_a;
        }
    }
    if (!a->sample || !b->sample) {
        return;
    }
    for (int d = 0; d < 2; d++) {
        compare_direction(p, d, shared[d]);
    }
    if (!take_clock(p, shared, true)) {
        take_clock(p, shared, false);
    }
}

/* Whether a sender's packets come by as it made them, touched by no router: 1 at a only, -1 at b
 * only. A device that sets TTLs anew makes later ones higher, but seldom to a value that hosts use. */
static int untouched(const ro_dir *at_a, const ro_dir *at_b)
{
    bool a = at_a->ttl_kinds > 0 && ro_ttl_initial(at_a->ttl_last) == at_a->ttl_last;
    bool b = at_b->ttl_kinds > 0 && ro_ttl_initial(at_b->ttl_last) == at_b->ttl_last;

    return (int)a - (int)b;
}

int ro_stream_match_nearer(const ro_stream_match *p, int d)
{
    int sign = d == 0 ? 1 : -1;
    const ro_dir *at_a = p->a->dir[d];
    const ro_dir *at_b = p->b->dir[ro_stream_match_dir(p, d)];

    if (p->has_clock && p->way_ns > ORDER_NS) {
        return sign;
    }
    if (p->has_clock && p->way_ns < -ORDER_NS) {
        return -sign;
    }
    if (at_a->ttl_kinds && at_b->ttl_kinds && untouched(at_a, at_b) != 0) {
        return untouched(at_a, at_b);
    }
    if (p->a->dir[!d]->ttl_kinds && p->b->dir[ro_stream_match_dir(p, !d)]->ttl_kinds) {
        int far = untouched(p->a->dir[!d], p->b->dir[ro_stream_match_dir(p, !d)]);

        if (far != 0) {
            return -far;
        }
    }
    if (p->has_hops[d] && p->hops[d] != 0) {
        return p->hops[d] > 0 ? 1 : -1;
    }
    if (p->has_hops[!d] && p->hops[!d] != 0) {
        return p->hops[!d] > 0 ? -1 : 1;
    }
    if (at_a->rtt_n && at_b->rtt_n && at_a->rtt_min_ns != at_b->rtt_min_ns) {
        return at_a->rtt_min_ns < at_b->rtt_min_ns ? 1 : -1;
    }
    return 0;
}
