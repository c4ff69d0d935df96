/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Root causes on the path and in the handshake, each beside its nearest harmless neighbour. */

#include "diagnosis_check.h"

static void blocked_content(void)
{
    const ro_reset *r;

    hands(443);
    play_client_hello(&p, "blocked.example");
    play_wait(&p, 3); /* the server is 20 ms away */
    r = injected(RO_SERVER, RO_RST | RO_ACK);
    play_wait(&p, PLAY_FAR_MS);
    play_data(&p, RO_SERVER, 1200);
    DIAGNOSED(r, "blocked_content");
    play_end(&p);

    hands(443); /* the server itself does not like it */
    play_client_hello(&p, "blocked.example");
    play_wait(&p, PLAY_FAR_MS);
    NOT_DIAGNOSED(play_abort(&p, RO_SERVER), "blocked_content");
    play_end(&p);
}

static void unconditional_block(void)
{
    const ro_reset *r;
    ro_segment s;

    play_begin(&p);
    play_syn(&p);
    play_wait(&p, 3);
    s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
    s.seq = 0;
    s.window = 1980;
    s.ttl = PLAY_TTL_SERVER + 60;
    r = play_reset(&p, &s);
    play_wait(&p, PLAY_FAR_MS);
    play_syn_ack(&p); /* the server had the SYN all the same */
    DIAGNOSED(r, "unconditional_block");
    play_end(&p);

    play_begin(&p); /* a port that refuses */
    play_syn(&p);
    play_wait(&p, PLAY_FAR_MS);
    NOT_DIAGNOSED(play_refuse(&p), "unconditional_block");
    play_end(&p);
}

static void policy_reject(void)
{
    ro_segment s;

    hands(80);
    exchange();
    play_next_stream(&p); /* a rule near the client rejects the next connection */
    play_syn(&p);
    play_wait(&p, 1);
    s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
    s.seq = 0;
    s.ip_id = 0;
    s.ttl = PLAY_TTL_SERVER + 9;
    s.df = false;
    DIAGNOSED(play_reset(&p, &s), "policy_reject");
    play_end(&p);
}

/* A bare RST for the client's newest segment, made near the client; the server answers that segment later. */
static const ro_reset *answered_nearby(void)
{
    ro_segment s = play_make(&p, RO_SERVER, RO_RST, 0);
    const ro_reset *r;

    s.seq = p.rcv[RO_CLIENT];
    s.ttl = PLAY_TTL_SERVER + 9;
    s.ip_id = 77;
    play_wait(&p, 1);
    s.time_ns = p.now_ns;
    r = play_reset(&p, &s);
    play_wait(&p, PLAY_FAR_MS);
    play_text(&p, RO_SERVER, ANSWER);
    return r;
}

static void invalid_state(void)
{
    uint32_t seq;

    hands(80); /* what it answers had been sent before */
    seq = p.nxt[RO_CLIENT];
    exchange();
    play_wait(&p, 100);
    play_again(&p, RO_CLIENT, seq, 40);
    DIAGNOSED(answered_nearby(), "invalid_state");
    play_end(&p);

    hands(
        80); /* the server's own socket answers a repeated segment with an ACK, and is silent here */
    seq = p.nxt[RO_CLIENT];
    exchange();
    play_wait(&p, 100);
    play_again(&p, RO_CLIENT, seq, 40);
    play_wait(&p, PLAY_FAR_MS);
    NOT_DIAGNOSED(play_abort(&p, RO_SERVER), "invalid_state");
    play_end(&p);
}

static void blind_attack(void)
{
    const ro_reset *r = NULL;

    hands(80);
    exchange();
    for (int i = 0; i < 8; i++) {
        ro_segment s = play_make(&p, RO_SERVER, RO_RST, 0);

        s.seq += 0x10000000u + (uint32_t)i * 60000u;
        s.ttl = 200;
        play_wait(&p, 0.1);
        r = play_reset(&p, &s);
    }
    play_wait(&p, 50);
    play_text(&p, RO_CLIENT, REQUEST);
    play_wait(&p, PLAY_FAR_MS);
    play_text(&p, RO_SERVER, ANSWER);
    DIAGNOSED(r, "blind_attack");
    play_end(&p);

    hands(80); /* a closed socket answers a flight: numbers that are in use */
    play_text(&p, RO_CLIENT, REQUEST);
    play_fin(&p, RO_CLIENT);
    for (int i = 0; i < 4; i++) {
        play_wait(&p, PLAY_FAR_MS);
        play_data(&p, RO_SERVER, 500);
        play_wait(&p, 1);
        r = play_rst(&p, RO_CLIENT);
    }
    NOT_DIAGNOSED(r, "blind_attack");
    play_end(&p);
}

static void closed_port_and_port_scan(void)
{
    const ro_reset *r = NULL;

    hands(80); /* the host is known by another port */
    exchange();
    play_next_stream(&p);
    p.port[RO_SERVER] = 443;
    play_syn(&p);
    play_wait(&p, PLAY_FAR_MS);
    DIAGNOSED(play_refuse(&p), "closed_port");
    for (int i = 0; i < 60; i++) { /* one closed port after the other */
        play_next_stream(&p);
        p.port[RO_SERVER] = (uint16_t)(8000 + i);
        play_syn(&p);
        play_wait(&p, PLAY_FAR_MS);
        r = play_refuse(&p);
        play_wait(&p, 100);
    }
    DIAGNOSED(r, "port_scan");
    play_end(&p);

    hands(80); /* the same closed port again and again is no scan */
    exchange();
    for (int i = 0; i < 60; i++) {
        play_next_stream(&p);
        p.port[RO_SERVER] = 443;
        play_syn(&p);
        play_wait(&p, PLAY_FAR_MS);
        r = play_refuse(&p);
        play_wait(&p, 3000);
    }
    DIAGNOSED(r, "closed_port");
    play_end(&p);
}

