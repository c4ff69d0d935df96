/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capture points by name, and the report of where resets are made. */

#include "vantage.h"

#include <string.h>

#include "verdict.h"

void ro_vantage_complete(ro_capture *cap)
{
    ro_capture_vantage(cap)->complete = true;
}

bool ro_vantage_is_plural(const ro_capture *cap)
{
    return ro_capture_vantage(cap)->points_n > 1;
}

bool ro_vantage_unnamed(const ro_capture *cap, uint32_t *point)
{
    const ro_vantage *v = ro_capture_vantage(cap);

    for (unsigned i = 0; i < v->points_n; i++) {
        if (!v->point[i].name) {
            *point = v->point[i].id;
            return true;
        }
    }
    return false;
}

static const char *interface_words(uint32_t id, char *buf, size_t size)
{
    if (id >> 16) {
        g_snprintf(buf, (gulong)size, "interface %u of section %u", id & 0xffff, id >> 16);
    } else {
        g_snprintf(buf, (gulong)size, "interface %u", id);
    }
    return buf;
}

void ro_vantage_name_point(const ro_capture *cap, uint32_t point, const char *name)
{
    ro_vantage *v = ro_capture_vantage(cap);
    ro_point *named = NULL;
    char words[64];
    bool taken = false;

    for (unsigned i = 0; i < v->points_n; i++) {
        ro_point *p = &v->point[i];

        if (p->id == point) {
            named = p;
        } else {
            taken |= name && p->name && strcmp(p->name, name) == 0;
        }
    }
    if (!named) {
        return;
    }
    interface_words(point, words, sizeof words);
    g_free(named->name);
    if (!name || !*name) {
        named->name = g_strdup(words);
    } else if (taken) { /* two machines may both call theirs eth0 */
        named->name = g_strdup_printf("%s (%s)", name, words);
    } else {
        named->name = g_strdup(name);
    }
}

/* Where a point stands, by the connections that passed it. */
static const char *place_of(ro_vantage *v, unsigned at)
{
    unsigned client = 0;
    unsigned server = 0;
    unsigned n = 0;

    for (unsigned i = 0; i < v->streams->len; i++) {
        const ro_stream *st = g_ptr_array_index(v->streams, i);

        if (st->trail->at == at && st->segments > 0) {
            n++;
            client += ro_vantage_is_next_to(st, st->client);
            server += ro_vantage_is_next_to(st, !st->client);
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

static void append_clock(ro_vantage *v, unsigned at, GString *out)
{
    const ro_link *l = v->link[0][at];
    double ms;

    if (!l || !l->clock.fitted) {
        return;
    }
    ms = l->clock.offset_ns / 1e6;
    g_string_append_printf(out, ", clock %.3f ms %s that of %s", ms < 0 ? -ms : ms,
                           ms < 0 ? "behind" : "ahead of", v->point[0].name);
    if (l->clock.drift > 1e-6 || l->clock.drift < -1e-6) {
        g_string_append_printf(out, ", drifting by %+.0f ppm", l->clock.drift * 1e6);
    }
}

static void append_points(ro_vantage *v, GString *out)
{
    for (unsigned at = 0; at < v->points_n; at++) {
        uint32_t seen = 0;
        uint32_t missed = 0;
        int64_t offset;

        for (unsigned k = 0; k < v->points_n; k++) {
            const ro_link *l = k < at ? v->link[k][at] : v->link[at][k];
            int side = at < k ? 0 : 1;

            if (k != at && l && l->seen[side] > seen) {
                seen = l->seen[side];
                missed = l->missed[side];
            }
        }
        if (at > 0 && v->link[0][at]) {
            ro_clock_offset(&v->link[0][at]->clock, v->point[0].first_ns, &offset);
        }
        g_string_append_printf(out, "  %s: %s, %u connection%s", v->point[at].name, place_of(v, at),
                               v->point[at].streams, v->point[at].streams == 1 ? "" : "s");
        append_clock(v, at, out);
        if (missed > 0) {
            g_string_append_printf(out, ", lacks %u of %u segments that must have passed it",
                                   missed, seen);
        }
        g_string_append_c(out, '\n');
    }
}

/* The copy that came first in the file stands for all of them. */
static bool is_first_copy(const ro_reset *r)
{
    for (const ro_reset *t = r->twin; t && t != r; t = t->twin) {
        if (t->number < r->number) {
            return false;
        }
    }
    return true;
}

static gint by_count(gconstpointer a, gconstpointer b, gpointer counts)
{
    guint x = GPOINTER_TO_UINT(g_hash_table_lookup(counts, a));
    guint y = GPOINTER_TO_UINT(g_hash_table_lookup(counts, b));

    return x == y ? strcmp(a, b) : x < y ? 1 : -1;
}

void ro_vantage_report(const ro_capture *cap, GString *out)
{
    ro_vantage *v = ro_capture_vantage(cap);
    GHashTable *counts;
    GString *where;
    GList *places;
    uint32_t point;

    if (v->points_n < 2) {
        return;
    }
    while (ro_vantage_unnamed(cap, &point)) {
        ro_vantage_name_point(cap, point, NULL);
    }
    counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    where = g_string_new(NULL);
    for (uint32_t i = 0; i < ro_capture_resets(cap); i++) {
        const ro_reset *r = ro_capture_reset(cap, i);
        gpointer n;

        if (!is_first_copy(r)) {
            continue;
        }
        g_string_truncate(where, 0);
        if (!ro_vantage_segment(r, where)) {
            g_string_assign(where, "not known");
        }
        n = g_hash_table_lookup(counts, where->str);
        g_hash_table_replace(counts, g_strdup(where->str),
                             GUINT_TO_POINTER(GPOINTER_TO_UINT(n) + 1));
    }
    g_string_append(out, "Capture points\n");
    append_points(v, out);
    g_string_append(out, "\nWhere resets are made (each counted once)\n");
    places = g_hash_table_get_keys(counts);
    places = g_list_sort_with_data(places, by_count, counts);
    for (const GList *p = places; p; p = p->next) {
        g_string_append_printf(out, "  %6u  %s\n",
                               GPOINTER_TO_UINT(g_hash_table_lookup(counts, p->data)),
                               (const char *)p->data);
    }
    g_list_free(places);
    g_hash_table_destroy(counts);
    g_string_free(where, TRUE);
}
