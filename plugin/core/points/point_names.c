/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capture points by name. */

#include "points/point_names.h"

#include <string.h>

#include "base/escape.h"

bool ro_points_unnamed(const ro_points *v, uint64_t *point)
{
    for (unsigned i = 0; i < v->points_n; i++) {
        if (!v->point[i].name) {
            *point = v->point[i].id;
            return true;
        }
    }
    return false;
}

static const char *interface_words(uint64_t id, char *buf, size_t size)
{
    if (id >> 32) {
        g_snprintf(buf, (gulong)size, "interface %u of section %u", (unsigned)id,
                   (unsigned)(id >> 32));
    } else {
        g_snprintf(buf, (gulong)size, "interface %u", (unsigned)id);
    }
    return buf;
}

/* Whether another point is called so already. */
static bool is_taken(const ro_points *v, uint64_t point, const char *name)
{
    for (unsigned i = 0; i < v->points_n; i++) {
        const ro_point *p = &v->point[i];

        if (p->id != point && p->name && strcmp(p->name, name) == 0) {
            return true;
        }
    }
    return false;
}

void ro_points_name(ro_points *v, uint64_t point, const char *name)
{
    GString *shown = g_string_new(NULL);
    char words[64];

    interface_words(point, words, sizeof words);
    ro_append_escaped(shown, name, RO_NAME_SHOWN); /* the file may say anything */
    if (shown->len == 0) {
        g_string_assign(shown, words);
    } else if (is_taken(v, point, shown->str)) { /* two machines may both call theirs eth0 */
        g_string_append_printf(shown, " (%s)", words);
    }
    for (unsigned i = 0; i < v->points_n; i++) {
        if (v->point[i].id == point) {
            g_free(v->point[i].name);
            v->point[i].name = g_strdup(shown->str);
        }
    }
    g_string_free(shown, TRUE);
}
