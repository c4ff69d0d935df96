/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two spaces per depth, one value per line. */

#include "report/json_writer.h"

#include "base/constants.h"
#include "report/clean.h"

/* Begins a value: comma, new line, indent and, in an object, its name. */
static void name(ro_json *w, const char *key)
{
    g_string_append_printf(w->out, "%s\n%*s", w->first ? "" : ",", (int)(2 * w->depth), "");
    w->first = false;
    if (key) {
        ro_clean_json(w->out, key);
        g_string_append(w->out, ": ");
    }
}

void ro_json_begin(ro_json *w, const char *key, char bracket)
{
    if (w->depth) {
        name(w, key);
    }
    g_string_append_c(w->out, bracket);
    w->depth++;
    w->first = true;
}

void ro_json_end(ro_json *w, char bracket)
{
    w->depth--;
    if (!w->first) {
        g_string_append_printf(w->out, "\n%*s", (int)(2 * w->depth), "");
    }
    g_string_append_c(w->out, bracket);
    w->first = false;
}

void ro_json_text(ro_json *w, const char *key, const char *value)
{
    name(w, key);
    ro_clean_json(w->out, value);
}

void ro_json_number(ro_json *w, const char *key, uint64_t value)
{
    name(w, key);
    g_string_append_printf(w->out, "%" G_GUINT64_FORMAT, (guint64)value);
}

void ro_json_flag(ro_json *w, const char *key, bool value)
{
    name(w, key);
    g_string_append(w->out, value ? "true" : "false");
}

void ro_json_seconds(ro_json *w, const char *key, int64_t ns)
{
    uint64_t magnitude = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;

    name(w, key);
    g_string_append_printf(w->out, "%s%" G_GUINT64_FORMAT ".%09" G_GUINT64_FORMAT,
                           ns < 0 ? "-" : "", (guint64)(magnitude / RO_S),
                           (guint64)(magnitude % RO_S));
}
