/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One IP-ID counter for both directions: a machine that writes for both ends, and all that only looks like it. */

#include "base/constants.h"
#include "sign_check.h"

typedef uint16_t (*numbering)(ro_side side);

static uint16_t counter[2];

static uint16_t of_one_machine(ro_side side)
{
    (void)side;
    return ++counter[0];
}

static uint16_t of_busy_machine(ro_side side) /* other connections take numbers, too */
{
    (void)side;
    return counter[0] = (uint16_t)(counter[0] + 3);
}

static uint16_t of_each_socket(ro_side side)
{
    return ++counter[side];
}

static uint16_t of_each_busy_host(ro_side side)
{
    return counter[side] = (uint16_t)(counter[side] + 2);
}

static uint16_t none(ro_side side)
{
    (void)side;
    return 0;
}

static uint16_t at_random(ro_side side)
{
    (void)side;
    counter[0] = (uint16_t)(counter[0] * 25173 + 13849);
    return counter[0];
}

static uint16_t alike(ro_side side) /* raw-socket tools */
{
    (void)side;
    return 1;
}

static void say(ro_side side, unsigned flags, uint32_t len, numbering number)
{
    ro_segment s = play_make(&p, side, flags, len);

    s.ip_id = number(side);
    play_take(&p, &s);
}

/* Four requests and answers; then the server's abort, not yet taken in. */
static ro_segment numbered_talk(uint16_t client, uint16_t server, numbering number)
{
    counter[RO_CLIENT] = client;
    counter[RO_SERVER] = server;
    play_handshake(&p); /* as the ends themselves write it */
    for (int i = 0; i < 4; i++) {
        play_wait(&p, 5);
        say(RO_CLIENT, RO_ACK | RO_PSH, 100, number);
        play_wait(&p, PLAY_FAR_MS);
        say(RO_SERVER, RO_ACK | RO_PSH, 300, number);
    }
    play_wait(&p, 50);
    ro_segment s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
    s.window = p.window[RO_SERVER];
    s.ip_id = number(RO_SERVER);
    return s;
}

static const ro_reset *abort_by(uint16_t client, uint16_t server, numbering number)
{
    play_begin(&p);
    ro_segment s = numbered_talk(client, server, number);
    return play_reset(&p, &s);
}

/* Nobody is accused, and nobody is acquitted for being alike: the machine that writes for both ends sent it. */
static void one_counter(void)
{
    FIRES(abort_by(300, 0, of_one_machine));
    CHECK_INT(source_of(p.seen.reset), RO_SOURCE_UNKNOWN);
    CHECK(p.verdict.suspicious);
    play_end(&p);
    FIRES(abort_by(65530, 0, of_one_machine)); /* it comes round meanwhile */
    play_end(&p);
    FIRES(abort_by(300, 0, of_busy_machine));
    play_end(&p);
}

static void own_counters_are_silent(void)
{
    SILENT(abort_by(1000, 1001, of_each_socket)); /* as near as they can be */
    CHECK_INT(source_of(p.seen.reset), RO_SOURCE_SERVER);
    play_end(&p);
    SILENT(abort_by(1000, 1000, of_each_socket));
    play_end(&p);
    SILENT(abort_by(0x1000, 0x7000, of_each_socket));
    play_end(&p);
    SILENT(abort_by(1000, 1009, of_each_busy_host));
    play_end(&p);
    SILENT(abort_by(0, 0, none));
    play_end(&p);
    SILENT(abort_by(77, 0, at_random));
    play_end(&p);
    SILENT(abort_by(0, 0, alike));
    play_end(&p);
}

/* The counter of both directions is one, that of the RST is not: another machine sent it. */
static void reset_of_another_counter(void)
{
    play_begin(&p);
    ro_segment s = numbered_talk(300, 0, of_one_machine);
    s.ip_id = 0xbeef;
    s.ttl = PLAY_TTL_SERVER + 7;
    s.seq -= 30;
    const ro_reset *r = play_reset(&p, &s);
    SILENT(r);
    CHECK_INT(source_of(r), RO_SOURCE_INTERMEDIARY);
    play_end(&p);
}

/* A host that talks to itself: by its addresses, or as the capture says who put each frame on the link. */
static void one_host_with_itself(void)
{
    play_begin(&p);
    p.addr[RO_SERVER] = p.addr[RO_CLIENT];
    ro_segment s = numbered_talk(300, 0, of_one_machine);
    SILENT(play_reset(&p, &s));
    CHECK_INT(source_of(p.seen.reset), RO_SOURCE_SERVER);
    play_end(&p);

    play_begin(&p);
    p.addr[RO_CLIENT] = p.addr[RO_SERVER] = (ro_addr){0, UINT64_C(0xffff7f000001)};
    s = numbered_talk(300, 0, of_one_machine);
    SILENT(play_reset(&p, &s));
    play_end(&p);
}

/* Whatever else speaks, such a connection accuses nobody: its host may have both addresses. */
static void never_accuses(void)
{
    play_begin(&p);
    ro_segment s = numbered_talk(300, 0, of_one_machine);
    s.df = false;
    s.window = 4242;
    s.ttl = PLAY_TTL_SERVER + 7;
    FIRES(play_reset(&p, &s));
    CHECK_INT(source_of(p.seen.reset), RO_SOURCE_UNKNOWN);
    play_end(&p);
}

/* Too few packets show nothing. */
static void handshake_alone(void)
{
    play_begin(&p);
    play_handshake(&p);
    counter[0] = 300;
    say(RO_CLIENT, RO_ACK | RO_PSH, 100, of_one_machine);
    play_wait(&p, PLAY_FAR_MS);
    say(RO_SERVER, RO_ACK | RO_PSH, 100, of_one_machine);
    ro_segment s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
    s.ip_id = of_one_machine(RO_SERVER);
    SILENT(play_reset(&p, &s));
    play_end(&p);
}

int main(void)
{
    sign_token = "one_counter";
    RUN(one_counter);
    RUN(own_counters_are_silent);
    RUN(reset_of_another_counter);
    RUN(one_host_with_itself);
    RUN(never_accuses);
    RUN(handshake_alone);
    return check_done();
}
