/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signs of the behaviour family: what both ends do after the RST. Most need later frames. */

#include "base/constants.h"
#include "base/seq.h"
#include "judge/sign_tests.h"
#include "judge/sign_words.h"
#include "judge/signs.h"
#include "reset/followup.h"
#include "reset/inference.h"

#define MS(ns) ((double)(ns) / (double)RO_MS)

/* The most that a living socket weighs where another part of its host may have sent the RST. */
#define NOT_THE_SOCKET 12

/* Resets that one device sends to both ends leave within this of each other. */
#define ONE_ACT_NS (100 * RO_US)

/* In SYN-SENT the RST is not the socket's end: Linux resets a SYN-ACK whose timestamp echo it cannot
 * believe and goes on waiting (tcp_rcv_synsent_state_process), and a kernel resets what a user-space
 * stack beside it asked for. */
static bool answers_syn_ack(const ro_reset *r)
{
    return (r->facts & RO_FACT_TRIGGER) && (r->trigger.flags & RO_SYN) &&
           (r->trigger.flags & RO_ACK) && r->sender->segments == r->sender->syns;
}

/* A bare RST in the form of an answer, from as far away as the claimed sender is, may come from another
 * part of its host (packet filter, raw socket, second stack) or from another host behind its address. */
static bool not_from_the_socket(const ro_reset *r)
{
    return !(r->seg.flags & RO_ACK) && r->seg.window == 0 && r->shape == RO_SHAPE_REPLY &&
           (!(r->facts & RO_FACT_TTL_DELTA) || r->ttl_delta == 0 ||
            ro_ttl_same_hops(r->seg.ttl, r->sender->ttl_last));
}

/* The most that a goes-on weighs where another machine behind the address may have sent the RST: it shows but
 * once more what the TTL shows, that two machines have that address. */
#define ANOTHER_MACHINE 3

/* Weight of a later frame of that kind, or 0. One such frame may be a stray; two are none, nor is
 * one that certainly left after the RST of that very socket. (An answer may come from the host's own
 * firewall, of which the socket knows nothing.) */
static int weigh_active(const ro_reset *r, ro_still_active kind, int once, int often)
{
    const ro_reset *w = ro_activity_witness(r);

    if (w->followup->active != kind) {
        return 0;
    }
    if (kind != RO_ACTIVE_ACKS && r->ttl_delta != 0 && ro_may_be_another_machine(r)) {
        return MIN(once, ANOTHER_MACHINE);
    }
    if (not_from_the_socket(r) || answers_syn_ack(r) || r->shape == RO_SHAPE_REPLY_TO_SYN) {
        return MIN(once, NOT_THE_SOCKET);
    }
    return w->followup->active_n >= 2 || (w->followup->active_proved && ro_is_from_socket(w))
               ? often
               : once;
}

static void say_active(const ro_reset *r, const char *what, GString *out)
{
    const ro_followup *l = ro_activity_witness(r)->followup;

    g_string_append_printf(out, SAY_ACTIVE_AFTER_RST, what, l->active_frame, MS(l->active_after_ns),
                           l->active_n, l->active_n == 1 ? "" : "s");
}

/* What the claimed sender did after its RST, the weight of one such frame and of more, and how it is
 * said. NDSS 2009 and Suricata's suspected_rst_inject: a reset connection sends nothing more.
 * Segments that may have been on the way are not counted, see followup.c. A second SYN-ACK has a
 * harmless source: another server behind the same address sent the RST (ECMP, load balancer). */
#define ACTIVE_SIGNS(X)                                                                            \
    X(data_after_rst, RO_ACTIVE_DATA, 28, 40, SAY_DATA_AFTER_RST)                                  \
    X(fin_after_rst, RO_ACTIVE_FIN, 24, 32, SAY_FIN_AFTER_RST)                                     \
    X(acks_after_rst, RO_ACTIVE_ACKS, 38, 44, SAY_ACKS_AFTER_RST)                                  \
    X(repeats_after_rst, RO_ACTIVE_REPEAT, 18, 28, SAY_REPEATS_AFTER_RST)                          \
    X(syn_ack_after_rst, RO_ACTIVE_SYN_ACK, 11, 14, SAY_SYN_ACK_AFTER_RST)                         \
    X(ack_after_rst, RO_ACTIVE_PURE_ACK, 12, 20, SAY_ACK_AFTER_RST)

