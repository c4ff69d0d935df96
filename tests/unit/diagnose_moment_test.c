/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Diagnoses that need other connections, the handshake's story or another address, each beside its nearest
 * harmless neighbour. */

#include "check.h"
#include "diagnose.h"

static play p;

static void exchange(void)
{
    play_wait(&p, 1);
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, PLAY_FAR_MS);
    play_data(&p, RO_SERVER, 50);
    play_wait(&p, PLAY_NEAR_MS);
    play_ack(&p, RO_CLIENT);
}

static void open_connection(void)
{
    play_next_stream(&p);
    play_handshake(&p);
    exchange();
}

/* The server's kernel answers the client's next request as if it knew nothing. */
static ro_reset *forgotten(double quiet_ms)
{
    ro_segment s;
    uint32_t ack;

    play_wait(&p, quiet_ms);
    ack = p.rcv[RO_CLIENT];
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, PLAY_FAR_MS);
    s = play_make(&p, RO_SERVER, RO_RST, 0);
    s.seq = ack;
    return play_reset(&p, &s);
}

/* ---- process_exit ---- */

#define CONNECTIONS 4

/* Opens some connections, that far apart, and has the server abort them that far apart. */
static ro_reset *abort_all(double opened_ms, double apart_ms)
{
    play state[CONNECTIONS];
    ro_reset *r = NULL;

    for (unsigned i = 0; i < CONNECTIONS; i++) {
        open_connection();
        play_wait(&p, opened_ms * (i + 1));
        state[i] = p;
    }
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        state[i].now_ns = p.now_ns + (int64_t)((i + 1) * apart_ms * 1e6);
        state[i].frame = p.frame + i;
        r = play_abort(&state[i], RO_SERVER);
    }
    p.now_ns = state[CONNECTIONS - 1].now_ns;
    p.frame += CONNECTIONS;
    return r;
}

static void one_moment_or_many(void)
{
    ro_reset *refusal;
    ro_reset *r;

    play_begin(&p);
    r = abort_all(170, 0.4);
    play_wait(&p, 200);
    play_next_stream(&p);
    play_syn(&p);
    play_wait(&p, PLAY_FAR_MS);
    refusal = play_refuse(&p);
    CHECK_STR(diagnosis_of(&p, r), "process_exit");
    CHECK(diagnosis_says(&p, r, "4 of its connections"));
    CHECK(diagnosis_says(&p, r, "its port refused"));
    CHECK_STR(diagnosis_of(&p, refusal), "process_exit");
    play_wait(&p, 6000);
    open_connection();
    CHECK(diagnosis_says(&p, r, "accepted again"));
    play_end(&p);

    play_begin(&p); /* one by one */
    r = abort_all(170, 3000);
    CHECK(strcmp(diagnosis_of(&p, r), "process_exit") != 0);
    play_end(&p);
}

/* Timers that were started together run out together: no process ended. */
static void timers_of_one_moment(void)
{
    play state[CONNECTIONS];
    ro_reset *r = NULL;

    play_begin(&p);
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        int64_t begin = p.now_ns;

        open_connection();
        state[i] = p;
        p.now_ns = i + 1 < CONNECTIONS ? begin : p.now_ns;
    }
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        state[i].now_ns = p.now_ns + (int64_t)(2e9 + i * 3e5);
        state[i].frame = p.frame + i;
        r = play_abort(&state[i], RO_SERVER);
    }
    CHECK(strcmp(diagnosis_of(&p, r), "process_exit") != 0);
    play_end(&p);
}

/* ---- host_restarted ---- */

static void restart_or_timer(void)
{
    ro_reset *r;

    play_begin(&p);
    open_connection();
    play_wait(&p, 20e3);
    exchange(); /* a longer silence was survived before */
    open_connection();
    forgotten(5000);
    open_connection();
    forgotten(6000);
    open_connection();
    r = forgotten(7000);
    CHECK_STR(diagnosis_of(&p, r), "host_restarted");
    play_end(&p);

    play_begin(&p); /* what a timer explains is no restart */
    open_connection();
    play_wait(&p, 3000e3);
    exchange();
    open_connection();
    forgotten(3700e3);
    open_connection();
    r = forgotten(3800e3);
    CHECK_STR(diagnosis_of(&p, r), "idle_timeout");
    play_end(&p);
}

