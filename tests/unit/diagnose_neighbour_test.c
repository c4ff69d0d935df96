/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Root causes that look alike in most packets: each beside the one that it was once taken for. */

#include "diagnosis_check.h"

/* Taken in while a device, or the claimed sender, is known to have sent it. */
static const char *given(const ro_reset *r, ro_source source, ro_cause cause)
{
    ro_verdict v = {.source = source, .cause = cause, .confidence = RO_HIGH};
    ro_case c = {.reset = r, .verdict = &v, .shared = ro_capture_shared(p.cap)};
    ro_diagnosis d = ro_diagnose(&c);

    return d.row ? d.row->token : "none";
}

static const ro_reset *guess(uint32_t off, uint32_t step, int n)
{
    const ro_reset *r = NULL;

    for (int i = 0; i < n; i++) {
        ro_segment s = play_make(&p, RO_CLIENT, RO_RST, 0);

        s.seq += off + (uint32_t)i * step;
        s.ttl = 200;
        play_wait(&p, 3);
        s.time_ns = p.now_ns;
        r = play_reset(&p, &s);
    }
    return r;
}

/* A sweep goes in steps of a window, near the numbers in use as well; an injector that sees the traffic in steps of
 * a segment. */
static void sweep_or_volley(void)
{
    hands(80);
    exchange();
    CHECK_STR(
        given(guess(0u - 150000u, 40000, 4), RO_SOURCE_INTERMEDIARY, RO_CAUSE_BLOCKED_CONTENT),
        "blind_attack");
    play_end(&p);

    hands(80);
    exchange();
    CHECK_STR(given(guess(1460, 1460, 4), RO_SOURCE_INTERMEDIARY, RO_CAUSE_BLOCKED_CONTENT),
              "blocked_content");
    play_end(&p);
}

/* Three connections in use are refused within a moment, after pauses that differ. */
static const ro_reset *refused_together(double apart_ms)
{
    uint16_t first = 0;
    const ro_reset *r = NULL;
    uint32_t nxt[3][2];
    uint32_t rcv[3][2];

    play_begin(&p);
    for (int i = 0; i < 3; i++) {
        play_next_stream(&p);
        play_handshake(&p);
        exchange();
        play_wait(&p, i < 2 ? apart_ms : 1500);
        first = i ? first : p.port[RO_CLIENT];
        memcpy(nxt[i], p.nxt, sizeof p.nxt);
        memcpy(rcv[i], p.rcv, sizeof p.rcv);
    }
    for (int i = 0; i < 3; i++) {
        ro_segment s;

        p.port[RO_CLIENT] = (uint16_t)(first + i);
        p.stream = (uint32_t)(i + 1);
        memcpy(p.nxt, nxt[i], sizeof p.nxt);
        memcpy(p.rcv, rcv[i], sizeof p.rcv);
        play_data(&p, RO_CLIENT, 200);
        play_wait(&p, 2);
        s = play_make(&p, RO_SERVER, RO_RST, 0);
        s.seq = p.rcv[RO_CLIENT];
        s.ttl = PLAY_TTL_SERVER + 9;
        r = play_reset(&p, &s);
    }
    return r;
}

static void flush_or_timer(void)
{
    const ro_reset *r = refused_together(2000);

    CHECK_STR(given(r, RO_SOURCE_INTERMEDIARY, RO_CAUSE_IDLE_TIMEOUT), "state_loss");
    play_end(&p);
    r = refused_together(10); /* all silent for the same time: one timer of theirs */
    CHECK_STR(given(r, RO_SOURCE_INTERMEDIARY, RO_CAUSE_IDLE_TIMEOUT), "idle_timeout");
    play_end(&p);
}

