/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must not change a verdict: random conversations with all kinds of resets are played as they are and
 * changed, and every reset must get the same source, cause, score and signs both times, when it comes and at the
 * end. RO_INVARIANT_SEEDS=N plays N conversations for each property instead of 150. */

#include <stdlib.h>

#include "base/seq.h"
#include "check.h"
#include "judge/signs.h"
#include "play.h"
#include "random_talk.h"

#define SEEDS 150

typedef struct verdicts {
    ro_verdict then[SEGMENTS_MAX]; /* judged when the RST came */
    ro_verdict at_end[SEGMENTS_MAX];
    unsigned n;
} verdicts;

/* Judges the resets of the conversation; those of connections that a property adds are none of it. */
static void hear(const talk *t, verdicts *v, bool strangers)
{
    ro_capture *cap = ro_capture_new();
    ro_observed seen;
    ro_reset *kept[SEGMENTS_MAX];

    v->n = 0;
    for (unsigned i = 0; i < t->n; i++) {
        ro_segment s = t->seg[i];

        if (strangers) {
            ro_segment other = s;

            other.src.lo ^= 0x330000;
            other.dst.lo ^= 0x330000;
            other.sport ^= 0x111;
            other.dport ^= 0x111;
            other.stream += 1000;
            other.seq += 77777;
            other.frame = 2 * i + 1;
            s.frame = 2 * i + 2;
            ro_capture_observe(cap, &other, &seen);
        }
        ro_capture_observe(cap, &s, &seen);
        if (seen.reset) {
            kept[v->n] = seen.reset;
            ro_judge(seen.reset, &v->then[v->n++]);
        }
    }
    for (unsigned i = 0; i < v->n; i++) {
        ro_judge(kept[i], &v->at_end[i]);
    }
    ro_capture_free(cap);
}

static bool same(const ro_verdict *a, const ro_verdict *b)
{
    if (a->source != b->source || a->cause != b->cause || a->score != b->score ||
        a->confidence != b->confidence || a->fired_n != b->fired_n) {
        return false;
    }
    for (unsigned i = 0; i < a->fired_n; i++) {
        if (a->fired[i].sign != b->fired[i].sign || a->fired[i].weight != b->fired[i].weight) {
            return false;
        }
    }
    return true;
}

static void show(const char *which, const ro_verdict *v)
{
    printf("    %s: %s, %s, %d:", which, ro_source_name(v->source), ro_cause_name(v->cause),
           v->score);
    for (unsigned i = 0; i < v->fired_n; i++) {
        printf(" %s%+d", ro_signs[v->fired[i].sign].token, v->fired[i].weight);
    }
    printf("\n");
}

static void compare(const ro_verdict *a, const ro_verdict *b, uint64_t seed, unsigned i,
                    const char *when)
{
    if (!same(a, b)) {
        check_ok = false;
        printf("  conversation %llu, reset %u, judged %s:\n", (unsigned long long)seed, i + 1,
               when);
        show("as it is", a);
        show("changed", b);
    }
}

typedef void change(talk *t, uint64_t seed);

static uint64_t seeds(void)
{
    const char *asked = getenv("RO_INVARIANT_SEEDS");

    return asked ? strtoull(asked, NULL, 10) : SEEDS;
}

/* Some devices write 0 into a number that they do not know: one that becomes 0 says something else. And where a
 * side has got to 0, the 0 of its reply to a SYN is SND.NXT as well. */
static unsigned zeros(const talk *t)
{
    unsigned n = 0;
    unsigned reached = 0;
    bool replies = false;

    for (unsigned i = 0; i < t->n; i++) {
        const ro_segment *s = &t->seg[i];

        n += (s->flags & RO_RST) && s->seq == 0;
        n += (s->flags & RO_RST) && (s->flags & RO_ACK) && s->ack == 0;
        replies |= (s->flags & RO_RST) && s->seq == 0;
        reached += !(s->flags & RO_RST) && s->seq + ro_segment_span(s) == 0;
    }
    return n + (replies ? reached * SEGMENTS_MAX : 0);
}

static void hold(change *how, bool strangers)
{
    for (uint64_t seed = 1; seed <= seeds() && check_ok; seed++) {
        static talk t;
        static verdicts plain;
        static verdicts changed;
        unsigned n;

        make_talk(&t, seed);
        n = zeros(&t);
        hear(&t, &plain, false);
        CHECK(plain.n > 0);
        if (how) {
            how(&t, seed);
        }
        if (zeros(&t) != n) {
            continue;
        }
        hear(&t, &changed, strangers);
        CHECK_INT(changed.n, plain.n);
        for (unsigned i = 0; i < plain.n && check_ok; i++) {
            compare(&plain.then[i], &changed.then[i], seed, i, "at once");
            compare(&plain.at_end[i], &changed.at_end[i], seed, i, "at the end");
        }
    }
}

