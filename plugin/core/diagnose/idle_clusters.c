/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A histogram whose bins widen with the silence: 128 to each doubling, so that a bin is at most
 * 0.8 % wide and adding and asking cost the same however many resets there are. */

#include "diagnose/idle_clusters.h"

#include <glib.h>

#include "base/constants.h"

#define STEPS_LOG2 7
#define FIRST_LOG2 33 /* 8.6 s, below LEAST_NS */
#define LAST_LOG2  51 /* 26 days, above netfilter's five */
#define BINS       ((LAST_LOG2 - FIRST_LOG2) << STEPS_LOG2)

/* Shorter silences are a program's own pauses: the shortest timers in the field are those of
 * carriers' NATs, about 30 s. */
#define LEAST_NS (10 * RO_S)

/* How far lengths of one timer lie apart, in percent of them. */
#define SAME_PERCENT 2

/* Where other silences are this near and as many, the length is nothing special. */
#define NEAR_PERCENT 20

typedef struct bin {
    int64_t sum_ns;
    int64_t min_ns;
    int64_t max_ns;
    uint32_t n;
} bin;

struct ro_idle {
    bin *bins; /* NULL until the first silence */
};

ro_idle *ro_idle_new(void)
{
    return g_new0(ro_idle, 1);
}

void ro_idle_free(ro_idle *idle)
{
    if (idle) {
        g_free(idle->bins);
        g_free(idle);
    }
}

static unsigned bin_of(int64_t ns)
{
    uint64_t value = ns > 0 ? (uint64_t)ns : 0;
    unsigned log2 = FIRST_LOG2;

    if (value >> FIRST_LOG2 == 0) {
        return 0;
    }
    while (log2 < LAST_LOG2 && value >> (log2 + 1)) {
        log2++;
    }
    if (log2 >= LAST_LOG2) {
        return BINS - 1;
    }
    return ((log2 - FIRST_LOG2) << STEPS_LOG2) +
           (unsigned)((value >> (log2 - STEPS_LOG2)) & ((1u << STEPS_LOG2) - 1));
}

void ro_idle_add(ro_idle *idle, const ro_reset *r)
{
    bin *b;

    if (r->timer_ns < LEAST_NS || r->in_event != 1) {
        return;
    }
    if (!idle->bins) {
        idle->bins = g_new0(bin, BINS);
    }
    b = &idle->bins[bin_of(r->timer_ns)];
    b->min_ns = b->n ? MIN(b->min_ns, r->timer_ns) : r->timer_ns;
    b->max_ns = MAX(b->max_ns, r->timer_ns);
    b->sum_ns += r->timer_ns;
    b->n++;
}

/* Sums up the bins around `ns`, `percent` either way. */
static void sum_around(const ro_idle *idle, int64_t ns, int percent, ro_idle_cluster *out)
{
    unsigned last = bin_of(ns / 100 * (100 + percent));
    int64_t sum = 0;

    *out = (ro_idle_cluster){0};
    for (unsigned i = bin_of(ns / 100 * (100 - percent)); i <= last; i++) {
        const bin *b = &idle->bins[i];

        if (b->n) {
            out->min_ns = out->n ? MIN(out->min_ns, b->min_ns) : b->min_ns;
            out->max_ns = MAX(out->max_ns, b->max_ns);
            out->n += b->n;
            sum += b->sum_ns;
        }
    }
    out->mean_ns = out->n ? sum / out->n : 0;
}

bool ro_idle_cluster_at(const ro_idle *idle, int64_t ns, ro_idle_cluster *out)
{
    ro_idle_cluster near;

    if (!idle->bins || ns < LEAST_NS) {
        return false;
    }
    sum_around(idle, ns, SAME_PERCENT, out);
    if (out->n < RO_IDLE_CLUSTER_MIN) {
        return false;
    }
    sum_around(idle, ns, NEAR_PERCENT, &near);
    return out->n >= near.n - out->n;
}

static int by_count(const void *a, const void *b)
{
    const ro_idle_cluster *x = a;
    const ro_idle_cluster *y = b;

    if (x->n != y->n) {
        return x->n > y->n ? -1 : 1;
    }
    return (x->mean_ns > y->mean_ns) - (x->mean_ns < y->mean_ns);
}

static bool overlap(const ro_idle_cluster *a, const ro_idle_cluster *b)
{
    return a->min_ns <= b->max_ns && b->min_ns <= a->max_ns;
}

/* Clusters are asked for at each used bin; the fullest of those that overlap is kept. */
unsigned ro_idle_clusters(const ro_idle *idle, ro_idle_cluster *out, unsigned max)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(ro_idle_cluster));
    unsigned n = 0;

    for (unsigned i = 0; idle->bins && i < BINS; i++) {
        ro_idle_cluster c;

        if (idle->bins[i].n && ro_idle_cluster_at(idle, idle->bins[i].min_ns, &c)) {
            g_array_append_val(all, c);
        }
    }
    g_array_sort(all, by_count);
    for (unsigned i = 0; i < all->len && n < max; i++) {
        const ro_idle_cluster *c = &g_array_index(all, ro_idle_cluster, i);
        unsigned kept = 0;

        while (kept < n && !overlap(c, &out[kept])) {
            kept++;
        }
        if (kept == n) {
            out[n++] = *c;
        }
    }
    g_array_free(all, TRUE);
    return n;
}

uint32_t ro_idle_timer_of(const ro_idle *idle, const ro_reset *r)
{
    ro_idle_cluster c;

    if (!ro_idle_cluster_at(idle, r->timer_ns, &c)) {
        return 0;
    }
    return (uint32_t)((c.mean_ns + RO_S / 2) / RO_S);
}