/* The server does not know its connections any more, and its replies start at another TTL. */
static const char *forgotten_twice(uint8_t ttl, uint16_t port)
{
    const ro_reset *r = NULL;
    const char *token;

    play_begin(&p);
    p.port[RO_SERVER] = port;
    for (int i = 0; i < 2; i++) {
        ro_segment s;

        play_next_stream(&p);
        play_handshake(&p);
        exchange();
        play_wait(&p, 1500);
        play_data(&p, RO_CLIENT, 200);
        play_wait(&p, PLAY_FAR_MS);
        s = play_make(&p, RO_SERVER, RO_RST, 0);
        s.seq = p.rcv[RO_CLIENT];
        s.ttl = ttl;
        s.ip_id = 0;
        r = play_reset(&p, &s);
    }
    token = given(r, RO_SOURCE_SERVER, RO_CAUSE_HALF_OPEN);
    play_end(&p);
    return token;
}

static void other_kernel_or_restart(void)
{
    CHECK_STR(forgotten_twice(PLAY_TTL_SERVER + 64, 80), "backend_changed");
    CHECK_STR(forgotten_twice(PLAY_TTL_SERVER, 80), "host_restarted");
    /* BGP sets the TTL of its sockets, not of the kernel's replies */
    CHECK(strcmp(forgotten_twice(PLAY_TTL_SERVER + 64, 179), "backend_changed") != 0);
}

/* After `quiet_ms` the server closes by FIN and a reset right behind it. */
static ro_reset *killed(double quiet_ms)
{
    hands_again();
    exchange();
    play_wait(&p, quiet_ms);
    play_fin(&p, RO_SERVER);
    play_wait(&p, 0.1);
    return play_abort(&p, RO_SERVER);
}

static void timer_or_teardown(void)
{
    play_begin(&p);
    killed(5000);
    DIAGNOSED(killed(5300), "idle_close");
    play_end(&p);

    hands(80); /* right after the answer */
    exchange();
    play_fin(&p, RO_SERVER);
    play_wait(&p, 0.1);
    DIAGNOSED(play_abort(&p, RO_SERVER), "teardown");
    play_end(&p);

    hands(80); /* a request without an answer is lost, whoever closes in what way */
    exchange();
    play_text(&p, RO_CLIENT, REQUEST);
    acked(RO_SERVER);
    play_fin(&p, RO_SERVER);
    play_wait(&p, 0.1);
    NOT_DIAGNOSED(play_abort(&p, RO_SERVER), "teardown");
    play_end(&p);
}

/* A client closes its idle connection while the server has something new to say. */
static void push_or_answer(void)
{
    hands(80);
    exchange();
    play_wait(&p, 5000);
    play_fin(&p, RO_CLIENT);
    play_wait(&p, 2);
    p.rcv[RO_SERVER]--; /* it left before the FIN came */
    play_text(&p, RO_SERVER, "event: news");
    play_wait(&p, PLAY_NEAR_MS);
    DIAGNOSED(play_rst(&p, RO_CLIENT), "idle_close_race");
    play_end(&p);

    hands(80); /* the answer that it had asked for */
    play_text(&p, RO_CLIENT, REQUEST);
    acked(RO_SERVER);
    play_wait(&p, 1970);
    play_fin(&p, RO_CLIENT);
    play_wait(&p, 2);
    p.rcv[RO_SERVER]--;
    play_text(&p, RO_SERVER, ANSWER);
    play_wait(&p, PLAY_NEAR_MS);
    NOT_DIAGNOSED(play_rst(&p, RO_CLIENT), "idle_close_race");
    play_end(&p);
}

/* A lone ACK without options, answered by the kernel of the server. */
static const ro_reset *probed(uint16_t port)
{
    ro_segment s;

    play_next_stream(&p);
    p.port[RO_SERVER] = port;
    p.nxt[RO_CLIENT] = 777;
    p.rcv[RO_CLIENT] = 12345;
    s = play_make(&p, RO_CLIENT, RO_ACK, 0);
    s.options = 0;
    s.window = 1024;
    play_take(&p, &s);
    play_wait(&p, PLAY_FAR_MS);
    s = play_make(&p, RO_SERVER, RO_RST, 0);
    s.seq = 12345;
    return play_reset(&p, &s);
}