static bool from_client(const talk *t, unsigned i)
{
    return t->seg[i].dport == 80;
}

/* All sequence numbers of each side by a constant; the 0 of a reply to a SYN is none. */
static void shift(talk *t, const uint32_t by[2])
{
    for (unsigned i = 0; i < t->n; i++) {
        ro_segment *s = &t->seg[i];
        int side = from_client(t, i) ? RO_CLIENT : RO_SERVER;

        if ((s->flags & (RO_RST | RO_ACK)) != (RO_RST | RO_ACK) || s->seq != 0) {
            s->seq += by[side];
        }
        if (s->flags & RO_ACK) {
            s->ack += by[!side];
        }
    }
}

static void shift_numbers(talk *t, uint64_t seed)
{
    const uint32_t by[2] = {(uint32_t)(seed * 0x9e3779b9u), (uint32_t)(seed * 0x85ebca6bu)};

    shift(t, by);
}

/* So that the numbers pass 0 within the conversation, and half of the space. */
static void shift_to_the_edge(talk *t, uint64_t seed)
{
    static const uint32_t edges[] = {0xfffffc00u, 0x7ffffc00u, 0u - PLAY_ISN_CLIENT - 1,
                                     0u - PLAY_ISN_SERVER - 1};
    const uint32_t by[2] = {edges[seed % 4], edges[seed / 4 % 4]};

    shift(t, by);
}

/* The server's address becomes the lower one. */
static void swap_order(talk *t, uint64_t seed)
{
    const ro_addr client = {0, UINT64_C(0xffffcb007107)};
    const ro_addr server = {0, UINT64_C(0xffff0a000005)};

    (void)seed;
    for (unsigned i = 0; i < t->n; i++) {
        bool c = from_client(t, i);

        t->seg[i].src = c ? client : server;
        t->seg[i].dst = c ? server : client;
    }
}

static void move_times(talk *t, uint64_t seed)
{
    static const int64_t by[] = {-1700000000, -1699999999, 2400000000, 86400, 1};

    for (unsigned i = 0; i < t->n; i++) {
        t->seg[i].time_ns += by[seed % 5] * 1000000000 + (int64_t)seed;
    }
}

static void other_stream_numbers(talk *t, uint64_t seed)
{
    for (unsigned i = 0; i < t->n; i++) {
        t->seg[i].stream += (uint32_t)seed;
        t->seg[i].frame += (uint32_t)seed * 1000;
    }
}

static void one_section_later(talk *t, uint64_t seed)
{
    for (unsigned i = 0; i < t->n; i++) {
        t->seg[i].point = (seed % 3) << 32 | seed % 7;
    }
}

/* The file's kind tells nothing of its resets. */
static void alone(talk *t, uint64_t seed)
{
    (void)seed;
    for (unsigned i = 0; i < t->n; i++) {
        t->seg[i].known |= RO_KNOW_ALONE;
    }
}

static void numbers_shifted(void)
{
    hold(shift_numbers, false);
}

static void numbers_that_wrap(void)
{
    hold(shift_to_the_edge, false);
}

static void addresses_in_the_other_order(void)
{
    hold(swap_order, false);
}

static void times_moved(void)
{
    hold(move_times, false);
}

static void stream_and_frame_numbers(void)
{
    hold(other_stream_numbers, false);
}

static void capture_point_of_another_number(void)
{
    hold(one_section_later, false);
}

static void file_without_interfaces(void)
{
    hold(alone, false);
}

static void unrelated_connections(void)
{
    hold(NULL, true);
}

/* The conversations hold what the properties are about. */
static void conversations_are_of_all_kinds(void)
{
    unsigned sources[4] = {0};
    unsigned causes = 0;
    bool seen[RO_CAUSE_N] = {false};

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        static talk t;
        static verdicts v;

        make_talk(&t, seed);
        hear(&t, &v, false);
        for (unsigned i = 0; i < v.n; i++) {
            sources[v.at_end[i].source]++;
            causes += !seen[v.at_end[i].cause];
            seen[v.at_end[i].cause] = true;
        }
    }
    CHECK(sources[RO_SOURCE_CLIENT] > 20);
    CHECK(sources[RO_SOURCE_SERVER] > 20);
    CHECK(sources[RO_SOURCE_INTERMEDIARY] > 20);
    CHECK(sources[RO_SOURCE_UNKNOWN] > 20);
    CHECK(causes > 8);
}

int main(void)
{
    RUN(conversations_are_of_all_kinds);
    RUN(numbers_shifted);
    RUN(numbers_that_wrap);
    RUN(addresses_in_the_other_order);
    RUN(times_moved);
    RUN(stream_and_frame_numbers);
    RUN(capture_point_of_another_number);
    RUN(file_without_interfaces);
    RUN(unrelated_connections);
    return check_done();
}
