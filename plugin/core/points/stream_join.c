/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Joins the streams of one connection at different capture points. */

#include "points/stream_join.h"

#include <stddef.h>
#include <string.h>

#include "base/constants.h"
#include "base/hash.h"
#include "base/seq.h"
#include "points/sample.h"

/* Streams that get a sample while only one capture point is known: the second one's clock may be
 * some seconds behind, or its section may come later in the file. */
#define EARLY_SAMPLES 1024

/* Candidates looked at along one chain; busy port pairs and scanners share ends or numbers. */
#define CHAIN_MAX 32

/* Marks that two streams are one connection, and how many of them suffice. */
enum { MARK_ENDS = 8, MARK_CLIENT = 4, MARK_SERVER = 4, MARK_STAMP = 2, MARK_PART = 1, ENOUGH = 6 };

/* Connections of the two legs of a proxy begin this close to each other. */
#define LEG_NS (10 * RO_S)

static int side_index(const ro_stream *st, int server)
{
    return server ? !st->client : st->client;
}

static bool has_isn(const ro_stream *st, int server)
{
    return (st->dir[side_index(st, server)]->has & RO_DIR_ISN) != 0;
}

static uint32_t isn(const ro_stream *st, int server)
{
    return st->dir[side_index(st, server)]->isn;
}

static void enter_ends(ro_points *v, ro_stream *st)
{
    st->sample->same_ends = g_hash_table_lookup(v->by_ends, st);
    g_hash_table_replace(v->by_ends, st, st);
}

static void enter_number(ro_points *v, ro_stream *st, int server)
{
    gpointer key = GUINT_TO_POINTER(isn(st, server));

    st->sample->same_isn[server] = g_hash_table_lookup(v->by_isn[server], key);
    g_hash_table_replace(v->by_isn[server], key, st);
}

/* A second capture point appears: what waited is entered, in the order in which it came. */
static void enter_waiting(ro_points *v)
{
    v->entered = true;
    for (unsigned i = 0; i < v->streams->len; i++) {
        enter_ends(v, g_ptr_array_index(v->streams, i));
    }
    for (int server = 0; server < 2; server++) {
        for (unsigned i = 0; i < v->waiting[server]->len; i++) {
            enter_number(v, g_ptr_array_index(v->waiting[server], i), server);
        }
        g_ptr_array_set_size(v->waiting[server], 0);
    }
}

static void enter_isn(ro_points *v, ro_stream *st, int server)
{
    ro_sample *t = st->sample;

    if (t->keyed[server] || !has_isn(st, server)) {
        return;
    }
    t->keyed[server] = true;
    if (v->entered) {
        enter_number(v, st, server);
    } else {
        g_ptr_array_add(v->waiting[server], st);
    }
}

/* The segments themselves are left as they are: n[] says how many there are. */
static ro_sample *new_sample(ro_points *v, int at)
{
    ro_sample *t = g_new(ro_sample, 1);

    memset(t, 0, offsetof(ro_sample, kept));
    t->points = v;
    t->at = (uint8_t)at;
    return t;
}

void ro_join_begin(ro_points *v, ro_stream *st, bool alone)
{
    int at = ro_points_index(v, st->point);

    if (at < 0 || (v->points_n < 2 && (alone || v->streams->len >= EARLY_SAMPLES))) {
        return;
    }
    if (v->points_n > 1 && !v->entered) {
        enter_waiting(v);
    }
    if (v->point[at].streams++ == 0) {
        v->point[at].first_ns = v->point[at].last_ns = st->first_ns;
    }
    st->sample = new_sample(v, at);
    st->next_copy = st;
    g_ptr_array_add(v->streams, st);
    if (v->entered) {
        enter_ends(v, st);
    }
}

void ro_join_segment(ro_stream *st, int d, const ro_segment *s)
{
    ro_sample *t = st->sample;
    ro_points *v = t->points;
    ro_point *p = &v->point[t->at];

    p->last_ns = s->time_ns > p->last_ns ? s->time_ns : p->last_ns;
    p->first_ns = s->time_ns < p->first_ns ? s->time_ns : p->first_ns;
    v->newest_ns = s->time_ns > v->newest_ns ? s->time_ns : v->newest_ns;
    v->segments++;
    ro_sample_add(t, d, s);
    if (s->flags & RO_SYN) {
        enter_isn(v, st, 0);
        enter_isn(v, st, 1);
    }
}

static const ro_sampled *syn_of(const ro_stream *st, int server)
{
    int d = side_index(st, server);

    for (unsigned i = 0; i < st->sample->n[d]; i++) {
        if (st->sample->kept[d][i].flags & RO_SYN) {
            return &st->sample->kept[d][i];
        }
    }
    return NULL;
}

/* The timestamp of the SYN of a side, or its IP-ID: a device that moves sequence numbers leaves them
 * alone, and one that ends the connection writes its own. */
static bool same_stamp(const ro_stream *a, const ro_stream *b, int server)
{
    const ro_sampled *x = syn_of(a, server);
    const ro_sampled *y = syn_of(b, server);

    if (!x || !y) {
        return false;
    }
    return x->has_ts && y->has_ts ? x->tsval == y->tsval : x->ip_id != 0 && x->ip_id == y->ip_id;
}

