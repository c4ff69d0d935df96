/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the copies of one RST at different capture points. */

#ifndef RO_POINTS_RESET_MATCH_H
#define RO_POINTS_RESET_MATCH_H

#include <glib.h>

#include "reset/reset.h"

/* A new RST: links it with its copies at other points (ro_reset.copy_next). */
void ro_reset_match(ro_reset *r);

/* Hash and equality of resets by their numbers alone, for GHashTable. */
guint ro_reset_number_hash(gconstpointer key);
gboolean ro_reset_number_equal(gconstpointer a, gconstpointer b);

#endif
