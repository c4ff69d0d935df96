/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Follows the exchanges of a connection. */

#include "track/exchange.h"

#include <glib.h>

#include "base/constants.h"
#include "base/seq.h"
#include "track/held.h"

static const ro_exchange the_first;

void ro_exchange_start(ro_stream *st)
{
    st->exchange = &the_first;
}

void ro_exchange_free(ro_stream *st)
{
    if (st->exchange != &the_first) {
        g_free((void *)st->exchange);
    }
}

/* To write to. */
static ro_exchange *exchange_of(ro_stream *st)
{
    if (st->exchange == &the_first) {
        st->exchange = g_new0(ro_exchange, 1);
    }
    return (ro_exchange *)st->exchange;
}

static bool has_unacked(const ro_dir *sender, const ro_dir *receiver)
{
    return (sender->has & RO_DIR_SEQ) &&
           (!(receiver->has & RO_DIR_ACK) || ro_seq_lt(receiver->rcv_nxt, sender->snd_nxt));
}

/* Whether direction `d` acknowledged more than `from`, the other side's FIN apart; anything at all where it had
 * acknowledged nothing then, which bit `then` of it tells. */
static bool acked_beyond(const ro_stream *st, int d, uint32_t from, uint32_t then)
{
    const ro_dir *sender = st->dir[d];
    const ro_dir *receiver = st->dir[!d];
    uint32_t data_end = sender->rcv_nxt;

    if (!(sender->has & RO_DIR_ACK)) {
        return false;
    }
    if (!(sender->has & then)) {
        return true;
    }
    if ((receiver->has & RO_DIR_FIN) && ro_seq_ge(data_end, receiver->fin_end)) {
        data_end = receiver->fin_end - 1;
    }
    return ro_seq_gt(data_end, from);
}

static bool acked_since_fin(const ro_stream *st, int d)
{
    return acked_beyond(st, d, st->fin_acked[d], RO_DIR_FIN_ACKED);
}

static bool acked_since_start(const ro_stream *st, int d)
{
    return acked_beyond(st, d, st->exchange->acked[d], RO_DIR_ACKED_THEN);
}

/* Notes in bit `then` of direction `d` whether it had acknowledged anything, and returns what. */
static uint32_t note_acked(ro_stream *st, int d, uint32_t then)
{
    ro_dir *x = st->dir[d];

    if (x != &ro_dir_none) { /* that has not and never had */
        x->has = (x->has & RO_DIR_ACK) ? x->has | then : x->has & ~then;
    }
    return x->rcv_nxt;
}

bool ro_exchange_is_closing(const ro_stream *st)
{
    bool fin[2] = {(st->dir[0]->has & RO_DIR_FIN) != 0, (st->dir[1]->has & RO_DIR_FIN) != 0};

    if (fin[0] && fin[1]) {
        return true;
    }
    return (fin[0] && !acked_since_fin(st, 0)) || (fin[1] && !acked_since_fin(st, 1));
}

bool ro_exchange_waits(const ro_stream *st, int d)
{
    const ro_dir *sender = st->dir[d];

    return sender->probes > 0 || (sender->repeats > 0 && has_unacked(sender, st->dir[!d]));
}

bool ro_exchange_has_progress(const ro_stream *st)
{
    return acked_since_start(st, 0) || acked_since_start(st, 1);
}

/* A probe that follows an unanswered one, or repeats an octet that was never acknowledged. */
static bool probes_again(const ro_stream *st, int d, const ro_step *step)
{
    return step->probe && (st->dir[d]->probes > 1 || has_unacked(st->dir[d], st->dir[!d]));
}

void ro_exchange_follow(ro_stream *st, int d, const ro_segment *s, const ro_step *step)
{
    ro_exchange *x;
    int64_t silence = s->time_ns - st->last_ns;
    bool fin = (s->flags & RO_FIN) && step->new_data;
    bool closing = (st->dir[!d]->has & RO_DIR_FIN) || ((st->dir[d]->has & RO_DIR_FIN) && !fin);

    if (fin) {
        st->fin_acked[d] = note_acked(st, d, RO_DIR_FIN_ACKED);
    }
    if (silence < RO_PAUSE_NS || step->repeat || probes_again(st, d, step)) {
        return;
    }
    x = exchange_of(st);
    x->pause_ns = silence;
    x->pause_end_ns = s->time_ns;
    if (closing && ro_exchange_is_closing(st)) {
        return;
    }
    x->idle_ns = silence;
    x->start_ns = s->time_ns;
    x->acked[0] = note_acked(st, 0, RO_DIR_ACKED_THEN);
    x->acked[1] = note_acked(st, 1, RO_DIR_ACKED_THEN);
}
