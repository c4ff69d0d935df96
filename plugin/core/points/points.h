/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The capture points of a capture, and what is kept to compare them. */

#ifndef RO_POINTS_POINTS_H
#define RO_POINTS_POINTS_H

#include <glib.h>

#include "points/clock.h"
#include "track/host.h"

/* Capture points that are compared; a capture with more keeps the rest apart. */
#define RO_POINTS_MAX 16

typedef struct ro_point {
    uint64_t id; /* as in ro_segment */
    char *name;
    int64_t first_ns;
    int64_t last_ns;
    uint32_t streams;
} ro_point;

/* What two points have shown of each other over all connections; `a` is the lower index. */
typedef struct ro_point_link {
    uint32_t streams;   /* connections that both saw */
    uint32_t seen[2];   /* short segments that must have passed a, b: seen at the far point */
    uint32_t missed[2]; /* of them, those that a, b does not have */
    uint32_t client_a;  /* connections whose client is on a's side, and on b's */
    uint32_t client_b;
    ro_clock clock;
} ro_point_link;

typedef struct ro_points {
    unsigned points_n;
    ro_point point[RO_POINTS_MAX];
    ro_point_link *link[RO_POINTS_MAX][RO_POINTS_MAX]; /* link[a][b] for a < b */
    GPtrArray *streams;                                /* those with a sample */
    ro_hosts *hosts;                                   /* the capture's own */
    struct ro_path_view *view;                         /* the last one asked for, see path_view.h */
    uint64_t segments;                                 /* observed so far, resets included */
    uint64_t counted_at;   /* as many when the links were last counted */
    bool counted_whole;    /* and whether the capture was complete */
    GHashTable *by_number; /* newest reset of its numbers, any point */
    GHashTable *by_ends;   /* newest stream between two ends, any point */
    GHashTable *by_isn[2]; /* newest stream with an ISN of client, server */
    /* With one point nobody asks those two: streams wait here for by_isn, and in `streams` for by_ends. */
    GPtrArray *waiting[2];
    bool entered;      /* there is a second point, and all were entered */
    int64_t newest_ns; /* latest time of any segment */
    bool complete;     /* every segment of the capture was observed */
} ro_points;

ro_points *ro_points_new(ro_hosts *hosts);
void ro_points_free(ro_points *v);

/* The index of the capture point `id`, which is entered where it is new; -1 where RO_POINTS_MAX are. */
int ro_points_index(ro_points *v, uint64_t id);

/* From now on every segment of the capture is known: what a point has not shown, it did not see. */
void ro_points_complete(ro_points *v);

/* Whether there is more than one capture point. */
bool ro_points_are_plural(const ro_points *v);

#endif
