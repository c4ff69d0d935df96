/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What two capture points show of each other over all connections: their order on the path, their
 * clocks, and how much each one's capture lost. */

#ifndef RO_POINTS_POINT_STATS_H
#define RO_POINTS_POINT_STATS_H

#include "points/points.h"

/* Brings the links of `v` up to date. Counts everything anew when the capture has grown by a quarter
 * or is complete, so that the cost per segment stays constant. */
void ro_point_stats(ro_points *v);

/* What the capture of the point at index `at` lacks, as `other` tells: `missed` of `of` segments.
 * Returns the share to reckon with. */
double ro_point_stats_loss(ro_points *v, unsigned at, unsigned other, uint32_t *missed,
                           uint32_t *of);

/* 1 where `at` is nearer to the clients than `other`, -1 where it is farther, 0 where unknown. */
int ro_point_stats_nearer(ro_points *v, unsigned at, unsigned other);

/* The clock of `to` minus that of `from` at a time of the latter's; false where unknown. */
bool ro_point_stats_offset(ro_points *v, unsigned from, unsigned to, int64_t time_ns, int64_t *ns);

#endif
