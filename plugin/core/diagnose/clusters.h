/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A few lengths of time that come again: many connections that end after the same time have a timer in
 * common. */

#ifndef RO_DIAGNOSE_CLUSTERS_H
#define RO_DIAGNOSE_CLUSTERS_H

#include <stdbool.h>
#include <stdint.h>

/* Different lengths that are told apart; of more, the one seen once and longest ago is forgotten. */
#define RO_CLUSTERS 8

/* Lengths of one timer differ by the path's jitter and by how often a program looks at its clock:
 * one percent, and 25 ms at least. */
#define RO_CLUSTER_PERCENT  1
#define RO_CLUSTER_LEAST_NS (25 * INT64_C(1000000))

/* Connections that end within this are ended by one event, not each by its timer. */
#define RO_CLUSTER_APART_NS (50 * INT64_C(1000000))

#define RO_CLUSTER_KINDS 2

typedef struct ro_cluster {
    int64_t sum_ns;
    int64_t min_ns;
    int64_t max_ns;
    int64_t first_ns; /* when the first and the last of them ended */
    int64_t last_ns;
    int64_t other_min_ns; /* the same connections measured otherwise: the age beside the silence */
    int64_t other_max_ns;
    uint32_t first_frame;
    uint32_t last_frame;
    uint32_t n;   /* connections that ended at moments of their own */
    uint32_t all; /* and those that ended together with another */
    uint8_t kind;
} ro_cluster;

typedef struct ro_clusters {
    ro_cluster all[RO_CLUSTERS];
    uint32_t used;
    uint32_t total[RO_CLUSTER_KINDS]; /* lengths counted, the forgotten ones too */
} ro_clusters;

/* A length to count. */
typedef struct ro_length {
    int64_t ns;
    int64_t other_ns;
    int64_t when_ns;
    uint32_t frame;
    uint8_t kind; /* below RO_CLUSTER_KINDS; only lengths of one kind are compared */
} ro_length;

void ro_clusters_add(ro_clusters *c, const ro_length *l);

/* The cluster that a length belongs to, NULL where it is in none. */
const ro_cluster *ro_clusters_at(const ro_clusters *c, int64_t ns, uint8_t kind);

/* Mean length. */
int64_t ro_cluster_mean(const ro_cluster *c);

/* Whether so many lengths of that kind lie in this cluster that it is no chance: three, and half of all; or
 * the only two, and those to three parts in a thousand. */
bool ro_cluster_stands_out(const ro_clusters *c, const ro_cluster *one);

/* Whether all lengths of that kind, more than one, lie within so many percent of the shortest: *all is made of them. */
bool ro_clusters_alike(const ro_clusters *c, uint8_t kind, int percent, ro_cluster *all);

/* Whether the connections agree in this length and not in the other one: the spread of the other is several
 * times as large. */
bool ro_cluster_is_what_they_share(const ro_cluster *c);

#endif
