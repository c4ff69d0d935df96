/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signs of the behaviour family: what both ends do after the RST. Most need later frames. */

#include "base/constants.h"
#include "base/seq.h"
#include "judge/sign_tests.h"
#include "judge/signs.h"
#include "judge/verdict.h"
#include "reset/inference.h"

#define MS(ns) ((double)(ns) / (double)RO_MS)

/* The most that a living socket weighs where another part of its host may have sent the RST. */
#define NOT_THE_SOCKET 14

/* In SYN-SENT the RST is not the socket's end: Linux resets a SYN-ACK whose timestamp echo it cannot
 * believe and goes on waiting (tcp_rcv_synsent_state_process), and a kernel resets what a user-space
 * stack beside it asked for. */
static bool answers_syn_ack(const ro_reset *r)
{
    return (r->facts & RO_FACT_TRIGGER) && (r->trigger.flags & RO_SYN) &&
           (r->trigger.flags & RO_ACK) && r->sender.segments == r->sender.syns;
}

/* Weight of a later frame of that kind, or 0. One such frame may be a stray; two are none, nor is
 * one that certainly left after the RST of that very socket. (An answer may come from the host's own
 * firewall, of which the socket knows nothing.) */
static int alive_as(const ro_reset *r, ro_still_active kind, int once, int often)
{
    const ro_reset *w = ro_activity_witness(r);

    if (w->followup.active != kind) {
        return 0;
    }
    if (ro_may_be_own_firewall(r) || answers_syn_ack(r)) {
        return MIN(once, NOT_THE_SOCKET);
    }
    return w->followup.active_n >= 2 || (w->followup.active_proved && ro_is_from_socket(w)) ? often
                                                                                            : once;
}

static void text_alive(const ro_reset *r, GString *out, const char *what)
{
    const ro_followup *l = &ro_activity_witness(r)->followup;

    g_string_append_printf(out,
                           "its sender %s in frame %u, %.3f ms after it had reset the "
                           "connection (%u such frame%s)",
                           what, l->active_frame, MS(l->active_after_ns), l->active_n,
                           l->active_n == 1 ? "" : "s");
}

/* NDSS 2009 and Suricata's suspected_rst_inject: a reset connection sends nothing more. Segments
 * that may have been on the way are not counted, see lookahead.c. */
int ro_test_data_after_rst(const ro_reset *r)
{
    return alive_as(r, RO_ACTIVE_DATA, 28, 40);
}

void ro_text_data_after_rst(const ro_reset *r, GString *out)
{
    text_alive(r, out, "goes on with new data");
}

int ro_test_fin_after_rst(const ro_reset *r)
{
    return alive_as(r, RO_ACTIVE_FIN, 24, 32);
}

void ro_text_fin_after_rst(const ro_reset *r, GString *out)
{
    text_alive(r, out, "closes in good order");
}

int ro_test_acks_after_rst(const ro_reset *r)
{
    return alive_as(r, RO_ACTIVE_ACKS, 38, 44);
}

void ro_text_acks_after_rst(const ro_reset *r, GString *out)
{
    text_alive(r, out, "acknowledges data that it lacked at the RST");
}

int ro_test_repeats_after_rst(const ro_reset *r)
{
    return alive_as(r, RO_ACTIVE_REPEAT, 18, 28);
}

void ro_text_repeats_after_rst(const ro_reset *r, GString *out)
{
    text_alive(r, out, "sends earlier data again");
}

/* Harmless: another server behind the same address sent the RST (ECMP, load balancer). */
int ro_test_syn_ack_after_rst(const ro_reset *r)
{
    return alive_as(r, RO_ACTIVE_SYN_ACK, 11, 14);
}

void ro_text_syn_ack_after_rst(const ro_reset *r, GString *out)
{
    text_alive(r, out, "still offers the connection (SYN-ACK)");
}

int ro_test_ack_after_rst(const ro_reset *r)
{
    return alive_as(r, RO_ACTIVE_PURE_ACK, 12, 20);
}

void ro_text_ack_after_rst(const ro_reset *r, GString *out)
{
    text_alive(r, out, "sends an ACK");
}

/* RFC 5961 3.2. A true abort is nearly always exact, so an inexact RST that draws a challenge
 * ACK is odd. */
