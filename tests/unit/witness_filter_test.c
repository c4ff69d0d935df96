/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of the host's packet filter, of a host behind its own address translation, and of a clock that is off. */

#include <string.h>

#include "base/constants.h"
#include "judge/signs.h"
#include "judge/weights.h"
#include "points/witness.h"
#include "witness_check.h"

static void status(ro_witness_kind kind, unsigned filter)
{
    ro_witness_record rec = record(kind);

    rec.own[rec.own_n++] = p.addr[RO_SERVER];
    rec.filter = (uint8_t)filter;
    ro_capture_testify(p.cap, &rec);
}

static ro_witness_record event(ro_witness_kind kind, const char *reason, const char *state)
{
    ro_witness_record rec = record(kind);

    rec.local = (ro_endpoint){p.addr[RO_SERVER], p.port[RO_SERVER]};
    rec.peer = (ro_endpoint){p.addr[RO_CLIENT], p.port[RO_CLIENT]};
    rec.reason = reason;
    rec.state = state;
    return rec;
}

static void rejected(const char *hook, ro_source source, const char *sign)
{
    begin();
    ro_witness_record rec = event(RO_WITNESS_REJECTED, "nf_send_reset", hook);
    const ro_testimony *t = ro_capture_testify(p.cap, &rec);
    play_wait(&p, 0.1);
    const ro_reset *r = play_rst(&p, RO_SERVER);
    CHECK(t && t->reset == r);
    CHECK_INT(play_judge(&p, r)->source, source);
    CHECK(weight_of(r, sign) != 0);
    play_end(&p);
}

/* The filter of the host itself is the host; that of a host that passes the segment on is on the path. */
static void the_filter_says_where_it_is(void)
{
    rejected("INPUT", RO_SOURCE_SERVER, "host_recorded");
    rejected("FORWARD", RO_SOURCE_INTERMEDIARY, "not_sent_by_host");
}

/* Weight of the host's silence on a bare RST, which a packet filter writes. */
static int silence(unsigned filter, double drops_at_ms)
{
    number = 0;
    hands(80);
    status(RO_WITNESS_START, filter);
    play_abort(&p, RO_SERVER);
    ro_witness_record rec = event(RO_WITNESS_SENT, "TCP_STATE", "TCP_CLOSE");
    ro_capture_testify(p.cap, &rec);
    play_wait(&p, 5000);
    hands_again();
    play_text(&p, RO_CLIENT, REQUEST);
    play_wait(&p, PLAY_FAR_MS);
    const ro_reset *r = play_rst(&p, RO_SERVER);
    play_wait(&p, 5000);
    if (drops_at_ms != 0) {
        rec = record(RO_WITNESS_DROPPED);
        rec.time_ns = r->seg.time_ns + (int64_t)(drops_at_ms * RO_MS);
        rec.since_ns = rec.time_ns;
        ro_capture_testify(p.cap, &rec);
    }
    status(RO_WITNESS_STOP, filter);
    int weight = weight_of(r, "not_sent_by_host");
    play_end(&p);
    return weight;
}

static void silence_of_the_filter_too(void)
{
    int alone = silence(0, 0);

    CHECK(alone > 0 && alone < RO_IMPOSSIBLE_FROM);
    CHECK(silence(RO_WITNESS_SEES_REJECTS, 0) >= RO_IMPOSSIBLE_FROM);
    CHECK(silence(RO_WITNESS_SEES_DROPS, 0) >= RO_IMPOSSIBLE_FROM);
    CHECK(silence(RO_WITNESS_SEES_DROPS, 3000) >= RO_IMPOSSIBLE_FROM); /* dropped at another time */
    CHECK_INT(silence(RO_WITNESS_SEES_DROPS, -0.1), alone); /* it may have rejected this */
}

/* A container's event has an address and a port that are not on the wire. */
static void behind_its_own_translation(void)
{
    for (int fault = 0; fault < 4; fault++) {
        begin();
        status(RO_WITNESS_START, 0);
        ro_witness_record rec = event(RO_WITNESS_SENT, "TCP_ABORT_ON_CLOSE", "TCP_CLOSE");
        rec.local.port = 8080;
        rec.local.addr.lo ^=
            fault == 1 ? 0 : 0x5500; /* the host's own address needs no translation */
        rec.peer.port = (uint16_t)(rec.peer.port + (fault == 2));
        const ro_testimony *t = ro_capture_testify(p.cap, &rec);
        play_wait(&p, fault == 3 ? 20 : 1);
        const ro_reset *r = play_abort(&p, RO_SERVER);
        CHECK(t->reset == (fault == 0 ? r : NULL));
        CHECK(ro_witness_is_translated(t) == (fault == 0));
        play_end(&p);
    }
    begin(); /* and where the packet came first */
    status(RO_WITNESS_START, 0);
    const ro_reset *r = play_abort(&p, RO_SERVER);
    play_wait(&p, 2);
    ro_witness_record rec = event(RO_WITNESS_SENT, "TCP_ABORT_ON_CLOSE", "TCP_CLOSE");
    rec.local = (ro_endpoint){{0, p.addr[RO_SERVER].lo ^ 0x5500}, 8080};
    rec.local.addr.hi = p.addr[RO_SERVER].hi;
    CHECK(ro_capture_testify(p.cap, &rec)->reset == r);
    play_end(&p);
}

/* So many connections are reset, and each event is so much later by the host's clock. Returns how many are joined. */
static unsigned joined_with_clock(unsigned connections, double off_ms, double jitter_ms)
{
    unsigned found = 0;

    number = 0;
    hands(80);
    for (unsigned i = 0; i < connections; i++) {
        if (i > 0) {
            play_wait(&p, 700);
            hands_again();
        }
        play_text(&p, RO_CLIENT, REQUEST);
        play_wait(&p, PLAY_FAR_MS);
        play_abort(&p, RO_SERVER);
        ro_witness_record rec = event(RO_WITNESS_SENT, "TCP_STATE", "TCP_CLOSE");
        rec.time_ns += (int64_t)((off_ms + i * jitter_ms) * RO_MS);
        ro_capture_testify(p.cap, &rec);
    }
    for (uint32_t i = 0; i < ro_capture_resets(p.cap); i++) {
        found += ro_witness_sent(ro_capture_reset(p.cap, i)) != NULL;
    }
    play_end(&p);
    return found;
}

static void a_clock_that_is_off_is_found(void)
{
    CHECK_INT(joined_with_clock(5, 37000, 1), 5);
    CHECK_INT(joined_with_clock(5, -3600000, 1), 5);
    CHECK_INT(joined_with_clock(2, 37000, 1), 0);   /* too few to be sure */
    CHECK_INT(joined_with_clock(5, 37000, 400), 0); /* they do not agree */
    CHECK_INT(joined_with_clock(5, 200, 1), 5);     /* no estimate needed */
}

int main(void)
{
    RUN(the_filter_says_where_it_is);
    RUN(silence_of_the_filter_too);
    RUN(behind_its_own_translation);
    RUN(a_clock_that_is_off_is_found);
    return check_done();
}