/* Data that both hold under the same raw numbers: connections whose start was not captured. */
static bool shares_numbers(const ro_stream *a, const ro_stream *b)
{
    for (int d = 0; d < 2; d++) {
        if ((a->dir[d]->has & b->dir[d]->has & RO_DIR_SEQ) &&
            ro_seq_distance(a->dir[d]->snd_nxt, b->dir[d]->snd_nxt) < (1u << 24)) {
            return true;
        }
    }
    return false;
}

/* How well two streams fit as one connection; 0 where they cannot be. */
static int fit(const ro_stream *a, const ro_stream *b)
{
    bool ends = ro_ends_equal(a, b);
    bool client = has_isn(a, 0) && has_isn(b, 0);
    bool server = has_isn(a, 1) && has_isn(b, 1);
    bool same_client = client && isn(a, 0) == isn(b, 0);
    bool same_server = server && isn(a, 1) == isn(b, 1);
    int marks =
        (ends ? MARK_ENDS : 0) + (same_client ? MARK_CLIENT : 0) + (same_server ? MARK_SERVER : 0);

    for (int side = 0; side < 2; side++) {
        const ro_endpoint *x = &a->end[side_index(a, side)];
        const ro_endpoint *y = &b->end[side_index(b, side)];

        marks += same_stamp(a, b, side) ? MARK_STAMP : 0;
        if (!ends) {
            marks += ro_addr_equal(x->addr, y->addr) ? MARK_PART : 0;
            marks += x->port == y->port ? MARK_PART : 0;
        }
    }
    if (ends && a->client_known && b->client_known && a->client != b->client) {
        return 0;
    }
    if (client && !same_client && !same_server && !same_stamp(a, b, 0)) {
        return 0; /* another connection, before or behind a proxy */
    }
    if (!client && server && !same_server && !same_stamp(a, b, 1)) {
        return 0;
    }
    if (!client && !server && (!ends || !shares_numbers(a, b))) {
        /* nothing but ends to go by: only where one of them holds no more than resets */
        return ends && (a->segments == 0 || b->segments == 0) ? ENOUGH : 0;
    }
    return marks;
}

ro_stream *ro_join_stream_at(const ro_stream *st, unsigned at)
{
    ro_stream *t;

    if (!st->sample) {
        return NULL;
    }
    for (t = st->next_copy; t != st; t = t->next_copy) {
        if (t->sample->at == at) {
            return t;
        }
    }
    return NULL;
}

/* The circles of both become one, unless a point would be in it twice. */
static void join(ro_stream *a, ro_stream *b)
{
    ro_stream *t = a;

    do {
        if (t->sample->at == b->sample->at || t == b || ro_join_stream_at(b, t->sample->at)) {
            return;
        }
        t = t->next_copy;
    } while (t != a);
    t = a->next_copy;
    a->next_copy = b->next_copy;
    b->next_copy = t;
}

typedef struct ro_best {
    ro_stream *st;
    int marks;
} ro_best;

static void consider(const ro_stream *st, ro_stream *c, ro_best best[RO_POINTS_MAX])
{
    ro_best *b = &best[c->sample->at];
    int marks;

    if (c == st || c->sample->at == st->sample->at || ro_join_stream_at(st, c->sample->at) ||
        ro_join_stream_at(c, st->sample->at)) {
        return;
    }
    marks = fit(st, c);
    if (marks >= ENOUGH && marks > b->marks) {
        *b = (ro_best){c, marks};
    }
}

void ro_join_streams(ro_stream *st)
{
    ro_points *v = st->sample->points;
    ro_best best[RO_POINTS_MAX] = {{0}};
    ro_stream *c;
    int i;

    if (v->points_n < 2) {
        return;
    }
    for (c = g_hash_table_lookup(v->by_ends, st), i = 0; c && i < CHAIN_MAX; i++) {
        consider(st, c, best);
        c = c->sample->same_ends;
    }
    for (int side = 0; side < 2; side++) {
        if (!has_isn(st, side)) {
            continue;
        }
        c = g_hash_table_lookup(v->by_isn[side], GUINT_TO_POINTER(isn(st, side)));
        for (i = 0; c && i < CHAIN_MAX; i++) {
            consider(st, c, best);
            c = c->sample->same_isn[side];
        }
    }
    for (unsigned at = 0; at < v->points_n; at++) {
        if (best[at].st) {
            join(st, best[at].st);
        }
    }
}

ro_stream *ro_join_other_leg(const ro_stream *st, unsigned at)
{
    ro_stream *c = g_hash_table_lookup(st->sample->points->by_ends, st);
    ro_stream *found = NULL;

    for (int i = 0; c && i < CHAIN_MAX; i++, c = c->sample->same_ends) {
        int64_t apart = c->first_ns - st->first_ns;

        if (c->sample->at == at && !ro_join_stream_at(c, st->sample->at) && has_isn(c, 0) &&
            has_isn(st, 0) && isn(c, 0) != isn(st, 0) && apart < LEG_NS && apart > -LEG_NS) {
            found = c;
        }
    }
    return found;
}
