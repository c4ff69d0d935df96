/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Diagnoses of idle connections, each beside its nearest harmless neighbour. */

#include "check.h"
#include "diagnose.h"

static play p;

static void open_connection(void)
{
    play_next_stream(&p);
    play_handshake(&p);
}

/* A request and its answer, as a client sees them. */
static void exchange(void)
{
    play_wait(&p, 1);
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, PLAY_FAR_MS);
    play_data(&p, RO_SERVER, 50);
    play_wait(&p, PLAY_NEAR_MS);
    play_ack(&p, RO_CLIENT);
}

/* The server's kernel answers the segment that carried `ack`. */
static ro_reset *reply(uint32_t ack)
{
    ro_segment s = play_make(&p, RO_SERVER, RO_RST, 0);

    s.seq = ack;
    return play_reset(&p, &s);
}

/* The server closes after `quiet_ms`; the client's request is seen 2 ms before that FIN. */
static ro_reset *race(double quiet_ms)
{
    ro_segment fin;
    uint32_t ack;

    open_connection();
    exchange();
    play_wait(&p, quiet_ms - PLAY_NEAR_MS - 2);
    ack = p.rcv[RO_CLIENT];
    play_data(&p, RO_CLIENT, 200);
    play_wait(&p, 2);
    fin = play_make(&p, RO_SERVER, RO_FIN | RO_ACK, 0);
    fin.ack -= 200;
    play_take(&p, &fin);
    play_wait(&p, PLAY_FAR_MS - 2);
    return reply(ack);
}

static void request_that_crosses_a_fin(void)
{
    ro_reset *r;

    play_begin(&p);
    r = race(5000);
    CHECK_STR(diagnosis_of(&p, r), "idle_close_race");
    CHECK(diagnosis_says(&p, r, "5 s"));
    CHECK(diagnosis_says(&p, r, "200 octets"));
    CHECK(diagnosis_says(&p, r, "Raise the server's keep-alive"));
    play_end(&p);
}

/* The client says a last word, and closes itself: nobody waits for an answer. */
static void farewell_that_crosses_a_fin(void)
{
    const char *token;
    ro_segment fin;
    uint32_t ack;

    play_begin(&p);
    open_connection();
    exchange();
    play_wait(&p, 5000);
    ack = p.rcv[RO_CLIENT];
    play_data(&p, RO_CLIENT, 6);
    play_fin(&p, RO_CLIENT);
    play_wait(&p, 2);
    fin = play_make(&p, RO_SERVER, RO_FIN | RO_ACK, 0);
    fin.ack -= 7;
    play_take(&p, &fin);
    play_wait(&p, PLAY_FAR_MS - 2);
    token = diagnosis_of(&p, reply(ack));
    CHECK(strcmp(token, "idle_close_race") != 0 && strcmp(token, "stale_connection") != 0);
    play_end(&p);
}

static ro_reset *unread_race(double quiet_ms, double request_ms)
{
    open_connection();
    exchange();
    play_wait(&p, request_ms);
    play_data(&p, RO_CLIENT, 200);
    play_wait(&p, quiet_ms - request_ms - PLAY_NEAR_MS);
    return play_abort(&p, RO_SERVER);
}

static void request_that_lies_unread(void)
{
    ro_reset *r;

    play_begin(&p);
    unread_race(2001, 1960);
    unread_race(2002, 1950);
    r = unread_race(2000, 1970);
    CHECK_STR(diagnosis_of(&p, r), "idle_close_race");
    CHECK(diagnosis_says(&p, r, "lay unread"));
    play_end(&p);

    play_begin(&p); /* a program that fails over its requests, after pauses of any length */
    unread_race(310, 280);
    unread_race(620, 590);
    CHECK(strcmp(diagnosis_of(&p, unread_race(900, 870)), "idle_close_race") != 0);
    play_end(&p);
}

static void request_long_after_the_fin(void)
{
    ro_reset *r;
    uint32_t ack;

    play_begin(&p);
    open_connection();
    exchange();
    play_wait(&p, 5000);
    play_fin(&p, RO_SERVER);
    play_wait(&p, PLAY_NEAR_MS);
    play_ack(&p, RO_CLIENT);
    play_wait(&p, 3000);
    ack = p.rcv[RO_CLIENT];
    play_data(&p, RO_CLIENT, 200);
    play_wait(&p, PLAY_FAR_MS);
    r = reply(ack);
    CHECK_STR(diagnosis_of(&p, r), "stale_connection");
    CHECK(diagnosis_says(&p, r, "3.004 s before"));
    play_end(&p);
}

