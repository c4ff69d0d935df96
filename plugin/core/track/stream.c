/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Follows one connection at one capture point. */

#include "track/stream.h"

#include <glib.h>
#include <string.h>

#include "base/constants.h"
#include "base/seq.h"
#include "track/exchange.h"
#include "track/handshake.h"
#include "track/headers.h"
#include "track/held.h"
#include "track/history.h"
#include "track/transfer.h"
#include "track/words.h"

/* Whether a segment's octets can belong to the connection in its present state: a stray one (old
 * incarnation, forged, damaged) must not move SND.NXT. Anything up to the largest window that
 * TCP has (RFC 7323 2.3: 2^30) from what is known passes, less where the window is known. */
static bool plausible(const ro_dir *x, const ro_dir *y, uint32_t seq, uint32_t end)
{
    int32_t ahead;

    if (!(x->has & RO_DIR_SEQ)) {
        return true;
    }
    ahead = ro_seq_diff(end, x->snd_nxt);
    if (ahead <= 0) {
        return ro_seq_diff(seq, x->snd_nxt) > -(1 << 30);
    }
    if ((y->has & RO_DIR_WINDOW) && (y->has & RO_DIR_WSCALE)) {
        int32_t over = ro_seq_diff(end, y->right_edge);

        return over <= 65536 || ro_seq_diff(seq, x->snd_nxt) <= 65536;
    }
    return ahead < (1 << 26);
}

static void advance_contig(ro_dir *x, ro_dir_work *w, uint32_t seq, uint32_t end)
{
    if (ro_seq_le(seq, x->contig)) {
        x->contig = ro_seq_max(x->contig, end);
    } else if (w->ooo_left == w->ooo_right) {
        w->ooo_left = seq;
        w->ooo_right = end;
    } else if (ro_seq_le(seq, w->ooo_right) && ro_seq_ge(end, w->ooo_left)) {
        w->ooo_left = ro_seq_lt(seq, w->ooo_left) ? seq : w->ooo_left;
        w->ooo_right = ro_seq_max(w->ooo_right, end);
    }
    if (w->ooo_left != w->ooo_right && ro_seq_le(w->ooo_left, x->contig)) {
        x->contig = ro_seq_max(x->contig, w->ooo_right);
        w->ooo_left = w->ooo_right = 0;
    }
    if (x->contig == x->snd_nxt) {
        x->has &= ~(uint32_t)RO_DIR_GAP;
    }
}

/* Which segment the next answer is timed by; a retransmitted one is not (Karn's rule). Counts
 * retransmissions that nothing has acknowledged. */
static void time_for_answer(ro_stream *st, int d, int64_t now_ns, uint32_t end, const ro_step *step)
{
    const ro_dir *y = st->dir[!d];
    ro_dir_work *w = &st->work[d];

    if (step->repeat) {
        if (!(y->has & RO_DIR_ACK) || ro_seq_gt(end, y->rcv_nxt)) { /* else it was acknowledged */
            ro_count16(&st->dir[d]->repeats);
        }
        if (w->timed && ro_seq_ge(end, w->timed_end)) {
            w->timed = false;
        }
    } else if (step->new_data && !w->timed) {
        w->timed = true;
        w->timed_end = end;
        w->timed_ns = now_ns;
    }
}

/* Sequence numbers sent: SND.NXT, holes, retransmissions, keep-alives. */
static void take_sent(ro_stream *st, int d, const ro_segment *s, ro_step *step)
{
    ro_dir *x = st->dir[d];
    const ro_dir *y = st->dir[!d];
    ro_dir_work *w = &st->work[d];
    uint32_t span = ro_segment_span(s);
    uint32_t end = s->seq + span;

    if (!(s->known & RO_KNOW_LEN) && !(s->flags & (RO_SYN | RO_FIN))) {
        return;
    }
    if (!plausible(x, y, s->seq, end)) {
        step->stray = true;
        return;
    }
    if (!(x->has & RO_DIR_SEQ)) {
        x->has |= RO_DIR_SEQ;
        x->snd_nxt = x->contig = end;
        step->new_data = span > 0;
    } else if (span <= 1 && !(s->flags & (RO_SYN | RO_FIN)) && s->seq == x->snd_nxt - 1 &&
               x->data_segments + (x->has & RO_DIR_ACK ? 1 : 0) > 0) {
        step->probe = true;
        ro_count16(&x->probes);
        return;
    } else if (ro_seq_gt(end, x->snd_nxt)) {
        step->new_data = span > 0;
        if (ro_seq_gt(s->seq, x->snd_nxt)) {
            x->has |= RO_DIR_GAP;
        }
        x->snd_nxt = end;
        advance_contig(x, w, s->seq, end);
    } else if (span > 0) {
        if (ro_seq_ge(s->seq, x->contig)) {
            step->out_of_order = true;
        } else {
            step->repeat = true;
        }
        advance_contig(x, w, s->seq, end);
    }
    if (step->new_data && s->payload_len > 0) {
        x->data_segments++;
        x->last_data_ns = s->time_ns;
    }
    time_for_answer(st, d, s->time_ns, end, step);
    if (s->flags & RO_FIN) {
        if (!(x->has & RO_DIR_FIN)) {
            x->fin_ns = s->time_ns;
            x->fin_frame = s->frame;
        }
        x->has |= RO_DIR_FIN;
        x->fin_end = end;
    }
}

