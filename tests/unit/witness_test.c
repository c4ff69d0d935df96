/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a host's kernel says of its resets: joined with the right one, and its silence used with care. */

#include <stdlib.h>

#include "base/constants.h"
#include "judge/signs.h"
#include "judge/weights.h"
#include "points/witness.h"
#include "reset/effect.h"
#include "witness_check.h"

#define MS (1000000)

/* Of the server's host, whose own address is the server's. */
static void status_at(ro_witness_kind kind, int64_t time_ns)
{
    ro_witness_record rec = record(kind);

    rec.time_ns = time_ns;
    rec.own[rec.own_n++] = p.addr[RO_SERVER];
    ro_capture_testify(p.cap, &rec);
}

/* An event of the server's host about the connection that is played. */
static ro_witness_record event(ro_witness_kind kind, const char *reason)
{
    ro_witness_record rec = record(kind);

    rec.local = (ro_endpoint){p.addr[RO_SERVER], p.port[RO_SERVER]};
    rec.peer = (ro_endpoint){p.addr[RO_CLIENT], p.port[RO_CLIENT]};
    rec.reason = reason;
    rec.state = "TCP_CLOSE";
    return rec;
}

static const ro_testimony *tell(ro_witness_kind kind, const char *reason)
{
    ro_witness_record rec = event(kind, reason);

    return ro_capture_testify(p.cap, &rec);
}

static void said_before_or_after_the_packet(void)
{
    begin();
    const ro_reset *r = play_abort(&p, RO_SERVER);
    CHECK_INT(weight_of(r, "host_recorded"), RO_NOT_EVALUATED);
    play_wait(&p, 4); /* an active reset is traced later */
    const ro_testimony *t = tell(RO_WITNESS_SENT, "TCP_ABORT_ON_CLOSE");
    CHECK(t && t->reset == r);
    CHECK(ro_witness_sent(r) == t);
    CHECK(play_judge(&p, r)->source == RO_SOURCE_SERVER);
    CHECK(p.verdict.confidence == RO_HIGH && p.verdict.lookahead);
    play_end(&p);

    begin();
    t = tell(RO_WITNESS_SENT, "NO_SOCKET");
    play_wait(&p, 0.1);
    r = play_rst(&p, RO_SERVER);
    CHECK(t->reset == r);
    play_end(&p);
}

/* The kernel's word outweighs what looks like a device. */
static void decides_alone(void)
{
    begin();
    const ro_reset *r = injected(RO_SERVER, RO_RST | RO_ACK);
    play_wait(&p, PLAY_FAR_MS);
    play_data(&p, RO_SERVER, 100);
    CHECK(play_judge(&p, r)->injected);
    ro_witness_record rec = event(RO_WITNESS_SENT, "TCP_STATE");
    rec.time_ns = r->seg.time_ns + MS;
    ro_capture_testify(p.cap, &rec);
    CHECK(play_judge(&p, r)->source == RO_SOURCE_SERVER);
    play_end(&p);
}

static void other_connection_or_time_is_silent(void)
{
    begin();
    const ro_reset *r = play_abort(&p, RO_SERVER);
    ro_witness_record rec = event(RO_WITNESS_SENT, "TCP_STATE");
    rec.peer.port++;
    CHECK(!ro_capture_testify(p.cap, &rec)->reset);
    CHECK_INT(weight_of(r, "host_recorded"), 0);
    play_wait(&p, 1500);
    CHECK(!tell(RO_WITNESS_SENT, "TCP_STATE")->reset);
    CHECK_INT(weight_of(r, "host_recorded"), 0);
    play_end(&p);
}

/* A forged reset, and the genuine one that the host sent later: the event goes to the nearer. */
static void nearest_takes_it(void)
{
    begin();
    const ro_reset *forged = injected(RO_SERVER, RO_RST);
    play_wait(&p, 50);
    const ro_testimony *t = tell(RO_WITNESS_SENT, "TCP_STATE");
    CHECK(t->reset == forged); /* nothing better yet */
    play_wait(&p, 0.1);
    const ro_reset *own = play_abort(&p, RO_SERVER);
    CHECK(t->reset == own && !ro_witness_sent(forged));
    CHECK_INT(weight_of(own, "host_recorded"), -60);
    play_end(&p);

    begin(); /* two resets, one event between them: it may tell of either */
    play_abort(&p, RO_SERVER);
    play_wait(&p, 100);
    const ro_reset *second = play_rst(&p, RO_SERVER);
    play_wait(&p, 400);
    t = tell(RO_WITNESS_SENT, "TCP_STATE");
    CHECK(t->reset != NULL);
    CHECK(abs(weight_of(t->reset, "host_recorded")) < 10);
    CHECK(second != NULL);
    play_end(&p);
}

