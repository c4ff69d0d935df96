/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes the facts of a RST from its stream. */

#include "reset/facts.h"

#include "base/constants.h"
#include "base/seq.h"
#include "reset/copy.h"
#include "reset/ending.h"
#include "reset/inference.h"
#include "reset/numbering.h"
#include "reset/times.h"
#include "reset/trigger.h"
#include "track/held.h"

static ro_stage stage_of(const ro_stream *st)
{
    const ro_dir *c = st->dir[st->client];
    const ro_dir *s = st->dir[!st->client];
    uint32_t data = c->data_segments + s->data_segments;

    if ((c->has | s->has) & RO_DIR_FIN) {
        return RO_STAGE_CLOSING;
    }
    if (!st->syn_seen) {
        return data > 0 ? RO_STAGE_LATER : RO_STAGE_NO_CONTEXT;
    }
    if (data > 1) {
        return RO_STAGE_LATER;
    }
    if (data == 1 && c->segments + s->segments > c->syns + s->syns) {
        return RO_STAGE_POST_PSH;
    }
    if (c->segments > c->syns) {
        return RO_STAGE_POST_ACK;
    }
    return s->syns > 0 ? RO_STAGE_POST_SYNACK : RO_STAGE_POST_SYN;
}

/* RCV.NXT of the receiver as its ACKs and the data that went to it prove it. */
static bool receiver_nxt(const ro_dir *sender, const ro_dir *receiver, uint32_t *nxt)
{
    bool acked = (receiver->has & RO_DIR_ACK) != 0;
    bool sent = (sender->has & RO_DIR_SEQ) != 0;

    if (!acked && !sent) {
        return false;
    }
    if (acked && sent) {
        *nxt = ro_seq_max(receiver->rcv_nxt, sender->contig);
    } else {
        *nxt = acked ? receiver->rcv_nxt : sender->contig;
    }
    return true;
}

/* The receiver still holds an old connection and answered its sender's SYN with an ACK of that one (RFC 9293
 * 3.5.1, RFC 5961 4.2). The ACK is its RCV.NXT, whatever the new SYN says. */
static bool resets_old_connection(const ro_reset *r)
{
    return r->shape == RO_SHAPE_REPLY && (r->facts & RO_FACT_TRIGGER) &&
           (r->trigger.flags & (RO_SYN | RO_ACK)) == RO_ACK && r->sender->syns > 0 &&
           r->sender->segments == r->sender->syns && !(r->sender->has & RO_DIR_SYN_ACK) &&
           !(r->receiver->has & RO_DIR_SYN_ACK);
}

/* The receiver's own FIN was acknowledged, too: it is in TIME-WAIT or gone. */
static bool both_closed(const ro_dir *sender, const ro_dir *receiver)
{
    return (receiver->has & RO_DIR_FIN) && (sender->has & RO_DIR_ACK) &&
           ro_seq_ge(sender->rcv_nxt, receiver->fin_end);
}

/* Numbers that stacks take beside RCV.NXT. While the receiver has the FIN but has not closed itself
 * (CLOSE-WAIT, LAST-ACK, CLOSING), RCV.NXT - 1: some senders do not count their FIN (Linux
 * tcp_reset_check, FreeBSD tcp_input). And the right edge of the highest SACK block (Linux
 * tcp_validate_incoming, commit e00431bc93bb). */
static bool taken_as_exact(const ro_reset *r)
{
    const ro_dir *sender = r->sender;
    const ro_dir *receiver = r->receiver;
    ro_stack stack = ro_stack_of_receiver(r);

    if (r->seq_delta == -1 && (sender->has & RO_DIR_FIN) && (receiver->has & RO_DIR_ACK) &&
        !both_closed(sender, receiver) && r->seg.seq + 1 == sender->fin_end &&
        receiver->rcv_nxt == sender->fin_end) {
        return stack == RO_STACK_LINUX || stack == RO_STACK_FREEBSD || stack == RO_STACK_UNKNOWN;
    }
    return r->seq_delta > 0 && stack == RO_STACK_LINUX && (receiver->has & RO_DIR_SACK) &&
           r->seg.seq == receiver->sack_right;
}

