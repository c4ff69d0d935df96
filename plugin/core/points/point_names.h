/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capture points by name. */

#ifndef RO_POINTS_POINT_NAMES_H
#define RO_POINTS_POINT_NAMES_H

#include "points/points.h"

/* The next capture point that has no name yet; false where all have one. */
bool ro_points_unnamed(const ro_points *v, uint64_t *point);

/* Names it, with NULL where it has no name of its own. The name is copied, and made unique. */
void ro_points_name(ro_points *v, uint64_t point, const char *name);

#endif
