/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a SYN says of its connection. */

#include "track/handshake.h"

#include "track/stack.h"

int ro_stream_wscale(const ro_stream *st, int d)
{
    const ro_dir *sender = st->dir[d];
    const ro_dir *receiver = st->dir[!d];

    if (!(sender->has & RO_DIR_WSCALE)) {
        return -1;
    }
    if (sender->wscale == RO_WSCALE_NONE) {
        return 0;
    }
    /* A SYN-ACK carries the option only if the SYN did (RFC 7323 2.2). */
    if (sender->has & RO_DIR_SYN_ACK) {
        return sender->wscale;
    }
    if (receiver->has & RO_DIR_WSCALE) {
        return receiver->wscale == RO_WSCALE_NONE ? 0 : sender->wscale;
    }
    return -1;
}

static void learn_shifts(ro_stream *st)
{
    for (int d = 0; d < 2; d++) {
        int shift = ro_stream_wscale(st, d);

        st->work[d].shift = (uint8_t)(shift > 0 ? shift : 0);
    }
}

void ro_stream_take_syn(ro_stream *st, int d, const ro_segment *s)
{
    ro_dir *sender = st->dir[d];

    ro_count16(&sender->syns);
    if (s->flags & RO_ACK) {
        sender->has |= RO_DIR_SYN_ACK;
    }
    /* A later SYN with another ISN on a living connection is a stray (RFC 9293 3.10.7.4). */
    if (!(sender->has & RO_DIR_ISN)) {
        sender->has |= RO_DIR_ISN;
        sender->isn = s->seq;
        if (s->known & RO_KNOW_OPTIONS) {
            sender->has |= RO_DIR_WSCALE;
            sender->wscale = RO_WSCALE_NONE;
            if (s->options & RO_OPT_WSCALE) {
                sender->wscale = s->wscale > 14 ? 14 : s->wscale; /* RFC 7323 2.3 */
            }
            sender->mss = s->mss;
            sender->stack = (uint8_t)ro_stack_of(s);
            sender->syn_options = (uint16_t)s->options;
        }
    }
    learn_shifts(st);
    if (!st->client_known) {
        st->client = (uint8_t)((s->flags & RO_ACK) ? !d : d);
        st->client_known = true;
    }
    st->syn_seen = true;
}
