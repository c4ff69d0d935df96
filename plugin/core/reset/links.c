/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Links resets with the ones before them. */

#include "reset/links.h"

void ro_reset_link(ro_reset *r)
{
    ro_stream *st = r->stream;

    r->prev_same = st->last_reset[r->d];
    r->prev_other = st->last_reset[!r->d];
    if (r->prev_same) {
        r->prev_same->next_same = r;
    }
    if (r->prev_other) {
        if (!r->prev_other->next_other) {
            r->prev_other->next_other = r;
        }
    }
    st->last_reset[r->d] = r;
    r->prev_of_host = r->host->last_reset;
    if (r->prev_of_host) {
        r->prev_of_host->next_of_host = r;
    }
    r->host->last_reset = r;
}
