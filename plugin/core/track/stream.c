/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Follows one connection at one capture point. */

#include "track/stream.h"

#include <glib.h>
#include <string.h>

#include "base/constants.h"
#include "base/seq.h"
#include "base/ttl.h"
#include "track/exchange.h"
#include "track/headers.h"
#include "track/stack.h"
#include "track/transfer.h"
#include "track/words.h"

ro_recent_segment *ro_history_newest(ro_history *ring, unsigned i)
{
    if (i >= ring->n) {
        return NULL;
    }
    return &ring->recent[(unsigned)(ring->at + RO_HISTORY_MAX - 1 - i) % RO_HISTORY_MAX];
}

static void history_grow(ro_history *ring)
{
    ring->room = ring->room ? (uint8_t)(ring->room * 2) : 1;
    ring->recent = g_renew(ro_recent_segment, ring->recent, ring->room);
}

static void history_push(ro_history *ring, const ro_segment *s, const ro_step *step)
{
    ro_recent_segment *p;

    if (ring->at == ring->room) {
        history_grow(ring);
    }
    p = &ring->recent[ring->at];
    ring->at = (uint8_t)((ring->at + 1) % RO_HISTORY_MAX);
    if (ring->n < RO_HISTORY_MAX) {
        ring->n++;
    }
    p->time_ns = s->time_ns;
    p->frame = s->frame;
    p->seq = s->seq;
    p->end = s->seq + ro_segment_span(s);
    p->ack = s->ack;
    p->ip_id = s->ip_id;
    p->window = s->window;
    p->flags = s->flags;
    p->ttl = s->ttl;
    p->tos = s->tos;
    p->df = s->df;
    p->answers = 0;
    p->repeat = step->repeat;
    p->probe = step->probe;
    p->known = (uint16_t)s->known;
    p->flow_label = s->flow_label;
}

