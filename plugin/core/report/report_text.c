/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report as text: the answer, then what cost most, then what is harmless in a line each. */

#include "report/report.h"

#include <string.h>

#include "base/addr.h"
#include "base/constants.h"
#include "report/answer.h"
#include "report/clean.h"
#include "report/labels.h"
#include "report/reasons.h"
#include "report/rhythm.h"

#define INDENT    3
#define WIDTH_MIN 40

/* Places named per finding. */
#define SPOTS 4

typedef struct writer {
    GString *out;
    GString *line; /* for whoever builds one */
    unsigned width;
    bool emphasis;
} writer;

/* Breaks a paragraph between words; its first line goes at `first`, later ones at `indent`. */
static void paragraph(writer *w, unsigned first, unsigned indent, const char *text)
{
    GString *clean = g_string_new(NULL);
    char **words;
    size_t column = first;

    ro_clean_text(clean, text);
    words = g_strsplit(clean->str, " ", -1);
    g_string_append_printf(w->out, "%*s", (int)first, "");
    for (unsigned i = 0; words[i]; i++) {
        size_t n = (size_t)g_utf8_strlen(words[i], -1);

        if (i && column + 1 + n > w->width) {
            g_string_append_printf(w->out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (i) {
            g_string_append_c(w->out, ' ');
            column++;
        }
        g_string_append(w->out, words[i]);
        column += n;
    }
    g_string_append_c(w->out, '\n');
    g_strfreev(words);
    g_string_free(clean, TRUE);
}

static void bold(writer *w, bool on)
{
    if (w->emphasis) {
        g_string_append(w->out, on ? "\033[1m" : "\033[0m");
    }
}

/* A label in front of the paragraph in `line`, which is emptied. */
static void labelled(writer *w, const char *label)
{
    g_string_prepend(w->line, label);
    paragraph(w, INDENT, *label ? INDENT + 2 : INDENT, w->line->str);
    g_string_truncate(w->line, 0);
}

static void write_rhythm(const GArray *times, GString *out)
{
    ro_rhythm rhythm;

    if (ro_rhythm_of((int64_t *)(void *)times->data, times->len, &rhythm)) {
        g_string_append(out, ", every ");
        ro_label_duration(rhythm.period_ns, out);
        g_string_append_printf(out, " (%u intervals)", rhythm.intervals);
    }
}

static void list(writer *w, const GPtrArray *lines)
{
    for (unsigned i = 0; i < lines->len; i++) {
        g_string_append_printf(w->line, "- %s", (const char *)g_ptr_array_index(lines, i));
        paragraph(w, INDENT + 2, INDENT + 4, w->line->str);
        g_string_truncate(w->line, 0);
    }
}

static void write_why(writer *w, const ro_finding *f, const ro_reasons *reasons)
{
    bool riddle = f->source == RO_SOURCE_UNKNOWN && !f->diagnosis;

    if (riddle) {
        g_string_append(w->line, reasons->evidence->len ? "What is known:" : "");
    } else if (reasons->evidence->len) {
        g_string_append_printf(w->line, "%s, because:", ro_label_confidence(f->confidence));
        w->line->str[0] = g_ascii_toupper(w->line->str[0]);
    } else {
        g_string_append_printf(w->line, "This is %s.",
                               f->confidence == RO_LOW ? "possible"
                                                       : ro_label_confidence(f->confidence));
    }
    if (w->line->len) {
        labelled(w, "");
    }
    list(w, reasons->evidence);
    if (reasons->missing->len) {
        g_string_append(w->line, "What is missing to tell who sent it:");
        labelled(w, "");
        list(w, reasons->missing);
    }
}

/* A command stands alone on its line, so that it can be copied; where it runs stands above it. */
static void write_advice(writer *w, const ro_reasons *reasons)
{
    ro_platform last = RO_PLATFORM_ANY;

    g_string_append(w->line, reasons->advice->str);
    labelled(w, "What to do: ");
    for (unsigned i = 0; i < reasons->commands->len; i++) {
        const ro_command *c = &g_array_index(reasons->commands, ro_command, i);

        if (c->platform != last) {
            g_string_append_printf(w->out, "%*s%s:\n", INDENT + 2, "",
                                   ro_label_platform(c->platform));
            last = c->platform;
        }
        g_string_append_printf(w->out, "%*s", INDENT + 4, "");
        ro_clean_text(w->out, c->text);
        g_string_append_c(w->out, '\n');
    }
}

/* Only where there are several, or the heading would have said it. */
static void write_places(writer *w, const ro_finding *f)
{
    if (f->spots->len < 2) {
        return;
    }
    for (unsigned i = 0; i < f->spots->len && i < SPOTS; i++) {
        const ro_spot *spot = g_ptr_array_index(f->spots, i);

        g_string_append(w->line, i ? "; " : "");
        if (f->source == RO_SOURCE_CLIENT) {
            ro_addr_text(spot->addr, w->line);
            g_string_append_printf(w->line, " to port %u", spot->port);
        } else {
            ro_addr_port_text(spot->addr, spot->port, w->line);
        }
        g_string_append_printf(w->line, ": %u", spot->resets);
        write_rhythm(spot->times, w->line);
    }
    if (f->spots->len > SPOTS) {
        g_string_append_printf(w->line, "; and %u more", f->spots->len - SPOTS);
    }
    labelled(w, f->source == RO_SOURCE_CLIENT ? "Resets by client: " : "Resets by service: ");
}

static void write_frames(writer *w, const ro_finding *f)
{
    ro_label_frames(f, w->line);
    g_string_append(w->line, ", ");
    ro_label_instant(f->first_ns, true, w->line);
    if (f->last_ns - f->first_ns >= RO_MS) {
        g_string_append(w->line, " to ");
        ro_label_instant(f->last_ns, false, w->line);
    }
    g_string_append(w->line, " UTC");
    write_rhythm(f->times, w->line);
    g_string_append_c(w->line, '.');
    labelled(w, "");
}

/* Attempts of one client follow on each other as a matter of course; of several they say something. */
static void write_retries(writer *w, const ro_finding *f)
{
    if (f->retried) {
        g_string_append_printf(w->line, "%u connection%s opened again on the same ports. ",
                               f->retried, f->retried == 1 ? " was" : "s were");
    }
    if (f->again && f->clients > 1) {
        g_string_append_printf(
            w->line, "%u connection%s came from a client that had been reset here before. ",
            f->again, f->again == 1 ? "" : "s");
    }
    if (f->contradicted) {
        g_string_append_printf(w->line, "After %u reset%s, the end whose address %s went on. ",
                               f->contradicted, f->contradicted == 1 ? "" : "s",
                               f->contradicted == 1 ? "it carries" : "they carry");
    }
    if (w->line->len) {
        g_string_truncate(w->line, w->line->len - 1);
        labelled(w, "");
    }
}

static void write_finding(writer *w, const ro_document *doc, const ro_finding *f)
{
    ro_reasons reasons;

    ro_reasons_of(doc, f, &reasons);
    g_string_append_c(w->out, '\n');
    bold(w, true);
    g_string_append_printf(w->line, "%u. ", f->number + 1);
    ro_answer_title(f, w->line);
    paragraph(w, 0, INDENT, w->line->str);
    g_string_truncate(w->line, 0);
    bold(w, false);
    ro_answer_story(doc, f, w->line);
    if (w->line->len) {
        labelled(w, "");
    }
    write_why(w, f, &reasons);
    write_advice(w, &reasons);
    write_places(w, f);
    write_retries(w, f);
    write_frames(w, f);
    ro_reasons_clear(&reasons);
}

static void write_head(writer *w, const ro_document *doc)
{
    bold(w, true);
    ro_answer(doc, w->line);
    paragraph(w, 0, 0, w->line->str);
    g_string_truncate(w->line, 0);
    bold(w, false);
    if (doc->in.filter) {
        g_string_append_printf(w->line, "Filter: %s", doc->in.filter);
        paragraph(w, 0, 0, w->line->str);
        g_string_truncate(w->line, 0);
    }
    g_string_append(w->line, "Read: ");
    ro_answer_read(doc, w->line);
    if (doc->entries->len) {
        g_string_append_printf(w->line, "; %u reset%s in %u connection%s", doc->entries->len,
                               doc->entries->len == 1 ? "" : "s", doc->connections,
                               doc->connections == 1 ? "" : "s");
    }
    if (doc->copies) {
        g_string_append_printf(w->line, ", of which %u %s copied twice into the capture",
                               doc->copies, doc->copies == 1 ? "was" : "were");
    }
    g_string_append_c(w->line, '.');
    paragraph(w, 0, 0, w->line->str);
    g_string_truncate(w->line, 0);
}

static void write_harmless(writer *w, const ro_document *doc)
{
    bool headed = false;

    for (unsigned i = 0; i < doc->findings->len; i++) {
        const ro_finding *f = g_ptr_array_index(doc->findings, i);

        if (f->group != RO_GROUP_HARMLESS) {
            continue;
        }
        if (!headed) {
            g_string_append(w->out, "\nHarmless:\n");
            headed = true;
        }
        g_string_append(w->line, "- ");
        ro_answer_harmless(f, w->line);
        g_string_append_printf(w->line, ", frame %u", f->example->reset->seg.frame);
        paragraph(w, INDENT, INDENT + 2, w->line->str);
        g_string_truncate(w->line, 0);
    }
}

void ro_report_text(const ro_document *doc, const ro_text_style *style, GString *out)
{
    writer w = {out, g_string_new(NULL), MAX(style->width, WIDTH_MIN), style->emphasis};

    write_head(&w, doc);
    for (unsigned i = 0; i < doc->findings->len; i++) {
        const ro_finding *f = g_ptr_array_index(doc->findings, i);

        if (f->group != RO_GROUP_HARMLESS) {
            write_finding(&w, doc, f);
        }
    }
    write_harmless(&w, doc);
    if (doc->segments) {
        g_string_append_c(out, '\n');
        ro_origin_segments_text(doc->in.points, doc->in.resets, out);
    }
    g_string_free(w.line, TRUE);
}
