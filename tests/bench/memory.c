/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints what the core allocates: per stream, per host, per reset. */

#include <malloc.h>
#include <stdio.h>

#include "capture.h"

#define STREAMS 20000u

static size_t in_use(void)
{
    return mallinfo2().uordblks;
}

static ro_segment segment(uint32_t n, unsigned flags)
{
    ro_segment s = {0};

    s.time_ns = n;
    s.frame = n + 1;
    s.src.lo = 0xffff0a000000 + n % 50;
    s.dst.lo = 0xffff0b000000;
    s.sport = (uint16_t)(n % 60000 + 1024);
    s.dport = 80;
    s.stream = n;
    s.known = RO_KNOW_WINDOW | RO_KNOW_LEN | RO_KNOW_OPTIONS | RO_KNOW_IP | RO_KNOW_IP_ID |
              RO_KNOW_STREAM;
    s.flags = (uint16_t)flags;
    s.ttl = 60;
    s.ip_version = 4;
    return s;
}

int main(void)
{
    ro_capture *cap = ro_capture_new();
    ro_observed seen;
    size_t empty = in_use();

    for (uint32_t n = 0; n < STREAMS; n++) {
        ro_segment s = segment(n, RO_SYN);
        ro_capture_observe(cap, &s, &seen);
    }
    size_t streams = in_use();
    for (uint32_t n = 0; n < STREAMS; n++) {
        ro_segment s = segment(n, RO_RST | RO_ACK);
        ro_capture_observe(cap, &s, &seen);
    }
    size_t resets = in_use();
    printf("a stream:  %zu bytes (structure %zu)\n", (streams - empty) / STREAMS,
           sizeof(ro_stream));
    printf("a reset:   %zu bytes (structure %zu)\n", (resets - streams) / STREAMS,
           sizeof(ro_reset));
    printf("a host:    %zu bytes, at most %u of them\n", sizeof(ro_host), RO_HOSTS_MAX);
    ro_capture_free(cap);
    return 0;
}
