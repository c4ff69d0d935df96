/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the same connection, and the same RST, at other capture points. */

#ifndef RO_POINTS_MATCH_H
#define RO_POINTS_MATCH_H

#include <glib.h>

#include "points/points.h"
#include "points/stream_match.h"
#include "reset/reset.h"

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