/* A listener's event names no connection. */
static void listener_goes_by_port_and_moment(void)
{
    const ro_addr none = {0, 0};

    for (int far = 0; far < 3; far++) {
        begin();
        status_at(RO_WITNESS_START, p.now_ns);
        ro_witness_record rec = event(RO_WITNESS_SENT, "TCP_FLAGS");
        rec.local.addr = none;
        rec.peer = (ro_endpoint){none, 0};
        rec.local.port = far == 1 ? 81 : 80;
        const ro_testimony *t = ro_capture_testify(p.cap, &rec);
        play_wait(&p, far == 2 ? 20 : 1);
        const ro_reset *r = play_rst(&p, RO_SERVER);
        CHECK(t->reset == (far == 0 ? r : NULL));
        play_end(&p);
    }
}

static void receiver_tells_the_effect(void)
{
    begin();
    const ro_reset *r = play_abort(&p, RO_CLIENT);
    CHECK(ro_effect_of(r) != RO_EFFECT_IGNORED);
    play_wait(&p, 0.1);
    const ro_testimony *t = tell(RO_WITNESS_RECEIVED, NULL);
    CHECK(t->reset == r && ro_witness_taken(r) == t && !ro_witness_sent(r));
    CHECK_INT(ro_effect_of(r), RO_EFFECT_RESET);
    play_end(&p);

    begin(); /* TCP_ABORT_ON_DATA is traced as received and as sent: nothing was received */
    r = play_abort(&p, RO_CLIENT);
    play_wait(&p, 2);
    t = tell(RO_WITNESS_RECEIVED, NULL);
    CHECK(t->reset == r);
    tell(RO_WITNESS_SENT, "TCP_ABORT_ON_DATA");
    CHECK(!t->reset && !ro_witness_taken(r));
    play_end(&p);
}

/* ---- silence ---- */

typedef enum fault {
    NONE,
    NOT_OWNED,
    LIMITED,
    HOLE,
    LOST,
    ENDED_EARLY,
    NO_CLOCK,
    TRANSLATED,
    MOVED_AWAY, /* keepalived gave the address to another host */
    MOVED_HERE_LATER,
    AWAY_MEANWHILE,
    DOUBLED, /* the host's own reset once more, 50 ms later */
    FORWARDS,
    FORWARDS_AND_HOLDS
} fault;

/* Weight of the silence of the server's host: a reset of another connection shows its clock, and then a reset comes
 * that it did not record. */
static int silence(fault f, unsigned flags)
{
    ro_witness_record rec;
    ro_segment s;
    const ro_reset *r;
    int weight;

    number = 0;
    hands(80);
    rec = record(RO_WITNESS_START);
    if (f != MOVED_HERE_LATER) {
        rec.own[rec.own_n++] = f == NOT_OWNED ? p.addr[RO_CLIENT] : p.addr[RO_SERVER];
    }
    rec.limited = f == LIMITED;
    rec.forwards = f == FORWARDS || f == FORWARDS_AND_HOLDS;
    ro_capture_testify(p.cap, &rec);
    if (f != NO_CLOCK) {
        play_abort(&p, RO_SERVER);
        tell(RO_WITNESS_SENT, "TCP_STATE");
    }
    play_wait(&p, 2000);
    hands_again();
    play_text(&p, RO_CLIENT, REQUEST);
    play_wait(&p, PLAY_FAR_MS);
    number += f == HOLE;
    if (f == TRANSLATED) { /* a container's address: the peer is the same */
        rec = event(RO_WITNESS_SENT, "TCP_STATE");
        rec.local.addr.lo ^= 0x55;
        ro_capture_testify(p.cap, &rec);
    }
    if (f == AWAY_MEANWHILE) {
        rec = record(RO_WITNESS_ALIVE);
        ro_capture_testify(p.cap, &rec);
    }
    s = play_make(&p, RO_SERVER, flags, 0);
    r = play_reset(&p, &s);
    if (f == DOUBLED) {
        tell(RO_WITNESS_SENT, "TCP_STATE");
        play_wait(&p, 50);
        s.time_ns = p.now_ns;
        s.frame = ++p.frame;
        r = play_reset(&p, &s);
        CHECK(!r->copy_of);
    }
    if (f == FORWARDS_AND_HOLDS) { /* the device reset the server, too */
        tell(RO_WITNESS_RECEIVED, NULL);
    }
    play_wait(&p, f == ENDED_EARLY ? 500 : 1500);
    if (f == LOST) {
        rec = record(RO_WITNESS_LOST);
        rec.since_ns = r->seg.time_ns - MS;
        ro_capture_testify(p.cap, &rec);
    }
    rec = record(RO_WITNESS_STOP);
    if (f != NOT_OWNED && f != MOVED_AWAY) {
        rec.own[rec.own_n++] = p.addr[RO_SERVER];
    }
    ro_capture_testify(p.cap, &rec);
    weight = weight_of(r, "not_sent_by_host");
    play_judge(&p, r);
    if (weight > 0) {
        CHECK(p.verdict.source != RO_SOURCE_SERVER);
    }
    play_end(&p);
    return weight;
}

