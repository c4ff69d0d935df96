/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tallies: what is kept, what is like, what is regular, and how many there are at most. */

#include "check.h"
#include "diagnose/tally.h"

static const ro_tally_key key = {.kind = RO_TALLY_CHECK, .port = 80};

static void nothing_counted(void)
{
    ro_tallies *all = ro_tallies_new();
    int64_t period;

    CHECK(!ro_tally_of(all, &key));
    CHECK_INT(ro_tally_different(NULL), 0);
    CHECK_INT(ro_tally_like(NULL, 5, 1, 1), 0);
    CHECK(!ro_tally_is_regular(NULL, &period));
    ro_tallies_free(all);
    ro_tallies_free(NULL);
}

static void equal_distances(void)
{
    ro_tallies *all = ro_tallies_new();
    int64_t period = 0;

    ro_tally_add(all, &key, 1000, 1);
    ro_tally_add(all, &key, 3000, 2);
    CHECK(!ro_tally_is_regular(ro_tally_of(all, &key), &period)); /* two are no rhythm */
    for (int i = 2; i < 20; i++) {
        ro_tally_add(all, &key, 1000 + 2000 * i, (uint32_t)i + 1);
    }
    CHECK(ro_tally_is_regular(ro_tally_of(all, &key), &period));
    CHECK_INT(period, 2000);
    CHECK_INT(ro_tally_of(all, &key)->n, 20);
    CHECK_INT(ro_tally_of(all, &key)->first_frame, 1);
    CHECK_INT(ro_tally_of(all, &key)->last_frame, 20);
    ro_tally_add(all, &key, 1000 + 2000 * 25, 21);
    CHECK(!ro_tally_is_regular(ro_tally_of(all, &key), &period)); /* one far off */
    ro_tallies_free(all);
}

static void likes_and_differences(void)
{
    ro_tallies *all = ro_tallies_new();
    const ro_tally *t;

    for (int i = 0; i < 6; i++) {
        ro_tally_add(all, &key, i < 4 ? 1000 + i : 5000, 1);
    }
    t = ro_tally_of(all, &key);
    CHECK_INT(ro_tally_like(t, 1000, 1, 0), 4);
    CHECK_INT(ro_tally_like(t, 5000, 0, 0), 2);
    CHECK(ro_tally_different(t) >= 2 && ro_tally_different(t) <= 5);
    ro_tallies_free(all);
}

static void bounded(void)
{
    ro_tallies *all = ro_tallies_new();
    ro_tally_key other = key;
    unsigned found = 0;

    for (uint64_t i = 0; i < RO_TALLIES_MAX + 100; i++) {
        other.client.lo = i;
        ro_tally_add(all, &other, 1, 1);
    }
    for (uint64_t i = 0; i < RO_TALLIES_MAX + 100; i++) {
        other.client.lo = i;
        found += ro_tally_of(all, &other) != NULL;
    }
    CHECK_INT(found, RO_TALLIES_MAX);
    ro_tallies_free(all);
}

int main(void)
{
    RUN(nothing_counted);
    RUN(equal_distances);
    RUN(likes_and_differences);
    RUN(bounded);
    return check_done();
}
