/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the connections of one listener, of one pair of hosts and of one address have in common. */

#ifndef RO_DIAGNOSE_SERVICES_H
#define RO_DIAGNOSE_SERVICES_H

#include "base/addr.h"
#include "diagnose/clusters.h"
#include "diagnose/silences.h"
#include "reset/ending.h"

/* Remembered at most; later ones are left out, so an answer never changes by what was forgotten. 1024
 * listeners of 1.9 kB, 4096 pairs of 0.4 kB and 4096 addresses of 0.2 kB are 4 MB. */
#define RO_SERVICES_MAX  1024
#define RO_PAIRS_MAX     4096
#define RO_ADDRESSES_MAX 4096

/* Moments at which several connections of a listener were closed that are kept. */
#define RO_BURSTS 4

/* Connections that were closed by their server within a moment. */
typedef struct ro_burst {
    int64_t first_ns;
    int64_t last_ns;
    uint32_t first_frame;
    uint32_t last_frame;
    uint32_t n;
} ro_burst;

/* One address and port that connections lead to. */
typedef struct ro_service {
    ro_addr server;
    uint16_t port;
    ro_silences silences[2];  /* of open connections, and of half-closed ones */
    ro_clusters closed_after; /* silence before a side closed by itself; kind: ro_side */
    ro_clusters closed_at;    /* age at which a side closed by itself; kind: ro_side */
    ro_burst bursts[RO_BURSTS];
    unsigned bursts_n;
    ro_moment refused_first; /* SYNs refused, since the last one that was accepted */
    ro_moment refused_last;
    ro_moment accepted_again; /* first SYN-ACK after that */
    uint32_t refused_n;
    uint32_t queue_full_n; /* connections that looked like an overflowing accept queue */
} ro_service;

/* Two hosts, whatever they talk about. */
typedef struct ro_pair {
    ro_addr server;
    ro_addr client;
    ro_silences silences[2];
} ro_pair;

/* One address. */
typedef struct ro_address {
    ro_addr addr;
    ro_moment forgot_first; /* resets for connections that it had taken part in */
    ro_moment forgot_last;
    int64_t forgot_idle_min_ns; /* shortest silence before one of them, and the longest */
    int64_t forgot_idle_max_ns;
    uint32_t forgot_n;
    uint32_t alien_n; /* resets from another link-layer address than its connection's */
    uint64_t alien_mac;
    uint64_t usual_mac;
    ro_moment alien_first;
    ro_moment alien_last;
    ro_moment usual_again; /* the usual one was used by a connection begun after alien_first */
} ro_address;

typedef struct ro_services ro_services;

ro_services *ro_services_new(void);
void ro_services_free(ro_services *t); /* NULL is allowed */

/* The record, made if it is new; NULL where the table is full. */
ro_service *ro_service_get(ro_services *t, ro_addr server, uint16_t port);
ro_pair *ro_pair_get(ro_services *t, ro_addr server, ro_addr client);
ro_address *ro_address_get(ro_services *t, ro_addr addr);

/* The record, NULL where there is none. */
ro_service *ro_service_find(const ro_services *t, ro_addr server, uint16_t port);
ro_pair *ro_pair_find(const ro_services *t, ro_addr server, ro_addr client);
ro_address *ro_address_find(const ro_services *t, ro_addr addr);

#endif
