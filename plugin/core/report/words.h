/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a colleague would say of a RST: who, why, the strongest reasons, what would settle it. */

#ifndef RO_REPORT_WORDS_H
#define RO_REPORT_WORDS_H

#include "diagnose/diagnosis.h"
#include "judge/verdict.h"

/* One line: who sent it, why, how sure. */
void ro_text_summary(const ro_reset *r, const ro_verdict *v, GString *out);

/* The same with the root cause where it is known, for a narrow window: under 80 characters. */
void ro_text_answer(const ro_reset *r, const ro_verdict *v, const ro_diagnosis *d, GString *out);

/* The facts in one line: its claimed sender, what it answers and how fast, its TTL. */
void ro_text_facts(const ro_reset *r, GString *out);

/* The text of the i-th sign that fired. */
void ro_text_reason(const ro_reset *r, const ro_verdict *v, unsigned i, GString *out);

/* What to check next, in one sentence. */
void ro_text_advice(const ro_reset *r, const ro_verdict *v, GString *out);

#endif
