/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks for the diagnosis of a RST in a played conversation. */

#ifndef RO_TESTS_DIAGNOSE_H
#define RO_TESTS_DIAGNOSE_H

#include "diagnose/diagnosis.h"
#include "play.h"

/* Its token, "none" where nothing more than the cause is known. */
static inline const char *diagnosis_of(play *p, const ro_reset *r)
{
    ro_case c;
    ro_diagnosis d;

    ro_capture_case(p->cap, r, play_judge(p, r), &c);
    d = ro_diagnose(&c);
    return d.row ? d.row->token : "none";
}

/* Whether sentence, evidence or advice of its diagnosis contain `words`. */
static inline bool diagnosis_says(play *p, const ro_reset *r, const char *words)
{
    ro_case c;
    ro_diagnosis d;
    GString *all = g_string_new(NULL);
    GPtrArray *lines;
    bool found;

    ro_capture_case(p->cap, r, play_judge(p, r), &c);
    d = ro_diagnose(&c);
    lines = ro_diagnosis_evidence(&c, &d);
    for (unsigned i = 0; i < lines->len; i++) {
        g_string_append_printf(all, "%s\n", (const char *)g_ptr_array_index(lines, i));
    }
    g_ptr_array_free(lines, TRUE);
    if (d.row) {
        d.row->text(&c, all);
        d.row->advice(&c, all);
    }
    found = g_strrstr(all->str, words) != NULL;
    g_string_free(all, TRUE);
    return found;
}

#endif
