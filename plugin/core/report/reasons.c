/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The diagnosis's evidence goes first, then the strongest signs of who sent it. */

#include "report/reasons.h"

#include "base/constants.h"
#include "judge/signs.h"
#include "report/cause_text.h"

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
        ro_signs[v->fired[i].sign].text(r, text);
        g_ptr_array_add(lines, g_strdup(text->str));
        named++;
    }
    g_string_free(text, TRUE);
}

static void add_fixed(const ro_fixed_command *commands, unsigned n, GArray *out)
{
    for (unsigned i = 0; i < n && commands[i].text; i++) {
        ro_command c = {commands[i].platform, g_strdup(commands[i].text)};

        g_array_append_val(out, c);
    }
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
    if (d->row && d->row->advice) {
        d->row->advice(&c, out->advice);
    } else {
        const ro_cause_advice *advice = ro_cause_advice_of(f->group, f->source, f->cause);

        g_string_append(out->advice, advice->text);
        add_fixed(advice->commands, G_N_ELEMENTS(advice->commands), out->commands);
    }
    end_sentence(out->advice);
}

void ro_reasons_clear(ro_reasons *reasons)
{
    g_ptr_array_free(reasons->evidence, TRUE);
    g_string_free(reasons->advice, TRUE);
    g_array_free(reasons->commands, TRUE);
}
