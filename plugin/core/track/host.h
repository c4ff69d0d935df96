/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one capture point knows of one address over all its connections: the second ring of
 * baselines. A refused SYN has no other. */

#ifndef RO_TRACK_HOST_H
#define RO_TRACK_HOST_H

#include "base/ttl.h"
#include "track/segment.h"

/* Hosts remembered per capture; beyond it the one unused for longest is forgotten. 32768 hosts of
 * 176 octets are 6 MB, and more hosts than a /17 seldom matter in one capture. */
#define RO_HOSTS_MAX 32768

/* The classes of packets whose headers a host writes by different code. */
typedef enum ro_class {
    RO_CLASS_DATA = 0, /* anything but SYN and RST */
    RO_CLASS_SYN,      /* SYN */
    RO_CLASS_SYN_ACK,  /* SYN-ACK */
    RO_CLASS_N
} ro_class;

struct ro_reset;

typedef struct ro_host {
    ro_addr addr;
    uint64_t point;
    uint32_t gen;     /* grows when the entry is given to another address */
    uint32_t streams; /* connections it took part in */
    uint32_t rtt_n;
    int64_t rtt_min_ns; /* least round trip from the capture point */
    int64_t last_ns;
    uint64_t mac;
    uint32_t mac_n;      /* connections with that MAC address */
    uint32_t mac_other;  /* with another */
    uint32_t label_zero; /* IPv6 connections with flow label 0, and with another */
    uint32_t label_set;
    uint32_t df_set;
    uint32_t df_clear;
    uint32_t accepted; /* SYNs answered with SYN-ACK */
    uint32_t refused;  /* SYNs answered with a RST */
    uint32_t probes;   /* connections that it began by an empty segment that is no SYN */
    bool kept;         /* something refers to it: it outlives its place in the table */
    uint8_t stack;     /* ro_stack of its latest SYN or SYN-ACK */
    uint8_t kinds[RO_CLASS_N];
    ro_ttl_count ttls[RO_CLASS_N][RO_TTLS];
    struct ro_reset *last_reset; /* newest that has its address */
    /* LRU list */
    struct ro_host *newer;
    struct ro_host *older;
} ro_host;

typedef struct ro_hosts ro_hosts;

/* A table of at most `max` hosts (at least 2). Never NULL. */
ro_hosts *ro_hosts_new(unsigned max);
void ro_hosts_free(ro_hosts *hosts);

/* The entry for `addr` at `point`, made if it is new; marks it as just used. Valid until as many
 * other hosts were asked for as the table holds; keep `gen` beside the pointer to notice. One with
 * `kept` set stays valid, as it was when it lost its place. */
ro_host *ro_hosts_get(ro_hosts *hosts, ro_addr addr, uint64_t point);

/* The entry if there is one, else NULL; leaves the order of use alone. */
const ro_host *ro_hosts_peek(const ro_hosts *hosts, ro_addr addr, uint64_t point);

/* Counts a TTL of a packet of that class. */
void ro_host_saw_ttl(ro_host *host, ro_class class_, uint8_t ttl);

/* Packets of that class counted, and the nearest TTL's signed distance (0 inside the set). */
uint32_t ro_host_ttl_n(const ro_host *host, ro_class class_);
int ro_host_ttl_delta(const ro_host *host, ro_class class_, uint8_t ttl);

/* Over SYN-ACKs, data and SYNs together: packets counted (0 where there is none), the least signed
 * distance of `ttl` to one of theirs, and the TTL that it was taken from. */
uint32_t ro_host_ttl_nearest(const ro_host *host, uint8_t ttl, int *delta, uint8_t *near);

void ro_host_saw_rtt(ro_host *host, int64_t rtt_ns);

#endif
