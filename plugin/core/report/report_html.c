/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page: complete in itself, opens without network. What can be read without a script is written
 * here; the script only copies commands and keeps the table. */

#include "report/report.h"

#include "report/answer.h"
#include "report/clean.h"
#include "report/labels.h"
#include "report/page_data.h"
#include "report/page_files.h"
#include "report/page_ladder.h"
#include "report/page_timeline.h"
#include "report/reasons.h"

/* Findings written out; more would be a heap that nobody reads. The table has all resets. */
#define FINDINGS 50

/* A browser is told to fetch nothing at all, whatever a capture may have put in. */
#define POLICY                                                                                     \
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"

static void element(GString *out, const char *before, const char *text, const char *after)
{
    g_string_append(out, before);
    ro_clean_html(out, text);
    g_string_append(out, after);
}

static void put_head(const ro_document *doc, GString *out)
{
    GString *text = g_string_new(NULL);

    ro_answer(doc, text);
    g_string_append(out,
                    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta http-equiv=\"Content-Security-Policy\" content=\"" POLICY "\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                    "<meta name=\"color-scheme\" content=\"light dark\">\n"
                    "<link rel=\"icon\" href=\"data:,\">\n");
    element(out, "<title>", text->str, "</title>\n<style>\n");
    g_string_append(out, ro_page_css);
    g_string_append(out, "</style>\n</head>\n<body>\n"
                         "<a class=\"skip\" href=\"#resets\">Go to the table of all resets</a>\n"
                         "<svg width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>");
    for (unsigned i = 0; i < 3; i++) {
        static const char *const kinds[] = {"seg", "rst", "lost"};

        g_string_append_printf(
            out,
            "<marker id=\"to-%s\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" "
            "markerWidth=\"9\" markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" "
            "orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" class=\"tip %s\"/></marker>",
            kinds[i], kinds[i]);
    }
    element(out, "</defs></svg>\n<header><p class=\"kind\">TCP Reset Origin</p>\n<h1>", text->str,
            "</h1>\n");
    g_string_free(text, TRUE);
}

static void put_read(const ro_document *doc, GString *out)
{
    GString *text = g_string_new("Read: ");

    ro_answer_read(doc, text);
    if (doc->entries->len) {
        g_string_append_printf(text, "; %u reset%s in %u connection%s", doc->entries->len,
                               doc->entries->len == 1 ? "" : "s", doc->connections,
                               doc->connections == 1 ? "" : "s");
    }
    g_string_append_c(text, '.');
    if (doc->in.filter) {
        g_string_append_printf(text, " Filter: %s", doc->in.filter);
    }
    element(out, "<p class=\"read\">", text->str, "</p></header>\n<main>\n");
    g_string_free(text, TRUE);
}

static void put_commands(const ro_reasons *reasons, GString *out)
{
    ro_platform last = RO_PLATFORM_ANY;

    for (unsigned i = 0; i < reasons->commands->len; i++) {
        const ro_command *c = &g_array_index(reasons->commands, ro_command, i);

        if (c->platform != last) {
            element(out, "<p class=\"platform\">", ro_label_platform(c->platform), ":</p>\n");
            last = c->platform;
        }
        element(out, "<div class=\"command\"><code>", c->text,
                "</code><button type=\"button\" class=\"copy\">Copy</button></div>\n");
    }
}

static void put_frames(const ro_finding *f, GString *out)
{
    GString *text = g_string_new(NULL);

    ro_label_frames(f, text);
    g_string_append(text, ", ");
    ro_label_instant(f->first_ns, true, text);
    g_string_append_printf(out,
                           "<p class=\"frames\">%s UTC. <button type=\"button\" class=\"only\" "
                           "data-finding=\"%u\">Show its resets "
                           "in the table</button></p>\n",
                           text->str, f->number + 1);
    g_string_free(text, TRUE);
}

static void put_tags(const ro_finding *f, GString *out)
{
    g_string_append_printf(
        out, "<p class=\"tags\"><span class=\"tag b-%s\">%s</span> <span class=\"tag\">%s</span> ",
        ro_source_name(f->source),
        f->source == RO_SOURCE_UNKNOWN ? "sender not decided" : ro_source_name(f->source),
        ro_finding_token(f));
    if (f->source != RO_SOURCE_UNKNOWN || f->diagnosis) {
        g_string_append_printf(out, "<span class=\"tag\">%s</span>",
                               ro_label_confidence(f->confidence));
    }
    g_string_append(out, "</p>\n");
}

static void put_list(const char *heading, const GPtrArray *lines, GString *out)
{
    if (!lines->len) {
        return;
    }
    element(out, "<h4>", heading, "</h4><ul>\n");
    for (unsigned i = 0; i < lines->len; i++) {
        element(out, "<li>", g_ptr_array_index(lines, i), "</li>\n");
    }
    g_string_append(out, "</ul>\n");
}

static void put_evidence(const ro_finding *f, const ro_reasons *reasons, GString *out)
{
    bool riddle = f->source == RO_SOURCE_UNKNOWN && !f->diagnosis;

    g_string_append(out, "<div class=\"why\">");
    put_list(riddle ? "What is known" : "Why we think so", reasons->evidence, out);
    put_list("What is missing to tell who sent it", reasons->missing, out);
    g_string_append(out, "</div>\n");
}

