/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells why a RST was sent: first what it follows from, then the state its sender was in. */

#include "judge/cause.h"

#include "base/constants.h"
#include "base/seq.h"
#include "judge/signs.h"
#include "points/stream_match.h"
#include "reset/inference.h"

/* Unanswered attempts from which giving up explains an abort. Linux gives up after tcp_retries2
 * (15) or TCP_USER_TIMEOUT, Windows after 5; two in a row already say that nobody answered (one
 * lost probe is not death, RFC 9293 3.8.4 MUST-29). */
#define GAVE_UP_AFTER 2

/* Exact RST that answers the challenge ACK drawn by an earlier one (RFC 5961 3.2). */
static bool answers_challenge(const ro_reset *r)
{
    const ro_reset *e = r->prev_same;

    for (int i = 0; e && i < RO_BURST_STEPS; e = e->prev_same, i++) {
        if (e->followup->answered_frame == r->seg.frame && e->shape != RO_SHAPE_ABORT) {
            return true;
        }
    }
    return false;
}

static uint32_t trigger_data(const ro_reset *r)
{
    uint32_t span = r->trigger.end - r->trigger.seq;

    return span - ((r->trigger.flags & RO_SYN) ? 1 : 0) - ((r->trigger.flags & RO_FIN) ? 1 : 0);
}

/* The client, still in SYN-SENT, was answered by something else than its SYN-ACK: the server holds
 * an older connection on these ports (RFC 9293 3.5.1, figure 9 and 10). */
static ro_cause refuses_old_connection(const ro_reset *r)
{
    const ro_stream *old = r->stream->previous;

    if (old && ((old->dir[0]->has & old->dir[1]->has) & RO_DIR_FIN)) {
        return RO_CAUSE_TIME_WAIT;
    }
    return RO_CAUSE_HALF_OPEN;
}

/* Before the connection was established. */
static ro_cause cause_early(const ro_reset *r)
{
    const ro_dir *sender = r->sender;

    if (r->shape == RO_SHAPE_REPLY_TO_SYN) {
        return RO_CAUSE_CLOSED_PORT;
    }
    if (r->claimed_sender == RO_CLIENT && r->shape == RO_SHAPE_REPLY &&
        (sender->has & RO_DIR_ISN) && !(sender->has & RO_DIR_ACK)) {
        if ((r->trigger.flags & RO_SYN) && r->trigger.ack == sender->isn + 1) {
            return ro_is_scanner(sender) ? RO_CAUSE_SCAN : RO_CAUSE_CONNECT_CANCELLED;
        }
        return refuses_old_connection(r);
    }
    return RO_CAUSE_UNKNOWN;
}

/* How long an exchange that is still going on may pause between two segments of one side. */
static int64_t exchange(const ro_reset *r)
{
    int64_t path = ro_rtt_of_both(r);

    return 2 * path + RO_RESTART_NS;
}

/* Its claimed sender was reset at another capture point before. */
static bool reset_elsewhere(const ro_reset *r)
{
    const ro_stream *st = r->stream;

    for (const ro_stream *c = st->sample ? st->next_copy : st; c != st; c = c->next_copy) {
        const ro_reset *e = c->last_reset[!ro_copy_dir(st, c, r->d)];

        for (int i = 0; e && i < RO_BURST_STEPS; i++, e = e->prev_same) {
            if (e->number < r->number) {
                return true;
            }
        }
    }
    return false;
}

/* A bare RST of a kernel that has no such connection. */
static ro_cause cause_reply(const ro_reset *r)
{
    const ro_dir *sender = r->sender;

    if (sender->has & RO_DIR_FIN) {
        if ((r->receiver->has & RO_DIR_FIN) && !trigger_data(r) &&
            r->since_sender_ns < exchange(r)) {
            return RO_CAUSE_TEARDOWN;
        }
        return RO_CAUSE_LATE_DATA;
    }
    if (sender->segments > sender->syns) {
        /* Nobody restarts within an exchange: what follows a reset is its echo, also where the reset passed another
         * capture point only; without one, the segment found no socket. */
        if (r->since_sender_ns >= exchange(r)) {
            return RO_CAUSE_HALF_OPEN;
        }
        return ro_prev_any(r) || reset_elsewhere(r) ? RO_CAUSE_ECHO : RO_CAUSE_NO_SOCKET;
    }
    if (!r->stream->syn_seen && (r->facts & RO_FACT_TRIGGER) && !(r->trigger.flags & RO_ACK)) {
        return RO_CAUSE_SCAN; /* a FIN, NULL or Xmas probe: TCP itself sends nothing without ACK */
    }
    return RO_CAUSE_NO_SOCKET;
}

