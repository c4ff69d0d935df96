/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which machine wrote it: the host, another behind its address, or one on the path. Each guilty case stands beside
 * its nearest harmless one. */

#include "base/constants.h"
#include "sign_check.h"

/* A conversation with a Windows server, 12 hops away. */
static void talk_to_windows(double ms)
{
    play_begin(&p);
    p.ttl[RO_SERVER] = 128 - 12;
    talk_after(ms);
}

static const ro_reset *bare_with_ttl(uint8_t ttl)
{
    ro_segment s = bare(RO_SERVER);

    s.ttl = ttl;
    return play_reset(&p, &s);
}

/* Another initial value and nearer: neither the host's own kernel nor a route change. */
static void answers_for_a_living_socket(void)
{
    talk_to_windows(PLAY_FAR_MS);
    CHECK_INT(weigh("bare_while_open", bare_with_ttl(64 - 3)), 8);
    CHECK_INT(source_of(p.seen.reset), RO_SOURCE_INTERMEDIARY);
    play_end(&p);

    talk_to_windows(PLAY_FAR_MS); /* the host's packet filter: as far away */
    CHECK_INT(weigh("bare_while_open", bare_with_ttl(64 - 12)), RO_NOT_EVALUATED);
    CHECK(source_of(p.seen.reset) != RO_SOURCE_INTERMEDIARY);
    play_end(&p);

    talk_to_windows(PLAY_FAR_MS); /* a route change, or another machine of the farm */
    CHECK_INT(weigh("bare_while_open", bare_with_ttl(128 - 9)), RO_NOT_EVALUATED);
    CHECK(source_of(p.seen.reset) != RO_SOURCE_INTERMEDIARY);
    play_end(&p);

    talk_to_windows(5000); /* time enough for a standby to take over */
    play_data(&p, RO_CLIENT, 10);
    play_wait(&p, PLAY_FAR_MS);
    CHECK_INT(weigh("bare_while_open", bare_with_ttl(64 - 3)), 0);
    CHECK(source_of(p.seen.reset) != RO_SOURCE_INTERMEDIARY);
    play_end(&p);

    talk_to_windows(PLAY_FAR_MS); /* it had closed: its host may answer late data, from wherever */
    play_fin(&p, RO_SERVER);
    play_wait(&p, PLAY_NEAR_MS);
    play_data(&p, RO_CLIENT, 10);
    play_wait(&p, PLAY_FAR_MS);
    CHECK_INT(weigh("bare_while_open", bare_with_ttl(64 - 3)), 0);
    play_end(&p);
}

static const ro_reset *abort_with_ttl(uint8_t ttl)
{
    ro_segment s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);

    s.ttl = ttl;
    s.ip_id++;
    s.window = 0;
    return play_reset(&p, &s);
}

/* A socket's abort comes the way of its data, with their TTL. */
static void aborts_from_elsewhere(void)
{
    talk_to_windows(PLAY_FAR_MS);
    CHECK_INT(weigh("ttl_differs", abort_with_ttl(64 - 3)), 16);
    play_end(&p);
    talk_to_windows(PLAY_FAR_MS); /* the same distance by another initial value */
    CHECK_INT(weigh("ttl_differs", abort_with_ttl(64 - 12)), 0);
    play_end(&p);
    talk_to_windows(PLAY_FAR_MS); /* farther away: a SYN proxy had answered for the host */
    CHECK(weigh("ttl_differs", abort_with_ttl(64 - 20)) < 16);
    play_end(&p);
    play_begin(
        &p); /* far away: 33 and 31 are neighbours, though p0f's rule takes them for 64 and 32 */
    p.ttl[RO_SERVER] = 33;
    talk_after(PLAY_FAR_MS);
    CHECK(weigh("ttl_differs", abort_with_ttl(31)) < 16);
    play_end(&p);
}

static void stream_on(ro_side side, int n)
{
    for (int i = 0; i < n; i++) {
        play_wait(&p, 300);
        ro_segment s = play_make(&p, side, RO_PSH | RO_ACK, 50);
        s.ack = p.rcv[side] - 100; /* without the request that was refused */
        play_take(&p, &s);
    }
}

/* ECMP sends one request to another machine of the service, which refuses it; the first goes on. */
static void another_machine_refuses(void)
{
    talk();
    bare_with_ttl(PLAY_TTL_SERVER + 1);
    const ro_reset *r = p.seen.reset;
    stream_on(RO_SERVER, 3);
    CHECK_INT(weigh("data_after_rst", r), 3);
    CHECK(source_of(r) != RO_SOURCE_INTERMEDIARY);
    play_end(&p);

    talk(); /* no kernel of the farm clears DF */
    ro_segment s = bare(RO_SERVER);
    s.ttl = PLAY_TTL_SERVER + 1;
    s.df = false;
    r = play_reset(&p, &s);
    stream_on(RO_SERVER, 3);
    CHECK_INT(source_of(r), RO_SOURCE_INTERMEDIARY);
    play_end(&p);

    play_begin(&p); /* nor is any so near */
    talk_after(4);
    r = bare_with_ttl(PLAY_TTL_SERVER + 1);
    stream_on(RO_SERVER, 3);
    CHECK_INT(source_of(r), RO_SOURCE_INTERMEDIARY);
    play_end(&p);
}

