/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of capture points. */

#include "points/points.h"

#include "base/hash.h"
#include "points/point_stats.h"
#include "points/reset_match.h"

ro_points *ro_points_new(ro_hosts *hosts)
{
    ro_points *v = g_new0(ro_points, 1);

    v->hosts = hosts;
    v->streams = g_ptr_array_new();
    v->by_number = g_hash_table_new(ro_reset_number_hash, ro_reset_number_equal);
    v->by_ends = g_hash_table_new(ro_ends_hash, ro_ends_equal);
    v->by_isn[0] = g_hash_table_new(ro_hash_number, g_direct_equal);
    v->by_isn[1] = g_hash_table_new(ro_hash_number, g_direct_equal);
    v->waiting[0] = g_ptr_array_new();
    v->waiting[1] = g_ptr_array_new();
    return v;
}

void ro_points_free(ro_points *v)
{
    if (!v) {
        return;
    }
    for (unsigned i = 0; i < v->points_n; i++) {
        g_free(v->point[i].name);
        for (unsigned k = 0; k < RO_POINTS_MAX; k++) {
            g_free(v->link[i][k]);
        }
    }
    g_free(v->view);
    g_ptr_array_free(v->streams, TRUE);
    g_hash_table_destroy(v->by_number);
    g_hash_table_destroy(v->by_ends);
    g_hash_table_destroy(v->by_isn[0]);
    g_hash_table_destroy(v->by_isn[1]);
    g_ptr_array_free(v->waiting[0], TRUE);
    g_ptr_array_free(v->waiting[1], TRUE);
    g_free(v);
}

int ro_points_index(ro_points *v, uint64_t id)
{
    for (unsigned i = 0; i < v->points_n; i++) {
        if (v->point[i].id == id) {
            return (int)i;
        }
    }
    if (v->points_n == RO_POINTS_MAX) {
        return -1;
    }
    v->point[v->points_n].id = id;
    return (int)v->points_n++;
}

void ro_points_complete(ro_points *v)
{
    v->complete = true;
    if (!v->counted_whole) {
        ro_point_stats(v);
    }
}

bool ro_points_are_plural(const ro_points *v)
{
    return v->points_n > 1;
}