static void compute_seq(ro_reset *r)
{
    const ro_dir *sender = r->sender;
    const ro_dir *receiver = r->receiver;
    uint32_t nxt;
    uint32_t edge;
    bool scale_known = ro_stream_wscale(r->stream, !r->d) >= 0;

    /* SYN-SENT: the ACK decides, the sequence number does not count (RFC 9293 3.10.7.3). */
    if ((receiver->has & RO_DIR_ISN) && !(receiver->has & (RO_DIR_ACK | RO_DIR_SYN_ACK)) &&
        !(sender->has & RO_DIR_SEQ)) {
        r->facts |= RO_FACT_SEQ_IN_WINDOW;
        r->seq_in_window = (r->seg.flags & RO_ACK) && ro_seq_gt(r->seg.ack, receiver->isn) &&
                           ro_seq_le(r->seg.ack, receiver->snd_nxt);
        r->seq_check = r->seq_in_window ? RO_SEQ_EXACT : RO_SEQ_UNKNOWN;
        return;
    }
    if (resets_old_connection(r)) {
        nxt = r->trigger.ack;
    } else if (!receiver_nxt(sender, receiver, &nxt)) {
        return;
    }
    r->facts |= RO_FACT_SEQ_DELTA;
    r->seq_delta = ro_seq_diff(r->seg.seq, nxt);
    edge = ro_seq_max(receiver->right_edge, nxt);
    if (r->seq_delta == 0 || taken_as_exact(r)) {
        r->seq_check = RO_SEQ_EXACT;
    } else if (r->seq_delta < 0) {
        r->seq_check = RO_SEQ_BELOW;
        /* A hole before us: the receiver may wait for what we think it has. */
        if ((sender->has & RO_DIR_GAP) && (receiver->has & RO_DIR_ACK) &&
            r->seg.seq == receiver->rcv_nxt) {
            r->seq_check = RO_SEQ_EXACT;
        }
    } else if (!(receiver->has & RO_DIR_WINDOW)) {
        r->seq_check = RO_SEQ_UNKNOWN;
        return;
    } else if (ro_seq_lt(r->seg.seq, edge)) {
        r->seq_check = RO_SEQ_IN_WINDOW;
    } else if (scale_known) {
        r->seq_check = RO_SEQ_ABOVE;
    } else {
        r->seq_check = RO_SEQ_UNKNOWN; /* the window may be up to 2^14 times as large */
        return;
    }
    r->facts |= RO_FACT_SEQ_IN_WINDOW;
    r->seq_in_window = r->seq_check == RO_SEQ_EXACT || r->seq_check == RO_SEQ_IN_WINDOW;
}

static void compute_headers(ro_reset *r)
{
    const ro_dir *sender = r->sender;

    if (r->seg.known & RO_KNOW_IP) {
        int delta;
        uint8_t near;

        if (ro_host_ttl_nearest(ro_host_now(r), r->seg.ttl, &delta, &near) > 0) {
            r->facts |= RO_FACT_HOST_TTL;
            r->host_ttl_delta = (int16_t)delta;
        }
        if (sender->ttl_kinds > 0) {
            r->facts |= RO_FACT_TTL_DELTA;
            r->ttl_delta = (int16_t)ro_ttl_count_delta(sender->ttls, sender->ttl_kinds, r->seg.ttl);
        }
    }
    if ((r->seg.known & RO_KNOW_IP_ID) && (sender->has & RO_DIR_IP_ID) && r->seg.ip_id != 0 &&
        sender->ip_id != 0 && !r->seg.fragmented) {
        r->facts |= RO_FACT_IP_ID_DELTA;
        r->ip_id_delta = (int16_t)(r->seg.ip_id - sender->ip_id);
    }
    if (ro_one_counter(r)) {
        r->facts |= RO_FACT_ONE_COUNTER;
    }
}

/* No router has touched this TTL. Hosts start at 64, 128 or 255; 32 is as likely a far 64. */
static bool untouched(uint8_t ttl)
{
    return ttl >= 64 && ro_ttl_hops(ttl) == 0;
}

/* The capture point is the sender's own interface: the capture says that this host sent the frame,
 * or the sender's packets come with a TTL that no router has touched and answer at once. A RST that
 * has the sender's address and travels away from it there was sent by it. */
static bool left_here(const ro_reset *r)
{
    const ro_dir *sender = r->sender;

    if ((r->seg.known & RO_KNOW_DIRECTION) && r->seg.sent_here && (sender->has & RO_DIR_SENT) &&
        !(sender->has & RO_DIR_RECEIVED)) {
        return true;
    }
    if (!(r->seg.known & RO_KNOW_IP) || sender->ttl_kinds != 1 || sender->rtt_n == 0 ||
        sender->rtt_min_ns >= RO_NEXT_TO_NS || !untouched(sender->ttl_last) ||
        !untouched(r->seg.ttl)) {
        return false;
    }
    /* On one link with both ends, or in a replay, neither is nearer than a device between them. */
    if (r->receiver->ttl_kinds == 0 || ro_ttl_hops(r->receiver->ttl_last) == 0) {
        return false;
    }
    /* Another initial value than the socket's is the host's own too, unless another card sent it. */
    return r->seg.ttl == sender->ttl_last ||
           ((r->seg.known & RO_KNOW_MAC) && (sender->has & RO_DIR_MAC) &&
            r->seg.mac == sender->mac);
}

void ro_facts_update(ro_reset *r)
{
    ro_stream *st = r->stream;

    r->sender = ro_dir_hold(st, r->d, &r->owns[0]);
    r->receiver = ro_dir_hold(st, !r->d, &r->owns[1]);
    r->claimed_sender = r->d == st->client ? RO_CLIENT : RO_SERVER;
    r->claimed_sender_known = st->client_known;
    r->stage = (uint8_t)stage_of(st);
    r->frames_then = ro_stream_frames(st) + 1;
    r->capture_doubled |=
        st->segments > 0 && st->duplicates * 100 / st->segments >= RO_DOUBLED_PERCENT;
    ro_times_update(r);
    ro_trigger_find(r);
    r->copy_of = ro_copy_find(r);
    if (r->copy_of) {
        r->facts |= RO_FACT_DUPLICATE;
    }
    compute_seq(r);
    compute_headers(r);
    r->outgoing = left_here(r);
    ro_ending_find(r);
}
