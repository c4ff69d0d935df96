/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sentences of a document: the answer, and what each finding says. */

#ifndef RO_REPORT_ANSWER_H
#define RO_REPORT_ANSWER_H

#include "report/document.h"

/* The first thing that a reader sees: one sentence, or two. */
void ro_answer(const ro_document *doc, GString *out);

/* What was read: packets, TCP connections, time. */
void ro_answer_read(const ro_document *doc, GString *out);

/* A finding's heading with both ends: "Nothing listens on the port: 10.0.0.5 → 10.2.0.9:81". */
void ro_answer_title(const ro_finding *f, GString *out);

/* What happened: how many connections, by whom, and the diagnosis's sentence where there is one. */
void ro_answer_summary(const ro_document *doc, const ro_finding *f, GString *out);

/* What stands below a finding's heading in text and page: the summary, without what the answer above or the
 * diagnosis's own sentence says too. `out` is empty. */
void ro_answer_story(const ro_document *doc, const ro_finding *f, GString *out);

/* One line for a harmless finding: how many, and why it is harmless. */
void ro_answer_harmless(const ro_finding *f, GString *out);

/* One end of a finding: its address (and port, where there is but one connection), or "7 clients". */
void ro_answer_end(const ro_finding *f, ro_side side, GString *out);

#endif