/* ---- handshakes ---- */

static ro_reset *reply_to_client(uint32_t ack)
{
    ro_segment s = play_make(&p, RO_SERVER, RO_RST, 0);

    s.seq = ack;
    return play_reset(&p, &s);
}

static void syn_ack_again(void)
{
    ro_segment s = play_make(&p, RO_SERVER, RO_SYN | RO_ACK, 0);

    s.seq = PLAY_ISN_SERVER;
    play_take(&p, &s);
}

static void full_queue_or_lost_ack(void)
{
    ro_reset *r;
    uint32_t start;

    play_begin(&p);
    play_handshake(&p);
    start = p.nxt[RO_CLIENT];
    play_data(&p, RO_CLIENT, 300);
    for (unsigned i = 0; i < 3; i++) {
        play_wait(&p, 1000u << i);
        syn_ack_again();
        play_wait(&p, PLAY_NEAR_MS);
        play_ack(&p, RO_CLIENT);
    }
    play_wait(&p, 20e3);
    play_again(&p, RO_CLIENT, start, 300);
    play_wait(&p, PLAY_FAR_MS);
    r = reply_to_client(PLAY_ISN_SERVER + 1);
    CHECK_STR(diagnosis_of(&p, r), "accept_queue");
    CHECK(diagnosis_says(&p, r, "4 times"));
    CHECK(diagnosis_says(&p, r, "somaxconn"));
    play_end(&p);

    play_begin(&p); /* the ACK was lost behind the capture point; the connection works */
    play_handshake(&p);
    play_wait(&p, 1000);
    syn_ack_again();
    play_wait(&p, PLAY_NEAR_MS);
    play_ack(&p, RO_CLIENT);
    exchange();
    play_wait(&p, 50);
    CHECK(strcmp(diagnosis_of(&p, play_abort(&p, RO_SERVER)), "accept_queue") != 0);
    play_end(&p);
}

static void split_handshake_or_overflow(void)
{
    ro_reset *r;

    play_begin(&p); /* nothing follows: tcp_abort_on_overflow */
    play_handshake(&p);
    play_wait(&p, PLAY_FAR_MS);
    r = reply_to_client(PLAY_ISN_SERVER + 1);
    CHECK_STR(diagnosis_of(&p, r), "accept_queue");
    play_wait(&p, 1000);
    syn_ack_again(); /* another machine waits still */
    CHECK_STR(diagnosis_of(&p, r), "backend_changed");
    play_end(&p);
}

static void old_connection_or_cancelled(void)
{
    ro_segment s;
    ro_reset *r;

    play_begin(&p);
    play_syn(&p);
    play_wait(&p, PLAY_FAR_MS);
    s = play_make(&p, RO_SERVER, RO_ACK, 0);
    s.seq = 777777777u;
    s.ack = 123456789u;
    play_take(&p, &s);
    play_wait(&p, PLAY_NEAR_MS);
    s = play_make(&p, RO_CLIENT, RO_RST, 0);
    s.seq = 123456789u;
    r = play_reset(&p, &s);
    CHECK_STR(diagnosis_of(&p, r), "port_reuse");
    CHECK(diagnosis_says(&p, r, "TIME-WAIT"));
    play_end(&p);

    play_begin(&p);
    play_syn(&p);
    play_wait(&p, PLAY_FAR_MS);
    play_syn_ack(&p);
    play_wait(&p, PLAY_NEAR_MS);
    CHECK(strcmp(diagnosis_of(&p, play_rst(&p, RO_CLIENT)), "port_reuse") != 0);
    play_end(&p);
}

/* ---- two machines on one address ---- */

#define MAC_A UINT64_C(0x0200000000aa)
#define MAC_B UINT64_C(0x0200000000bb)

static ro_reset *reset_by(uint64_t mac)
{
    ro_segment s;
    uint32_t ack;

    open_connection();
    play_wait(&p, 600);
    ack = p.rcv[RO_CLIENT];
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, PLAY_FAR_MS);
    s = play_make(&p, RO_SERVER, RO_RST, 0);
    s.seq = ack;
    s.mac = mac;
    return play_reset(&p, &s);
}

