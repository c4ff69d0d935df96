/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Escapes what a terminal, an editor or a browser would obey rather than show. */

#include "base/escape.h"

#include <stdbool.h>

static bool shows_itself(gunichar c)
{
    switch (g_unichar_type(c)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_UNASSIGNED:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
        return false;
    default:
        return true;
    }
}

static void append_control(GString *out, gunichar c)
{
    switch (c) {
    case '\n':
        g_string_append(out, "\\n");
        break;
    case '\r':
        g_string_append(out, "\\r");
        break;
    case '\t':
        g_string_append(out, "\\t");
        break;
    default:
        g_string_append_printf(out, c < 0x100 ? "\\x%02x" : "\\u{%04x}", (unsigned)c);
        break;
    }
}

void ro_append_escaped(GString *out, const char *text, size_t max)
{
    for (size_t n = 0; text && *text; n++) {
        gunichar c = g_utf8_get_char_validated(text, -1);

        if (n == max) {
            g_string_append(out, "…");
            return;
        }
        if (c == (gunichar)-1 || c == (gunichar)-2) {
            g_string_append_printf(out, "\\x%02x", (unsigned char)*text++);
            continue;
        }
        if (shows_itself(c)) {
            g_string_append_unichar(out, c);
        } else {
            append_control(out, c);
        }
        text = g_utf8_next_char(text);
    }
}