int ro_stream_wscale(const ro_stream *st, int d)
{
    const ro_dir *sender = &st->dir[d];
    const ro_dir *receiver = &st->dir[!d];

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

static bool same_packet(const ro_recent_segment *p, const ro_segment *s)
{
    int64_t dt = s->time_ns - p->time_ns;

    return p->seq == s->seq && p->ack == s->ack && p->flags == s->flags &&
           p->end == s->seq + ro_segment_span(s) && p->ip_id == s->ip_id &&
           p->window == s->window && dt >= 0 && dt <= RO_DUPLICATE_NS;
}

bool ro_stream_is_duplicate(const ro_history *ring, const ro_segment *s)
{
    /* With neither an IP-ID nor octets of its own, a second pure ACK is simply a duplicate ACK. */
    if (s->ip_id == 0 && ro_segment_span(s) == 0) {
        return false;
    }
    /* The other copy may stand behind one more packet of the same burst. */
    for (unsigned i = 0; i < 2 && i < ring->n; i++) {
        if (same_packet(
                &ring->recent[(unsigned)(ring->at + RO_HISTORY_MAX - 1 - i) % RO_HISTORY_MAX], s)) {
            return true;
        }
    }
    return false;
}

/* Whether a segment's octets can belong to the connection as it stands: a stray one (old
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

/* Sequence numbers sent: SND.NXT, holes, retransmissions, keep-alives. */
static void take_sent(ro_stream *st, int d, const ro_segment *s, ro_step *step)
{
    ro_dir *x = &st->dir[d];
    const ro_dir *y = &st->dir[!d];
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
    if (step->repeat) {
        ro_count16(&x->repeats);
        if (w->timed && ro_seq_ge(end, w->timed_end)) {
            w->timed = false;
        }
    } else if (step->new_data && !w->timed) {
        w->timed = true;
        w->timed_end = end;
        w->timed_ns = s->time_ns;
    }
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

/* A SYN-ACK is acknowledged at once by a segment without data. Where data is all that came by, that
 * segment was missed, and the time until the program spoke is no round trip. */
static bool shakes_hands_with_data(const ro_dir *y, const ro_segment *s)
{
    return (y->has & RO_DIR_SYN_ACK) && y->segments == y->syns && s->payload_len > 0;
}

/* Acknowledgments sent: RCV.NXT, the window offered, and the answer that a round trip ends with. */
static void take_ack(ro_stream *st, int d, const ro_segment *s, ro_step *step)
{
    ro_dir *sender = &st->dir[d];
    ro_dir *receiver = &st->dir[!d];
    int shift;
    uint32_t edge;

    if (!(s->flags & RO_ACK)) {
        return;
    }
    if ((receiver->has & RO_DIR_SEQ) && ro_seq_diff(s->ack, receiver->snd_nxt) > (1 << 26)) {
        step->stray = true;
        return;
    }
    if (!(sender->has & RO_DIR_ACK) || ro_seq_gt(s->ack, sender->rcv_nxt)) {
        step->acks_more = (sender->has & RO_DIR_ACK) != 0;
        sender->has |= RO_DIR_ACK;
        sender->rcv_nxt = s->ack;
        sender->rcv_nxt_ns = s->time_ns;
        receiver->repeats = 0;
        if (st->work[!d].timed && ro_seq_ge(s->ack, st->work[!d].timed_end)) {
            st->work[!d].timed = false;
            if (!shakes_hands_with_data(receiver, s)) {
                take_rtt(sender, s->time_ns - st->work[!d].timed_ns);
            }
        }
        if ((receiver->has & RO_DIR_SEQ) && ro_seq_gt(s->ack, receiver->snd_nxt)) {
            receiver->has |= RO_DIR_ACK_UNSEEN;
            receiver->snd_nxt = s->ack;
        }
        if ((receiver->has & RO_DIR_SEQ) && ro_seq_gt(s->ack, receiver->contig)) {
            advance_contig(receiver, &st->work[!d], receiver->contig, s->ack);
        }
    }
    receiver->probes = 0;
    if (s->known & RO_KNOW_WINDOW) {
        shift = (s->flags & RO_SYN) ? 0 : ro_stream_wscale(st, d);
        edge = s->ack + ((uint32_t)s->window << (shift > 0 ? shift : 0));
        if (!(sender->has & RO_DIR_WINDOW) || ro_seq_gt(edge, sender->right_edge)) {
            sender->right_edge = edge;
        }
        sender->has |= RO_DIR_WINDOW;
        if (s->window != sender->window) {
            sender->window_prev = sender->window;
            sender->window = s->window;
        }
    }
}

static void take_syn(ro_stream *st, int d, const ro_segment *s)
{
    ro_dir *sender = &st->dir[d];

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
    if (!st->client_known) {
        st->client = (uint8_t)((s->flags & RO_ACK) ? !d : d);
        st->client_known = true;
    }
    st->syn_seen = true;
}

ro_step ro_stream_observe(ro_stream *st, int d, const ro_segment *s)
{
    ro_dir *sender = &st->dir[d];
    ro_step step = {0};

    if (ro_stream_is_duplicate(&st->history[d], s)) {
        step.duplicate = true;
        st->duplicates++;
        ro_dir_take_headers(sender, &st->work[d], s);
        return step;
    }
    if (s->flags & RO_SYN) {
        take_syn(st, d, s);
        if (sender->isn != s->seq) {
            step.stray = true;
            history_push(&st->history[d], s, &step);
            return step;
        }
    }
    take_sent(st, d, s, &step);
    if (!step.stray) {
        take_ack(st, d, s, &step);
    }
    if (step.stray) {
        ro_count16(&sender->strays);
        history_push(&st->history[d], s, &step); /* it may be what a RST answers */
        return step;
    }
    sender->flags_seen |= s->flags;
    ro_dir_take_headers(sender, &st->work[d], s);
    ro_dir_take_options(sender, s);
    ro_transfer_follow(st, d, s);
    if (s->data_len > 0 && step.new_data) {
        if (st->talker != d + 1 || s->payload_len <= RO_SHORT_MESSAGE) {
            ro_words_of_segment(st, d, s);
        }
        st->talker = (uint8_t)(d + 1);
    }
    if (sender->segments++ == 0) {
        sender->first_ns = s->time_ns;
    }
    sender->last_ns = s->time_ns;
    sender->last_frame = s->frame;
    if ((st->segments++ > 0 && s->time_ns - st->last_ns >= RO_PAUSE_NS) || (s->flags & RO_FIN)) {
        ro_exchange_follow(st, d, s, &step);
    }
    st->last_ns = s->time_ns;
    st->last_frame = s->frame;
    history_push(&st->history[d], s, &step);
    return step;
}

/* Where no SYN tells, the side with the lower port is taken for the server: services listen on low
 * ports, and ephemeral ports start at 32768 or 49152 (IANA). Equal ports: the first to speak, but
 * a RST or SYN-ACK is an answer. */
static uint8_t likelier_client(const ro_segment *s, int d)
{
    if (s->sport != s->dport) {
        return (uint8_t)(s->sport > s->dport ? d : !d);
    }
    return (uint8_t)((s->flags & RO_RST) ? !d : d);
}

void ro_stream_clear(ro_stream *st)
{
    g_free(st->history[0].recent);
    g_free(st->history[1].recent);
    g_free(st->server_name);
}

void ro_stream_start(ro_stream *st, const ro_segment *s, int d)
{
    memset(st, 0, sizeof *st);
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
