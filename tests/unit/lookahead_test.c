/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What later frames say of a RST: the sender lives on, the receiver challenges it. */

#include "check.h"
#include "play.h"
#include "reset/followup.h"

static play p;

static void established(void)
{
    play_begin(&p);
    play_handshake(&p);
    play_exchange(&p);
}

static void silence_says_nothing(void)
{
    established();
    const ro_reset *r = play_rst(&p, RO_SERVER);

    CHECK_INT(ro_later_frames(r), 0);
    CHECK_INT(r->followup->active, RO_ACTIVE_NO);
    play_end(&p);
}

static void new_data_of_its_sender_contradicts(void)
{
    established();
    const ro_reset *r = play_rst(&p, RO_SERVER);
    play_wait(&p, 200);
    uint32_t data = play_data(&p, RO_SERVER, 300);

    CHECK_INT(r->followup->active, RO_ACTIVE_DATA);
    CHECK_INT(r->followup->active_frame, data);
    CHECK_INT(r->followup->active_after_ns, 200000000);
    CHECK_INT(p.seen.contradicts_n, 1);
    CHECK(p.seen.contradicts[0] == r);
    play_end(&p);
}

/* A segment overtaken by the RST proves nothing. */
static void data_in_flight_does_not(void)
{
    established();
    ro_reset *r = play_rst(&p, RO_SERVER);
    play_wait(&p, 0.05);
    play_data(&p, RO_SERVER, 300);

    CHECK_INT(r->followup->active, RO_ACTIVE_NO);
    CHECK_INT(p.seen.contradicts_n, 0);
    play_end(&p);
}

/* ACK of octets that were sent after the RST: nobody acknowledges what it has not got. */
static void ack_of_later_octets_contradicts(void)
{
    established();
    const ro_reset *r = play_rst(&p, RO_SERVER);
    play_data(&p, RO_CLIENT, 70);
    play_wait(&p, 1);
    play_ack(&p, RO_SERVER);
    CHECK_INT(r->followup->active, RO_ACTIVE_ACKS);
    play_end(&p);
}

/* What it had acknowledged before it reset, it may seem to acknowledge again: a late copy. */
static void late_copy_of_an_ack_is_no_news(void)
{
    play_begin(&p);
    play_handshake(&p);
    play_data(&p, RO_CLIENT, 100);
    play_ack(&p, RO_SERVER);
    ro_segment s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
    s.ack -= 50;
    const ro_reset *r = play_reset(&p, &s);
    play_wait(&p, 1);
    p.ip_id[RO_SERVER]--;
    play_ack(&p, RO_SERVER);
    CHECK(r->followup->active != RO_ACTIVE_ACKS);
    play_end(&p);
}

/* A host that takes the SYN-ACK for which it asked is no stray answerer: its RST to it and its ACK of it
 * exclude each other, and where the RST came at once the ACK was not overtaken. A scanner's kernel
 * resets what the scanner goes on with. */
static void reset_and_ack_of_one_syn_ack(void)
{
    for (int scanner = 0; scanner < 2; scanner++) {
        play_begin(&p);
        ro_segment s = play_make(&p, RO_CLIENT, RO_SYN, 0);
        if (scanner) {
            s.options = RO_OPT_MSS;
            s.opt_order = RO_ORDER_MSS;
        }
        play_take(&p, &s);
        play_syn_ack(&p);
        const ro_reset *r = play_rst(&p, RO_CLIENT);
        play_wait(&p, 70);
        play_ack(&p, RO_CLIENT);
        play_data(&p, RO_CLIENT, 100);
        CHECK_INT(r->followup->active_n > 0, !scanner);
        play_end(&p);
    }
}

/* An abort acknowledges all that its socket had: a higher ACK of it is no straggler, however soon it
 * comes. An equal one may be. */
