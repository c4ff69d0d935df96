/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The capture points of a capture, and where on the path its resets are made. */

#ifndef RO_REPORT_ORIGIN_SEGMENTS_H
#define RO_REPORT_ORIGIN_SEGMENTS_H

#include <glib.h>

#include "points/points.h"

typedef struct ro_origin_point {
    const char *name;   /* owned by the capture */
    const char *stands; /* "next to the client", "next to the server", "on the way" */
    uint32_t streams;   /* connections that passed it */
    uint32_t missed;    /* segments that must have passed it and that its capture lacks, */
    uint32_t of;        /* of so many */
    bool has_clock;
    int64_t clock_ns; /* its clock minus the first point's, at the capture's start */
    double drift;     /* of its clock against the first point's: 1e-6 is a microsecond a second */
} ro_origin_point;

typedef struct ro_origin_place {
    char *where;     /* "between X and Y" and the like, "not known" */
    uint32_t resets; /* each counted once, however many points saw it */
} ro_origin_place;

typedef struct ro_origin_segments {
    GArray *points; /* ro_origin_point, in the order of the file */
    GArray *places; /* ro_origin_place, most resets first, equal ones by name */
} ro_origin_segments;

/* Of `resets` (ro_reset), each counted once. NULL where the capture has but one point. Points without a name get one. */
ro_origin_segments *ro_origin_segments_of(ro_points *points, const GPtrArray *resets);
void ro_origin_segments_free(ro_origin_segments *places); /* NULL is allowed */

/* The same as text that a person reads; nothing with one point. */
void ro_origin_segments_text(ro_points *points, const GPtrArray *resets, GString *out);

#endif
