/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Escapes once for the reader's eye, then for the format. */

#include "report/clean.h"

static void append_clean(GString *out, gunichar c)
{
    if (g_unichar_isprint(c) && g_unichar_type(c) != G_UNICODE_FORMAT) {
        g_string_append_unichar(out, c);
    } else {
        g_string_append_printf(out, c < 0x80 ? "\\x%02x" : "\\u{%x}", c);
    }
}

void ro_clean_text(GString *out, const char *text)
{
    const char *p = text;

    for (unsigned n = 0; *p; n++) {
        gunichar c = g_utf8_get_char_validated(p, -1);

        if (n == RO_CLEAN_MAX) {
            g_string_append(out, "…");
            return;
        }
        if (c == (gunichar)-1 || c == (gunichar)-2) {
            g_string_append_printf(out, "\\x%02x", (unsigned char)*p++);
        } else {
            append_clean(out, c);
            p = g_utf8_next_char(p);
        }
    }
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
