/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What several capture points say together of one RST: where on the path it was made. */

#ifndef RO_POINTS_PATH_VIEW_H
#define RO_POINTS_PATH_VIEW_H

#include <glib.h>

#include "points/observation.h"
#include "points/points.h"

typedef struct ro_path_view {
    const ro_reset *reset;
    uint64_t segments; /* knowledge that it was taken from */
    bool complete;
    unsigned points_n;
    unsigned own;                           /* index of the RST's own point */
    ro_observation observed[RO_POINTS_MAX]; /* by index of the point */
    unsigned seen_n;                        /* points that saw the RST, its own included */
    int near_at;                            /* point nearest to the claimed sender that saw it */
    int absent_at;    /* point nearer still, which did not; -1 where there is none */
    int weight;       /* of all such absences */
    bool left_sender; /* one of them is next to the claimed sender */
    bool seen_nearer; /* a point nearer to the claimed sender saw it too */
} ro_path_view;

/* The current view of `r`; NULL where the capture has but one point. Valid until the next
 * segment or the next call. */
const ro_path_view *ro_path_view_of(const ro_reset *r);

/* Whether the view of `r` rests on frames after it: a copy that came later in the file, or all of it. */
bool ro_path_view_looks_ahead(const ro_reset *r);

/* The name of the point at index `at`, which saw the connection of `r` or not. */
void ro_points_append_name(const ro_reset *r, unsigned at, GString *out);

/* "between X and Y", "at or before X": false where nothing can be said. */
bool ro_path_view_segment(const ro_reset *r, GString *out);

#endif
