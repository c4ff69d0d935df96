/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts over all connections what two capture points show of each other. */

#include "points/point_stats.h"

#include "points/stream_join.h"
#include "points/stream_match.h"

/* Loss is estimated from what points saw of each other; with little to go by, from this: most
 * captures lose nothing, some lose 2 %. */
#define LOSS_PRIOR_LOST 0.1
#define LOSS_PRIOR_SEEN 12.0

/* The links are counted anew when the capture has grown by a quarter. */
#define GROWN(now, then) ((now)*4 >= (then)*5)

static ro_point_link *link_of(ro_points *v, unsigned a, unsigned b)
{
    ro_point_link **l = a < b ? &v->link[a][b] : &v->link[b][a];

    if (!*l) {
        *l = g_new0(ro_point_link, 1);
    }
    return *l;
}

/* Segments of a direction that came past the farther point, `far`, and how many of them the nearer one
 * lacks: by the sample, or by the numbers of all, whichever shows more. */
static void count_lost(ro_point_link *l, int side, unsigned common, unsigned only_far,
                       uint32_t near_n, uint32_t far_n)
{
    uint32_t missed = far_n > near_n ? far_n - near_n : 0;
    uint32_t seen = common + only_far;

    l->missed[side] += missed > only_far ? missed : only_far;
    l->seen[side] += far_n > seen ? far_n : seen;
}

static void count_link(ro_points *v, const ro_stream_match *p)
{
    unsigned a = p->a->sample->at;
    unsigned b = p->b->sample->at;
    ro_point_link *l = link_of(v, a, b);
    int client = ro_stream_match_nearer(p, p->a->client);

    l->streams++;
    l->client_a += client > 0;
    l->client_b += client < 0;
    for (int d = 0; d < 2; d++) {
        /* what came through past the nearer point must have been there before */
        int nearer = ro_stream_match_nearer(p, d);

        uint32_t n_a = p->a->sample->shorts[d];
        uint32_t n_b = p->b->sample->shorts[ro_stream_match_dir(p, d)];

        if (nearer > 0) {
            count_lost(l, 0, p->common[d], p->only_b[d], n_a, n_b);
        } else if (nearer < 0) {
            count_lost(l, 1, p->common[d], p->only_a[d], n_b, n_a);
        }
    }
    if (p->has_clock) {
        int64_t way = p->way_ns < 0 ? -p->way_ns : p->way_ns;

        ro_clock_add(&l->clock, (ro_clock_sample){p->a->first_ns, p->offset_ns, way});
    }
}

/* Counts over all connections what the points have in common. */
void ro_point_stats(ro_points *v)
{
    if (v->counted_at && !GROWN(v->segments, v->counted_at) && v->counted_whole == v->complete) {
        return;
    }
    v->counted_at = v->segments;
    v->counted_whole = v->complete;
    for (unsigned a = 0; a < v->points_n; a++) {
        for (unsigned b = a + 1; b < v->points_n; b++) {
            g_free(v->link[a][b]);
            v->link[a][b] = NULL;
        }
    }
    for (unsigned i = 0; i < v->streams->len; i++) {
        ro_stream *st = g_ptr_array_index(v->streams, i);

        ro_join_streams(st);
        for (ro_stream *o = st->next_copy; o != st; o = o->next_copy) {
            if (st->sample->at < o->sample->at) {
                ro_stream_match p;

                ro_stream_match_make(st, o, &p);
                count_link(v, &p);
            }
        }
    }
}

/* What the point at `at` lost, as `other` tells; returns the share to reckon with. */
double ro_point_stats_loss(ro_points *v, unsigned at, unsigned other, uint32_t *missed,
                           uint32_t *of)
{
    const ro_point_link *l = link_of(v, at, other);
    int side = at < other ? 0 : 1;

    *missed = l->missed[side];
    *of = l->seen[side];
    return (*missed + LOSS_PRIOR_LOST) / (*of + LOSS_PRIOR_SEEN);
}

/* Which of two points is nearer to the client, over all connections: 1 = `at`. */
int ro_point_stats_nearer(ro_points *v, unsigned at, unsigned other)
{
    const ro_point_link *l = link_of(v, at, other);
    int vote = l->client_a > l->client_b ? 1 : l->client_a < l->client_b ? -1 : 0;

    return at < other ? vote : -vote;
}

bool ro_point_stats_offset(ro_points *v, unsigned from, unsigned to, int64_t time_ns, int64_t *ns)
{
    ro_point_link *l = link_of(v, from, to);

    if (from < to) {
        return ro_clock_offset(&l->clock, time_ns, ns);
    }
    if (!ro_clock_offset(&l->clock, time_ns, ns)) {
        return false;
    }
    *ns = -*ns;
    return true;
}
