/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Joins the streams of one connection at different capture points: each is in a circle with its copies. */

#ifndef RO_POINTS_STREAM_JOIN_H
#define RO_POINTS_STREAM_JOIN_H

#include "points/points.h"
#include "track/segment.h"
#include "track/stream.h"

/* A stream begins; gives it a sample where more than one point is, or may yet turn out to be: not where the
 * file cannot tell them apart (`alone`). */
void ro_join_begin(ro_points *v, ro_stream *st, bool alone);

/* A segment of a stream with a sample that is no RST, after the stream took it in. */
void ro_join_segment(ro_stream *st, int d, const ro_segment *s);

/* Joins `st` with the same connection at other points, as far as they are known. */
void ro_join_streams(ro_stream *st);

/* The stream of the circle of `st` at point index `at`, or NULL. */
ro_stream *ro_join_stream_at(const ro_stream *st, unsigned at);

/* A stream at point `at` between the same ends and at the same time that is not the same
 * connection: something between the points ends one and begins another. */
ro_stream *ro_join_other_leg(const ro_stream *st, unsigned at);

#endif
