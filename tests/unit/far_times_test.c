/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times far apart, before 1970 and behind 2100: nothing overflows (run under UBSan as well), and the record's
 * times stay in order. */

#include "base/constants.h"
#include "capture.h"
#include "check.h"
#include "judge/verdict.h"

static ro_segment segment(int64_t time_ns, bool from_server, unsigned flags, uint32_t frame)
{
    ro_segment s = {0};

    s.time_ns = time_ns;
    s.frame = frame;
    s.src.lo = 0xffff0a000001 + from_server;
    s.dst.lo = 0xffff0a000001 + !from_server;
    s.sport = from_server ? 80 : 40000;
    s.dport = from_server ? 40000 : 80;
    s.known = RO_KNOW_WINDOW | RO_KNOW_LEN | RO_KNOW_IP | RO_KNOW_IP_ID | RO_KNOW_STREAM;
    s.flags = (uint16_t)flags;
    s.seq = 1000;
    s.ack = 1000;
    s.ttl = from_server ? 50 : 60;
    s.ip_version = 4;
    return s;
}

/* A handshake, a request and resets of both sides, at these times in turn. */
static void play(const int64_t *times, unsigned n)
{
    static const unsigned flags[] = {RO_SYN,          RO_SYN | RO_ACK, RO_ACK,
                                     RO_PSH | RO_ACK, RO_RST,          RO_RST | RO_ACK};
    ro_capture *cap = ro_capture_new();

    for (unsigned i = 0; i < 48; i++) {
        ro_segment s = segment(times[i % n], i % 2 != 0, flags[i % 6], i + 1);
        ro_observed seen;

        s.seq += i / 6;
        ro_capture_observe(cap, &s, &seen);
        if (seen.reset) {
            ro_verdict v;

            ro_judge(seen.reset, &v);
            CHECK(seen.reset->since_last_ns >= 0);
            CHECK(seen.reset->since_last_ns <= 2 * RO_REACH_NS);
        }
    }
    for (uint32_t i = 0; i < ro_capture_resets(cap); i++) {
        ro_verdict v;

        ro_judge(ro_capture_reset(cap, i), &v);
    }
    ro_capture_free(cap);
}

static void times_far_apart(void)
{
    const int64_t years[] = {0, INT64_C(4102444800) * RO_S, RO_S,
                             INT64_C(4294967295) * RO_S + RO_S - 1};
    const int64_t edges[] = {INT64_MIN, INT64_MAX, 0, -1, INT64_MAX - 1};

    play(years, 4);
    play(edges, 5);
}

static void negative_times(void)
{
    const int64_t before[] = {-RO_S, -1, -400000 * RO_S, -999999999};
    const int64_t first_is_last[] = {INT64_MAX, INT64_MIN, INT64_MAX / 2};

    play(before, 4);
    play(first_is_last, 3);
}

int main(void)
{
    RUN(times_far_apart);
    RUN(negative_times);
    return check_done();
}
