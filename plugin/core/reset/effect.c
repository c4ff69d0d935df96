/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judges a RST as its receiver does. */

#include "reset/effect.h"

#include <glib.h>

#include "base/constants.h"
#include "base/seq.h"
#include "reset/copy.h"
#include "reset/inference.h"

/* Retransmission timers start at 1 s at most (RFC 6298 2.1) and double; past this many doublings the
 * silence of a sender proves nothing any more. */
#define TIMER_DOUBLINGS 6

#define SIGNATURES (RO_OPT_MD5 | RO_OPT_AO)

/* RFC 2385 2.0, RFC 5925 7.4: a segment without its signature is dropped, RSTs included. */
static bool lacks_signature(const ro_reset *r)
{
    return ((r->sender->has | r->receiver->has) & RO_DIR_SIGNED) &&
           (r->seg.known & RO_KNOW_OPTIONS) && !(r->seg.options & SIGNATURES);
}

/* Checksums are left to the network card on the way out, so only a received one counts. */
static bool damaged(const ro_reset *r)
{
    return (r->seg.known & RO_KNOW_CHECKSUM) && r->seg.bad_checksum && !r->outgoing &&
           !(r->sender->has & RO_DIR_SENT);
}

/* In SYN-SENT the acknowledgment alone decides (RFC 9293 3.10.7.3). */
static bool receiver_in_syn_sent(const ro_reset *r)
{
    return (r->receiver->has & RO_DIR_ISN) && !(r->receiver->has & (RO_DIR_ACK | RO_DIR_SYN_ACK)) &&
           !(r->sender->has & RO_DIR_SEQ);
}

static ro_effect effect_below(const ro_reset *r)
{
    /* Data on the way to the receiver may arrive behind the RST. */
    if (!(r->receiver->has & RO_DIR_ACK) || ro_seq_ge(r->seg.seq, r->receiver->rcv_nxt)) {
        return RO_EFFECT_UNKNOWN;
    }
    /* FreeBSD takes its last ACK minus one in any state (tcp_input.c), Linux only while closing. */
    if (r->seg.seq == r->receiver->rcv_nxt - 1 && ro_stack_of_receiver(r) != RO_STACK_LINUX) {
        return RO_EFFECT_UNKNOWN;
    }
    return RO_EFFECT_IGNORED;
}

/* What the rules say, whatever happened. */
static ro_effect effect_by_rule(const ro_reset *r)
{
    if (lacks_signature(r) || damaged(r)) {
        return RO_EFFECT_IGNORED;
    }
    if (receiver_in_syn_sent(r) && ro_is_scanner(r->receiver)) {
        return RO_EFFECT_UNKNOWN; /* a scanner's kernel holds no socket that could be reset */
    }
    if (receiver_in_syn_sent(r)) {
        return r->seq_in_window ? RO_EFFECT_RESET : RO_EFFECT_IGNORED;
    }
    switch (r->seq_check) {
    case RO_SEQ_EXACT:
        return RO_EFFECT_RESET;
    case RO_SEQ_BELOW:
        return effect_below(r);
    case RO_SEQ_ABOVE:
        return RO_EFFECT_IGNORED;
    default: /* in the window a challenge is due, which older stacks do not send */
        return RO_EFFECT_UNKNOWN;
    }
}

/* A challenge cannot come before the RST has arrived. */
static bool challenged(const ro_reset *r)
{
    const ro_followup *l = r->followup;
    int64_t rtt = ro_rtt_least(r->receiver);

    return l->challenge_frame && r->seq_check == RO_SEQ_IN_WINDOW &&
           (l->challenge_ns - r->seg.time_ns) * 10 >= rtt * 9;
}

/* It had data on the way that nobody acknowledged, and did not send them again although its host was
 * captured for longer than its retransmission timer. */
static bool fell_silent(const ro_reset *r)
{
    const ro_dir *receiver = r->receiver;
    const ro_host *host = r->stream->host[!r->d];
    int64_t timer = RO_S << MIN(receiver->repeats + 2, TIMER_DOUBLINGS);

    if (r->followup->peer_frame || !host || host->gen != r->stream->host_gen[!r->d] ||
        receiver->repeats + 2 > TIMER_DOUBLINGS) {
        return false;
    }
    return (receiver->has & RO_DIR_SEQ) && (r->sender->has & RO_DIR_ACK) &&
           ro_seq_gt(receiver->snd_nxt, r->sender->rcv_nxt) &&
           host->last_ns > r->seg.time_ns + timer;
}

/* What the receiver was seen to do. */
static ro_effect effect_seen(const ro_reset *r)
{
    if (ro_copy_word(r, true)) { /* the receiver's kernel says so */
        return RO_EFFECT_RESET;
    }
    if (challenged(r)) {
        return RO_EFFECT_CHALLENGED;
    }
    if (r->followup->peer_active_frame) {
        return RO_EFFECT_IGNORED;
    }
    return r->followup->peer_gone_frame || fell_silent(r) ? RO_EFFECT_RESET : RO_EFFECT_UNKNOWN;
}

static ro_effect effect_alone(const ro_reset *r)
{
    ro_effect seen = effect_seen(r);

    return seen != RO_EFFECT_UNKNOWN ? seen : effect_by_rule(r);
}

/* Whether an earlier RST of this direction had ended the connection: a closed port drops a RST (RFC
 * 9293 3.10.7.1). */
static bool was_gone(const ro_reset *r)
{
    const ro_reset *e = r->prev_same;

    for (int i = 0; e && i < RO_BURST_STEPS; i++, e = e->prev_same) {
        if (effect_alone(e) == RO_EFFECT_RESET) {
            return true;
        }
    }
    return false;
}

ro_effect ro_effect_of(const ro_reset *given)
{
    const ro_reset *r = given->copy_of ? given->copy_of : given; /* one packet has one effect */
    ro_effect seen = effect_seen(r);

    if (seen == RO_EFFECT_CHALLENGED || seen == RO_EFFECT_IGNORED) {
        return seen;
    }
    return was_gone(r) ? RO_EFFECT_IGNORED : effect_alone(r);
}

const char *ro_effect_name(ro_effect effect)
{
    static const char *const names[] = {"unknown", "reset", "challenged", "ignored"};

    return (unsigned)effect < G_N_ELEMENTS(names) ? names[effect] : names[0];
}