static void put_finding(const ro_document *doc, const ro_finding *f, GString *out)
{
    GString *text = g_string_new(NULL);
    ro_reasons reasons;

    ro_reasons_of(doc, f, &reasons);
    ro_answer_title(f, text);
    g_string_append_printf(out, "<article id=\"f%u\"><h3>%u. ", f->number + 1, f->number + 1);
    element(out, "", text->str, "</h3>\n");
    put_tags(f, out);
    g_string_truncate(text, 0);
    ro_answer_story(doc, f, text);
    if (text->len) {
        element(out, "<p>", text->str, "</p>\n");
    }
    g_string_append(out, "<div class=\"two\">");
    ro_page_ladder(doc, f, out);
    put_evidence(f, &reasons, out);
    element(out, "</div>\n<h4>What to do</h4><p>", reasons.advice->str, "</p>\n");
    put_commands(&reasons, out);
    put_frames(f, out);
    g_string_append(out, "</article>\n");
    ro_reasons_clear(&reasons);
    g_string_free(text, TRUE);
}

static void put_harmless(const ro_document *doc, GString *out)
{
    GString *text = g_string_new(NULL);
    bool headed = false;

    for (unsigned i = 0; i < doc->findings->len; i++) {
        const ro_finding *f = g_ptr_array_index(doc->findings, i);

        if (f->group == RO_GROUP_HARMLESS) {
            g_string_append(out, headed ? "" : "<article><h3>Harmless</h3><ul>\n");
            headed = true;
            g_string_truncate(text, 0);
            ro_answer_harmless(f, text);
            g_string_append_printf(text, ", frame %u", f->example->reset->seg.frame);
            element(out, "<li>", text->str, "</li>\n");
        }
    }
    g_string_append(out, headed ? "</ul></article>\n" : "");
    g_string_free(text, TRUE);
}

static void put_findings(const ro_document *doc, GString *out)
{
    unsigned left_out = 0;

    g_string_append(out, "<section aria-labelledby=\"h-what\"><h2 id=\"h-what\">Findings</h2>\n");
    for (unsigned i = 0; i < doc->findings->len; i++) {
        const ro_finding *f = g_ptr_array_index(doc->findings, i);

        if (f->group != RO_GROUP_HARMLESS && i < FINDINGS) {
            put_finding(doc, f, out);
        } else if (f->group != RO_GROUP_HARMLESS) {
            left_out++;
        }
    }
    if (left_out) {
        g_string_append_printf(
            out, "<p>%u more findings cost less; the table has their resets.</p>", left_out);
    }
    put_harmless(doc, out);
    g_string_append(out, "</section>\n");
}

static void put_points(const ro_origin_segments *all, GString *out)
{
    g_string_append(out, "<section aria-labelledby=\"h-points\"><h2 id=\"h-points\">Capture points"
                         "</h2>\n<ul>\n");
    for (unsigned i = 0; i < all->points->len; i++) {
        const ro_origin_point *p = &g_array_index(all->points, ro_origin_point, i);

        element(out, "<li>", p->name, ": ");
        g_string_append_printf(out, "%s, %u connection%s", p->stands, p->streams,
                               p->streams == 1 ? "" : "s");
        g_string_append(out, "</li>\n");
    }
    g_string_append(out, "</ul>\n<p>Where resets are made, each counted once:</p><ul>\n");
    for (unsigned i = 0; i < all->places->len; i++) {
        const ro_origin_place *place = &g_array_index(all->places, ro_origin_place, i);

        g_string_append_printf(out, "<li>%u ", place->resets);
        element(out, "", place->where, "</li>\n");
    }
    g_string_append(out, "</ul></section>\n");
}

/* An empty table with its controls; the script fills it. */
static void put_table(const ro_document *doc, GString *out)
{
    g_string_append(
        out,
        "<section aria-labelledby=\"resets\"><h2 id=\"resets\" tabindex=\"-1\">All resets</h2>\n"
        "<noscript><p>This table needs JavaScript, which is off.</p></noscript>\n"
        "<div class=\"controls\"><label>Show only <input id=\"find\" type=\"search\" "
        "placeholder=\"address, cause, frame …\"></label>"
        "<label>Source <select id=\"source\"><option value=\"\">all</option>"
        "<option>client</option><option>server</option><option>intermediary</option>"
        "<option>unknown</option></select></label>"
        "<label>Finding <select id=\"finding\"><option value=\"\">all</option></select></label>"
        "<span id=\"status\" role=\"status\"></span></div>\n");
    if (doc->entries->len > RO_PAGE_ROWS) {
        g_string_append_printf(out, "<p>The first %u of %u resets.</p>", RO_PAGE_ROWS,
                               doc->entries->len);
    }
    g_string_append(out,
                    "<div class=\"scroll\"><table><caption>Resets; a heading sorts by its column"
                    "</caption><thead><tr id=\"heads\"></tr></thead><tbody id=\"body\"></tbody>"
                    "</table></div>\n<p><button type=\"button\" id=\"more\">Show more</button>"
                    "</p></section>\n");
}

void ro_report_html(const ro_document *doc, GString *out)
{
    put_head(doc, out);
    put_read(doc, out);
    if (doc->findings->len) {
        put_findings(doc, out);
        ro_page_timeline(doc, out);
        if (doc->segments) {
            put_points(doc->segments, out);
        }
        put_table(doc, out);
    }
    g_string_append(out,
                    "</main>\n<footer><p>Made by rst_origin, a plugin for Wireshark. Weigh the "
                    "reasons yourself before you accuse anybody.</p></footer>\n");
    if (doc->findings->len) {
        ro_page_data(doc, out);
        g_string_append(out, "<script>\n");
        g_string_append(out, ro_page_js);
        g_string_append(out, "</script>\n");
    }
    g_string_append(out, "</body>\n</html>\n");
}
