/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capture points by name, and the report of where resets are made. */

#include "vantage.h"

#include <string.h>

#include "verdict.h"

void ro_vantage_complete(ro_capture *cap)
{
    ro_capture_vantage(cap)->complete = true;
}

static ro_point *point_of(ro_capture *cap, uint32_t id)
{
    ro_vantage *v = ro_capture_vantage(cap);

    for (unsigned i = 0; i < v->points_n; i++) {
        if (v->point[i].id == id) {
            return &v->point[i];
        }
    }
    return NULL;
}

bool ro_vantage_has_name(ro_capture *cap, uint32_t point)
{
    const ro_point *p = point_of(cap, point);

    return p && p->name;
}

void ro_vantage_name_point(ro_capture *cap, uint32_t point, const char *name)
{
    ro_point *p = point_of(cap, point);

    if (p && name && *name && (!p->name || strcmp(p->name, name) != 0)) {
        g_free(p->name);
        p->name = g_strdup(name);
    }
}

void ro_vantage_report(const ro_capture *cap, GString *out)
{
    (void)cap;
    (void)out;
}
