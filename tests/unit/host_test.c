/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hosts are remembered per capture point, by class of packet, and forgotten when unused. */

#include "check.h"
#include "track/host.h"

static ro_addr address(uint64_t n)
{
    return (ro_addr){0, UINT64_C(0xffff0a000000) + n};
}

static void same_address_is_one_host(void)
{
    ro_hosts *hosts = ro_hosts_new(8);
    ro_host *a = ro_hosts_get(hosts, address(1), 0);

    CHECK(ro_hosts_get(hosts, address(1), 0) == a);
    CHECK(ro_hosts_get(hosts, address(2), 0) != a);
    ro_hosts_free(hosts);
}

/* TTLs and round trips belong to the place where they were seen. */
static void capture_points_are_kept_apart(void)
{
    ro_hosts *hosts = ro_hosts_new(8);

    CHECK(ro_hosts_get(hosts, address(1), 0) != ro_hosts_get(hosts, address(1), 1));
    ro_hosts_free(hosts);
}

static void classes_are_kept_apart(void)
{
    ro_hosts *hosts = ro_hosts_new(8);
    ro_host *h = ro_hosts_get(hosts, address(1), 0);

    ro_host_saw_ttl(h, RO_CLASS_DATA, 52);
    ro_host_saw_ttl(h, RO_CLASS_DATA, 52);
    ro_host_saw_ttl(h, RO_CLASS_SYN, 243);
    CHECK_INT(ro_host_ttl_n(h, RO_CLASS_DATA), 2);
    CHECK_INT(ro_host_ttl_n(h, RO_CLASS_SYN_ACK), 0);
    CHECK_INT(ro_host_ttl_delta(h, RO_CLASS_DATA, 54), 2);
    CHECK_INT(ro_host_ttl_delta(h, RO_CLASS_SYN, 243), 0);
    ro_hosts_free(hosts);
}

static void least_round_trip_is_kept(void)
{
    ro_hosts *hosts = ro_hosts_new(8);
    ro_host *h = ro_hosts_get(hosts, address(1), 0);

    ro_host_saw_rtt(h, 30);
    ro_host_saw_rtt(h, 20);
    ro_host_saw_rtt(h, 40);
    CHECK_INT(h->rtt_min_ns, 20);
    CHECK_INT(h->rtt_n, 3);
    ro_hosts_free(hosts);
}

static void longest_unused_is_forgotten(void)
{
    ro_hosts *hosts = ro_hosts_new(2);
    ro_host *a = ro_hosts_get(hosts, address(1), 0);
    uint32_t gen = a->gen;

    a->streams = 7;
    ro_hosts_get(hosts, address(2), 0);
    ro_hosts_get(hosts, address(1), 0); /* used again: now 2 is the older */
    ro_hosts_get(hosts, address(3), 0);
    CHECK_INT(ro_hosts_get(hosts, address(1), 0)->streams, 7);
    CHECK_INT(a->gen, gen);
    ro_hosts_get(hosts, address(4), 0);
    ro_hosts_get(hosts, address(5), 0);
    CHECK(a->gen != gen);
    CHECK_INT(ro_hosts_get(hosts, address(1), 0)->streams, 0);
    ro_hosts_free(hosts);
}

static void memory_per_host_is_bounded(void)
{
    CHECK(sizeof(ro_host) <= 384);
}

int main(void)
{
    RUN(same_address_is_one_host);
    RUN(capture_points_are_kept_apart);
    RUN(classes_are_kept_apart);
    RUN(least_round_trip_is_kept);
    RUN(longest_unused_is_forgotten);
    RUN(memory_per_host_is_bounded);
    return check_done();
}
