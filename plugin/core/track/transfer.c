/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Notes closed windows, the sizes of what was acknowledged, and signatures. */

#include "track/transfer.h"

#include "base/seq.h"

/* A SYN's window says nothing of the reader; a closed window is closed whatever its scale. */
static void follow_window(ro_transfer *x, const ro_segment *s)
{
    if (s->window != 0 || !(s->known & RO_KNOW_WINDOW) || (s->flags & RO_SYN)) {
        x->zero_frame = 0;
    } else if (x->zero_frame == 0) {
        x->zero_frame = s->frame;
        x->zero_ns = s->time_ns;
    }
}

/* The other side acknowledged more: a segment no longer than that may have passed. */
static void follow_ack(ro_dir *sender, uint32_t ack)
{
    ro_transfer *y = &sender->transfer;
    uint32_t more = (sender->has & RO_DIR_UNA) ? ack - y->una : 0;

    if (y->flight_max > 0) {
        uint32_t passed = more < y->flight_max ? more : y->flight_max;

        y->passed_max = passed > y->passed_max ? passed : y->passed_max;
    }
    if (ro_seq_ge(ack, sender->snd_nxt)) {
        y->flight_max = 0;
    }
    y->una = ack;
    sender->has |= RO_DIR_UNA;
}

void ro_transfer_follow(ro_stream *st, int d, const ro_segment *s)
{
    ro_transfer *x = &st->dir[d]->transfer;
    ro_dir *receiver = st->dir[!d];

    if (s->window == 0 || x->zero_frame != 0) {
        follow_window(x, s);
    }
    if (s->payload_len > x->flight_max) {
        x->flight_max = s->payload_len;
        x->sent_max = s->payload_len > x->sent_max ? s->payload_len : x->sent_max;
    }
    if ((s->flags & RO_ACK) && (receiver->has & RO_DIR_SEQ) &&
        (!(receiver->has & RO_DIR_UNA) || ro_seq_gt(s->ack, receiver->transfer.una))) {
        follow_ack(receiver, s->ack);
    }
    x->is_signed |= s->options & (RO_OPT_MD5 | RO_OPT_AO);
}
