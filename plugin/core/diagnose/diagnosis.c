/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chooses the diagnosis of a RST from the table. */

#include "diagnose/diagnosis.h"

#include "diagnose/witness.h"

ro_diagnosis ro_diagnose(const ro_case *c)
{
    ro_diagnosis best = {NULL, RO_LOW};
    int sure = RO_DIAGNOSIS_NO;

    for (unsigned i = 0; i < ro_diagnoses_n; i++) {
        const ro_diagnosis_row *row = &ro_diagnoses[i];
        int this = row->last_resort && best.row ? RO_DIAGNOSIS_NO : row->test(c);

        if (this > sure && !ro_witness_rules_out(c, row->token)) {
            sure = this;
            best.row = row;
            best.confidence = (ro_confidence)(this - RO_DIAGNOSIS_LOW);
        }
    }
    ro_witness_refine(c, &best);
    return best;
}

static void free_command(gpointer data)
{
    g_free(((ro_command *)data)->text);
}

/* What `write` appends is made a sentence: it begins with a capital letter and ends with a full stop. */
static void sentence(const ro_case *c, void (*write)(const ro_case *, GString *), GString *out)
{
    gsize at = out->len;

    write(c, out);
    if (out->len > at) {
        out->str[at] = g_ascii_toupper(out->str[at]);
        if (out->str[out->len - 1] != '.') {
            g_string_append_c(out, '.');
        }
    }
}

void ro_diagnosis_text(const ro_case *c, const ro_diagnosis *d, GString *out)
{
    if (d->row && d->row->text) {
        sentence(c, d->row->text, out);
    }
}

void ro_diagnosis_advice(const ro_case *c, const ro_diagnosis *d, GString *out)
{
    if (d->row && d->row->advice) {
        sentence(c, d->row->advice, out);
    }
}

GPtrArray *ro_diagnosis_evidence(const ro_case *c, const ro_diagnosis *d)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);

    if (d->row && d->row->evidence) {
        d->row->evidence(c, lines);
        ro_witness_evidence(c, lines);
    }
    return lines;
}

GArray *ro_diagnosis_commands(const ro_case *c, const ro_diagnosis *d)
{
    GArray *commands = g_array_new(FALSE, TRUE, sizeof(ro_command));

    g_array_set_clear_func(commands, free_command);
    if (d->row && d->row->commands) {
        d->row->commands(c, commands);
    }
    return commands;
}

const char *ro_group_name(ro_group group)
{
    static const char *const names[RO_GROUP_N] = {"path", "undecided", "endpoint", "ordinary"};

    return names[group];
}

const char *ro_platform_name(ro_platform platform)
{
    static const char *const names[RO_PLATFORM_N] = {
        "any", "linux", "windows", "netfilter", "kubernetes", "nginx", "haproxy", "envoy",
    };

    return names[platform];
}
