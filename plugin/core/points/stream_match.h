/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the streams of one connection at two capture points have in common: sequence offsets, clocks,
 * hops, and what only one of them saw. Computed when asked for, from both streams' samples. */

#ifndef RO_POINTS_STREAM_MATCH_H
#define RO_POINTS_STREAM_MATCH_H

#include "points/sample.h"

/* Directions are numbered as in `a`. */
typedef struct ro_stream_match {
    const ro_stream *a;
    const ro_stream *b;
    bool swapped;       /* direction d of a is direction !d of b */
    bool same_ends;     /* no address translation between them */
    uint32_t shift[2];  /* sequence number at b minus that at a */
    unsigned common[2]; /* sampled segments that both saw */
    unsigned only_a[2]; /* short segments that just one saw, where both should have */
    unsigned only_b[2];
    int64_t diff_min[2]; /* time at b minus time at a, of the common ones */
    int64_t diff_max[2];
    bool has_clock;    /* there are common segments both ways */
    int64_t offset_ns; /* b's clock minus a's, from neighbouring segments of both directions */
    int64_t way_ns;    /* there and back between the points; negative where b is nearer to the
                             sender of direction 0 */
    bool has_hops[2];  /* TTL at a minus TTL at b, where it was always the same */
    int hops[2];
    unsigned id_kept; /* common segments with an IP-ID other than 0: kept, and changed */
    unsigned id_changed;
} ro_stream_match;

/* Direction at b of a's direction d, for two streams of one connection. */
int ro_copy_dir(const ro_stream *a, const ro_stream *b, int d);

/* Compares two streams of one connection. */
void ro_stream_match_make(const ro_stream *a, const ro_stream *b, ro_stream_match *p);

/* Direction at b of a's direction d. */
static inline int ro_stream_match_dir(const ro_stream_match *p, int d)
{
    return p->swapped ? !d : d;
}

/* Which point is nearer to the sender of direction d: 1 = a, -1 = b, 0 = cannot say. */
int ro_stream_match_nearer(const ro_stream_match *p, int d);

#endif
