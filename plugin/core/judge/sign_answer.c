/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signs of the sequence family that ask what the RST answers. */

#include "base/constants.h"
#include "judge/sign_tests.h"
#include "judge/sign_words.h"
#include "judge/signs.h"
#include "reset/inference.h"

#define MS(ns) ((double)(ns) / (double)RO_MS)

/* Surplus answers from which no accident of the network explains them. */
#define SURPLUS_COUNTED 2

/* RFC 9293 3.10.7.3: a client in SYN-SENT drops a RST that acknowledges nothing. */
int ro_test_bare_to_syn(const ro_reset *r)
{
    if (!(r->receiver->has & RO_DIR_ISN) || (r->receiver->has & RO_DIR_ACK) ||
        (r->sender->has & RO_DIR_SEQ)) {
        return RO_NOT_EVALUATED;
    }
    return (r->seg.flags & RO_ACK) ? 0 : 11;
}

void ro_text_bare_to_syn(const ro_reset *r, GString *out)
{
    (void)r;
    g_string_append(out, SAY_BARE_TO_SYN);
}

/* Whether `e` belongs to the burst of `r` and answers a segment answered already. */
static bool surplus_of(const ro_reset *r, const ro_reset *e)
{
    return e->surplus && !((e->facts & RO_FACT_DUPLICATE) && r->capture_doubled);
}

static bool same_burst(const ro_reset *r, const ro_reset *e)
{
    return e && e->event == r->event && e->seg.ttl == r->seg.ttl;
}

/* Resets of the burst of `r` that answer a segment answered already; counting stops at
 * SURPLUS_COUNTED. */
static int surplus_in_burst(const ro_reset *r)
{
    int n = surplus_of(r, r);

    const ro_reset *e = r->prev_same;

    for (int i = 0; i < RO_BURST_STEPS && same_burst(r, e) && n < SURPLUS_COUNTED; i++) {
        n += surplus_of(r, e);
        e = e->prev_same;
    }
    e = r->next_same;
    for (int i = 0; i < RO_BURST_STEPS && same_burst(r, e) && n < SURPLUS_COUNTED; i++) {
        n += surplus_of(r, e);
        e = e->next_same;
    }
    return n;
}

/* A host answers a segment with one RST. One more may be the network's copy; several are a device's
 * habit (three, GFW; Bock 2021). Super-segments of offloading draw a RST for each of their parts,
 * which is allowed for; where segments may have been forgotten nothing is said. */
int ro_test_surplus_answer(const ro_reset *r)
{
    int n;

    if (r->shape != RO_SHAPE_REPLY || !(r->facts & RO_FACT_TRIGGER) || r->capture_doubled ||
        (r->receiver->has & RO_DIR_GAP)) {
        return RO_NOT_EVALUATED;
    }
    n = surplus_in_burst(r);
    return n >= SURPLUS_COUNTED ? 9 : n == 1 ? 2 : 0;
}

void ro_text_surplus_answer(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_SURPLUS_ANSWER, surplus_in_burst(r), r->trigger.frame);
}

/* Closing a socket in SYN-SENT sends nothing; a RST of the client there answers something (RFC 9293
 * 3.10.5, 3.5.2). Said only where the other direction is known to be captured: the server's later
 * frames, or other connections of it. */
int ro_test_unprompted_in_syn_sent(const ro_reset *r)
{
    const ro_dir *sender = r->sender;
    const ro_host *y_host = r->stream->host[!r->d];

    if (r->claimed_sender != RO_CLIENT || !(sender->has & RO_DIR_ISN) ||
        (sender->has & RO_DIR_ACK) || sender->segments != sender->syns) {
        return RO_NOT_EVALUATED;
    }
    if (r->receiver->segments > 0 || r->prev_other || r->receiver->strays > 0) {
        return 0;
    }
    if (!r->followup->peer_frame &&
        !(y_host->gen == r->stream->host_gen[!r->d] && y_host->accepted + y_host->refused > 0)) {
        return RO_NOT_EVALUATED;
    }
    return 9;
}

void ro_text_unprompted_in_syn_sent(const ro_reset *r, GString *out)
{
    (void)r;
    g_string_append(out, SAY_UNPROMPTED_IN_SYN_SENT);
}

/* A closed port answers a segment with ACK by a bare RST. RST+ACK with both numbers swapped is
 * what firewalls and load balancers write (nmap-os-db: Cisco ASA, Palo Alto, F5), and Cisco routers
 * for themselves. Tested where the claimed sender has no connection: it never spoke but to refuse
 * the SYN (where its direction was not captured, an abort looks the same). */
int ro_test_numbers_swapped(const ro_reset *r)
{
    if (!(r->seg.flags & RO_ACK) || !(r->receiver->has & RO_DIR_ISN) ||
        (r->sender->has & RO_DIR_SEQ) || r->claimed_sender != RO_SERVER || !r->prev_same) {
        return RO_NOT_EVALUATED;
    }
    return r->mirrors && r->seg.seq != 0 ? 8 : 0;
}

void ro_text_numbers_swapped(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_NUMBERS_SWAPPED, r->trigger.frame);
}