int ro_test_challenge_drawn(const ro_reset *r)
{
    if (!(r->facts & RO_FACT_SEQ_IN_WINDOW) || r->followup.frames == 0) {
        return RO_NOT_EVALUATED;
    }
    return r->followup.challenge_frame && !r->followup.answered_frame && r->followup.peer_goes_on
               ? 5
               : 0;
}

void ro_text_challenge_drawn(const ro_reset *r, GString *out)
{
    g_string_append_printf(out,
                           "the receiver did not believe it: it asked back with a challenge ACK in "
                           "frame %u and went on",
                           r->followup.challenge_frame);
}

/* The claimed sender, asked, confirms with the exact number: it really has no connection. */
int ro_test_challenge_answered(const ro_reset *r)
{
    if (!r->followup.challenge_frame) {
        return RO_NOT_EVALUATED;
    }
    return r->followup.answered_frame ? -10 : 0;
}

void ro_text_challenge_answered(const ro_reset *r, GString *out)
{
    g_string_append_printf(out,
                           "asked back by the challenge ACK in frame %u, its sender confirmed with "
                           "the exact RST in frame %u",
                           r->followup.challenge_frame, r->followup.answered_frame);
}

static bool crosses(const ro_reset *a, const ro_reset *b)
{
    int64_t dt = b->seg.time_ns - a->seg.time_ns;
    int64_t path = (a->sender.rtt_n ? a->sender.rtt_min_ns : 0) +
                   (a->receiver.rtt_n ? a->receiver.rtt_min_ns : 0);

    if (dt < 0) {
        dt = -dt;
    }
    if (b->shape == RO_SHAPE_REPLY && b->response_ns <= dt + path * 2) {
        return false; /* it answers a segment, as kernels do */
    }
    return dt <= RO_MS || dt * 2 < path;
}

/* A RST is never the answer to a RST (RFC 9293 3.10.7.1): two that cross were made by both ends at
 * the same moment, or by one box (S&P 2025: "to both ends"; EFF 2007). */
static const ro_reset *crossing(const ro_reset *r)
{
    if (r->prev_other && crosses(r->prev_other, r)) {
        return r->prev_other;
    }
    if (r->next_other && crosses(r, r->next_other)) {
        return r->next_other;
    }
    return NULL;
}

int ro_test_both_directions(const ro_reset *r)
{
    if (!r->prev_other && !r->next_other) {
        return RO_NOT_EVALUATED;
    }
    return crossing(r) ? 7 : 0;
}

void ro_text_both_directions(const ro_reset *r, GString *out)
{
    const ro_reset *c = crossing(r);

    g_string_append_printf(out, "both directions were reset at once: see frame %u",
                           c ? c->seg.frame : 0);
}

/* A neighbour in the burst that was judged by its own signs to come from a box, and that has the same
 * TTL, at which the claimed sender is not. */
static const ro_reset *forged_neighbour(const ro_reset *r)
{
    const ro_reset *near[] = {r->prev_same, r->next_same};
    ro_verdict v;

    for (unsigned i = 0; i < 2; i++) {
        const ro_reset *n = near[i];

        if (n && n->event == r->event && n->seg.ttl == r->seg.ttl &&
            (n->seg.flags & RO_ACK) == (r->seg.flags & RO_ACK)) {
            ro_judge_alone(n, &v);
            if (v.injected) {
                return n;
            }
        }
    }
    return NULL;
}

int ro_test_same_maker(const ro_reset *r)
{
    if ((!r->prev_same && !r->next_same) || !(r->facts & RO_FACT_TTL_DELTA)) {
        return RO_NOT_EVALUATED;
    }
    return r->ttl_delta != 0 && !ro_ttl_same_hops(r->seg.ttl, r->sender.ttl_last) &&
                   forged_neighbour(r)
               ? 10
               : 0;
}

void ro_text_same_maker(const ro_reset *r, GString *out)
{
    const ro_reset *n = forged_neighbour(r);

    g_string_append_printf(out,
                           "the RST in frame %u of the same burst has the same TTL %u, which its "
                           "sender's packets have not, and comes from a box by its own signs",
                           n ? n->seg.frame : 0, r->seg.ttl);
}
