/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ordinary traffic that looks forged, each beside its nearest guilty case. */

#include "base/addr.h"
#include "base/constants.h"
#include "sign_check.h"

#include <stdlib.h>

/* The prior alone names nobody: of a refused SYN nothing else is known. */
static void prior_alone_names_nobody(void)
{
    const ro_reset *r;

    play_begin(&p);
    play_syn(&p);
    play_wait(&p, PLAY_FAR_MS);
    r = play_refuse(&p);
    CHECK_INT(source_of(r), RO_SOURCE_UNKNOWN);
    CHECK_INT(p.verdict.fired_n, 0);
    CHECK_STR(ro_cause_name(p.verdict.cause), "closed_port"); /* if the server did */
    play_end(&p);

    play_begin(&p); /* the server accepted elsewhere, at that TTL: now something speaks for it */
    play_handshake(&p);
    play_next_stream(&p);
    play_syn(&p);
    play_wait(&p, PLAY_FAR_MS);
    CHECK_INT(source_of(play_refuse(&p)), RO_SOURCE_SERVER);
    play_end(&p);
}

static void neighbours_on_one_link(const char *client, const char *server, uint8_t ttl)
{
    play_begin(&p);
    p.addr[RO_CLIENT] =
        (ro_addr){0, UINT64_C(0xffff00000000) | (uint64_t)strtoul(client, NULL, 16)};
    p.addr[RO_SERVER] =
        (ro_addr){0, UINT64_C(0xffff00000000) | (uint64_t)strtoul(server, NULL, 16)};
    p.ttl[RO_CLIENT] = 64;
    p.ttl[RO_SERVER] = ttl;
    play_syn(&p);
    play_wait(&p, 1);
}

/* Both ends on one link, and no router touched the answer. */
static void refused_on_one_link(void)
{
    neighbours_on_one_link("c0a80105", "c0a80109", 64);
    CHECK_INT(source_of(play_refuse(&p)), RO_SOURCE_SERVER);
    play_end(&p);
    neighbours_on_one_link("c0a80105", "c0a80109", 63); /* it came through a router */
    CHECK_INT(source_of(play_refuse(&p)), RO_SOURCE_UNKNOWN);
    play_end(&p);
    neighbours_on_one_link("c0a80105", "c0a80209", 64); /* another network */
    CHECK_INT(source_of(play_refuse(&p)), RO_SOURCE_UNKNOWN);
    play_end(&p);
}

static const ro_reset *forged_on_path(void)
{
    ro_segment s = bare(RO_SERVER);

    s.ttl = PLAY_TTL_SERVER + 7;
    s.ip_id = 4711;
    s.df = false;
    return play_reset(&p, &s);
}

/* Between two programs of one host there is nothing. */
static void loopback_has_no_path(void)
{
    talk();
    CHECK_INT(source_of(forged_on_path()), RO_SOURCE_INTERMEDIARY);
    play_end(&p);

    play_begin(&p);
    p.addr[RO_CLIENT] = p.addr[RO_SERVER] = (ro_addr){0, UINT64_C(0xffff7f000001)};
    talk_after(PLAY_FAR_MS);
    CHECK(source_of(forged_on_path()) != RO_SOURCE_INTERMEDIARY);
    play_end(&p);
}

/* Another gateway shows in MAC and TTL at once: one reason. */
static const ro_reset *by_other_gateway(bool fields_too)
{
    play_begin(&p);
    p.mac[RO_CLIENT] = 0x020000000001;
    p.mac[RO_SERVER] = 0x020000000002;
    talk_after(60000);
    ro_segment s = bare(RO_SERVER);
    s.mac = 0x020000000009;
    s.ttl = PLAY_TTL_SERVER + 1;
    if (fields_too) {
        s.df = false;
        s.window = 4242;
    }
    return play_reset(&p, &s);
}

static void gateway_failover(void)
{
    CHECK(source_of(by_other_gateway(false)) != RO_SOURCE_INTERMEDIARY);
    play_end(&p);
    CHECK_INT(source_of(by_other_gateway(true)), RO_SOURCE_INTERMEDIARY);
    play_end(&p);
}

/* The server's own packet filter answers, whatever IP-ID it writes; its socket goes on. */
static void own_packet_filter(void)
{
    for (unsigned id = 0; id < 2; id++) {
        talk();
        ro_segment s = bare(RO_SERVER);
        s.ip_id = id ? 0xbeef : 0;
        const ro_reset *r = play_reset(&p, &s);
        for (int i = 0; i < 3; i++) {
            play_wait(&p, 400);
            play_data(&p, RO_SERVER, 50);
        }
        CHECK(source_of(r) != RO_SOURCE_INTERMEDIARY);
        play_end(&p);
    }
    talk(); /* a socket's abort, and the socket goes on: nobody does that */
    const ro_reset *r = play_abort(&p, RO_SERVER);
    for (int i = 0; i < 3; i++) {
        play_wait(&p, 400);
        play_data(&p, RO_SERVER, 50);
    }
    CHECK_INT(source_of(r), RO_SOURCE_INTERMEDIARY);
    play_end(&p);
}

