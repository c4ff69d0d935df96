/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recognises copies by their IP-ID, or by the habit of the capture. */

#include "reset/copy.h"

#include "base/constants.h"

/* Copies come in batches, R1 R2 R1' R2': how far back the first one may stand. */
#define BATCH 4

/* All that a switch or a router leaves alone. */
static bool same_headers(const ro_segment *a, const ro_segment *b)
{
    return a->seq == b->seq && a->ack == b->ack && a->flags == b->flags && a->ip_id == b->ip_id &&
           a->window == b->window && a->payload_len == b->payload_len;
}

/* Time may go back between two interfaces of one capture. */
static bool is_near(const ro_reset *a, const ro_reset *b, int64_t within)
{
    int64_t apart = b->seg.time_ns - a->seg.time_ns;

    return apart <= within && apart >= -within;
}

const ro_reset *ro_copy_find(const ro_reset *r)
{
    bool numbered = (r->seg.known & RO_KNOW_IP_ID) && r->seg.ip_id != 0;
    const ro_reset *e = r->prev_same;

    if (!numbered && (!r->capture_doubled || (r->shape == RO_SHAPE_REPLY && !r->surplus))) {
        return NULL;
    }
    for (int i = 0; e && i < BATCH; i++, e = e->prev_same) {
        if (same_headers(&e->seg, &r->seg) &&
            is_near(e, r, r->capture_doubled ? RO_COPY_NS : RO_DUPLICATE_NS)) {
            return e->copy_of ? e->copy_of : e;
        }
    }
    return NULL;
}

static struct ro_testimony *word_at_any_point(const ro_reset *r, bool taken)
{
    const ro_reset *e = r;

    do {
        struct ro_testimony *word = taken ? e->taken_word : e->sent_word;

        if (word) {
            return word;
        }
        e = e->copy_next;
    } while (e && e != r);
    return NULL;
}

struct ro_testimony *ro_copy_word(const ro_reset *r, bool taken)
{
    struct ro_testimony *word = word_at_any_point(r, taken);

    return word || !r->copy_of ? word : word_at_any_point(r->copy_of, taken);
}
