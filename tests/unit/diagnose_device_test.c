/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a device reset a connection: each reading beside the one it is mistaken for. Who sent the reset is given. */

#include "check.h"
#include "diagnose.h"

static play p;

static void open_connection(void)
{
    play_next_stream(&p);
    play_handshake(&p);
}

/* The client's next segment, and the bare reset that answers it. */
static const ro_reset *refused(uint8_t ttl)
{
    ro_segment s = play_make(&p, RO_SERVER, RO_RST, 0);

    s.seq = p.rcv[RO_CLIENT];
    s.ttl = ttl;
    play_data(&p, RO_CLIENT, 200);
    play_wait(&p, 2);
    s.time_ns = p.now_ns;
    return play_reset(&p, &s);
}

static const char *token_given(const ro_reset *r, ro_source source, ro_cause cause)
{
    ro_verdict v = {.source = source, .cause = cause, .confidence = RO_HIGH};
    ro_case c = {.reset = r, .verdict = &v, .shared = ro_capture_shared(p.cap)};
    ro_diagnosis d = ro_diagnose(&c);

    return d.row ? d.row->token : "none";
}

static const char *after_pause(double ms)
{
    open_connection();
    play_exchange(&p);
    play_wait(&p, ms);
    return token_given(refused(250), RO_SOURCE_INTERMEDIARY, RO_CAUSE_IDLE_TIMEOUT);
}

static void timer_or_chance(void)
{
    play_begin(&p);
    CHECK_STR(after_pause(40000), "idle_timeout");
    play_end(&p);

    play_begin(&p); /* no timer is so short, and one connection alone does not show one */
    CHECK_STR(after_pause(3000), "none");
    play_end(&p);
}

static void half_closed_or_lost(void)
{
    play_begin(&p);
    open_connection();
    play_exchange(&p);
    CHECK_STR(token_given(refused(250), RO_SOURCE_INTERMEDIARY, RO_CAUSE_STATE_LOSS), "state_loss");
    open_connection();
    play_exchange(&p);
    play_fin(&p, RO_SERVER);
    play_wait(&p, PLAY_NEAR_MS);
    play_ack(&p, RO_CLIENT);
    play_wait(&p, 3000);
    CHECK(strcmp(token_given(refused(250), RO_SOURCE_INTERMEDIARY, RO_CAUSE_STATE_LOSS),
                 "state_loss") != 0);
    play_end(&p);
}

/* A flushed table refuses all connections in use at one moment, a rule meets each at its own. */
static void flushed_or_rule(void)
{
    const ro_reset *r = NULL;

    play_begin(&p);
    for (int i = 0; i < 3; i++) {
        open_connection();
        play_exchange(&p);
        play_exchange(&p);
        r = refused(250);
    }
    CHECK_STR(token_given(r, RO_SOURCE_INTERMEDIARY, RO_CAUSE_POLICY_REJECT), "state_loss");
    play_end(&p);

    play_begin(&p);
    for (int i = 0; i < 3; i++) {
        open_connection();
        play_exchange(&p);
        play_exchange(&p);
        r = refused(250);
        play_wait(&p, 5000);
    }
    CHECK_STR(token_given(r, RO_SOURCE_INTERMEDIARY, RO_CAUSE_POLICY_REJECT), "policy_reject");
    play_end(&p);
}

/* Another distance is another machine, or a filter: where it is not known who sent it, neither is named. */
static void backend_or_filter(void)
{
    const ro_reset *r;

    play_begin(&p);
    open_connection();
    play_exchange(&p);
    play_wait(&p, 500);
    r = refused(PLAY_TTL_SERVER + 3);
    CHECK_STR(token_given(r, RO_SOURCE_SERVER, RO_CAUSE_HALF_OPEN), "backend_changed");
    CHECK(strcmp(token_given(r, RO_SOURCE_UNKNOWN, RO_CAUSE_UNKNOWN), "backend_changed") != 0);
    play_end(&p);
}

int main(void)
{
    RUN(timer_or_chance);
    RUN(half_closed_or_lost);
    RUN(flushed_or_rule);
    RUN(backend_or_filter);
    return check_done();
}
