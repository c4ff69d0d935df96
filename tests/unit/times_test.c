/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The times of a RST: age of the connection, and the silence before its exchange. */

#include "check.h"
#include "play.h"

static play p;

/* A request and its answer. */
static void exchange(void)
{
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, PLAY_FAR_MS);
    play_data(&p, RO_SERVER, 50);
    play_wait(&p, PLAY_NEAR_MS);
    play_ack(&p, RO_CLIENT);
}

static void established(void)
{
    play_begin(&p);
    play_handshake(&p);
    exchange();
}

static int64_t seconds(double s)
{
    return (int64_t)(s * 1e9);
}

static void age_is_counted_from_the_syn(void)
{
    established();
    play_wait(&p, 10000);
    const ro_reset *r = play_abort(&p, RO_SERVER);
    CHECK(r->facts & RO_FACT_AGE);
    CHECK_INT(r->age_ns, seconds(10.048));
    play_end(&p);
}

static void no_syn_no_age(void)
{
    play_begin(&p);
    exchange();
    CHECK(!(play_abort(&p, RO_SERVER)->facts & RO_FACT_AGE));
    play_end(&p);
}

static void busy_connection_has_no_silence(void)
{
    established();
    const ro_reset *r = play_abort(&p, RO_SERVER);
    CHECK_INT(r->idle_ns, 0);
    CHECK_INT(r->timer_ns, 0);
    play_end(&p);
}

static void reset_ends_the_silence_itself(void)
{
    established();
    play_wait(&p, 60000);
    const ro_reset *r = play_abort(&p, RO_SERVER);
    CHECK_INT(r->idle_ns, seconds(60));
    CHECK_INT(r->timer_ns, seconds(60));
    play_end(&p);
}

static void request_ends_the_silence(void)
{
    established();
    play_wait(&p, 60000);
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, PLAY_FAR_MS);
    const ro_reset *r = play_rst(&p, RO_SERVER);
    CHECK_INT(r->idle_ns, seconds(60));
    CHECK_INT(r->timer_ns, seconds(60));
    play_end(&p);
}

/* Back-off leaves both sides silent for seconds, but nobody was idle. */
static void retransmissions_are_no_silence(void)
{
    established();
    play_wait(&p, 60000);
    uint32_t seq = p.nxt[RO_CLIENT];
    play_data(&p, RO_CLIENT, 100);
    for (int wait = 1000; wait <= 16000; wait *= 2) {
        play_wait(&p, wait);
        play_again(&p, RO_CLIENT, seq, 100);
    }
    ro_reset *r = play_rst(&p, RO_SERVER);
    CHECK_INT(r->idle_ns, seconds(60));
    CHECK_INT(r->timer_ns, seconds(60));
    play_wait(&p, 32000);
    r = play_abort(&p, RO_CLIENT);
    CHECK_INT(r->idle_ns, seconds(60));
    play_end(&p);
}

/* An answer after a long time is a silence that a timer may have ended. */
static void think_time_is_silence(void)
{
    established();
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, PLAY_FAR_MS);
    play_ack(&p, RO_SERVER);
    play_wait(&p, 30000);
    play_data(&p, RO_SERVER, 100);
    play_wait(&p, PLAY_NEAR_MS);
    const ro_reset *r = play_rst(&p, RO_CLIENT);
    CHECK_INT(r->idle_ns, seconds(30));
    play_end(&p);
}

static void keep_alive_probes_are_no_silence(void)
{
    established();
    play_wait(&p, 300000);
    for (int i = 0; i < 4; i++) {
        ro_segment s = play_make(&p, RO_CLIENT, RO_ACK, 0);
        s.seq--;
        play_take(&p, &s);
        play_wait(&p, 75000);
    }
    const ro_reset *r = play_abort(&p, RO_CLIENT);
    CHECK(r->after_probe);
    CHECK_INT(r->idle_ns, seconds(300));
    play_end(&p);
}

/* An answered probe keeps every timer on the way from running out. */
static void answered_probe_ends_the_silence(void)
{
    established();
    play_wait(&p, 300000);
    ro_segment s = play_make(&p, RO_CLIENT, RO_ACK, 0);
    s.seq--;
    play_take(&p, &s);
    play_wait(&p, PLAY_FAR_MS);
    play_ack(&p, RO_SERVER);
    play_wait(&p, 100000);
    CHECK_INT(play_abort(&p, RO_SERVER)->idle_ns, seconds(100));
    play_end(&p);
}

/* FIN after 60 s, data 10 s later: both belong to the closing. The half-closed connection has a timer of
 * its own. */
static void closing_belongs_to_the_exchange(void)
{
    established();
    play_wait(&p, 60000);
    play_fin(&p, RO_SERVER);
    play_wait(&p, PLAY_NEAR_MS);
    play_ack(&p, RO_CLIENT);
    play_wait(&p, 10000);
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, PLAY_FAR_MS);
    const ro_reset *r = play_rst(&p, RO_SERVER);
    CHECK_INT(r->idle_ns, seconds(60));
    CHECK_INT(r->timer_ns, seconds(10));
    play_end(&p);
}

static void fin_alone_starts_no_exchange(void)
{
    established();
    play_fin(&p, RO_SERVER);
    play_wait(&p, PLAY_NEAR_MS);
    play_ack(&p, RO_CLIENT);
    play_wait(&p, 10000);
    play_data(&p, RO_CLIENT, 100);
    CHECK_INT(play_rst(&p, RO_SERVER)->idle_ns, 0);
    play_end(&p);
}

/* One that sent its FIN and still takes data uses the half-open connection. */
static void half_open_connection_in_use_has_silences(void)
{
    established();
    play_fin(&p, RO_CLIENT);
    play_data(&p, RO_SERVER, 100);
    play_ack(&p, RO_CLIENT);
    play_wait(&p, 20000);
    play_data(&p, RO_SERVER, 100);
    CHECK_INT(play_rst(&p, RO_CLIENT)->idle_ns, seconds(20));
    play_end(&p);
}

/* What went on after the silence was not ended by it. */
static void progress_clears_the_timer(void)
{
    established();
    play_wait(&p, 60000);
    exchange();
    const ro_reset *r = play_abort(&p, RO_SERVER);
    CHECK_INT(r->idle_ns, seconds(60));
    CHECK_INT(r->timer_ns, 0);
    play_end(&p);
}

static void short_pause_is_none(void)
{
    established();
    play_wait(&p, 1100);
    play_data(&p, RO_CLIENT, 100);
    CHECK_INT(play_rst(&p, RO_SERVER)->idle_ns, 0);
    play_end(&p);
}

int main(void)
{
    RUN(age_is_counted_from_the_syn);
    RUN(no_syn_no_age);
    RUN(busy_connection_has_no_silence);
    RUN(reset_ends_the_silence_itself);
    RUN(request_ends_the_silence);
    RUN(retransmissions_are_no_silence);
    RUN(think_time_is_silence);
    RUN(keep_alive_probes_are_no_silence);
    RUN(answered_probe_ends_the_silence);
    RUN(closing_belongs_to_the_exchange);
    RUN(fin_alone_starts_no_exchange);
    RUN(half_open_connection_in_use_has_silences);
    RUN(progress_clears_the_timer);
    RUN(short_pause_is_none);
    return check_done();
}