/* What speaks against a reset must look like its sender: else it is the alien itself. */
static void alien_frames_say_nothing(void)
{
    ro_segment s;

    talk();
    const ro_reset *r = play_abort(&p, RO_SERVER);
    for (int i = 0; i < 3; i++) {
        play_wait(&p, 300);
        s = play_make(&p, RO_SERVER, RO_PSH | RO_ACK, 50);
        s.ttl = PLAY_TTL_SERVER + 7;
        play_take(&p, &s);
    }
    CHECK_INT(r->followup->active_n, 0);
    CHECK_INT(source_of(r), RO_SOURCE_SERVER);
    play_end(&p);

    talk(); /* the sender's own frames */
    r = play_abort(&p, RO_SERVER);
    for (int i = 0; i < 3; i++) {
        play_wait(&p, 300);
        play_data(&p, RO_SERVER, 50);
    }
    CHECK_INT(r->followup->active_n, 3);
    CHECK_INT(source_of(r), RO_SOURCE_INTERMEDIARY);
    play_end(&p);
}

/* A sweep is one act, however long: the connection that goes on convicts its first reset as its last. */
static void long_sweep_is_one_act(void)
{
    const ro_reset *first = NULL;

    talk();
    for (unsigned i = 0; i < 25; i++) {
        ro_segment s = bare(RO_CLIENT);
        s.seq = 0x20000000u + i * 64000u;
        const ro_reset *r = play_reset(&p, &s);
        first = first ? first : r;
        play_wait(&p, 0.2);
    }
    for (int i = 0; i < 3; i++) {
        play_wait(&p, 200);
        play_data(&p, RO_CLIENT, 50);
        play_wait(&p, PLAY_FAR_MS);
        play_data(&p, RO_SERVER, 50);
    }
    CHECK_INT(source_of(first), RO_SOURCE_INTERMEDIARY);
    play_end(&p);
}

/* An equal TTL is a likeness that a device may copy, the prior is no sign: alone they make no medium. */
static void likeness_alone_is_low(void)
{
    talk();
    const ro_reset *r = play_rst(&p, RO_SERVER);
    ro_verdict v = *play_judge(&p, r);
    CHECK_INT(v.source, RO_SOURCE_SERVER);
    CHECK(v.confidence >= RO_MEDIUM); /* equal TTL, and in time */
    play_end(&p);

    talk();
    ro_segment s = bare(RO_SERVER);
    s.known &= ~(unsigned)(RO_KNOW_OPTIONS | RO_KNOW_WINDOW | RO_KNOW_IP_ID); /* clipped, IPv6 */
    s.flags = RO_RST | RO_ACK;
    s.seq = p.nxt[RO_SERVER];
    s.ack = p.rcv[RO_SERVER];
    v = *play_judge(&p, play_reset(&p, &s));
    CHECK_INT(v.source, RO_SOURCE_SERVER);
    CHECK_INT(v.fired_n, 1); /* the TTL */
    CHECK_INT(v.confidence, RO_LOW);
    play_end(&p);
}

/* A tool draws each IP-ID at random; here its TTL happens to be the server's. */
static const ro_reset *burst_with_ids(const uint16_t *ids, bool df)
{
    talk();
    play_data(&p, RO_SERVER, 10);
    play_wait(&p, PLAY_FAR_MS);
    play_data(&p, RO_SERVER, 10);
    play_wait(&p, 600);
    for (unsigned i = 0; i < 3; i++) {
        ro_segment s = bare(RO_SERVER);
        s.seq += i * 502;
        s.ip_id = ids[i];
        s.df = df;
        play_reset(&p, &s);
        play_wait(&p, 0.05);
    }
    return p.seen.reset;
}