static void ack_beyond_the_abort_s_was_written_later(void)
{
    for (uint32_t more = 0; more < 2; more++) {
        play_begin(&p);
        play_handshake(&p);
        play_data(&p, RO_CLIENT, 100);
        ro_segment s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
        s.ack -= 50 * more;
        const ro_reset *r = play_reset(&p, &s);
        play_wait(&p, 1);
        p.ip_id[RO_SERVER] = 0x6000; /* its counter tells nothing */
        play_ack(&p, RO_SERVER);
        CHECK_INT(r->followup->active, more ? RO_ACTIVE_ACKS : RO_ACTIVE_NO);
        play_end(&p);
    }
}

static void fin_and_repeat_are_told_apart(void)
{
    established();
    uint32_t seq = p.nxt[RO_SERVER];
    ro_segment s = play_make(&p, RO_SERVER, RO_RST, 0);
    s.seq = seq;
    play_data(&p, RO_SERVER, 50);
    const ro_reset *r = play_reset(&p, &s);
    play_wait(&p, 1000);
    play_again(&p, RO_SERVER, seq, 50);
    CHECK_INT(r->followup->active, RO_ACTIVE_REPEAT);
    play_fin(&p, RO_SERVER);
    CHECK_INT(r->followup->active, RO_ACTIVE_FIN);
    CHECK_INT(r->followup->active_n, 2);
    play_end(&p);
}

static void repeated_syn_ack_is_told_apart(void)
{
    play_begin(&p);
    play_syn(&p);
    play_wait(&p, PLAY_FAR_MS);
    play_syn_ack(&p);
    play_wait(&p, 5);
    ro_segment s = play_make(&p, RO_SERVER, RO_RST, 0);
    const ro_reset *r = play_reset(&p, &s);
    play_wait(&p, 995); /* the least retransmission timeout is 1 s (RFC 6298) */
    p.nxt[RO_SERVER] = PLAY_ISN_SERVER;
    play_syn_ack(&p);
    CHECK_INT(r->followup->active, RO_ACTIVE_SYN_ACK);
    play_end(&p);
}

/* RFC 5961 3.2: RST in the window but not exact, challenge ACK, exact RST in answer. */
static void challenge_and_its_answer(void)
{
    established();
    ro_segment s = play_make(&p, RO_SERVER, RO_RST, 0);
    s.seq += 10;
    const ro_reset *r = play_reset(&p, &s);
    play_wait(&p, PLAY_NEAR_MS);
    uint32_t challenge = play_ack(&p, RO_CLIENT);
    CHECK_INT(r->followup->challenge_frame, challenge);
    CHECK_INT(r->followup->answered_frame, 0);
    play_wait(&p, PLAY_FAR_MS);
    const ro_reset *answer = play_rst(&p, RO_SERVER);
    CHECK_INT(r->followup->answered_frame, answer->seg.frame);
    play_end(&p);
}

static void exact_reset_is_not_challenged(void)
{
    established();
    const ro_reset *r = play_rst(&p, RO_SERVER);
    play_wait(&p, PLAY_NEAR_MS);
    play_ack(&p, RO_CLIENT);
    CHECK_INT(r->followup->challenge_frame, 0);
    CHECK(r->followup->peer_frame != 0);
    CHECK(!r->followup->peer_goes_on);
    play_data(&p, RO_CLIENT, 10);
    CHECK(r->followup->peer_goes_on);
    play_end(&p);
}

static void crossing_resets_are_noted(void)
{
    established();
    const ro_reset *a = play_abort(&p, RO_SERVER);
    play_wait(&p, 0.1);
    const ro_reset *b = play_abort(&p, RO_CLIENT);
    CHECK_INT(a->followup->crossing_frame, b->seg.frame);
    CHECK_INT(a->followup->crossing_after_ns, 100000);
    play_end(&p);
}