/* A lone packet by hand has no connection that could be compared, or whose state could be lost. */
static void surest_needs_a_connection(void)
{
    play_begin(&p);
    ro_segment s = play_make(&p, RO_SERVER, RO_RST | RO_SYN | RO_FIN | RO_URG | RO_RESERVED, 0);
    s.options = RO_OPT_MSS | RO_OPT_WSCALE;
    const ro_reset *r = play_reset(&p, &s);
    source_of(r);
    CHECK(p.verdict.confidence != RO_HIGH);
    CHECK_STR(ro_cause_name(p.verdict.cause), "unknown");
    play_end(&p);
}

/* Made on this link, for a sender that is hops away; TTL 1 is a rule, not a distance. */
static void ttl_255_and_1(void)
{
    ro_segment s;

    talk();
    s = bare(RO_SERVER);
    s.ttl = 255;
    CHECK(weigh("ttl_differs", play_reset(&p, &s)) >= 11);
    play_end(&p);
    talk();
    s = bare(RO_SERVER);
    s.ttl = 1;
    CHECK_INT(weigh("ttl_differs", play_reset(&p, &s)), 0);
    play_end(&p);
    talk(); /* as far as the server, which starts at 64: 12 hops */
    s = bare(RO_SERVER);
    s.ttl = 128 - (64 - PLAY_TTL_SERVER);
    CHECK(weigh("ttl_same_distance", play_reset(&p, &s)) < 0);
    play_end(&p);
}

/* Two resets leave together, one for each end: the one that is convicted convicts the other. */
static const ro_reset *half(double apart_ms)
{
    talk_after(5);
    ro_segment s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
    s.ttl = PLAY_TTL_SERVER + 7;
    s.df = false;
    s.ip_id = 4711;
    play_reset(&p, &s);
    play_wait(&p, apart_ms);
    s = play_make(&p, RO_CLIENT, RO_RST | RO_ACK, 0);
    s.ip_id = 99; /* its TTL is the client's */
    return play_reset(&p, &s);
}

static void one_act_has_two_halves(void)
{
    play_begin(&p);
    CHECK_INT(weigh("other_half", half(0.01)), 16);
    CHECK_INT(source_of(p.seen.reset), RO_SOURCE_INTERMEDIARY);
    play_end(&p);
    play_begin(&p);
    CHECK_INT(weigh("other_half", half(900)), 0); /* the client, by itself */
    play_end(&p);
}

/* Equal resets in equal situations: here the one that one sign alone would leave undecided. */
static void equal_resets_equal_answers(void)
{
    play_begin(&p);
    talk_after(3);
    CHECK_INT(source_of(forged_on_path()), RO_SOURCE_INTERMEDIARY);
    play_next_stream(&p);
    talk_after(PLAY_FAR_MS + 1);
    CHECK(weigh("same_maker_elsewhere", forged_on_path()) > 0);
    play_next_stream(&p);
    talk_after(PLAY_FAR_MS + 1);
    ro_segment s = bare(RO_SERVER);
    CHECK_INT(weigh("same_maker_elsewhere", play_reset(&p, &s)), 0); /* the server's own */
    play_end(&p);
}

/* No endpoint answers a reset; one that refuses a new SYN at that moment does not. */
static void resets_are_not_answered(void)
{
    ro_segment s;

    talk();
    play_rst(&p, RO_CLIENT);
    s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
    s.seq = 0;
    s.ack = p.seen.reset->seg.seq;
    CHECK_INT(weigh("answers_reset", play_reset(&p, &s)), 12);
    play_end(&p);
    talk(); /* an abort of its own, which crosses the other's reset */
    play_rst(&p, RO_CLIENT);
    CHECK_INT(weigh("answers_reset", play_abort(&p, RO_SERVER)), 0);
    play_end(&p);
}

int main(void)
{
    RUN(prior_alone_names_nobody);
    RUN(refused_on_one_link);
    RUN(loopback_has_no_path);
    RUN(gateway_failover);
    RUN(own_packet_filter);
    RUN(surest_needs_a_connection);
    RUN(ttl_255_and_1);
    RUN(one_act_has_two_halves);
    RUN(equal_resets_equal_answers);
    RUN(resets_are_not_answered);
    return check_done();
}
