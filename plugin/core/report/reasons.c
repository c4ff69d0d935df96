/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The diagnosis's evidence goes first, then the strongest signs of who sent it. */

#include "report/reasons.h"

#include "report/cause_commands.h"
#include "report/words.h"

/* Signs for the verdict only: one that speaks against it would need a sentence of its own. */
static bool supports(const ro_finding *f, const ro_fired *fired)
{
    if (f->source == RO_SOURCE_UNKNOWN) {
        return true;
    }
    return (fired->weight > 0) == (f->source == RO_SOURCE_INTERMEDIARY);
}

static void add_signs(const ro_finding *f, const ro_verdict *v, GPtrArray *lines)
{
    const ro_reset *r = f->example->reset;
    GString *text = g_string_new(NULL);
    unsigned named = 0;

    for (unsigned i = 0; i < v->fired_n && named < RO_REASONS_SIGNS; i++) {
        if (!v->fired[i].weight || !supports(f, &v->fired[i])) {
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
    out->advice = g_string_new(NULL);
    add_signs(f, &v, out->evidence);
    ro_diagnosis_advice(&c, d, out->advice);
    if (!out->advice->len) {
        ro_text_advice(f->example->reset, &v, out->advice);
        ro_cause_commands(f->group, f->source, f->cause, out->commands);
    }
    end_sentence(out->advice);
}

void ro_reasons_clear(ro_reasons *reasons)
{
    g_ptr_array_free(reasons->evidence, TRUE);
    g_string_free(reasons->advice, TRUE);
    g_array_free(reasons->commands, TRUE);
}
