/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The three forms of a document. Each may be written at any time after ro_document_close, and as often
 * as wanted. */

#ifndef RO_REPORT_REPORT_H
#define RO_REPORT_REPORT_H

#include "report/document.h"

/* How text is set out. */
typedef struct ro_text_style {
    unsigned width; /* columns; lines are broken between words, commands never */
    bool emphasis;  /* bold headings by escape sequences: only for a terminal */
} ro_text_style;

/* For a person in a terminal. */
void ro_report_text(const ro_document *doc, const ro_text_style *style, GString *out);

/* For a program: docs/report.schema.json says what it holds. */
void ro_report_json(const ro_document *doc, GString *out);

/* One page for a browser, complete in itself. */
void ro_report_html(const ro_document *doc, GString *out);

#endif