/* The client closed because no answer came; what the server sends late is no stale use. */
static void late_answer_after_giving_up(void)
{
    const char *token;
    uint32_t ack;
    ro_segment s;

    play_begin(&p);
    open_connection();
    exchange();
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, PLAY_FAR_MS);
    play_ack(&p, RO_SERVER);
    play_wait(&p, 2000);
    play_fin(&p, RO_CLIENT);
    play_wait(&p, PLAY_FAR_MS);
    play_ack(&p, RO_SERVER);
    play_wait(&p, 1000);
    ack = p.rcv[RO_SERVER];
    play_data(&p, RO_SERVER, 500);
    play_wait(&p, PLAY_NEAR_MS);
    s = play_make(&p, RO_CLIENT, RO_RST, 0);
    s.seq = ack;
    token = diagnosis_of(&p, play_reset(&p, &s));
    CHECK(strcmp(token, "stale_connection") != 0 && strcmp(token, "idle_close_race") != 0);
    play_end(&p);
}

/* `exchanges` and then a silence until the server aborts. */
static ro_reset *ended_after(unsigned exchanges, double pause_ms, double quiet_ms)
{
    open_connection();
    for (unsigned i = 0; i < exchanges; i++) {
        exchange();
        if (i + 1 < exchanges) {
            play_wait(&p, pause_ms);
        }
    }
    play_wait(&p, quiet_ms - PLAY_NEAR_MS);
    return play_abort(&p, RO_SERVER);
}

static void same_silence_or_any(void)
{
    ro_reset *r;

    play_begin(&p);
    ended_after(1, 0, 2000);
    ended_after(3, 400, 2004);
    r = ended_after(2, 900, 1998);
    CHECK_STR(diagnosis_of(&p, r), "idle_close");
    CHECK(diagnosis_says(&p, r, "3 connections"));
    play_end(&p);

    play_begin(&p); /* jitter: no timer is made up */
    ended_after(1, 0, 700);
    ended_after(3, 400, 1500);
    ended_after(2, 300, 2350);
    CHECK_STR(diagnosis_of(&p, ended_after(2, 900, 2900)), "none");
    play_end(&p);
}

/* All of a connection takes `age_ms`, in exchanges and a rest. */
static ro_reset *ended_at(unsigned exchanges, double pause_ms, double age_ms)
{
    int64_t start = p.now_ns;
    ro_reset *r;

    open_connection();
    for (unsigned i = 0; i < exchanges; i++) {
        exchange();
        play_wait(&p, pause_ms);
    }
    p.now_ns = start + (int64_t)(age_ms * 1e6);
    r = play_abort(&p, RO_SERVER);
    play_wait(&p, 300);
    return r;
}

static void same_age_or_any(void)
{
    ro_reset *r;

    play_begin(&p);
    ended_at(5, 700, 4000);
    ended_at(7, 500, 4003);
    r = ended_at(3, 600, 3999);
    CHECK_STR(diagnosis_of(&p, r), "max_age");
    CHECK(diagnosis_says(&p, r, "at an age of 3.999 s"));
    play_end(&p);

    play_begin(&p);
    ended_at(5, 700, 4000);
    ended_at(7, 500, 5600);
    CHECK(strcmp(diagnosis_of(&p, ended_at(3, 600, 2500)), "max_age") != 0);
    play_end(&p);
}

/* A silence that the connection survives. */
static void survives(double ms)
{
    open_connection();
    exchange();
    play_wait(&p, ms);
    exchange();
}

/* A silence after which the server's address knows nothing of the connection. */
static ro_reset *dies(double ms)
{
    uint32_t ack;

    open_connection();
    exchange();
    play_wait(&p, ms);
    ack = p.rcv[RO_CLIENT];
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, PLAY_FAR_MS);
    return reply(ack);
}

static void timer_between_two_silences(void)
{
    ro_reset *r;

    play_begin(&p);
    survives(590e3);
    dies(1800e3);
    r = dies(612e3);
    CHECK_STR(diagnosis_of(&p, r), "idle_timeout");
    CHECK(diagnosis_says(&p, r, "timer is 600 s"));
    CHECK(diagnosis_says(&p, r, "every 300 s")); /* below the timer */
    play_end(&p);

    play_begin(&p); /* the same silence, but a longer one was survived: no timer */
    survives(700e3);
    CHECK(strcmp(diagnosis_of(&p, dies(612e3)), "idle_timeout") != 0);
    play_end(&p);
}

