/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps the newest segments of a direction; see ro_history in stream.h. */

#ifndef RO_TRACK_HISTORY_H
#define RO_TRACK_HISTORY_H

#include "track/stream.h"

/* Adds `s`, which was `step` to its stream, in place of the oldest where RO_HISTORY_MAX are kept. Allocates
 * for the first, second and fifth alone. */
void ro_history_push(ro_history *history, const ro_segment *s, const ro_step *step);

#endif
