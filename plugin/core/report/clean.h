/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one way by which sentences reach an output: what a capture wrote into them cannot change it. */

#ifndef RO_REPORT_CLEAN_H
#define RO_REPORT_CLEAN_H

#include <glib.h>

/* Appends `text` with every character that does not show itself written as an escape: controls,
 * newlines, invalid UTF-8, directions of writing (base/escape.h). At most RO_CLEAN_MAX characters. */
#define RO_CLEAN_MAX 4000
void ro_clean_text(GString *out, const char *text);

/* The same, quoted for HTML text and attributes. */
void ro_clean_html(GString *out, const char *text);

/* The same as a JSON string (RFC 8259) with its quotes. Safe inside an HTML script element too: "<",
 * ">" and "&" are written as escapes. */
void ro_clean_json(GString *out, const char *text);

#endif
