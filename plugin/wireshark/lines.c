/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wireshark cuts a label after 240 octets and breaks none, and a window of 1024 pixels shows some 120 of them. */

#include "lines.h"

#include <string.h>

#include "compat.h"
#include "fields.h"

/* Characters of a line, without the brackets around what is not in the packet. */
#define LINE_CHARS 110
#define INDENT     6

bool ro_has_window(void)
{
    static const char *const programs[] = {"tshark", "rawshark", "sharkd"};
    const char *name = g_get_prgname();

    for (unsigned i = 0; name && i < array_length(programs); i++) {
        if (strcmp(name, programs[i]) == 0)
            return false;
    }
    return true;
}

/* How many octets of the text fit into so many characters, to the last space; all where it fits. */
static size_t fitting(const char *text, glong chars)
{
    const char *end;
    const char *space;

    if (g_utf8_strlen(text, -1) <= chars)
        return strlen(text);
    end = g_utf8_offset_to_pointer(text, chars);
    for (space = end; space > text && *space != ' '; space--) {
    }
    return space > text ? (size_t)(space - text) : (size_t)(end - text);
}

bool ro_lines_show(ro_tree_pos at, proto_item *item, const char *head, const char *text)
{
    size_t n;

    if (!item || !ro_has_window() || !ro_tree_is_visible(at.tree))
        return false;
    n = fitting(text, LINE_CHARS - g_utf8_strlen(head, -1));
    proto_item_set_text(item, "%s: %.*s", head, (int)n, text);
    for (text += n; *text; text += n) {
        text += *text == ' ';
        n = fitting(text, LINE_CHARS - INDENT);
        proto_tree_add_subtree_format(at.tree, at.tvb, 0, 0, ro_ett_line, NULL, "%*s%.*s", INDENT,
                                      "", (int)n, text);
    }
    return true;
}
