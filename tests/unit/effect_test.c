/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the receiver did with a RST: seen from what it does next, else from the rules. */

#include "check.h"
#include "play.h"
#include "reset/effect.h"

static play p;

static void established(void)
{
    play_begin(&p);
    play_handshake(&p);
    play_exchange(&p);
}

#define CHECK_EFFECT(r, effect) CHECK_STR(ro_effect_name(ro_effect_of(r)), effect)

static ro_reset *at_offset(int32_t ahead)
{
    ro_segment s = play_make(&p, RO_SERVER, RO_RST, 0);

    s.seq = p.rcv[RO_CLIENT] + (uint32_t)ahead;
    return play_reset(&p, &s);
}

static void exact_number_resets(void)
{
    established();
    CHECK_EFFECT(play_abort(&p, RO_SERVER), "reset");
    play_end(&p);
}

static void outside_the_window_is_ignored(void)
{
    established();
    CHECK_EFFECT(at_offset(-40), "ignored");
    CHECK_EFFECT(at_offset(1 << 20), "ignored");
    play_end(&p);
}

/* RFC 5961 7: challenges are limited in rate, so silence does not show that it was taken. */
static void in_the_window_needs_the_challenge(void)
{
    established();
    ro_reset *r = at_offset(10);
    CHECK_EFFECT(r, "unknown");
    play_wait(&p, PLAY_NEAR_MS);
    play_ack(&p, RO_CLIENT);
    CHECK_EFFECT(r, "challenged");
    play_end(&p);
}

/* An ACK that comes sooner than the RST reached the receiver was under way. */
static void too_early_for_a_challenge(void)
{
    established();
    ro_reset *r = at_offset(10);
    play_wait(&p, 0.1);
    play_ack(&p, RO_CLIENT);
    CHECK_EFFECT(r, "unknown");
    play_end(&p);
}

static void receiver_that_goes_on_ignored_it(void)
{
    established();
    ro_reset *r = play_rst(&p, RO_SERVER);
    play_wait(&p, 500);
    play_data(&p, RO_CLIENT, 100);
    CHECK_EFFECT(r, "ignored");
    play_end(&p);
}

/* Its data were under way when it was reset. */
static void data_under_way_do_not_tell(void)
{
    established();
    ro_reset *r = play_rst(&p, RO_SERVER);
    play_wait(&p, 1);
    play_data(&p, RO_CLIENT, 100);
    CHECK_EFFECT(r, "reset");
    play_end(&p);
}

static void acknowledging_later_data_shows_life_at_once(void)
{
    established();
    ro_reset *r = at_offset(0);
    play_wait(&p, 0.1);
    play_data(&p, RO_SERVER, 300);
    play_wait(&p, 0.1);
    play_ack(&p, RO_CLIENT);
    CHECK_EFFECT(r, "ignored");
    play_end(&p);
}

/* The server goes on, and the client's kernel knows nothing of it any more. */
static void answer_with_a_reset_shows_the_end(void)
{
    established();
    ro_reset *r = at_offset(10);
    play_wait(&p, 50);
    play_data(&p, RO_SERVER, 300);
    play_wait(&p, PLAY_NEAR_MS);
    play_rst(&p, RO_CLIENT);
    CHECK_EFFECT(r, "reset");
    play_end(&p);
}

/* Data that should have been sent again, while its host was seen elsewhere. */
static void silence_with_data_outstanding(void)
{
    for (int seconds = 2; seconds <= 8; seconds += 6) {
        established();
        play_data(&p, RO_CLIENT, 100);
        ro_reset *r = at_offset(10);
        play_wait(&p, seconds * 1000);
        play_next_stream(&p);
        play_syn(&p);
        CHECK_EFFECT(r, seconds > 4 ? "reset" : "unknown");
        play_end(&p);
    }
}

static void refused_syn(void)
{
    play_begin(&p);
    play_syn(&p);
    CHECK_EFFECT(play_refuse(&p), "reset");
    play_next_stream(&p);
    play_syn(&p);
    CHECK_EFFECT(play_rst(&p, RO_SERVER), "ignored"); /* acknowledges nothing */
    play_end(&p);
}

/* Windows sends a refused SYN again. */
static void repeated_syn_says_nothing(void)
{
    play_begin(&p);
    play_syn(&p);
    ro_reset *r = play_refuse(&p);
    play_wait(&p, 500);
    p.nxt[RO_CLIENT] = PLAY_ISN_CLIENT;
    play_syn(&p);
    play_wait(&p, 1000);
    CHECK_EFFECT(r, "reset");
    play_end(&p);
}

static void second_reset_finds_nothing(void)
{
    established();
    CHECK_EFFECT(play_rst(&p, RO_SERVER), "reset");
    CHECK_EFFECT(play_rst(&p, RO_SERVER), "ignored");
    play_end(&p);
}

static void unsigned_reset(void)
{
    for (int with = 0; with < 2; with++) {
        play_begin(&p);
        play_syn(&p);
        ro_segment s = play_make(&p, RO_SERVER, RO_SYN | RO_ACK, 0);
        s.options |= RO_OPT_MD5;
        play_take(&p, &s);
        play_ack(&p, RO_CLIENT);
        s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
        s.options = with ? RO_OPT_MD5 : 0;
        CHECK_EFFECT(play_reset(&p, &s), with ? "reset" : "ignored");
        play_end(&p);
    }
}

