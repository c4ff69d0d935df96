/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells the connections on the same ports apart. */

#include "reset/incarnation.h"

#include "base/constants.h"
#include "base/seq.h"

/* Captures lose less than this in one piece, and windows are seldom larger; initial numbers are spread over
 * all of the 4 GB. With a clock that fits, more is believed. */
#define NEAR_BY       (1u << 22)
#define NEAR_BY_CLOCK (1u << 26)

/* Ports are used again when TIME-WAIT is over, one minute in Linux. */
#define LONG_SILENCE_NS (60 * RO_S)

/* A SYN sent again, or the SYN-ACK that answers the SYN of `st`. Wireshark gives them a new number
 * where a RST came in between (since 4.4), but that RST may be the forged one they speak against. */
static bool repeats_handshake(const ro_stream *st, const ro_segment *s, int d)
{
    const ro_dir *sender = st->dir[d];
    const ro_dir *receiver = st->dir[!d];

    if (sender->has & RO_DIR_ISN) {
        return sender->isn == s->seq;
    }
    return (s->flags & RO_ACK) && (receiver->has & RO_DIR_ISN) && s->ack == receiver->isn + 1;
}

/* Whether `s` starts a new connection on the ports of `st`. Wireshark's word counts where it says
 * so, that our streams and tcp.stream agree. It keeps the number where the old connection was seen
 * in part only; then a SYN with another ISN, or with none to compare it to, starts a new one in
 * here all the same, and a SYN-ACK does after a close or reset. */
bool ro_starts_anew(const ro_stream *st, const ro_segment *s, int d)
{
    const ro_dir *sender = st->dir[d];
    const ro_dir *receiver = st->dir[!d];

    if (!(s->flags & RO_SYN) || (s->flags & RO_RST) || repeats_handshake(st, s, d)) {
        return false;
    }
    if ((s->known & RO_KNOW_STREAM) && s->stream != st->number) {
        return true;
    }
    if (s->flags & RO_ACK) {
        return (sender->has & RO_DIR_ISN) && (((sender->has | receiver->has) & RO_DIR_FIN) ||
                                              st->last_reset[0] || st->last_reset[1]);
    }
    if (sender->segments == 0 && receiver->syns > 0 && receiver->segments == receiver->syns &&
        !(receiver->has & RO_DIR_ACK)) {
        return false; /* both ends open at once (RFC 9293 3.5, figure 7) */
    }
    return st->segments > 0 || st->last_reset[0] || st->last_reset[1];
}

/* A RST that comes just after its ports were used again may belong to the connection before: it fits
 * nothing in the new one, in which its sender has not spoken, and its number is the old one's. */
bool ro_belongs_before(const ro_stream *st, const ro_segment *s, int d)
{
    const ro_stream *old = st->previous;
    const ro_dir *receiver = st->dir[!d];

    if (!old) {
        return false;
    }
    if (st->dir[d]->has & RO_DIR_SEQ) {
        /* Its sender has spoken in the new one, so a number of the old one must be exact; where the
         * other side was captured, the RST may answer what came late. */
        return st->history[!d].n == 0 && (old->dir[d]->has & RO_DIR_SEQ) &&
               s->seq == old->dir[d]->snd_nxt &&
               ro_seq_distance(s->seq, st->dir[d]->snd_nxt) >= (1u << 20);
    }
    if (((s->flags & RO_ACK) && (receiver->has & RO_DIR_SEQ) && ro_seq_gt(s->ack, receiver->isn) &&
         ro_seq_le(s->ack, receiver->snd_nxt))) {
        return false;
    }
    return (old->last_reset[d] &&
            ro_seq_distance(s->seq, old->last_reset[d]->seg.seq) < (1u << 20)) ||
           ((old->dir[d]->has & RO_DIR_SEQ) &&
            ro_seq_distance(s->seq, old->dir[d]->snd_nxt) < (1u << 20)) ||
           ((old->dir[!d]->has & RO_DIR_ACK) &&
            ro_seq_distance(s->seq, old->dir[!d]->rcv_nxt) < (1u << 20));
}

typedef enum clock_word { CLOCK_SILENT, CLOCK_FITS, CLOCK_BREAKS } clock_word;

/* Whether the timestamp of `s` is of the clock that its direction had when the RST came. New connections
 * start at a random one (Linux), or go on with the host's. */
static clock_word clock_of(const ro_dir *then, const ro_segment *s)
{
    int64_t elapsed_ms = (s->time_ns - then->ts_time_ns) / RO_MS;
    int32_t ticks = ro_seq_diff(s->tsval, then->tsval);

    if (!(then->has & RO_DIR_TS) || !(s->options & RO_OPT_TIMESTAMP)) {
        return CLOCK_SILENT;
    }
    /* Clocks tick once a millisecond or slower (RFC 7323 5.4), give or take the path's jitter. */
    return ticks >= -500 && ticks <= elapsed_ms * 11 / 10 + 500 ? CLOCK_FITS : CLOCK_BREAKS;
}

/* How long both sides had been silent before the newest segment, which is of direction `d`. */
static int64_t silence_before(const ro_reset *r, int d, const ro_segment *s)
{
    const ro_recent_segment *own = ro_history_newest(&r->stream->history[d], 1);
    const ro_recent_segment *other = ro_history_newest(&r->stream->history[!d], 0);
    int64_t last = r->seg.time_ns;

    if (own && own->time_ns > last) {
        last = own->time_ns;
    }
    if (other && other->time_ns > last) {
        last = other->time_ns;
    }
    return s->time_ns - last;
}

bool ro_fits_connection(const ro_reset *r, int d, const ro_segment *s)
{
    const ro_dir *then = d == r->d ? r->sender : r->receiver;
    const ro_recent_segment *before = ro_history_newest(&r->stream->history[d], 1);
    clock_word clock = clock_of(then, s);
    bool fresh = clock == CLOCK_FITS || silence_before(r, d, s) <= LONG_SILENCE_NS;
    uint32_t away = 0;

    if (clock == CLOCK_BREAKS) {
        return false;
    }
    if (before) {
        if (s->seq == before->seq || s->seq == before->end || s->seq + 1 == before->end) {
            return true; /* it goes on, repeats or probes to the octet */
        }
        away = ro_seq_distance(s->seq, before->end);
    }
    if ((then->has & RO_DIR_SEQ) && (!before || ro_seq_distance(s->seq, then->snd_nxt) < away)) {
        away = ro_seq_distance(s->seq, then->snd_nxt);
    }
    return fresh && away < (clock == CLOCK_FITS ? NEAR_BY_CLOCK : NEAR_BY);
}
