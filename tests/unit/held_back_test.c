/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What holds signs back: octets that the capture lacks, the habits of a sender, copies that come late, and a host that
 * forwards. Each beside the case in which the sign does speak. */

#include "base/constants.h"
#include "sign_check.h"

/* The server's next octets are missing here, and later ones were seen. */
static void lose_data_of(ro_side side)
{
    ro_segment s = play_make(&p, side, RO_ACK | RO_PSH, 100);

    s.seq += 1460;
    play_take(&p, &s);
    p.nxt[side] = s.seq + 100;
}

/* The other side acknowledges octets that were not captured. */
static void ack_unseen(ro_side of)
{
    ro_segment s = play_make(&p, !of, RO_ACK, 0);

    s.ack = p.nxt[of] + 1460;
    play_take(&p, &s);
}

typedef void (*gap)(void);

static void no_gap(void)
{
}

static void gap_of_sender(void)
{
    lose_data_of(RO_SERVER);
}

static void gap_of_receiver(void)
{
    lose_data_of(RO_CLIENT);
}

static void sender_acked_unseen(void)
{
    ack_unseen(RO_SERVER);
}

static void receiver_acked_unseen(void)
{
    ack_unseen(RO_CLIENT);
}

/* The second of two resets of the server, further ahead than anything seen. */
static int step_ahead(gap lacks, unsigned flags)
{
    int weight;

    talk();
    lacks();
    with_seq(flags, 5000);
    play_wait(&p, 1);
    weight = weigh("second_reset_ahead", with_seq(flags, 5000 + 2920));
    play_end(&p);
    return weight;
}

static void gaps_hold_back_steps_ahead(void)
{
    static const gap gaps[] = {gap_of_sender, gap_of_receiver, sender_acked_unseen,
                               receiver_acked_unseen};

    for (unsigned ack = 0; ack < 2; ack++) {
        unsigned flags = RO_RST | (ack ? RO_ACK : 0u);

        CHECK(step_ahead(no_gap, flags) >= 10);
        for (unsigned i = 0; i < G_N_ELEMENTS(gaps); i++) {
            CHECK_INT(step_ahead(gaps[i], flags), 0);
        }
    }
}

static int ahead_by(gap lacks, int32_t octets, const char *token)
{
    int weight;

    talk();
    lacks();
    weight = weigh(token, with_seq(RO_RST | RO_ACK, octets));
    play_end(&p);
    return weight;
}

/* Beyond what was seen: half a window that the capture lost, or a number made up. */
static void gaps_hold_back_numbers_ahead(void)
{
    CHECK(ahead_by(no_gap, 100000, "seq_never_sent") >= 10);
    CHECK(ahead_by(gap_of_sender, 100000, "seq_never_sent") <= 3);
    CHECK(ahead_by(sender_acked_unseen, 100000, "seq_never_sent") <= 3);
}

static void gaps_hold_back_acks_ahead(void)
{
    for (int lost = 0; lost < 2; lost++) {
        talk();
        if (lost) {
            gap_of_receiver();
        }
        int weight = weigh("ack_never_sent", with_ack(RO_RST | RO_ACK, 5000));
        CHECK(lost ? weight <= 3 : weight >= 6);
        play_end(&p);
    }
}

/* Several answers to one segment; those to segments that the capture lost are none too many. */
static void gaps_hold_back_surplus(void)
{
    for (int lost = 0; lost < 2; lost++) {
        talk();
        if (lost) {
            gap_of_receiver();
        }
        const ro_reset *r = NULL;
        for (int i = 0; i < 4; i++) {
            r = play_rst(&p, RO_SERVER);
        }
        int weight = weigh("surplus_answer", r);
        CHECK(lost ? weight == RO_NOT_EVALUATED : weight >= 9);
        play_end(&p);
    }
}

/* A bare reset whose number nobody acknowledged: the ACK that it answers may be missing. */
static void gaps_hold_back_answers_to_nothing(void)
{
    for (int lost = 0; lost < 2; lost++) {
        talk();
        if (lost) {
            gap_of_receiver();
        }
        int weight = weigh("answers_nothing", with_seq(RO_RST, -30));
        CHECK(lost ? weight == RO_NOT_EVALUATED : weight >= 5);
        play_end(&p);
    }
}

/* --- habits --- */

/* A program on a raw socket gives each segment the IP-ID of what it answers; a device does so in its reset alone. */
static void copied_number_by_habit(void)
{
    for (int habit = 0; habit < 2; habit++) {
        play_begin(&p);
        play_handshake(&p);
        for (int i = 0; i < 3; i++) {
            ro_segment s = play_make(&p, RO_CLIENT, RO_ACK | RO_PSH, 100);
            s.ip_id = (uint16_t)(0x4711 + i * 977);
            play_take(&p, &s);
            play_wait(&p, PLAY_FAR_MS);
            ro_segment a = play_make(&p, RO_SERVER, RO_ACK, 0);
            a.ip_id = habit ? s.ip_id : (uint16_t)(0x9000 + i * 311);
            play_take(&p, &a);
            play_wait(&p, PLAY_NEAR_MS);
        }
        ro_segment s = play_make(&p, RO_CLIENT, RO_ACK | RO_PSH, 100);
        s.ip_id = 0x6666;
        play_take(&p, &s);
        play_wait(&p, PLAY_FAR_MS);
        ro_segment r = bare(RO_SERVER);
        r.ip_id = 0x6666;
        int weight = weigh("ip_id_copied", play_reset(&p, &r));
        CHECK(habit ? weight <= 0 : weight >= 11);
        play_end(&p);
    }
}