/* The client's request is sent again eight times, unanswered; then the client aborts. */
static ro_reset *gives_up(void)
{
    uint32_t start = p.nxt[RO_CLIENT];

    play_data(&p, RO_CLIENT, 100);
    for (unsigned i = 0; i < 8; i++) {
        play_wait(&p, 220u << i);
        play_again(&p, RO_CLIENT, start, 100);
    }
    play_wait(&p, 30e3);
    return play_abort(&p, RO_CLIENT);
}

/* A firewall that drops in silence: the client sends again for a minute, and gives up. */
static void silence_before_retransmissions(void)
{
    ro_reset *r;

    play_begin(&p);
    survives(3590e3);
    open_connection();
    exchange();
    play_wait(&p, 3700e3);
    r = gives_up();
    CHECK_STR(diagnosis_of(&p, r), "idle_timeout");
    CHECK(diagnosis_says(&p, r, "timer is 3600 s"));
    play_end(&p);

    play_begin(&p); /* no silence before: the peer is gone, and 30 s of back-off are no timer */
    open_connection();
    exchange();
    r = gives_up();
    CHECK_STR(diagnosis_of(&p, r), "peer_vanished");
    CHECK(!diagnosis_says(&p, r, "timer is"));
    play_end(&p);

    play_begin(&p); /* one direction captured: of the peer nothing is known */
    r = gives_up();
    CHECK(g_strcmp0(diagnosis_of(&p, r), "peer_vanished") != 0);
    play_end(&p);
}

static ro_reset *half_closed(double ms, bool survived)
{
    uint32_t ack;
    ro_segment s;

    open_connection();
    exchange();
    play_fin(&p, RO_CLIENT);
    play_wait(&p, PLAY_FAR_MS);
    play_ack(&p, RO_SERVER);
    play_wait(&p, ms);
    ack = p.rcv[RO_SERVER];
    play_data(&p, RO_SERVER, 500);
    play_wait(&p, PLAY_NEAR_MS);
    if (survived) {
        play_ack(&p, RO_CLIENT);
        return NULL;
    }
    s = play_make(&p, RO_CLIENT, RO_RST, 0);
    s.seq = ack;
    return play_reset(&p, &s);
}

static void half_closed_or_closed(void)
{
    play_begin(&p);
    half_closed(50e3, true);
    CHECK_STR(diagnosis_of(&p, half_closed(70e3, false)), "half_closed_timeout");
    play_end(&p);

    play_begin(&p); /* a program that has closed for good: no timer */
    CHECK(strcmp(diagnosis_of(&p, half_closed(70e3, false)), "half_closed_timeout") != 0);
    play_end(&p);
}

/* A FIN after `quiet_ms`, and `gap_ms` behind it a reset of the same side. */
static ro_reset *killed(double quiet_ms, double gap_ms)
{
    open_connection();
    exchange();
    play_wait(&p, quiet_ms);
    play_fin(&p, RO_SERVER);
    play_wait(&p, gap_ms);
    return play_abort(&p, RO_SERVER);
}

static void fin_and_reset_of_a_timer(void)
{
    play_begin(&p);
    killed(5000, 0.1);
    killed(5002, 0.1);
    CHECK_STR(diagnosis_of(&p, killed(5001, 0.1)), "idle_close");
    play_end(&p);

    play_begin(&p); /* each closed when its program was done */
    killed(1000, 0.1);
    killed(2700, 0.1);
    CHECK(strcmp(diagnosis_of(&p, killed(7100, 0.1)), "idle_close") != 0);
    play_end(&p);
}

int main(void)
{
    RUN(request_that_crosses_a_fin);
    RUN(farewell_that_crosses_a_fin);
    RUN(request_that_lies_unread);
    RUN(request_long_after_the_fin);
    RUN(late_answer_after_giving_up);
    RUN(same_silence_or_any);
    RUN(same_age_or_any);
    RUN(timer_between_two_silences);
    RUN(silence_before_retransmissions);
    RUN(half_closed_or_closed);
    RUN(fin_and_reset_of_a_timer);
    return check_done();
}
