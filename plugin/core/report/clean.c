/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Escapes once for the reader's eye, then for the format. */

#include "report/clean.h"

#include "base/escape.h"

void ro_clean_text(GString *out, const char *text)
{
    ro_append_escaped(out, text, RO_CLEAN_MAX);
}

void ro_clean_html(GString *out, const char *text)
{
    GString *clean = g_string_new(NULL);

    ro_clean_text(clean, text);
    for (const char *p = clean->str; *p; p++) {
        switch (*p) {
        case '&':
            g_string_append(out, "&amp;");
            break;
        case '<':
            g_string_append(out, "&lt;");
            break;
        case '>':
            g_string_append(out, "&gt;");
            break;
        case '"':
            g_string_append(out, "&quot;");
            break;
        case '\'':
            g_string_append(out, "&#39;");
            break;
        default:
            g_string_append_c(out, *p);
        }
    }
    g_string_free(clean, TRUE);
}

void ro_clean_json(GString *out, const char *text)
{
    GString *clean = g_string_new(NULL);

    ro_clean_text(clean, text);
    g_string_append_c(out, '"');
    for (const char *p = clean->str; *p; p++) {
        if (*p == '"' || *p == '\\') {
            g_string_append_printf(out, "\\%c", *p);
        } else if (*p == '<' || *p == '>' || *p == '&') {
            g_string_append_printf(out, "\\u%04x", (unsigned char)*p);
        } else {
            g_string_append_c(out, *p);
        }
    }
    g_string_append_c(out, '"');
    g_string_free(clean, TRUE);
}
