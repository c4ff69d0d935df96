/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names capture points after the interfaces of the file, or as the user calls them. */

#include "points.h"

#include <string.h>

#include "core/points/point_names.h"
#include "core/points/points.h"
#include "observe.h"
#include "prefs.h"

/* The n-th name of the preference, newly allocated, or NULL. */
static char *preferred_name(unsigned n)
{
    char **names = g_strsplit(ro_prefs.point_names ? ro_prefs.point_names : "", ",", -1);
    char *name = n < g_strv_length(names) ? g_strstrip(g_strdup(names[n])) : NULL;

    g_strfreev(names);
    if (name && !*name) {
        g_free(name);
        name = NULL;
    }
    return name;
}

void ro_points_update(packet_info *pinfo)
{
    ro_points *points = ro_capture_open() ? ro_capture_points(ro_capture_open()) : NULL;
    uint64_t point;

    if (!points || !ro_points_are_plural(points))
        return;
    if (PINFO_FD_VISITED(pinfo)) /* a second look at a frame: the first pass is over */
        ro_points_complete(points);
    while (ro_points_unnamed(points, &point)) {
        char *own = preferred_name((unsigned)point);
        const char *name =
            own ? own : ro_interface_name(pinfo->epan, (uint32_t)point, (unsigned)(point >> 32));

        if (name && strcmp(name, "unknown") == 0)
            name = NULL;
        ro_points_name(points, point, name);
        g_free(own);
    }
}