static void scan_or_leftover(void)
{
    play_begin(&p);
    probed(80);
    probed(8080);
    DIAGNOSED(probed(443), "port_scan");
    play_end(&p);

    play_begin(&p); /* leftovers of connections to one service */
    probed(80);
    probed(80);
    NOT_DIAGNOSED(probed(80), "port_scan");
    play_end(&p);
}

/* A SYN-ACK that the client's kernel resets: nobody waits for it any more. */
static const ro_reset *cancelled(void)
{
    ro_segment s;

    play_next_stream(&p);
    play_syn(&p);
    play_wait(&p, 700);
    play_syn_ack(&p);
    play_wait(&p, 1);
    s = play_make(&p, RO_CLIENT, RO_RST, 0);
    s.seq = PLAY_ISN_CLIENT + 1;
    return play_reset(&p, &s);
}

static const ro_reset *checked(void)
{
    play_next_stream(&p);
    play_handshake(&p);
    play_wait(&p, 1);
    return play_abort(&p, RO_CLIENT);
}

static void check_or_cancelled(void)
{
    play_begin(&p);
    checked();
    play_wait(&p, 1300);
    DIAGNOSED(checked(), "health_check");
    play_end(&p);

    play_begin(&p);
    cancelled();
    play_wait(&p, 1300);
    NOT_DIAGNOSED(cancelled(), "health_check");
    play_end(&p);
}

static const ro_reset *aged(double age_ms, double quiet_ms)
{
    hands_again();
    for (double t = 0; t + 300 < age_ms - quiet_ms; t += 325) {
        exchange();
        play_wait(&p, 300);
    }
    play_wait(&p, quiet_ms);
    return play_abort(&p, RO_SERVER);
}

static void age_or_chance(void)
{
    play_begin(&p);
    aged(4000, 100);
    play_wait(&p, 500);
    aged(4300, 350);
    play_wait(&p, 500);
    DIAGNOSED(aged(4500, 220), "max_age");
    play_end(&p);

    play_begin(&p);
    aged(2000, 100);
    play_wait(&p, 500);
    aged(4300, 350);
    play_wait(&p, 500);
    NOT_DIAGNOSED(aged(7500, 220), "max_age");
    play_end(&p);
}

/* A bare reset of a firewall's rule: for the ClientHello alone, or for what comes long after it. */
static void hello_or_rule(void)
{
    ro_segment s;

    hands(443);
    play_client_hello(&p, "blocked.example");
    s = play_make(&p, RO_SERVER, RO_RST, 0);
    s.seq = p.rcv[RO_CLIENT];
    s.ttl = PLAY_TTL_SERVER + 9;
    s.ip_id = 0;
    play_wait(&p, 2);
    s.time_ns = p.now_ns;
    CHECK_STR(given(play_reset(&p, &s), RO_SOURCE_INTERMEDIARY, RO_CAUSE_POLICY_REJECT),
              "blocked_content");
    play_end(&p);

    hands(80);
    exchange();
    exchange();
    s = play_make(&p, RO_SERVER, RO_RST, 0);
    s.seq = p.rcv[RO_CLIENT];
    s.ttl = PLAY_TTL_SERVER + 9;
    s.ip_id = 0;
    play_text(&p, RO_CLIENT, REQUEST);
    play_wait(&p, 2);
    s.time_ns = p.now_ns;
    CHECK_STR(given(play_reset(&p, &s), RO_SOURCE_INTERMEDIARY, RO_CAUSE_POLICY_REJECT),
              "policy_reject");
    play_end(&p);
}

int main(void)
{
    RUN(hello_or_rule);
    RUN(sweep_or_volley);
    RUN(flush_or_timer);
    RUN(other_kernel_or_restart);
    RUN(timer_or_teardown);
    RUN(push_or_answer);
    RUN(scan_or_leftover);
    RUN(check_or_cancelled);
    RUN(age_or_chance);
    return check_done();
}