/* Something that the sender of the RST had sent was not acknowledged. */
static bool awaits_ack(const ro_reset *r)
{
    return !(r->receiver->has & RO_DIR_ACK) || !(r->sender->has & RO_DIR_SEQ) ||
           ro_seq_lt(r->receiver->rcv_nxt, r->sender->snd_nxt);
}

static ro_cause cause_abort(const ro_reset *r)
{
    const ro_dir *sender = r->sender;

    if (sender->probes >= GAVE_UP_AFTER || r->after_probe) {
        return RO_CAUSE_KEEPALIVE_FAILURE;
    }
    if (sender->repeats >= GAVE_UP_AFTER && awaits_ack(r)) {
        return RO_CAUSE_RETRANSMISSION_TIMEOUT;
    }
    /* a stack that knows no TIME-WAIT or FIN-WAIT-2 answers data after its close with RST+ACK (lwIP, gVisor, libslirp) */
    if ((sender->has & RO_DIR_FIN) && r->receiver->last_data_ns > sender->fin_ns &&
        ro_seq_lt(sender->rcv_nxt, r->receiver->snd_nxt)) {
        return RO_CAUSE_LATE_DATA;
    }
    if ((sender->has & RO_DIR_FIN) ||
        (r->stage == RO_STAGE_CLOSING && r->sender->data_segments == 0)) {
        return RO_CAUSE_TEARDOWN;
    }
    return RO_CAUSE_ABORT;
}

static ro_cause cause_endpoint(const ro_reset *r)
{
    ro_cause early = cause_early(r);

    if (early != RO_CAUSE_UNKNOWN) {
        return early;
    }
    if (r->shape == RO_SHAPE_REPLY) {
        return cause_reply(r);
    }
    if (r->seg.flags & RO_ACK) {
        return cause_abort(r);
    }
    if (r->stage == RO_STAGE_NO_CONTEXT) {
        return RO_CAUSE_UNKNOWN;
    }
    /* Bare, and what it answers was not captured. */
    if (r->receiver->segments == 0) {
        return cause_reply(r);
    }
    return (r->sender->has & RO_DIR_SEQ) && r->seg.seq == r->sender->snd_nxt ? RO_CAUSE_ABORT
                                                                             : RO_CAUSE_UNKNOWN;
}

/* Who sees the connection but not its newest segments guesses within this of where its sender is: some windows of
 * 64 kB. */
#define WITHIN_SIGHT (1 << 18)

/* A sweep moves on by a window or half of one; who sees the connection moves on by what it expects to be sent. */
#define SWEEP_STEP (1 << 14)

typedef struct ro_guesses {
    int near;
    int far;
    bool knows; /* a number that either side used */
} ro_guesses;

static bool beyond(int32_t distance, int32_t limit)
{
    return distance >= limit || distance <= -limit;
}

static void count_guess(const ro_reset *e, ro_guesses *n)
{
    bool near =
        (e->facts & RO_FACT_SEQ_DELTA) && !beyond(e->seq_delta, WITHIN_SIGHT) &&
        !(e->prev_same && beyond(ro_seq_diff(e->seg.seq, e->prev_same->seg.seq), SWEEP_STEP));

    n->knows |= e->seq_check == RO_SEQ_EXACT || e->shape != RO_SHAPE_OTHER || e->mirrors;
    n->near += near;
    n->far += !near;
}

/* Guessed sequence numbers of a sender that does not see the connection: no number of the burst is one that
 * either side used, and most are far from any. A sweep comes near a few times on its way. */