/* Two machines answer for one address: SYN-ACKs with one TTL and data with another. Neither TTL is sure. */
static void two_populations_are_never_high(void)
{
    for (int two = 0; two < 2; two++) {
        play_begin(&p);
        play_syn(&p);
        play_wait(&p, PLAY_FAR_MS);
        p.ttl[RO_SERVER] = two ? 43 : 47;
        play_syn_ack(&p);
        p.ttl[RO_SERVER] = 47;
        play_wait(&p, PLAY_NEAR_MS);
        play_ack(&p, RO_CLIENT);
        play_data(&p, RO_CLIENT, 100);
        play_wait(&p, PLAY_FAR_MS);
        play_data(&p, RO_SERVER, 200);
        play_wait(&p, 300);
        const ro_verdict *v = play_judge(&p, play_abort(&p, RO_SERVER));
        CHECK(v->source != RO_SOURCE_INTERMEDIARY);
        CHECK(v->confidence != RO_HIGH);
        play_end(&p);
    }
}

/* --- copies that come late --- */

/* The network delivers a segment twice, the second time behind the reset. */
static void late_copy_contradicts_nothing(void)
{
    for (int new_data = 0; new_data < 2; new_data++) {
        talk();
        ro_segment data = play_make(&p, RO_SERVER, RO_ACK | RO_PSH, 400);
        play_take(&p, &data);
        play_wait(&p, 5);
        const ro_reset *r = play_abort(&p, RO_SERVER);
        play_wait(&p, 350); /* beyond any reordering, within a timer */
        if (new_data) {
            data.seq += 400;
            data.ip_id += 2;
        }
        data.time_ns = p.now_ns;
        play_take(&p, &data);
        CHECK_INT(r->followup->active, new_data ? RO_ACTIVE_DATA : RO_ACTIVE_NO);
        CHECK_INT(play_judge(&p, r)->injected, new_data);
        play_end(&p);
    }
}

/* A doubled reset is not its own witness; a second one of the same make is. */
static void copy_is_no_second_reset(void)
{
    for (int copy = 0; copy < 2; copy++) {
        talk();
        ro_segment s = bare(RO_SERVER);
        s.ttl = PLAY_TTL_SERVER + 9;
        s.ip_id = 4711;
        s.df = false;
        play_reset(&p, &s);
        s.time_ns += 20 * RO_US;
        s.ip_id = copy ? 4711 : 4712;
        int weight = weigh("same_maker", play_reset(&p, &s));
        CHECK(copy ? weight <= 0 : weight >= 12);
        play_end(&p);
    }
}

/* --- a host that forwards --- */

static const ro_reset *at_own_interface(bool forwards)
{
    play_begin(&p);
    p.directions = true;
    play_handshake(&p);
    play_wait(&p, 1);
    play_data(&p, RO_CLIENT, 100);
    if (forwards) { /* another interface of the capture received the same segment before */
        ro_segment s = play_make(&p, RO_CLIENT, RO_ACK | RO_PSH, 100);
        s.seq -= 100;
        s.point = 1;
        s.sent_here = false;
        play_take(&p, &s);
    }
    play_wait(&p, PLAY_FAR_MS);
    ro_segment r = play_make(&p, RO_CLIENT, RO_RST | RO_ACK, 0);
    return play_reset(&p, &r);
}

/* Under `-i any` each frame that a bridge or router forwards leaves it, too: that makes it nobody's host. */
static void bridge_is_no_sender(void)
{
    CHECK(weigh("left_sender", at_own_interface(false)) <= -20);
    play_end(&p);
    CHECK_INT(weigh("left_sender", at_own_interface(true)), 0);
    play_end(&p);
}

/* The same where both interfaces are one to the file: every frame comes in and goes out. */
static void any_interface_on_a_bridge(void)
{
    play_begin(&p);
    p.directions = true;
    for (int i = 0; i < 3; i++) {
        ro_segment s = play_make(&p, RO_CLIENT, i ? RO_ACK | RO_PSH : RO_SYN, i ? 100 : 0);
        s.sent_here = false;
        play_take(&p, &s);
        s.time_ns += 20 * RO_US;
        s.sent_here = true;
        play_take(&p, &s);
        play_wait(&p, 10);
    }
    ro_segment r = play_make(&p, RO_CLIENT, RO_RST | RO_ACK, 0);
    CHECK(weigh("left_sender", play_reset(&p, &r)) >= 0);
    play_end(&p);
}

int main(void)
{
    RUN(gaps_hold_back_steps_ahead);
    RUN(gaps_hold_back_numbers_ahead);
    RUN(gaps_hold_back_acks_ahead);
    RUN(gaps_hold_back_surplus);
    RUN(gaps_hold_back_answers_to_nothing);
    RUN(copied_number_by_habit);
    RUN(two_populations_are_never_high);
    RUN(late_copy_contradicts_nothing);
    RUN(copy_is_no_second_reset);
    RUN(bridge_is_no_sender);
    RUN(any_interface_on_a_bridge);
    return check_done();
}
