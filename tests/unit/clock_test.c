/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of the line through clock offsets. */

#include "points/clock.h"

#include "base/constants.h"
#include "check.h"

static void add(ro_clock *c, double seconds, double offset_ms)
{
    ro_clock_add(c, (ro_clock_sample){(int64_t)(seconds * 1e9), (int64_t)(offset_ms * 1e6), RO_MS});
}

static double offset_ms(ro_clock *c, double seconds)
{
    int64_t ns = 0;

    CHECK(ro_clock_offset(c, (int64_t)(seconds * 1e9), &ns));
    return (double)ns / 1e6;
}

static void nothing_known(void)
{
    ro_clock c = {0};
    int64_t ns;

    CHECK(!ro_clock_offset(&c, 0, &ns));
}

static void one_sample_is_the_offset(void)
{
    ro_clock c = {0};

    add(&c, 3, 250);
    CHECK_INT(offset_ms(&c, 100), 250);
}

/* 100 ppm are 6 ms a minute. */
static void drift_is_followed(void)
{
    ro_clock c = {0};

    for (int i = 0; i <= 60; i++) {
        add(&c, i, 1000 + i * 0.1);
    }
    CHECK_INT(offset_ms(&c, 60) * 10, 10060);
    CHECK_INT(offset_ms(&c, 120) * 10, 10120);
}

/* Two samples a second apart are no drift, however they differ. */
static void short_spans_show_no_drift(void)
{
    ro_clock c = {0};

    add(&c, 0, 10);
    add(&c, 1, 12);
    CHECK(offset_ms(&c, 1000) < 13);
}

static void single_wrong_samples_do_not_count(void)
{
    ro_clock c = {0};

    for (int i = 0; i < 40; i++) {
        add(&c, i, i % 10 == 5 ? 900 : 20);
    }
    CHECK_INT(offset_ms(&c, 20), 20);
}

/* However many connections: bounded, and the whole time is covered. */
static void many_samples_stay_bounded(void)
{
    ro_clock c = {0};

    for (int i = 0; i < 100000; i++) {
        add(&c, i, i * 0.05);
    }
    CHECK(c.n <= RO_CLOCK_SAMPLES);
    CHECK(c.sample[c.n - 1].time_ns > 50000 * RO_S);
    CHECK_INT(offset_ms(&c, 100000), 5000);
}

int main(void)
{
    RUN(nothing_known);
    RUN(one_sample_is_the_offset);
    RUN(drift_is_followed);
    RUN(short_spans_show_no_drift);
    RUN(single_wrong_samples_do_not_count);
    RUN(many_samples_stay_bounded);
    return check_done();
}
