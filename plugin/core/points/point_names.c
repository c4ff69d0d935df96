/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capture points by name. */

#include "points/point_names.h"

#include <string.h>

bool ro_points_unnamed(const ro_points *v, uint32_t *point)
{
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

void ro_points_name(ro_points *v, uint32_t point, const char *name)
{
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
    } else {
        char *sound = g_utf8_make_valid(name, -1); /* the file may say anything */

        /* two machines may both call theirs eth0 */
        named->name = taken ? g_strdup_printf("%s (%s)", sound, words) : g_strdup(sound);
        g_free(sound);
    }
}
