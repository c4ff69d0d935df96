/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gathers what capture points showed of each other and of the resets. */

#include "report/origin_segments.h"

#include <string.h>

#include "base/hash.h"
#include "points/path_view.h"
#include "points/placement.h"
#include "points/point_names.h"
#include "points/sample.h"

/* Where a point stands, by the connections that passed it. */
static const char *stands(ro_points *v, unsigned at)
{
    unsigned client = 0;
    unsigned server = 0;
    unsigned n = 0;

    for (unsigned i = 0; i < v->streams->len; i++) {
        const ro_stream *st = g_ptr_array_index(v->streams, i);

        if (st->sample->at == at && st->segments > 0) {
            n++;
            client += ro_point_is_next_to(st, st->client);
            server += ro_point_is_next_to(st, !st->client);
        }
    }
    if (client * 2 > n && client > server) {
        return "next to the client";
    }
    if (server * 2 > n && server > client) {
        return "next to the server";
    }
    return "on the way";
}

static void measure_clock(ro_points *v, unsigned at, ro_origin_point *p)
{
    ro_point_link *l = v->link[0][at];
    int64_t offset;

    if (at == 0 || !l) {
        return;
    }
    if (ro_clock_offset(&l->clock, v->point[0].first_ns, &offset)) {
        p->has_clock = true;
        p->clock_ns = offset;
        p->drift = l->clock.drift;
    }
}

/* What the point lost, by the other point that tells most. */
static void count_missed(const ro_points *v, unsigned at, ro_origin_point *p)
{
    for (unsigned k = 0; k < v->points_n; k++) {
        const ro_point_link *l = k < at ? v->link[k][at] : v->link[at][k];
        int side = at < k ? 0 : 1;

        if (k != at && l && l->seen[side] > p->of) {
            p->of = l->seen[side];
            p->missed = l->missed[side];
        }
    }
}

/* The copy that came first in the file stands for all of them. */
static bool is_first_copy(const ro_reset *r)
{
    for (const ro_reset *t = r->copy_next; t && t != r; t = t->copy_next) {
        if (t->number < r->number) {
            return false;
        }
    }
    return true;
}

static GHashTable *count_places(const GPtrArray *resets)
{
    GHashTable *counts = g_hash_table_new_full(ro_hash_string, g_str_equal, g_free, NULL);
    GString *where = g_string_new(NULL);

    for (unsigned i = 0; i < resets->len; i++) {
        const ro_reset *r = g_ptr_array_index(resets, i);
        gpointer n;

        if (!is_first_copy(r)) {
            continue;
        }
        g_string_truncate(where, 0);
        if (!ro_path_view_segment(r, where)) {
            g_string_assign(where, "not known");
        }
        n = g_hash_table_lookup(counts, where->str);
        g_hash_table_replace(counts, g_strdup(where->str),
                             GUINT_TO_POINTER(GPOINTER_TO_UINT(n) + 1));
    }
    g_string_free(where, TRUE);
    return counts;
}

static gint by_resets(gconstpointer a, gconstpointer b)
{
    const ro_origin_place *x = a;
    const ro_origin_place *y = b;

    return x->resets == y->resets ? strcmp(x->where, y->where) : x->resets < y->resets ? 1 : -1;
}

static void free_place(gpointer data)
{
    ro_origin_place *place = data;

    g_free(place->where);
}

ro_origin_segments *ro_origin_segments_of(ro_points *v, const GPtrArray *resets)
{
    ro_origin_segments *out;
    GHashTable *counts;
    GHashTableIter iter;
    gpointer where;
    gpointer n;
    uint64_t point;

    if (v->points_n < 2) {
        return NULL;
    }
    while (ro_points_unnamed(v, &point)) {
        ro_points_name(v, point, NULL);
    }
    out = g_new0(ro_origin_segments, 1);
    out->points = g_array_new(FALSE, TRUE, sizeof(ro_origin_point));
    out->places = g_array_new(FALSE, TRUE, sizeof(ro_origin_place));
    g_array_set_clear_func(out->places, free_place);
    counts = count_places(resets);
    g_hash_table_iter_init(&iter, counts);
    while (g_hash_table_iter_next(&iter, &where, &n)) {
        ro_origin_place place = {g_strdup(where), GPOINTER_TO_UINT(n)};

        g_array_append_val(out->places, place);
    }
    g_hash_table_destroy(counts);
    g_array_sort(out->places, by_resets);
    for (unsigned at = 0; at < v->points_n; at++) {
        ro_origin_point p = {.name = v->point[at].name, .streams = v->point[at].streams};

        p.stands = stands(v, at);
        count_missed(v, at, &p);
        measure_clock(v, at, &p);
        g_array_append_val(out->points, p);
    }
    return out;
}

void ro_origin_segments_free(ro_origin_segments *places)
{
    if (places) {
        g_array_free(places->points, TRUE);
        g_array_free(places->places, TRUE);
        g_free(places);
    }
}
