/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts lengths of time in a handful of clusters, at constant cost. */

#include "diagnose/clusters.h"

#include <glib.h>
#include <stddef.h>

int64_t ro_cluster_mean(const ro_cluster *c)
{
    return c->n ? c->sum_ns / c->n : 0;
}

static bool fits(const ro_cluster *c, int64_t ns, uint8_t kind)
{
    int64_t mean = ro_cluster_mean(c);
    int64_t room = MAX(mean / 100 * RO_CLUSTER_PERCENT, RO_CLUSTER_LEAST_NS);

    return c->n > 0 && c->kind == kind && ABS(ns - mean) <= room;
}

static void begin(ro_cluster *c, const ro_length *l)
{
    *c = (ro_cluster){
        .sum_ns = l->ns,
        .min_ns = l->ns,
        .max_ns = l->ns,
        .first_ns = l->when_ns,
        .last_ns = l->when_ns,
        .other_min_ns = l->other_ns,
        .other_max_ns = l->other_ns,
        .first_frame = l->frame,
        .last_frame = l->frame,
        .n = 1,
        .all = 1,
        .kind = l->kind,
    };
}

static bool join(ro_cluster *c, const ro_length *l)
{
    c->other_min_ns = MIN(c->other_min_ns, l->other_ns);
    c->other_max_ns = MAX(c->other_max_ns, l->other_ns);
    c->all++;
    if (ABS(l->when_ns - c->last_ns) < RO_CLUSTER_APART_NS) {
        return false; /* the same event as the one before */
    }
    c->sum_ns += l->ns;
    c->min_ns = MIN(c->min_ns, l->ns);
    c->max_ns = MAX(c->max_ns, l->ns);
    c->last_ns = l->when_ns;
    c->last_frame = l->frame;
    c->n++;
    return true;
}

/* Whether `a` is given up before `b`. */
static bool weaker(const ro_cluster *a, const ro_cluster *b)
{
    return (a->n == 1) != (b->n == 1) ? a->n == 1 : a->last_ns < b->last_ns;
}

void ro_clusters_add(ro_clusters *c, const ro_length *l)
{
    unsigned worst = 0;

    for (unsigned i = 0; i < c->used; i++) {
        if (fits(&c->all[i], l->ns, l->kind)) {
            c->total[l->kind] += join(&c->all[i], l);
            return;
        }
        worst = weaker(&c->all[i], &c->all[worst]) ? i : worst;
    }
    c->total[l->kind]++;
    begin(&c->all[c->used < RO_CLUSTERS ? c->used++ : worst], l);
}

const ro_cluster *ro_clusters_at(const ro_clusters *c, int64_t ns, uint8_t kind)
{
    for (unsigned i = 0; i < c->used; i++) {
        if (fits(&c->all[i], ns, kind)) {
            return &c->all[i];
        }
    }
    return NULL;
}

bool ro_cluster_stands_out(const ro_clusters *c, const ro_cluster *one)
{
    uint32_t total = c->total[one->kind];
    int64_t tight = MAX(ro_cluster_mean(one) / 1000 * 3, RO_CLUSTER_LEAST_NS / 2);

    if (one->n == 2) {
        return total == 2 && one->max_ns - one->min_ns <= tight;
    }
    return one->n >= 3 && one->n * 2 >= total;
}

static void merge(ro_cluster *all, const ro_cluster *one)
{
    if (all->n == 0) {
        *all = *one;
        return;
    }
    all->min_ns = MIN(all->min_ns, one->min_ns);
    all->max_ns = MAX(all->max_ns, one->max_ns);
    all->other_min_ns = MIN(all->other_min_ns, one->other_min_ns);
    all->other_max_ns = MAX(all->other_max_ns, one->other_max_ns);
    all->first_frame = MIN(all->first_frame, one->first_frame);
    all->last_frame = MAX(all->last_frame, one->last_frame);
    all->n += one->n;
    all->all += one->all;
}

bool ro_clusters_alike(const ro_clusters *c, uint8_t kind, int percent, ro_cluster *all)
{
    *all = (ro_cluster){0};
    for (unsigned i = 0; i < c->used; i++) {
        if (c->all[i].kind == kind) {
            merge(all, &c->all[i]);
        }
    }
    return all->n >= 2 && all->n == c->total[kind] &&
           all->max_ns - all->min_ns <= all->min_ns / 100 * percent;
}

bool ro_cluster_is_what_they_share(const ro_cluster *c)
{
    int64_t here = MAX(c->max_ns - c->min_ns, RO_CLUSTER_LEAST_NS / 5);

    return c->n >= 2 && c->other_max_ns - c->other_min_ns >= 4 * here &&
           c->other_max_ns - c->other_min_ns >= 2 * RO_CLUSTER_LEAST_NS;
}