static void take_rtt(ro_dir *x, int64_t sample)
{
    if (sample < 0) {
        return;
    }
    if (x->rtt_n == 0 || sample < x->rtt_min_ns) {
        x->rtt_second_ns = x->rtt_n == 0 ? sample : x->rtt_min_ns;
        x->rtt_min_ns = sample;
    } else if (x->rtt_n == 1 || sample < x->rtt_second_ns) {
        x->rtt_second_ns = sample;
    }
    if (x->rtt_n == 0 || sample > x->rtt_max_ns) {
        x->rtt_max_ns = sample;
    }
    x->rtt_n++;
}

/* A SYN-ACK is acknowledged at once by a segment without data. Where only data was captured, that
 * segment was missed, and the time until the program spoke is no round trip. */
static bool shakes_hands_with_data(const ro_dir *y, const ro_segment *s)
{
    return (y->has & RO_DIR_SYN_ACK) && y->segments == y->syns && s->payload_len > 0;
}

/* It acknowledges more than ever before: what was timed may be answered. */
static inline void take_ack_progress(ro_stream *st, int d, const ro_segment *s, ro_step *step)
{
    ro_dir *sender = st->dir[d];
    ro_dir *receiver = st->dir[!d];
    ro_dir_work *w = &st->work[!d];

    step->acks_more = (sender->has & RO_DIR_ACK) != 0;
    sender->has |= RO_DIR_ACK;
    sender->rcv_nxt = s->ack;
    sender->rcv_nxt_ns = s->time_ns;
    receiver->repeats = 0;
    if (w->timed && ro_seq_ge(s->ack, w->timed_end)) {
        w->timed = false;
        if (!shakes_hands_with_data(receiver, s)) {
            take_rtt(sender, s->time_ns - w->timed_ns);
        }
    }
}

static inline void take_window(ro_stream *st, int d, const ro_segment *s)
{
    ro_dir *sender = st->dir[d];
    unsigned shift = (s->flags & RO_SYN) ? 0 : st->work[d].shift;
    uint32_t edge = s->ack + ((uint32_t)s->window << shift);

    if (!(s->known & RO_KNOW_WINDOW)) {
        return;
    }
    if (!(sender->has & RO_DIR_WINDOW) || ro_seq_gt(edge, sender->right_edge)) {
        sender->right_edge = edge;
    }
    sender->has |= RO_DIR_WINDOW;
    if (s->window != sender->window) {
        sender->window_prev = sender->window;
        sender->window = s->window;
    }
}

/* Acknowledgments sent: RCV.NXT, the window offered, and the answer that a round trip ends with. */
static void take_ack(ro_stream *st, int d, const ro_segment *s, ro_step *step)
{
    ro_dir *sender = st->dir[d];
    ro_dir *receiver = st->dir[!d];

    if (!(s->flags & RO_ACK)) {
        return;
    }
    if ((receiver->has & RO_DIR_SEQ) && ro_seq_diff(s->ack, receiver->snd_nxt) > (1 << 26)) {
        step->stray = true;
        return;
    }
    if (!(sender->has & RO_DIR_ACK) || ro_seq_gt(s->ack, sender->rcv_nxt)) {
        take_ack_progress(st, d, s, step);
        if ((receiver->has & RO_DIR_SEQ) && ro_seq_gt(s->ack, receiver->snd_nxt)) {
            receiver->has |= RO_DIR_ACK_UNSEEN;
            receiver->snd_nxt = s->ack;
        }
        if ((receiver->has & RO_DIR_SEQ) && ro_seq_gt(s->ack, receiver->contig)) {
            advance_contig(receiver, &st->work[!d], receiver->contig, s->ack);
        }
    }
    receiver->probes = 0;
    take_window(st, d, s);
}

/* The segment that most are: data right at SND.NXT or none, no SYN or FIN, no hole before it, and it
 * acknowledges nothing that did not come by. What ro_stream_observe does with such a one is less. */
static inline bool is_common(const ro_stream *st, int d, const ro_segment *s)
{
    const ro_dir *x = st->dir[d];
    const ro_dir *y = st->dir[!d];
    const ro_dir_work *w = &st->work[d];

    return (s->flags & (RO_SYN | RO_FIN | RO_ACK)) == RO_ACK && (s->known & RO_KNOW_LEN) &&
           (x->has & y->has & RO_DIR_SEQ) && s->seq == x->snd_nxt && x->contig == x->snd_nxt &&
           w->ooo_left == w->ooo_right && ro_seq_le(s->ack, y->contig) &&
           s->payload_len <= UINT16_MAX;
}

