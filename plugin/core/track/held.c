/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies a direction when it has to change while a reset holds it. */

#include "track/held.h"

#include <glib.h>

#include "base/constants.h"

_Static_assert(sizeof(void *) > 8 || sizeof(ro_stream) + sizeof(ro_dir) <= RO_STREAM_OCTETS,
               "a connection has grown, see base/constants.h");

const ro_dir ro_dir_none = {.held = true};

void ro_dirs_start(ro_stream *st)
{
    st->dir[0] = st->dir[1] = (ro_dir *)&ro_dir_none;
}

void ro_dirs_free(ro_stream *st)
{
    for (int d = 0; d < 2; d++) {
        if (!st->dir[d]->held) {
            g_free(st->dir[d]);
        }
    }
}

const ro_dir *ro_dir_hold(ro_stream *st, int d, bool *owns)
{
    *owns = !st->dir[d]->held;
    if (*owns) {
        st->dir[d]->held = true;
    }
    return st->dir[d];
}

ro_dir *ro_dir_renew(ro_stream *st, int d)
{
    ro_dir *x = g_new(ro_dir, 1);

    *x = *st->dir[d];
    x->held = false;
    return st->dir[d] = x;
}
