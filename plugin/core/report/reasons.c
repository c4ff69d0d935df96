/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The diagnosis's evidence goes first, then the strongest signs of who sent it. */

#include "report/reasons.h"

#include <string.h>

#include "judge/signs.h"
#include "report/cause_commands.h"
#include "report/missing.h"
#include "report/words.h"

/* Signs for the verdict only: one that speaks against it would need a sentence of its own. */
static bool supports(const ro_finding *f, const ro_fired *fired)
{
    if (f->source == RO_SOURCE_UNKNOWN) {
        return true;
    }
    return (fired->weight > 0) == (f->source == RO_SOURCE_INTERMEDIARY);
}

/* Whether the diagnosis's evidence compares the TTLs already. */
static bool compares_ttl(const GPtrArray *lines)
{
    for (unsigned i = 0; i < lines->len; i++) {
        if (g_str_has_prefix(g_ptr_array_index(lines, i), "TTL ")) {
            return true;
        }
    }
    return false;
}

static void add_signs(const ro_finding *f, const ro_verdict *v, GPtrArray *lines)
{
    const ro_reset *r = f->example->reset;
    GString *text = g_string_new(NULL);
    bool ttl = compares_ttl(lines);
    unsigned named = 0;

    for (unsigned i = 0; i < v->fired_n && named < RO_REASONS_SIGNS; i++) {
        if (!v->fired[i].weight || !supports(f, &v->fired[i]) ||
            (ttl && strcmp(ro_signs[v->fired[i].sign].token, "ttl_differs") == 0)) {
            continue;
        }
        g_string_printf(text, "frame %u: ", r->seg.frame);
        ro_text_reason(r, v, i, text);
        g_ptr_array_add(lines, g_strdup(text->str));
        named++;
    }
    g_string_free(text, TRUE);
}

static void end_sentence(GString *out)
{
    if (out->len && out->str[out->len - 1] != '.') {
        g_string_append_c(out, '.');
    }
    if (out->len) {
        out->str[0] = g_ascii_toupper(out->str[0]);
    }
}

void ro_reasons_of(const ro_document *doc, const ro_finding *f, ro_reasons *out)
{
    ro_verdict v;
    ro_case c = ro_document_case(doc, f->example, &v);
    const ro_diagnosis *d = &f->example->diagnosis;

    out->evidence = ro_diagnosis_evidence(&c, d);
    out->commands = ro_diagnosis_commands(&c, d);
    out->missing = g_ptr_array_new_with_free_func(g_free);
    out->advice = g_string_new(NULL);
    add_signs(f, &v, out->evidence);
    ro_diagnosis_advice(&c, d, out->advice);
    if (!out->advice->len) {
        ro_text_advice(f->example->reset, &v, out->advice);
        ro_cause_commands(&c, f->group, out->commands);
    }
    if (f->source == RO_SOURCE_UNKNOWN) {
        ro_missing(f->example->reset, out->missing);
    }
    end_sentence(out->advice);
}

void ro_reasons_clear(ro_reasons *reasons)
{
    g_ptr_array_free(reasons->evidence, TRUE);
    g_ptr_array_free(reasons->missing, TRUE);
    g_string_free(reasons->advice, TRUE);
    g_array_free(reasons->commands, TRUE);
}