static bool blind(const ro_reset *r)
{
    ro_guesses n = {0};
    const ro_reset *e;
    int i;

    for (e = r, i = 0; e && i < RO_BURST_STEPS; e = e->prev_same, i++) {
        count_guess(e, &n);
    }
    for (e = r->next_same, i = 0; e && i < RO_BURST_STEPS; e = e->next_same, i++) {
        count_guess(e, &n);
    }
    return !n.knows && n.near + n.far >= 3 && n.far > n.near;
}

/* As netfilter's REJECT writes it (nf_reject_ipv4.c), the commonest of firewalls' own resets: a reply
 * without window, IP-ID or options, with DF. A rule made it, whatever the rule looked at. */
static bool like_reject(const ro_reset *r)
{
    return r->shape == RO_SHAPE_REPLY && r->seg.window == 0 && r->seg.ack == 0 &&
           r->seg.options == 0 && r->seg.payload_len == 0 && r->seg.tos == 0 && r->seg.ip_id == 0 &&
           (r->seg.ip_version == 6 ? r->seg.flow_label == 0 : r->seg.df);
}

/* The segment that drew the RST went on to its receiver, who answered it: its maker listens beside
 * the path. A firewall that rejects a segment keeps it. */
static bool let_through(const ro_reset *r)
{
    uint8_t active = ro_activity_witness(r)->followup->active;

    return active == RO_ACTIVE_DATA || active == RO_ACTIVE_ACKS || active == RO_ACTIVE_SYN_ACK;
}

static ro_cause cause_intermediary(const ro_reset *r)
{
    if (r->sender->segments + r->receiver->segments == 0) {
        return RO_CAUSE_UNKNOWN; /* a lone packet: there is no state that could be lost */
    }
    if (r->shape == RO_SHAPE_REPLY_TO_SYN || r->stage == RO_STAGE_POST_SYN) {
        return RO_CAUSE_POLICY_REJECT; /* nothing was said yet: only addresses and ports */
    }
    if (blind(r)) {
        return RO_CAUSE_BLIND_ATTACK;
    }
    if (r->timer_ns > 0) {
        /* By itself, a timer ran out; as an answer, it had run out before. */
        return (r->facts & RO_FACT_TRIGGER) && r->timer_ns < RO_S * 5 && r->stage != RO_STAGE_LATER
                   ? RO_CAUSE_STATE_LOSS
                   : RO_CAUSE_IDLE_TIMEOUT;
    }
    if ((r->facts & RO_FACT_TRIGGER) && (r->trigger.repeat || r->stage == RO_STAGE_NO_CONTEXT)) {
        return RO_CAUSE_INVALID_STATE;
    }
    if (like_reject(r) && r->stage != RO_STAGE_POST_PSH && !let_through(r)) {
        return RO_CAUSE_POLICY_REJECT;
    }
    if (!r->stream->syn_seen && r->receiver->segments <= 1) {
        return RO_CAUSE_STATE_LOSS;
    }
    if (r->sender->data_segments + r->receiver->data_segments > 0) {
        return RO_CAUSE_BLOCKED_CONTENT;
    }
    return r->stream->syn_seen ? RO_CAUSE_POLICY_REJECT : RO_CAUSE_UNKNOWN; /* no octet was seen */
}

ro_cause ro_cause_of(const ro_reset *r, const ro_verdict *v)
{
    if (v->source == RO_SOURCE_INTERMEDIARY) {
        return cause_intermediary(r);
    }
    if ((r->seg.options & (RO_OPT_MP_TCPRST | RO_OPT_FASTCLOSE)) ||
        (r->receiver->has & RO_DIR_FASTCLOSE)) { /* RFC 8684 3.5: its answer is a RST */
        return RO_CAUSE_MPTCP;
    }
    if (r->echo_of) {
        return RO_CAUSE_ECHO;
    }
    if (answers_challenge(r)) {
        return RO_CAUSE_CHALLENGE_ACK;
    }
    if (v->source == RO_SOURCE_UNKNOWN && v->suspicious) {
        return RO_CAUSE_UNKNOWN;
    }
    return cause_endpoint(r);
}
