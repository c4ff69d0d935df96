/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes JSON (RFC 8259), whatever the locale writes for a decimal point. */

#ifndef RO_REPORT_JSON_WRITER_H
#define RO_REPORT_JSON_WRITER_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct ro_json {
    GString *out;
    unsigned depth;
    bool first; /* nothing is at this depth yet */
} ro_json;

/* `key` is NULL in an array and at the outermost level. Brackets are '{' '}' '[' ']'. */
void ro_json_begin(ro_json *w, const char *key, char bracket);
void ro_json_end(ro_json *w, char bracket);
void ro_json_text(ro_json *w, const char *key, const char *value);
void ro_json_number(ro_json *w, const char *key, uint64_t value);
void ro_json_flag(ro_json *w, const char *key, bool value);

/* Seconds with nine decimals, exact: a double would lose the nanoseconds of an epoch time. */
void ro_json_seconds(ro_json *w, const char *key, int64_t ns);

#endif