static void silence_convicts_where_all_else_is_ruled_out(void)
{
    CHECK(silence(NONE, RO_RST | RO_ACK) >= RO_IMPOSSIBLE_FROM);
    CHECK(silence(FORWARDS_AND_HOLDS, RO_RST | RO_ACK) >= RO_IMPOSSIBLE_FROM);
    /* a bare RST is what the host's own packet filter writes: that must not decide alone */
    int weight = silence(NONE, RO_RST);
    CHECK(weight > 0 && weight < RO_IMPOSSIBLE_FROM);
}

static void silence_says_nothing_otherwise(void)
{
    for (fault f = NOT_OWNED; f <= FORWARDS; f++) {
        CHECK_INT(silence(f, RO_RST | RO_ACK), 0);
    }
}

/* ---- reasons ---- */

static const char *diagnosed_with(const char *reason)
{
    static char token[40];
    begin();
    const ro_reset *r = play_abort(&p, RO_SERVER);
    if (reason) {
        tell(RO_WITNESS_SENT, reason);
    }
    g_strlcpy(token, diagnosis_of(r), sizeof token);
    play_end(&p);
    return token;
}

/* A request that crosses the close of an idle connection, and the bare RST that answers it. */
static const char *crossing(const char *reason)
{
    static char token[40];
    number = 0;
    hands(80);
    exchange();
    play_wait(&p, 5000);
    play_fin(&p, RO_SERVER);
    play_wait(&p, 1);
    play_text(&p, RO_CLIENT, REQUEST);
    play_wait(&p, PLAY_FAR_MS);
    if (reason) {
        tell(RO_WITNESS_SENT, reason);
    }
    g_strlcpy(token, diagnosis_of(play_rst(&p, RO_SERVER)), sizeof token);
    play_end(&p);
    return token;
}

/* TIME-WAIT: the server had closed long before, as it sees it. */
static void a_reason_rules_out_a_look_alike(void)
{
    CHECK_STR(crossing(NULL), "idle_close_race");
    CHECK_STR(crossing("TCP_ABORT_ON_DATA"), "idle_close_race");
    CHECK_STR(crossing("TCP_TIMEWAIT_SOCKET"), "stale_connection");
}

static void reasons_are_diagnoses(void)
{
    CHECK(strcmp(diagnosed_with(NULL), "unread_data") != 0); /* the packets alone do not tell */
    CHECK_STR(diagnosed_with("TCP_ABORT_ON_CLOSE"), "unread_data");
    CHECK_STR(diagnosed_with("TCP_KEEPALIVE_TIMEOUT"), "peer_vanished");
    CHECK_STR(diagnosed_with("TCP_TIMEWAIT_SOCKET"), "stale_connection");
    CHECK(strcmp(diagnosed_with("TCP_STATE"), "unread_data") != 0);
    CHECK(strcmp(diagnosed_with("A_REASON_OF_LATER_KERNELS"), "unread_data") != 0);
}

/* ---- hostile files ---- */

static void floods_and_far_times_are_bounded(void)
{
    static const int64_t times[] = {0, INT64_MIN, INT64_MAX, -1, INT64_MIN / 2, INT64_MAX / 2};

    begin();
    const ro_reset *r = play_abort(&p, RO_SERVER);
    for (unsigned i = 0; i < 100000; i++) {
        ro_witness_record rec =
            event(i % 2 ? RO_WITNESS_SENT : RO_WITNESS_RECEIVED, "TCP_ABORT_ON_DATA");

        rec.session = i;
        rec.time_ns = i % 7 ? p.now_ns : times[i % G_N_ELEMENTS(times)];
        rec.since_ns = times[(i + 1) % G_N_ELEMENTS(times)];
        ro_capture_testify(p.cap, &rec);
    }
    CHECK(r->witnesses->sessions->len == RO_WITNESS_SESSIONS_MAX);
    for (unsigned i = 0; i < 2000; i++) {
        ro_witness_record rec = record(i % 2 ? RO_WITNESS_LOST : RO_WITNESS_ALIVE);

        rec.session = 1;
        rec.number = (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15);
        rec.time_ns = times[i % G_N_ELEMENTS(times)];
        rec.since_ns = times[(i + 2) % G_N_ELEMENTS(times)];
        ro_capture_testify(p.cap, &rec);
    }
    play_judge(&p, r);
    play_end(&p);
}

int main(void)
{
    RUN(said_before_or_after_the_packet);
    RUN(decides_alone);
    RUN(other_connection_or_time_is_silent);
    RUN(nearest_takes_it);
    RUN(listener_goes_by_port_and_moment);
    RUN(receiver_tells_the_effect);
    RUN(silence_convicts_where_all_else_is_ruled_out);
    RUN(silence_says_nothing_otherwise);
    RUN(reasons_are_diagnoses);
    RUN(a_reason_rules_out_a_look_alike);
    RUN(floods_and_far_times_are_bounded);
    return check_done();
}