#define DEFINE_ACTIVE_SIGN(name, kind, once, often, what)                                          \
    int ro_test_##name(const ro_reset *r)                                                          \
    {                                                                                              \
        return weigh_active(r, kind, once, often);                                                 \
    }                                                                                              \
    void ro_text_##name(const ro_reset *r, GString *out)                                           \
    {                                                                                              \
        say_active(r, what, out);                                                                  \
    }

ACTIVE_SIGNS(DEFINE_ACTIVE_SIGN)

/* RFC 5961 3.2. A true abort is nearly always exact, so an inexact RST that draws a challenge
 * ACK is odd. */
int ro_test_challenge_drawn(const ro_reset *r)
{
    if (!(r->facts & RO_FACT_SEQ_IN_WINDOW) || ro_later_frames(r) == 0) {
        return RO_NOT_EVALUATED;
    }
    return r->followup->challenge_frame && !r->followup->answered_frame && r->followup->peer_goes_on
               ? 5
               : 0;
}

void ro_text_challenge_drawn(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_CHALLENGE_DRAWN, r->followup->challenge_frame);
}

/* The claimed sender, asked, confirms with the exact number: it really has no connection. */
int ro_test_challenge_answered(const ro_reset *r)
{
    if (!r->followup->challenge_frame) {
        return RO_NOT_EVALUATED;
    }
    return r->followup->answered_frame ? -10 : 0;
}

void ro_text_challenge_answered(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_CHALLENGE_ANSWERED, r->followup->challenge_frame,
                           r->followup->answered_frame);
}

/* It answers a segment, as kernels do. */
static bool answers_in_time(const ro_reset *r, int64_t at_most)
{
    return r->shape == RO_SHAPE_REPLY && (r->facts & RO_FACT_RESPONSE) && r->response_ns <= at_most;
}

static bool crosses(const ro_reset *a, const ro_reset *b)
{
    int64_t dt = b->seg.time_ns - a->seg.time_ns;
    int64_t path = ro_rtt_of_both(a);

    if (dt < 0) {
        dt = -dt;
    }
    if (answers_in_time(b, dt + path * 2)) {
        return false;
    }
    return dt <= RO_MS || dt * 2 < path;
}

/* A RST is never the answer to a RST (RFC 9293 3.10.7.1): two that cross were made by both ends at
 * the same moment, or by one device (S&P 2025: "to both ends"; EFF 2007). */
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

/* Two headers of one make that lack what at least one of the two senders always writes: their senders'
 * stacks would not agree in that. */
static bool oddly_alike(const ro_reset *a, const ro_reset *b)
{
    const ro_dir *x = a->sender;
    const ro_dir *y = b->sender;
    bool x_sets_df = (x->has & RO_DIR_DF_SET) && !(x->has & RO_DIR_DF_CLEAR);
    bool y_sets_df = (y->has & RO_DIR_DF_SET) && !(y->has & RO_DIR_DF_CLEAR);

    return (a->seg.known & b->seg.known & RO_KNOW_IP_ID) && !a->seg.df && !b->seg.df && x_sets_df &&
           y_sets_df && a->seg.ip_id == b->seg.ip_id && a->seg.window == b->seg.window &&
           a->seg.options == b->seg.options;
}

int ro_test_both_directions(const ro_reset *r)
{
    const ro_reset *c;

    if (!r->prev_other && !r->next_other) {
        return RO_NOT_EVALUATED;
    }
    c = crossing(r);
    if (!c || (answers_in_time(r, RO_REPLY_LATE_NS) && !oddly_alike(r, c))) {
        return 0;
    }
    return oddly_alike(r, c) ? 12 : 7;
}

