/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signs of the sequence family: numbers that a TCP endpoint would or would not write. */

#include "base/constants.h"
#include "base/seq.h"
#include "judge/sign_tests.h"
#include "judge/sign_words.h"
#include "judge/signs.h"
#include "reset/inference.h"

/* Distances beyond this are no lost segments: more than a fast path holds in flight. */
#define LOST_AT_MOST (1 << 18)

/* What offloading puts together at most. */
#define ONE_SUPER_SEGMENT (1 << 16)

static bool answers_syn(const ro_reset *r)
{
    return r->shape == RO_SHAPE_REPLY_TO_SYN ||
           ((r->facts & RO_FACT_TRIGGER) && (r->trigger.flags & (RO_SYN | RO_ACK)) == RO_SYN);
}

static int32_t ahead_of_sender(const ro_reset *r)
{
    int32_t ahead = ro_seq_diff(r->seg.seq, r->sender->snd_nxt);

    if (r->receiver->has & RO_DIR_ACK) {
        int32_t acked = ro_seq_diff(r->seg.seq, r->receiver->rcv_nxt);

        ahead = acked < ahead ? acked : ahead;
    }
    return ahead;
}

/* NDSS 2009: a host aborts at its own SND.NXT or answers with what the other side acknowledged.
 * Harmless: segments lost before the capture point make a true abort stand ahead. */
int ro_test_seq_never_sent(const ro_reset *r)
{
    int32_t ahead;
    bool lossy;

    if (!(r->sender->has & RO_DIR_SEQ) || answers_syn(r)) {
        return RO_NOT_EVALUATED;
    }
    if (r->shape == RO_SHAPE_REPLY) {
        return 0; /* the other side acknowledged it */
    }
    if (r->followup->filled_up && r->followup->active == RO_ACTIVE_NO) {
        return 0; /* it overtook the octets before it: they came later, and end at its number */
    }
    ahead = ahead_of_sender(r);
    if (ahead <= 2) { /* a FIN or a probe that was not captured */
        return 0;
    }
    lossy = (r->sender->has & (RO_DIR_GAP | RO_DIR_ACK_UNSEEN)) != 0;
    if (ro_continues_ip_id(r) || ro_continues_timestamp(r)) {
        return 2; /* its own socket's header: what lies between was lost */
    }
    if (!(r->seg.flags & RO_ACK)) {
        return 3; /* it may answer an ACK that was not captured: answers_nothing speaks */
    }
    if (ahead > LOST_AT_MOST || r->seq_check == RO_SEQ_ABOVE) {
        return lossy ? 3 : 12;
    }
    return lossy ? 2 : ahead > ONE_SUPER_SEGMENT ? 10 : 7;
}

void ro_text_seq_never_sent(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_SEQ_NEVER_SENT, ahead_of_sender(r));
}

/* The seven conditions of RST_SEQ_CHANGE (NDSS 2009, appendix A), modulo 2^32. */
static bool seq_change(const ro_reset *first, const ro_reset *second)
{
    int32_t step = ro_seq_diff(second->seg.seq, first->seg.seq);
    int64_t dt = second->seg.time_ns - first->seg.time_ns;

    return step > 2 && !ro_has_no_number(first) && dt >= 0 && dt < RO_SEQ_CHANGE_NS &&
           (second->sender->has & RO_DIR_SEQ) &&
           ro_seq_gt(second->seg.seq, second->sender->snd_nxt) &&
           (second->receiver->has & RO_DIR_ACK) &&
           ro_seq_diff(second->seg.seq, second->receiver->rcv_nxt) > 2 &&
           !((second->sender->has | second->receiver->has) & (RO_DIR_GAP | RO_DIR_ACK_UNSEEN)) &&
           !(second->sender->has & RO_DIR_FIN) && second->shape != RO_SHAPE_REPLY_TO_SYN;
}

static const ro_reset *step_from(const ro_reset *r)
{
    if (r->prev_same && seq_change(r->prev_same, r)) {
        return r->prev_same;
    }
    return NULL;
}

/* Each answer of a host takes its number from the ACK that it answers: where the capture missed
 * segments and their ACKs, the next bare RST is ahead by them. So a bare one never decides alone, and
 * says little where it is farther off than an injector reckons with (the windows of the 1990s). */
static int weigh_step(const ro_reset *first, const ro_reset *second, int with_ack, int bare)
{
    if (second->seg.flags & RO_ACK) {
        return with_ack;
    }
    return ro_seq_diff(second->seg.seq, first->seg.seq) <= ONE_SUPER_SEGMENT ? bare : 3;
}

int ro_test_second_reset_ahead(const ro_reset *r)
{
    const ro_reset *first = step_from(r);

    if (first) {
        return weigh_step(first, r, 20, 12);
    }
    /* the same, seen from the first of the two */
    if (r->next_same && seq_change(r, r->next_same)) {
        return weigh_step(r, r->next_same, 16, 10);
    }
    return 0;
}

void ro_text_second_reset_ahead(const ro_reset *r, GString *out)
{
    const ro_reset *first = step_from(r);
    const ro_reset *second = first ? r : r->next_same;

    first = first ? first : r;
    g_string_append_printf(out, SAY_SECOND_RESET_AHEAD, second->seg.frame,
                           ro_seq_diff(second->seg.seq, first->seg.seq), first->seg.frame);
}