static void tool_draws_its_ip_ids(void)
{
    static const uint16_t drawn[] = {2716, 47164, 229};
    static const uint16_t counted[] = {2716, 2717, 2720};
    static const uint16_t none[] = {0, 0, 0};

    CHECK_INT(weigh("ip_id_scattered", burst_with_ids(drawn, false)), 12);
    CHECK_INT(source_of(p.seen.reset), RO_SOURCE_INTERMEDIARY);
    play_end(&p);
    CHECK_INT(weigh("ip_id_scattered", burst_with_ids(counted, true)), 0); /* old Linux */
    play_end(&p);
    CHECK_INT(weigh("ip_id_scattered", burst_with_ids(none, true)), 0); /* Linux */
    CHECK(source_of(p.seen.reset) != RO_SOURCE_INTERMEDIARY);
    play_end(&p);
    play_begin(&p); /* OpenBSD and macOS draw all of theirs */
    play_handshake(&p);
    for (unsigned i = 0; i < 4; i++) {
        play_wait(&p, 1);
        play_data(&p, RO_CLIENT, 10);
        play_wait(&p, PLAY_FAR_MS);
        ro_segment s = play_make(&p, RO_SERVER, RO_PSH | RO_ACK, 10);
        s.ip_id = (uint16_t)(i * 27183u + 1);
        play_take(&p, &s);
    }
    for (unsigned i = 0; i < 3; i++) {
        ro_segment s = bare(RO_SERVER);
        s.ip_id = drawn[i];
        play_reset(&p, &s);
    }
    CHECK_INT(weigh("ip_id_scattered", p.seen.reset), RO_NOT_EVALUATED);
    play_end(&p);
}

/* The device answers again, seconds later, for the connection that it ended. */
static const ro_reset *answers_again(uint8_t ttl)
{
    talk();
    ro_segment s = bare(RO_SERVER);
    s.ttl = PLAY_TTL_SERVER + 7;
    s.df = false;
    s.ip_id = 4711;
    play_wait(&p, 900); /* nothing that it could answer */
    play_reset(&p, &s);
    play_wait(&p, 5000);
    play_data(&p, RO_CLIENT, 10);
    play_wait(&p, PLAY_FAR_MS);
    s = bare(RO_SERVER);
    s.ttl = ttl;
    s.df = false;
    s.ip_id = 4799;
    return play_reset(&p, &s);
}

static void one_connection_one_device(void)
{
    CHECK_INT(weigh("same_maker", answers_again(PLAY_TTL_SERVER + 7)), 16);
    play_end(&p);
    CHECK_INT(weigh("same_maker", answers_again(PLAY_TTL_SERVER)), 0); /* the server itself */
    play_end(&p);
}

/* A SYN proxy stands before its host: what comes from nearer than the SYN-ACK is not the host behind it. */
static void nearer_than_its_syn_ack(void)
{
    for (int nearer = 0; nearer < 2; nearer++) {
        play_begin(&p);
        play_handshake(&p);
        play_wait(&p, 1);
        play_data(&p, RO_CLIENT, 100);
        play_wait(&p, PLAY_FAR_MS);
        int weight =
            weigh("ttl_differs", abort_with_ttl((uint8_t)(PLAY_TTL_SERVER + (nearer ? 4 : -4))));
        CHECK_INT(weight, nearer ? 11 : 3);
        play_end(&p);
    }
}

/* A counter gives each number once: to its sender's segment, not to a reset beside it. */
static void number_of_the_last_segment(void)
{
    for (unsigned ahead = 0; ahead < 2; ahead++) {
        talk();
        play_data(&p, RO_SERVER, 10);
        play_wait(&p, PLAY_FAR_MS);
        play_data(&p, RO_SERVER, 10);
        play_wait(&p, 500);
        ro_segment s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
        s.ip_id = (uint16_t)(p.ip_id[RO_SERVER] + ahead);
        int weight = weigh("ip_id_copied", play_reset(&p, &s));
        CHECK(ahead ? weight <= 0 : weight == 13);
        play_end(&p);
    }
}

/* What goes on after its abort was not ended by it, however well the abort is made. */
static void perfect_copy_is_a_copy(void)
{
    play_begin(&p);
    p.timestamps = true;
    talk_after(PLAY_FAR_MS);
    ro_segment s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
    s.window = p.window[RO_SERVER];
    s.options = RO_OPT_TIMESTAMP;
    s.tsval = p.cap ? (uint32_t)((p.now_ns - INT64_C(1700000000000000000)) / RO_MS) + 200000u : 0;
    const ro_reset *r = play_reset(&p, &s);
    CHECK_INT(source_of(r), RO_SOURCE_SERVER);
    for (int i = 0; i < 3; i++) {
        play_wait(&p, 300);
        play_data(&p, RO_SERVER, 50);
    }
    CHECK_INT(source_of(r), RO_SOURCE_INTERMEDIARY);
    play_end(&p);
}

int main(void)
{
    RUN(answers_for_a_living_socket);
    RUN(aborts_from_elsewhere);
    RUN(another_machine_refuses);
    RUN(alien_frames_say_nothing);
    RUN(long_sweep_is_one_act);
    RUN(tool_draws_its_ip_ids);
    RUN(one_connection_one_device);
    RUN(nearer_than_its_syn_ack);
    RUN(number_of_the_last_segment);
    RUN(perfect_copy_is_a_copy);
    RUN(likeness_alone_is_low);
    return check_done();
}
