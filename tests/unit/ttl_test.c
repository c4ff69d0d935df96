/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of TTL values: where a packet started, how far it went, how far from the set it is. */

#include "base/ttl.h"
#include "check.h"

static void initial_is_the_next_usual_value(void)
{
    CHECK_INT(ro_ttl_initial(1), 32);
    CHECK_INT(ro_ttl_initial(32), 32);
    CHECK_INT(ro_ttl_initial(33), 64);
    CHECK_INT(ro_ttl_initial(64), 64);
    CHECK_INT(ro_ttl_initial(65), 128);
    CHECK_INT(ro_ttl_initial(128), 128);
    CHECK_INT(ro_ttl_initial(129), 255);
    CHECK_INT(ro_ttl_initial(255), 255);
}

static void hops_are_counted_from_it(void)
{
    CHECK_INT(ro_ttl_hops(64), 0);
    CHECK_INT(ro_ttl_hops(52), 12);
    CHECK_INT(ro_ttl_hops(243), 12);
}

static void another_initial_at_the_same_distance(void)
{
    CHECK(ro_ttl_same_hops(52, 243));  /* 12 hops from 64 and from 255 */
    CHECK(ro_ttl_same_hops(52, 115));  /* 13 hops from 128: one more */
    CHECK(!ro_ttl_same_hops(52, 120)); /* 8 hops */
}

static void distance_to_a_set(void)
{
    ro_ttl_count set[RO_TTLS] = {{0}};
    uint8_t kinds = 0;

    ro_ttl_count_add(set, &kinds, 52);
    ro_ttl_count_add(set, &kinds, 52);
    CHECK_INT(kinds, 1);
    CHECK_INT(ro_ttl_count_n(set, kinds), 2);
    CHECK_INT(ro_ttl_count_delta(set, kinds, 52), 0);
    CHECK_INT(ro_ttl_count_delta(set, kinds, 61), 9);
    CHECK_INT(ro_ttl_count_delta(set, kinds, 50), -2);
}

static void inside_the_range_counts_as_known(void)
{
    ro_ttl_count set[RO_TTLS] = {{0}};
    uint8_t kinds = 0;

    ro_ttl_count_add(set, &kinds, 50);
    ro_ttl_count_add(set, &kinds, 54);
    CHECK_INT(ro_ttl_count_delta(set, kinds, 52), 0);
    CHECK_INT(ro_ttl_count_delta(set, kinds, 55), 1);
    CHECK_INT(ro_ttl_count_delta(set, kinds, 49), -1);
}

static void full_set_gives_up_the_rarest(void)
{
    ro_ttl_count set[RO_TTLS] = {{0}};
    uint8_t kinds = 0;

    for (unsigned i = 0; i < 3; i++) {
        ro_ttl_count_add(set, &kinds, 50);
        ro_ttl_count_add(set, &kinds, 51);
        ro_ttl_count_add(set, &kinds, 53);
    }
    ro_ttl_count_add(set, &kinds, 200);
    ro_ttl_count_add(set, &kinds, 49);
    CHECK_INT(kinds, RO_TTLS);
    CHECK_INT(ro_ttl_count_delta(set, kinds, 200), 200 - 53);
    CHECK_INT(ro_ttl_count_delta(set, kinds, 49), 0);
}

int main(void)
{
    RUN(initial_is_the_next_usual_value);
    RUN(hops_are_counted_from_it);
    RUN(another_initial_at_the_same_distance);
    RUN(distance_to_a_set);
    RUN(inside_the_range_counts_as_known);
    RUN(full_set_gives_up_the_rarest);
    return check_done();
}
