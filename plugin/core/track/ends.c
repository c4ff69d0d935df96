/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Streams by their two ends. */

#include <glib.h>

#include "base/hash.h"
#include "track/stream.h"

uint32_t ro_ends_hash_of(const ro_endpoint end[2])
{
    const uint64_t words[] = {
        end[0].addr.hi,
        end[0].addr.lo,
        end[1].addr.hi,
        end[1].addr.lo,
        (uint64_t)end[0].port << 16 | end[1].port,
    };

    return ro_hash_fold(ro_hash_words(words, G_N_ELEMENTS(words)));
}

unsigned ro_ends_hash(const void *stream)
{
    return ((const ro_stream *)stream)->ends_hash;
}

uint32_t ro_ends_number(const ro_stream *st)
{
    uint64_t h = ro_mix_plain(st->end[0].addr.hi, st->end[0].addr.lo);

    h = ro_mix_plain(h, st->end[1].addr.hi);
    h = ro_mix_plain(h, st->end[1].addr.lo);
    return ro_hash_fold(ro_mix_plain(h, (uint64_t)st->end[0].port << 16 | st->end[1].port));
}

int ro_ends_equal(const void *a, const void *b)
{
    const ro_stream *x = a;
    const ro_stream *y = b;

    return x->end[0].port == y->end[0].port && x->end[1].port == y->end[1].port &&
           ro_addr_equal(x->end[0].addr, y->end[0].addr) &&
           ro_addr_equal(x->end[1].addr, y->end[1].addr);
}