static void health_check(void)
{
    const ro_reset *r = NULL;

    play_begin(&p);
    for (int i = 0; i < 5; i++) {
        hands_again();
        exchange();
        play_wait(&p, 1);
        r = play_abort(&p, RO_CLIENT);
        play_wait(&p, 2000);
    }
    DIAGNOSED(r, "health_check");
    play_end(&p);

    play_begin(&p); /* as regular, but nobody answers: a failure */
    for (int i = 0; i < 5; i++) {
        hands_again();
        play_text(&p, RO_CLIENT, REQUEST);
        play_wait(&p, 500);
        r = play_abort(&p, RO_CLIENT);
        play_wait(&p, 2000);
    }
    NOT_DIAGNOSED(r, "health_check");
    play_end(&p);
}

static void connection_limit(void)
{
    const ro_reset *r = NULL;

    hands(80);
    exchange();
    for (int i = 0; i < 2; i++) {
        hands_again();
        play_wait(&p, PLAY_FAR_MS);
        r = play_abort(&p, RO_SERVER);
    }
    DIAGNOSED(r, "connection_limit");
    play_end(&p);

    hands(80); /* its own words */
    play_wait(&p, PLAY_FAR_MS);
    play_text(&p, RO_SERVER, "Exceeded MaxStartups\r\n");
    play_fin(&p, RO_SERVER);
    play_text(&p, RO_CLIENT, "SSH-2.0-x\r\n");
    play_wait(&p, PLAY_FAR_MS);
    DIAGNOSED(play_rst(&p, RO_SERVER), "connection_limit");
    play_end(&p);

    hands(80); /* a bare RST for the handshake's ACK is the kernel's: its queue is full */
    exchange();
    for (int i = 0; i < 2; i++) {
        hands_again();
        play_wait(&p, PLAY_FAR_MS);
        r = play_rst(&p, RO_SERVER);
    }
    NOT_DIAGNOSED(r, "connection_limit");
    play_end(&p);
}

/* The server offers a window, for the client to send into. */
static void window(uint16_t size)
{
    ro_segment s = play_make(&p, RO_SERVER, RO_ACK, 0);

    s.window = size;
    play_take(&p, &s);
}

static void zero_window(void)
{
    hands(80);
    play_data(&p, RO_CLIENT, 1400);
    play_wait(&p, PLAY_FAR_MS);
    window(0);
    play_wait(&p, 12000);
    DIAGNOSED(play_abort(&p, RO_CLIENT), "zero_window");
    play_end(&p);

    hands(80); /* it opened again */
    play_data(&p, RO_CLIENT, 1400);
    play_wait(&p, PLAY_FAR_MS);
    window(0);
    play_wait(&p, 12000);
    window(500);
    play_wait(&p, 100);
    NOT_DIAGNOSED(play_abort(&p, RO_CLIENT), "zero_window");
    play_end(&p);
}

static const ro_reset *repeats(uint32_t len, bool answered)
{
    uint32_t seq;

    hands(80);
    play_text(&p, RO_CLIENT, REQUEST);
    acked(RO_SERVER);
    seq = p.nxt[RO_CLIENT];
    play_data(&p, RO_CLIENT, len);
    play_data(&p, RO_CLIENT, 40);
    if (answered) {
        ro_segment s = play_make(&p, RO_SERVER, RO_ACK, 0);

        play_wait(&p, PLAY_FAR_MS);
        s.time_ns = p.now_ns;
        s.ack = seq;
        s.options |= RO_OPT_SACK;
        s.sack_right = p.nxt[RO_CLIENT];
        play_take(&p, &s);
    }
    for (int i = 0; i < 5; i++) {
        play_wait(&p, 200 << i);
        play_again(&p, RO_CLIENT, seq, len);
    }
    play_wait(&p, 3000);
    return play_abort(&p, RO_CLIENT);
}

static void path_mtu(void)
{
    DIAGNOSED(repeats(1448, true), "path_mtu");
    play_end(&p);
    NOT_DIAGNOSED(repeats(1448, false), "path_mtu"); /* nobody is there any more */
    play_end(&p);
    NOT_DIAGNOSED(repeats(300, true), "path_mtu"); /* small ones are lost, too */
    play_end(&p);

    hands(80); /* full-size segments had passed, though the sender's card shows them longer */
    play_data(&p, RO_CLIENT, 1448);
    acked(RO_SERVER);
    uint32_t seq = p.nxt[RO_CLIENT];
    play_data(&p, RO_CLIENT, 4344);
    acked(RO_SERVER);
    for (int i = 0; i < 5; i++) {
        play_wait(&p, 200 << i);
        play_again(&p, RO_CLIENT, seq, 4344);
    }
    NOT_DIAGNOSED(play_abort(&p, RO_CLIENT), "path_mtu");
    play_end(&p);
}

int main(void)
{
    RUN(blocked_content);
    RUN(unconditional_block);
    RUN(policy_reject);
    RUN(invalid_state);
    RUN(blind_attack);
    RUN(closed_port_and_port_scan);
    RUN(health_check);
    RUN(connection_limit);
    RUN(zero_window);
    RUN(path_mtu);
    return check_done();
}
