/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Silences that ended in a reset, counted by their length: many of one length betray a timer. */

#ifndef RO_DIAGNOSE_IDLE_CLUSTERS_H
#define RO_DIAGNOSE_IDLE_CLUSTERS_H

#include "reset/reset.h"

/* Resets of one length of silence, within 2 % either way, from which it is called a timer. Seven
 * or eight convince far more than one; three leave little to chance where few others lie near. */
#define RO_IDLE_CLUSTER_MIN 3

typedef struct ro_idle ro_idle;

typedef struct ro_idle_cluster {
    int64_t mean_ns;
    int64_t min_ns;
    int64_t max_ns;
    uint32_t n; /* events */
} ro_idle_cluster;

/* An empty count. Its table of bounded size is made with the first silence. */
ro_idle *ro_idle_new(void);
void ro_idle_free(ro_idle *idle); /* NULL is allowed */

/* Counts the silence before a reset. A burst counts once; resets without a silence do not. */
void ro_idle_add(ro_idle *idle, const ro_reset *r);

/* The cluster that a silence of that length belongs to; false where it belongs to none. */
bool ro_idle_cluster_at(const ro_idle *idle, int64_t ns, ro_idle_cluster *out);

/* All clusters, most resets first, then shortest silence. Returns how many there are, at most
 * `max`. */
unsigned ro_idle_clusters(const ro_idle *idle, ro_idle_cluster *out, unsigned max);

/* Seconds of the timer that this reset seems to have met, 0 where it belongs to no cluster. */
uint32_t ro_idle_timer_of(const ro_idle *idle, const ro_reset *r);

#endif
