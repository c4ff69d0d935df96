/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of the sample that every capture point keeps alike. */

#include "points/sample.h"

#include "check.h"

static ro_segment segment(uint32_t seq, uint32_t len)
{
    ro_segment s = {0};

    s.known = RO_KNOW_LEN;
    s.flags = RO_ACK | RO_PSH;
    s.seq = seq;
    s.ack = 1;
    s.payload_len = len;
    return s;
}

static void short_streams_are_kept_whole(void)
{
    static ro_sample t;

    for (uint32_t i = 0; i < RO_SAMPLE_MAX; i++) {
        ro_segment s = segment(i * 100, 100);
        ro_sample_add(&t, 0, &s);
    }
    CHECK_INT(t.n[0], RO_SAMPLE_MAX);
    CHECK_INT(t.n[1], 0);
}

static bool holds(const ro_sample *t, uint32_t seq)
{
    for (unsigned i = 0; i < t->n[0]; i++) {
        if (t->kept[0][i].seq == seq) {
            return true;
        }
    }
    return false;
}

/* The same thousand segments in another order, a tenth of them lost: what both samples could hold is
 * the same. */
static void long_streams_are_sampled_alike(void)
{
    static ro_sample a;
    static ro_sample b;
    unsigned alike = 0;

    for (uint32_t i = 0; i < 1000; i++) {
        ro_segment s = segment(i * 100, 100);
        ro_segment back = segment((999 - i) * 100, 100);

        ro_sample_add(&a, 0, &s);
        if (i % 10) {
            ro_sample_add(&b, 0, &back);
        }
    }
    for (unsigned i = 0; i < RO_SAMPLE_MAX; i++) {
        alike += holds(&b, a.kept[0][i].seq);
    }
    CHECK(alike >= RO_SAMPLE_MAX * 3 / 4);
    for (unsigned i = 0; i < RO_SAMPLE_MAX; i++) {
        /* whatever b lacks of a's was lost before it: number 999 - i with i a multiple of ten */
        if (!holds(&b, a.kept[0][i].seq)) {
            CHECK_INT((999 - a.kept[0][i].seq / 100) % 10, 0);
        }
    }
}

static void the_handshake_is_always_kept(void)
{
    static ro_sample t;
    ro_segment syn = segment(7, 0);
    bool found = false;

    syn.flags = RO_SYN;
    ro_sample_add(&t, 0, &syn);
    for (uint32_t i = 0; i < 1000; i++) {
        ro_segment s = segment(i * 100, 100);
        ro_sample_add(&t, 0, &s);
    }
    for (unsigned i = 0; i < RO_SAMPLE_MAX; i++) {
        found |= (t.kept[0][i].flags & RO_SYN) != 0;
    }
    CHECK(found);
}

static void repeats_are_counted(void)
{
    static ro_sample t;
    ro_segment s = segment(1, 10);

    ro_sample_add(&t, 0, &s);
    s.time_ns = 5;
    ro_sample_add(&t, 0, &s);
    CHECK_INT(t.n[0], 1);
    CHECK_INT(t.kept[0][0].times, 2);
    CHECK_INT(t.kept[0][0].time_ns, 0);
}

/* A box that moves sequence numbers leaves timestamps alone: both points sample the same segments. */
static void timestamps_outweigh_moved_numbers(void)
{
    static ro_sample a;
    static ro_sample b;

    for (uint32_t i = 0; i < 500; i++) {
        ro_segment s = segment(i * 100, 100);

        s.options = RO_OPT_TIMESTAMP;
        s.tsval = i;
        ro_sample_add(&a, 0, &s);
        s.seq += 123456;
        ro_sample_add(&b, 0, &s);
    }
    for (unsigned i = 0; i < RO_SAMPLE_MAX; i++) {
        CHECK(holds(&b, a.kept[0][i].seq + 123456));
    }
}

static void memory_per_stream_is_bounded(void)
{
    CHECK(sizeof(ro_sample) <= 2560);
}

int main(void)
{
    RUN(short_streams_are_kept_whole);
    RUN(long_streams_are_sampled_alike);
    RUN(the_handshake_is_always_kept);
    RUN(repeats_are_counted);
    RUN(timestamps_outweigh_moved_numbers);
    RUN(memory_per_stream_is_bounded);
    return check_done();
}