/* RFC 9293 3.10.7.1: the reply to a SYN has SEQ 0. Harmless: a firewall that moves sequence
 * numbers moves this one too, so it counts little. */
int ro_test_syn_reply_seq(const ro_reset *r)
{
    if (r->shape != RO_SHAPE_REPLY_TO_SYN) {
        return RO_NOT_EVALUATED;
    }
    return r->seg.seq == 0 ? 0 : 3;
}

void ro_text_syn_reply_seq(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_SYN_REPLY_SEQ, r->seg.seq);
}

/* Kernels send a bare RST only as an answer, and at once (RFC 9293 3.10.7.1; an abort carries
 * ACK). Harmless: the segment it answers was lost to the capture, or the other direction was not
 * captured at all. Some old and embedded stacks abort with a bare RST at SND.NXT. */
int ro_test_answers_nothing(const ro_reset *r)
{
    if ((r->seg.flags & RO_ACK) || r->receiver->segments == 0 || r->stage == RO_STAGE_NO_CONTEXT ||
        (r->receiver->has & RO_DIR_GAP) || ro_joined_just_now(r)) {
        return RO_NOT_EVALUATED;
    }
    if (r->shape == RO_SHAPE_REPLY) {
        int64_t rtt = r->sender->rtt_n ? r->sender->rtt_max_ns : 0;

        if (r->response_ns <= rtt + RO_REPLY_LATE_NS) {
            return 0;
        }
        /* its sender had that segment before it sent its last one */
        return r->sender->rtt_n && r->sender->segments > r->sender->syns &&
                       r->sender->last_ns - r->trigger.time_ns > rtt + RO_REPLY_LATE_NS
                   ? 7
                   : 4;
    }
    if (r->facts & RO_FACT_TRIGGER) {
        return 0; /* a SYN: bare_to_syn speaks */
    }
    return (r->sender->has & RO_DIR_SEQ) && r->seg.seq == r->sender->snd_nxt ? 5 : 7;
}

void ro_text_answers_nothing(const ro_reset *r, GString *out)
{
    if (r->facts & RO_FACT_TRIGGER) {
        g_string_append_printf(out, SAY_ANSWERS_OLD, MS(r->response_ns) / 1000);
    } else {
        g_string_append(out, SAY_ANSWERS_NOTHING);
    }
}

/* It was made so near to the capture point, and its claimed sender is so far off, that no other machine of the
 * service stands there. */
#define BESIDE_US   2
#define FAR_FROM_US 8

/* RFC 9293 3.10.7.4: a host with the connection answers no segment with a bare RST; what it had a moment ago it has
 * still, unless it was seen to close or abort it. Harmless: another part of the host, or another machine
 * behind its address, that knows nothing of the connection; so it is said only where the TTL excludes both. A
 * host that restarts, or a standby that takes over, is silent for longer. */
static bool excludes_its_machines(const ro_reset *r)
{
    int hops = ro_ttl_hops(r->seg.ttl);

    return ro_comes_from_elsewhere(r) ||
           ((r->facts & RO_FACT_TTL_DELTA) && r->ttl_delta > 0 && hops <= BESIDE_US &&
            hops + FAR_FROM_US <= ro_sender_hops(r->sender));
}

int ro_test_bare_while_open(const ro_reset *r)
{
    const ro_dir *sender = r->sender;

    if (r->shape != RO_SHAPE_REPLY || (r->seg.flags & RO_ACK) || !excludes_its_machines(r) ||
        !(r->facts & RO_FACT_TRIGGER) || !(r->facts & RO_FACT_SINCE_SENDER)) {
        return RO_NOT_EVALUATED;
    }
    if (sender->segments <= sender->syns || r->stage == RO_STAGE_CLOSING || r->echo_of ||
        r->since_sender_ns < 0 || r->since_sender_ns >= RO_EVENT_NS ||
        ((sender->has | r->receiver->has) & (RO_DIR_GAP | RO_DIR_ACK_UNSEEN))) {
        return 0;
    }
    return 8;
}

void ro_text_bare_while_open(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_BARE_WHILE_OPEN, MS(r->since_sender_ns));
}

/* RFC 9293 3.10.7.1: a segment with RST is discarded, never answered. Engines that end connections for
 * others (user-mode NAT of virtual machines) do answer: RST+ACK with SEQ 0, and what the reset had as
 * its number acknowledged. Harmless: the refusal of a SYN, which looks alike, and is not tested here. */
int ro_test_answers_reset(const ro_reset *r)
{
    const ro_reset *e = r->prev_other;

    if (!e || !(r->sender->has & RO_DIR_SEQ) || (e->seg.flags & RO_ACK)) {
        return RO_NOT_EVALUATED;
    }
    return (r->seg.flags & RO_ACK) && r->seg.seq == 0 && r->seg.ack == e->seg.seq &&
                   r->shape == RO_SHAPE_OTHER && r->seg.time_ns - e->seg.time_ns < RO_REPLY_LATE_NS
               ? 12
               : 0;
}

void ro_text_answers_reset(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_ANSWERS_RESET, r->prev_other->seg.frame);
}
