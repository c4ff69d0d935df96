/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the copies of one RST at different capture points. */

#ifndef RO_POINTS_RESET_MATCH_H
#define RO_POINTS_RESET_MATCH_H

#include <glib.h>

#include "points/stream_match.h"
#include "reset/reset.h"

/* A new RST: links it with its copies at other points (ro_reset.copy_next). */
void ro_reset_match(ro_reset *r);

/* A RST at the other point of `p` that has no copy at the point of `r`, is of the same numbers and came
 * within three seconds of when `r` should have passed there: perhaps `r`, held up on the way or sent by
 * another route, which the times and hops of the connection do not let expect. NULL where there is none.
 * `p` compares the stream of `r` with the other one. */
const ro_reset *ro_reset_perhaps(const ro_reset *r, const ro_stream_match *p);

/* Hash and equality of resets by their numbers alone, for GHashTable. */
guint ro_reset_number_hash(gconstpointer key);
gboolean ro_reset_number_equal(gconstpointer a, gconstpointer b);

#endif
