/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words that come from a capture, made safe to print: whoever wrote the capture chose them. */

#ifndef RO_BASE_ESCAPE_H
#define RO_BASE_ESCAPE_H

#include <glib.h>
#include <stddef.h>

/* The usual limit for a name, such as an interface's. */
#define RO_NAME_SHOWN 64

/* Appends at most `max` characters of `text` (UTF-8), then "…" where there are more. Characters that
 * do not show themselves are written as escapes and never as they are: controls and newlines (\n,
 * \r, \t, \x1b), octets that are no UTF-8 (\xff), and line separators, directions of writing,
 * zero-width, private and unassigned characters (\u{202e}; Unicode categories Cc, Cf, Cn, Co, Cs,
 * Zl, Zp). Everything else, backslashes as well, stays. An escape counts as one character. The
 * result is no HTML or JSON yet: quote it as those need. NULL appends nothing. */
void ro_append_escaped(GString *out, const char *text, size_t max);

#endif
