/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a capture point stands on the path of one connection. */

#ifndef RO_POINTS_PLACEMENT_H
#define RO_POINTS_PLACEMENT_H

#include "track/stream.h"

/* Whether the stream's point is the own interface of the sender of direction d: no router has touched
 * its packets, and it answers at once. */
bool ro_point_is_next_to(const ro_stream *st, int d);

#endif