/* Bonded links: what the sender had sent before its abort comes behind it, and ends at its number. */
static void reordered_octets_fill_up_to_the_abort(void)
{
    for (int beyond = 0; beyond < 2; beyond++) {
        established();
        ro_segment s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
        s.seq += 200;
        const ro_reset *r = play_reset(&p, &s);
        play_wait(&p, 98);
        play_data(&p, RO_SERVER, 100);
        play_data(&p, RO_SERVER, 100);
        CHECK(r->followup->filled_up);
        CHECK_INT(r->followup->active, RO_ACTIVE_NO);
        if (beyond) { /* nobody's abort is followed by more */
            play_data(&p, RO_SERVER, 100);
            CHECK_INT(r->followup->active, RO_ACTIVE_DATA);
        }
        play_end(&p);
    }
}

/* New octets after a bare RST may be on the way for as long as links reorder. */
static void reordering_of_a_tenth_of_a_second(void)
{
    for (int late = 0; late < 2; late++) {
        established();
        const ro_reset *r = play_rst(&p, RO_SERVER);
        play_wait(&p, late ? 150 : 90);
        play_data(&p, RO_SERVER, 100);
        CHECK_INT(r->followup->active, late ? RO_ACTIVE_DATA : RO_ACTIVE_NO);
        play_end(&p);
    }
}

/* The capture filter dropped the SYNs: what comes an hour later, or far away, is another connection. */
static void reused_ports_say_nothing(void)
{
    static const struct {
        double seconds;
        uint32_t ahead;
        bool speaks;
    } cases[] = {{1, 0, true}, {1, 10000, true}, {1, 40000000, false}, {3600, 10000, false}};

    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        established();
        const ro_reset *r = play_rst(&p, RO_SERVER);
        play_wait(&p, cases[i].seconds * 1000);
        p.nxt[RO_SERVER] += cases[i].ahead;
        play_data(&p, RO_SERVER, 100);
        CHECK_INT(r->followup->active_n > 0, cases[i].speaks);
        play_end(&p);
    }
}

/* Windows repeats a refused SYN after half a second, and the service is up by then. */
static void new_syn_voids_what_follows(void)
{
    for (int again = 0; again < 2; again++) {
        play_begin(&p);
        play_syn(&p);
        play_wait(&p, PLAY_FAR_MS);
        play_syn_ack(&p);
        play_wait(&p, 1);
        ro_segment s = play_make(&p, RO_SERVER, RO_RST, 0);
        const ro_reset *r = play_reset(&p, &s);
        play_wait(&p, 1000);
        if (again) {
            p.nxt[RO_CLIENT] = PLAY_ISN_CLIENT;
            play_syn(&p);
        }
        p.nxt[RO_SERVER] = PLAY_ISN_SERVER;
        play_syn_ack(&p);
        CHECK_INT(r->followup->active, again ? RO_ACTIVE_NO : RO_ACTIVE_SYN_ACK);
        play_end(&p);
    }
}

static void later_frames_of_every_reset(void)
{
    established();
    const ro_reset *first = play_abort(&p, RO_SERVER);
    for (int i = 0; i < 6; i++) {
        play_abort(&p, RO_SERVER);
    }
    play_data(&p, RO_CLIENT, 10);
    CHECK_INT(ro_later_frames(first), 7);
    play_end(&p);
}

int main(void)
{
    RUN(silence_says_nothing);
    RUN(new_data_of_its_sender_contradicts);
    RUN(data_in_flight_does_not);
    RUN(ack_of_later_octets_contradicts);
    RUN(ack_beyond_the_abort_s_was_written_later);
    RUN(late_copy_of_an_ack_is_no_news);
    RUN(reset_and_ack_of_one_syn_ack);
    RUN(fin_and_repeat_are_told_apart);
    RUN(repeated_syn_ack_is_told_apart);
    RUN(challenge_and_its_answer);
    RUN(exact_reset_is_not_challenged);
    RUN(crossing_resets_are_noted);
    RUN(reordered_octets_fill_up_to_the_abort);
    RUN(reordering_of_a_tenth_of_a_second);
    RUN(reused_ports_say_nothing);
    RUN(new_syn_voids_what_follows);
    RUN(later_frames_of_every_reset);
    return check_done();
}