void ro_text_both_directions(const ro_reset *r, GString *out)
{
    const ro_reset *c = crossing(r);

    g_string_append_printf(out, SAY_BOTH_DIRECTIONS, c ? c->seg.frame : 0);
}

/* Alike in all that a maker of resets writes in its own way. */
static bool same_make(const ro_reset *a, const ro_reset *b)
{
    return a->seg.ttl == b->seg.ttl && a->seg.flags == b->seg.flags && a->seg.df == b->seg.df &&
           (a->seg.ip_id == 0) == (b->seg.ip_id == 0) &&
           (a->seg.window == 0) == (b->seg.window == 0) && a->seg.options == b->seg.options;
}

/* Numbered, as kernels' bare resets seldom are, and either answering nothing or without the DF that its claimed
 * sender always sets. */
static bool is_odd_answer(const ro_reset *r)
{
    return !(r->seg.flags & RO_ACK) && r->seg.ip_id != 0 &&
           (r->shape == RO_SHAPE_OTHER || ro_test_df_lost(r) > 0);
}

/* One burst, one maker; and one connection, one maker, of what comes from another distance than its claimed
 * sender's packets. Where the TTL is that of the claimed sender, its kernel may have answered too. */
int ro_beside_same_maker(const ro_reset *r, const ro_reset *other)
{
    if (other->stream != r->stream || other->d != r->d || !same_make(r, other) ||
        !(r->facts & RO_FACT_TTL_DELTA)) {
        return 0;
    }
    if (other->event != r->event) {
        return r->ttl_delta != 0 && !ro_ttl_same_hops(r->seg.ttl, r->sender->ttl_last) ? 16 : 0;
    }
    if (r->ttl_delta != 0) {
        return 16;
    }
    return is_odd_answer(r) ? 12 : 0;
}

void ro_say_same_maker(const ro_reset *r, const ro_reset *other, GString *out)
{
    g_string_append_printf(out, SAY_SAME_MAKER, other->seg.frame, r->seg.ttl);
}

/* Two resets that cross are one act: what convicts one convicts the other. Harmless: the claimed sender
 * answers, or aborts at the same time; so only where the two leave together, closer than any two hosts
 * agree by accident. */
int ro_beside_other_half(const ro_reset *r, const ro_reset *other)
{
    int64_t dt = other->seg.time_ns - r->seg.time_ns;

    if (other->d == r->d || other != crossing(r) || answers_in_time(r, RO_REPLY_LATE_NS) ||
        (other->seg.flags & RO_ACK) != (r->seg.flags & RO_ACK)) {
        return 0;
    }
    return (dt < 0 ? -dt : dt) <= ONE_ACT_NS ? 16 : 10;
}

void ro_say_other_half(const ro_reset *r, const ro_reset *other, GString *out)
{
    (void)r;
    g_string_append_printf(out, SAY_OTHER_HALF, other->seg.frame);
}

/* Equal resets in an equal situation have one maker, in whatever connection. Said only of resets that
 * their claimed sender's packets do not resemble in TTL. */
int ro_beside_same_maker_elsewhere(const ro_reset *r, const ro_reset *other)
{
    bool equal_situation = other->stage == r->stage && other->shape == r->shape;

    if (other->stream == r->stream || other->claimed_sender != r->claimed_sender ||
        !same_make(r, other) || !(r->facts & other->facts & RO_FACT_TTL_DELTA)) {
        return 0;
    }
    return r->ttl_delta != 0 && other->ttl_delta == r->ttl_delta && equal_situation &&
                   !ro_ttl_same_hops(r->seg.ttl, r->sender->ttl_last)
               ? 8
               : 0;
}

void ro_say_same_maker_elsewhere(const ro_reset *r, const ro_reset *other, GString *out)
{
    g_string_append_printf(out, SAY_SAME_MAKER_ELSEWHERE, other->seg.frame, r->seg.ttl);
}
