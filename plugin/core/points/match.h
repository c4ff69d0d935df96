/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the same connection, and the same RST, at other capture points. */

#ifndef RO_POINTS_MATCH_H
#define RO_POINTS_MATCH_H

#include <glib.h>

#include "points/clock.h"
#include "points/stream_match.h"
#include "reset/reset.h"
#include "track/host.h"

/* Capture points that are compared; a capture with more keeps the rest apart. */
#define RO_POINTS_MAX 16

typedef struct ro_point {
    uint32_t id;
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
    GPtrArray *streams;                                /* those with a trail */
    ro_hosts *hosts;                                   /* the capture's own */
    struct ro_path_view *view;                         /* the last one asked for, see vantage.h */
    uint64_t segments;                                 /* observed so far, resets included */
    uint64_t surveyed;     /* as many when the links were last counted */
    bool survey_whole;     /* and whether the capture was complete */
    GHashTable *by_number; /* newest reset of its numbers, any point */
    GHashTable *by_ends;   /* newest stream between two ends, any point */
    GHashTable *by_isn[2]; /* newest stream with an ISN of client, server */
    int64_t newest_ns;     /* latest time of any segment */
    bool complete;         /* every segment of the capture was observed */
} ro_points;

ro_points *ro_points_new(ro_hosts *hosts);
void ro_points_free(ro_points *v);

/* A stream begins; gives it a trail where more than one point is, or may yet turn out to be. */
void ro_match_begin(ro_points *v, ro_stream *st);
/* A segment of a stream with a trail that is no RST, after the stream took it in. */
void ro_match_segment(ro_stream *st, int d, const ro_segment *s);
/* A new RST: links it with its copies at other points. */
void ro_match_reset(ro_reset *r);

/* Hash and equality of resets by their numbers alone, for GHashTable. */
guint ro_match_number_hash(gconstpointer key);
gboolean ro_match_number_equal(gconstpointer a, gconstpointer b);

/* Joins `st` with the same connection at other points, as far as they are known. */
void ro_match_join(ro_stream *st);

/* The stream of the ring of `st` at point index `at`, or NULL. */
ro_stream *ro_match_at(const ro_stream *st, unsigned at);

/* A stream at point `at` between the same ends and at the same time that is not the same
 * connection: something between the points ends one and begins another. */
ro_stream *ro_match_other_leg(const ro_stream *st, unsigned at);

#endif