/* A mirror port delivers it twice: one packet, one effect. Two packets are two: the second finds nothing. */
static void copy_has_the_effect_of_the_first(void)
{
    for (int copy = 0; copy < 2; copy++) {
        established();
        ro_segment s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
        CHECK_EFFECT(play_reset(&p, &s), "reset");
        s.time_ns += 20 * 1000;
        s.ip_id += copy ? 0 : 1;
        CHECK_EFFECT(play_reset(&p, &s), copy ? "reset" : "ignored");
        play_end(&p);
    }
}

/* --- what stacks take beside RCV.NXT --- */

static void number_of_the_fin_while_closing(void)
{
    established();
    play_fin(&p, RO_SERVER);
    play_wait(&p, PLAY_NEAR_MS);
    play_ack(&p, RO_CLIENT); /* CLOSE-WAIT */
    const ro_reset *r = at_offset(-1);
    CHECK_INT(r->seq_check, RO_SEQ_EXACT);
    CHECK_EFFECT(r, "reset");
    play_end(&p);
}

/* The option orders of their SYNs, by which stacks are told apart (track/stack.c). */
#define LINUX_SYN   0x253551u
#define FREEBSD_SYN 0x43251u
#define WINDOWS_SYN 0x355251u
#define APPLE_SYN   0x3455251u

static void established_by(uint32_t client_syn, uint8_t ttl)
{
    play_begin(&p);
    p.ttl[RO_CLIENT] = ttl;
    ro_segment s = play_make(&p, RO_CLIENT, RO_SYN, 0);
    s.opt_order = client_syn;
    play_take(&p, &s);
    play_wait(&p, PLAY_FAR_MS);
    play_syn_ack(&p);
    play_wait(&p, PLAY_NEAR_MS);
    play_ack(&p, RO_CLIENT);
    play_exchange(&p);
}

typedef enum closing { CLOSE_WAIT, LAST_ACK, CLOSING, TIME_WAIT } closing;

/* Brings the client into that state: the server's FIN has arrived and is acknowledged. */
static void close_as(closing state)
{
    if (state == CLOSING || state == TIME_WAIT) {
        play_fin(&p, RO_CLIENT);
    }
    ro_segment fin = play_make(&p, RO_SERVER, RO_FIN | RO_ACK, 0);
    if (state == CLOSING) {
        fin.ack--; /* it crossed the client's */
    }
    play_take(&p, &fin);
    play_wait(&p, PLAY_NEAR_MS);
    play_ack(&p, RO_CLIENT);
    if (state == LAST_ACK) {
        play_fin(&p, RO_CLIENT);
    }
}

static int number_before_fin(uint32_t client_syn, uint8_t ttl, closing state)
{
    int check;

    established_by(client_syn, ttl);
    close_as(state);
    check = at_offset(-1)->seq_check;
    play_end(&p);
    return check;
}

/* Linux tcp_reset_check(): in CLOSE-WAIT, LAST-ACK and CLOSING; FreeBSD the same. Windows and macOS take no such
 * number, and nobody does once both sides have closed. */
static void number_of_the_fin_by_stack_and_state(void)
{
    static const struct {
        uint32_t syn;
        uint8_t ttl;
        bool takes;
    } stacks[] = {
        {LINUX_SYN, 62, true},
        {FREEBSD_SYN, 62, true},
        {WINDOWS_SYN, 126, false},
        {APPLE_SYN, 62, false},
    };

    for (unsigned i = 0; i < sizeof stacks / sizeof *stacks; i++) {
        for (closing state = CLOSE_WAIT; state <= CLOSING; state++) {
            CHECK_INT(number_before_fin(stacks[i].syn, stacks[i].ttl, state),
                      stacks[i].takes ? RO_SEQ_EXACT : RO_SEQ_BELOW);
        }
        CHECK_INT(number_before_fin(stacks[i].syn, stacks[i].ttl, TIME_WAIT), RO_SEQ_BELOW);
    }
}

static void the_same_without_a_fin(void)
{
    established();
    const ro_reset *r = at_offset(-1);
    CHECK_INT(r->seq_check, RO_SEQ_BELOW);
    CHECK_EFFECT(r, "ignored");
    play_end(&p);
}

static void sack_edge(void)
{
    for (int edge = 0; edge < 2; edge++) {
        established();
        ro_segment s = play_make(&p, RO_CLIENT, RO_ACK, 0);
        s.options = RO_OPT_SACK;
        s.sack_right = s.ack + 3000;
        play_take(&p, &s);
        const ro_reset *r = at_offset(edge ? 3000 : 2000);
        CHECK_INT(r->seq_check, edge ? RO_SEQ_EXACT : RO_SEQ_IN_WINDOW);
        CHECK_EFFECT(r, edge ? "reset" : "unknown");
        play_end(&p);
    }
}

int main(void)
{
    RUN(exact_number_resets);
    RUN(outside_the_window_is_ignored);
    RUN(in_the_window_needs_the_challenge);
    RUN(too_early_for_a_challenge);
    RUN(receiver_that_goes_on_ignored_it);
    RUN(data_under_way_do_not_tell);
    RUN(acknowledging_later_data_shows_life_at_once);
    RUN(answer_with_a_reset_shows_the_end);
    RUN(silence_with_data_outstanding);
    RUN(refused_syn);
    RUN(repeated_syn_says_nothing);
    RUN(second_reset_finds_nothing);
    RUN(unsigned_reset);
    RUN(copy_has_the_effect_of_the_first);
    RUN(number_of_the_fin_while_closing);
    RUN(number_of_the_fin_by_stack_and_state);
    RUN(the_same_without_a_fin);
    RUN(sack_edge);
    return check_done();
}