static void begin_on_link(void)
{
    play_begin(&p);
    p.ttl[RO_CLIENT] = p.ttl[RO_SERVER] = 64;
    p.mac[RO_CLIENT] = UINT64_C(0x020000000001);
    p.mac[RO_SERVER] = MAC_A;
}

static void two_machines_or_one(void)
{
    ro_reset *r;

    begin_on_link();
    reset_by(MAC_B);
    r = reset_by(MAC_B);
    CHECK_STR(diagnosis_of(&p, r), "address_conflict");
    CHECK(diagnosis_says(&p, r, "02:00:00:00:00:bb"));
    play_end(&p);

    begin_on_link();
    reset_by(MAC_A);
    CHECK(strcmp(diagnosis_of(&p, reset_by(MAC_A)), "address_conflict") != 0);
    play_end(&p);
}

/* ---- untranslated ---- */

/* A segment of the server reaches the client from another address, with its own numbers. */
static ro_reset *escaped(uint32_t seq_off)
{
    ro_segment s;
    ro_addr inner = {0, UINT64_C(0xffff0a000005)};

    play_begin(&p);
    play_handshake(&p);
    exchange();
    s = play_make(&p, RO_SERVER, RO_ACK, 1000);
    play_take(&p, &s);
    s.src = inner;
    s.sport = 8080;
    s.stream = p.stream + 1;
    s.seq += seq_off;
    s.ack += seq_off;
    s.frame = ++p.frame;
    ro_capture_observe(p.cap, &s, &p.seen);
    play_wait(&p, PLAY_NEAR_MS);
    ro_segment rst = play_make(&p, RO_CLIENT, RO_RST, 0);
    rst.dst = inner;
    rst.dport = 8080;
    rst.stream = p.stream + 1;
    rst.seq = s.ack;
    return play_reset(&p, &rst);
}

static void escaped_or_unknown(void)
{
    ro_reset *r = escaped(0);

    CHECK_STR(diagnosis_of(&p, r), "untranslated");
    CHECK(diagnosis_says(&p, r, "198.51.100.20:80"));
    play_end(&p);

    CHECK(strcmp(diagnosis_of(&p, escaped(50000000)), "untranslated") != 0);
    play_end(&p);
}

/* Only the server's side was captured: the client's kernel resets a segment, and the client goes on. */
static void only_one_end(void)
{
    ro_segment s;
    ro_reset *r;
    uint32_t ack;

    play_begin(&p);
    play_handshake(&p);
    exchange();
    play_data(&p, RO_CLIENT, 100);
    for (unsigned i = 0; i < 4; i++) {
        play_wait(&p, 1);
        play_data(&p, RO_SERVER, 1448);
    }
    play_wait(&p, PLAY_NEAR_MS);
    play_ack(&p, RO_CLIENT);
    ack = p.rcv[RO_SERVER];
    s = play_make(&p, RO_CLIENT, RO_RST, 0);
    s.seq = ack;
    r = play_reset(&p, &s);
    play_wait(&p, 200);
    play_data(&p, RO_CLIENT, 300);
    play_wait(&p, PLAY_FAR_MS);
    play_ack(&p, RO_SERVER);
    if (play_judge(&p, r)->source != RO_SOURCE_INTERMEDIARY) {
        CHECK_STR(diagnosis_of(&p, r), "untranslated");
    }
    play_end(&p);

    play_begin(&p); /* its own abort explains the bare reset */
    play_handshake(&p);
    exchange();
    play_abort(&p, RO_CLIENT);
    play_wait(&p, 1);
    ack = p.rcv[RO_SERVER];
    play_data(&p, RO_SERVER, 1448);
    play_wait(&p, PLAY_NEAR_MS);
    s = play_make(&p, RO_CLIENT, RO_RST, 0);
    s.seq = ack;
    CHECK(strcmp(diagnosis_of(&p, play_reset(&p, &s)), "untranslated") != 0);
    play_end(&p);
}

int main(void)
{
    RUN(one_moment_or_many);
    RUN(timers_of_one_moment);
    RUN(restart_or_timer);
    RUN(full_queue_or_lost_ack);
    RUN(split_handshake_or_overflow);
    RUN(old_connection_or_cancelled);
    RUN(two_machines_or_one);
    RUN(escaped_or_unknown);
    RUN(only_one_end);
    return check_done();
}
