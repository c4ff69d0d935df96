/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directions that resets hold: a RST keeps both as they were when it came. Nothing is copied for that; the stream
 * copies a direction that is held when it has to change it. So a direction that goes on after a RST costs a
 * copy, and a flood of resets costs none. */

#ifndef RO_TRACK_HELD_H
#define RO_TRACK_HELD_H

#include "track/stream.h"

/* A direction that showed nothing. */
extern const ro_dir ro_dir_none;

void ro_dirs_start(ro_stream *st);

/* Frees the directions that no reset holds. What is held must still be there. */
void ro_dirs_free(ro_stream *st);

/* Direction `d` from now on as it is now. *owns is set to whether the caller has to free it; later callers
 * share it. */
const ro_dir *ro_dir_hold(ro_stream *st, int d, bool *owns);

/* A new direction in place of one that is held, with what it showed. For ro_dir_own() alone. */
ro_dir *ro_dir_renew(ro_stream *st, int d);

/* Direction `d` to write to. */
static inline ro_dir *ro_dir_own(ro_stream *st, int d)
{
    return st->dir[d]->held ? ro_dir_renew(st, d) : st->dir[d];
}

#endif
