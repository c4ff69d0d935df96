/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capture points and places as text that a person reads. */

#include "report/origin_segments.h"

#include "report/clean.h"

static void append_clock(const ro_origin_point *p, const char *first, GString *out)
{
    double ms = (double)p->clock_ns / 1e6;

    g_string_append_printf(out, ", clock %.3f ms %s that of ", ms < 0 ? -ms : ms,
                           ms < 0 ? "behind" : "ahead of");
    ro_clean_text(out, first);
    if (p->drift > 1e-6 || p->drift < -1e-6) {
        g_string_append_printf(out, ", drifting by %+.0f ppm", p->drift * 1e6);
    }
}

void ro_origin_segments_text(ro_points *points, const GPtrArray *resets, GString *out)
{
    ro_origin_segments *all = ro_origin_segments_of(points, resets);

    if (!all) {
        return;
    }
    g_string_append(out, "Capture points\n");
    for (unsigned i = 0; i < all->points->len; i++) {
        const ro_origin_point *p = &g_array_index(all->points, ro_origin_point, i);

        g_string_append(out, "  ");
        ro_clean_text(out, p->name);
        g_string_append_printf(out, ": %s, %u connection%s", p->stands, p->streams,
                               p->streams == 1 ? "" : "s");
        if (p->has_clock) {
            append_clock(p, g_array_index(all->points, ro_origin_point, 0).name, out);
        }
        if (p->missed > 0) {
            g_string_append_printf(out, ", lacks %u of %u segments that must have passed it",
                                   p->missed, p->of);
        }
        g_string_append_c(out, '\n');
    }
    g_string_append(out, "\nWhere resets are made (each counted once)\n");
    for (unsigned i = 0; i < all->places->len; i++) {
        const ro_origin_place *place = &g_array_index(all->places, ro_origin_place, i);

        g_string_append_printf(out, "  %6u  ", place->resets);
        ro_clean_text(out, place->where);
        g_string_append_c(out, '\n');
    }
    ro_origin_segments_free(all);
}