static inline void take_common(ro_stream *st, int d, const ro_segment *s, ro_step *step)
{
    ro_dir *x = st->dir[d];
    ro_dir_work *w = &st->work[d];

    if (s->payload_len > 0) {
        step->new_data = true;
        x->snd_nxt = x->contig = s->seq + s->payload_len;
        x->has &= ~(uint32_t)RO_DIR_GAP;
        x->data_segments++;
        x->last_data_ns = s->time_ns;
        if (!w->timed) {
            w->timed = true;
            w->timed_end = x->snd_nxt;
            w->timed_ns = s->time_ns;
        }
    }
    if (!(x->has & RO_DIR_ACK) || ro_seq_gt(s->ack, x->rcv_nxt)) {
        take_ack_progress(st, d, s, step);
    }
    st->dir[!d]->probes = 0;
    take_window(st, d, s);
}

/* What is not the common case. False where nothing more is to be taken from the segment. */
static bool take_odd(ro_stream *st, int d, const ro_segment *s, ro_step *step)
{
    ro_dir *sender = st->dir[d];

    if (s->flags & RO_SYN) {
        ro_stream_take_syn(st, d, s);
        if (sender->isn != s->seq) {
            step->stray = true;
            return false;
        }
    }
    take_sent(st, d, s, step);
    if (!step->stray) {
        take_ack(st, d, s, step);
    }
    if (step->stray) {
        ro_count16(&sender->strays);
    }
    return !step->stray;
}

static inline void take_times(ro_stream *st, int d, const ro_segment *s, const ro_step *step)
{
    ro_dir *sender = st->dir[d];

    sender->segments++;
    sender->last_ns = s->time_ns;
    sender->last_frame = s->frame;
    if ((st->segments++ > 0 && s->time_ns - st->last_ns >= RO_PAUSE_NS) || (s->flags & RO_FIN)) {
        ro_exchange_follow(st, d, s, step);
    }
    st->last_ns = s->time_ns;
    st->last_frame = s->frame;
}

ro_step ro_stream_observe(ro_stream *st, int d, const ro_segment *s)
{
    ro_dir *sender = ro_dir_own(st, d);
    bool common;
    ro_step step = {0};

    /* a SYN says nothing of what the other side sent */
    if (st->dir[!d] != &ro_dir_none || (s->flags & (RO_SYN | RO_ACK)) != RO_SYN) {
        ro_dir_own(st, !d);
    }
    common = is_common(st, d, s);
    /* octets right at SND.NXT were never sent before */
    if (!(common && s->payload_len > 0) && ro_stream_is_duplicate(&st->history[d], s)) {
        step.duplicate = true;
        st->duplicates++;
        ro_dir_take_headers(sender, &st->work[d], s);
        return step;
    }
    if (common) {
        take_common(st, d, s, &step);
    } else if (!take_odd(st, d, s, &step)) {
        ro_history_push(&st->history[d], s, &step); /* it may be what a RST answers */
        return step;
    }
    sender->flags_seen |= s->flags;
    ro_dir_take_headers(sender, &st->work[d], s);
    ro_dir_take_options(sender, s);
    if (s->data_len > 0 && step.new_data) {
        if (st->talker != d + 1 || s->payload_len <= RO_SHORT_MESSAGE) {
            ro_words_of_segment(st, d, s);
        }
        st->talker = (uint8_t)(d + 1);
    }
    ro_transfer_follow(st, d, s);
    take_times(st, d, s, &step);
    ro_history_push(&st->history[d], s, &step);
    return step;
}

/* 0 for services (below 1024), 1 for registered ports, 2 for those that clients take: Linux from 32768,
 * IANA from 49152. */
static int port_class(uint16_t port)
{
    return port < 1024 ? 0 : port < 32768 ? 1 : 2;
}

/* Where no SYN tells, the port of the lower class is the server's; then, between two ephemeral ports, and for
 * probes without ACK (RFC 9293 sends none), whoever spoke first is the client, a RST being an answer; else the
 * lower port is the server's. */
static uint8_t likelier_client(const ro_segment *s, int d)
{
    int from = port_class(s->sport);
    int to = port_class(s->dport);

    if (from != to) {
        return (uint8_t)(from > to ? d : !d);
    }
    if (from == 2 || s->sport == s->dport || !(s->flags & (RO_ACK | RO_RST))) {
        return (uint8_t)((s->flags & RO_RST) ? !d : d);
    }
    return (uint8_t)(s->sport > s->dport ? d : !d);
}

bool ro_ports_tell(const ro_stream *st)
{
    return port_class(st->end[0].port) != port_class(st->end[1].port);
}

void ro_stream_clear(ro_stream *st)
{
    g_free(st->history[0].recent);
    g_free(st->history[1].recent);
    g_free(st->server_name);
    ro_dirs_free(st);
    ro_exchange_free(st);
}

void ro_stream_start(ro_stream *st, const ro_segment *s, int d)
{
    memset(st, 0, sizeof *st);
    ro_dirs_start(st);
    ro_exchange_start(st);
    st->end[d].addr = s->src;
    st->end[d].port = s->sport;
    st->end[!d].addr = s->dst;
    st->end[!d].port = s->dport;
    st->number = s->stream;
    st->point = s->point;
    st->ip_version = s->ip_version;
    st->first_ns = s->time_ns;
    st->last_ns = s->time_ns;
    st->client = likelier_client(s, d);
}