/* An abort stands at SND.NXT. Behind it, its maker had not seen the newest data. No reordering makes
 * one: a socket that aborted sends no data after it. Harmless: a FIN not counted (Linux accepts
 * RCV.NXT - 1); a bare RST takes an older ACK of the other side (shape reply, not tested here); BSD
 * takes SND.NXT back when it retransmits; a device that translates numbers and mistakes this one. */
int ro_test_behind_data(const ro_reset *r)
{
    int32_t behind;

    if (!(r->sender->has & RO_DIR_SEQ) || answers_syn(r)) {
        return RO_NOT_EVALUATED;
    }
    behind = ro_seq_diff(r->sender->snd_nxt, r->seg.seq);
    if (behind <= 1 || r->shape == RO_SHAPE_REPLY || r->shape == RO_SHAPE_ABORT) {
        return 0;
    }
    if (behind <= LOST_AT_MOST && !(r->seg.flags & RO_ACK)) {
        return 0; /* it may answer an ACK that did not come by: answers_nothing speaks */
    }
    if (behind > LOST_AT_MOST) {
        return 10; /* not of this connection, or zero */
    }
    if (ro_continues_ip_id(r) || ro_continues_timestamp(r)) {
        return 2; /* its own socket's header */
    }
    if (ro_is_from_socket(r) && r->sender->repeats == 0) {
        return 11;
    }
    if (r->sender->last_data_ns && r->seg.time_ns - r->sender->last_data_ns < RO_INFLIGHT_NS) {
        return 4; /* a host without the connection may answer what was on the way */
    }
    return 8;
}

void ro_text_behind_data(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_BEHIND_DATA, ro_seq_diff(r->sender->snd_nxt, r->seg.seq));
}

/* RFC 9293 3.10.5: an abort acknowledges RCV.NXT. Harmless: segments lost before the capture
 * point (it acknowledges what we did not see): a small distance counts little. */
int ro_test_ack_never_sent(const ro_reset *r)
{
    int32_t ahead;

    if (!(r->seg.flags & RO_ACK) || !(r->receiver->has & RO_DIR_SEQ)) {
        return RO_NOT_EVALUATED;
    }
    ahead = ro_seq_diff(r->seg.ack, r->receiver->snd_nxt);
    if (answers_syn(r) || (ahead <= 1 && r->seg.ack != 0)) {
        return 0;
    }
    if (r->seg.ack == 0 && (r->sender->has & RO_DIR_ACK)) {
        return 14; /* left empty by a sender that did not know RCV.NXT */
    }
    if (ahead > LOST_AT_MOST) {
        return 10;
    }
    return (r->receiver->has & (RO_DIR_GAP | RO_DIR_ACK_UNSEEN)) ? 3 : 6;
}

void ro_text_ack_never_sent(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_ACK_NEVER_SENT, ro_seq_diff(r->seg.ack, r->receiver->snd_nxt));
}

/* A socket never acknowledges less than it did before. Harmless: its newer ACK overtook the RST. */
int ro_test_ack_goes_back(const ro_reset *r)
{
    int32_t back;

    if (!(r->seg.flags & RO_ACK) || !(r->sender->has & RO_DIR_ACK)) {
        return RO_NOT_EVALUATED;
    }
    back = ro_seq_diff(r->sender->rcv_nxt, r->seg.ack);
    if (back <= 0 || r->shape == RO_SHAPE_REPLY) {
        return 0;
    }
    if (r->seg.time_ns - r->sender->rcv_nxt_ns < RO_INFLIGHT_NS) {
        return 4;
    }
    return 9;
}

void ro_text_ack_goes_back(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_ACK_GOES_BACK, ro_seq_diff(r->sender->rcv_nxt, r->seg.ack));
}

/* Linux and the BSDs write 0 there, Windows its own sequence number (nmap-os-db, class "other");
 * several injectors leave the trigger's number in. */
int ro_test_ack_without_flag(const ro_reset *r)
{
    ro_stack stack = ro_stack_of_sender(r);

    if (r->seg.flags & RO_ACK) {
        return RO_NOT_EVALUATED;
    }
    if (r->seg.ack == 0 || r->seg.ack == r->seg.seq) {
        return 0;
    }
    if (stack == RO_STACK_LINUX || stack == RO_STACK_APPLE || stack == RO_STACK_FREEBSD) {
        return 9;
    }
    if ((r->facts & RO_FACT_TRIGGER) &&
        (r->seg.ack == r->trigger.seq || r->seg.ack == r->trigger.end)) {
        return 6;
    }
    return (r->seg.known & RO_KNOW_IP) && ro_ttl_initial(r->seg.ttl) == 128 ? 0 : 3;
}

void ro_text_ack_without_flag(const ro_reset *r, GString *out)
{
    g_string_append_printf(
        out, SAY_ACK_WITHOUT_FLAG, r->seg.ack,
        ro_stack_of_sender(r) == RO_STACK_UNKNOWN ? "most" : ro_stack_name(ro_stack_of_sender(r)));
}
