/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Adds the words of a segment to its connection. */

#include "track/words.h"

#include <string.h>

#include "track/message.h"

static void take_name(ro_stream *st, const char *name)
{
    size_t len = strlen(name);

    if (st->server_name && (st->last_reset[0] || st->last_reset[1])) {
        return; /* a RST goes with the name that was asked for before it */
    }
    if (!st->server_name || len > strlen(st->server_name)) {
        g_free(st->server_name);
        st->server_name = g_malloc(len + 1);
    }
    memcpy(st->server_name, name, len + 1);
}

void ro_words_of_segment(ro_stream *st, int d, const ro_segment *s)
{
    char name[RO_NAME_MAX + 1];

    ro_words_take(&st->dir[d]->words, s, name);
    if (name[0]) {
        take_name(st, name);
    }
}
