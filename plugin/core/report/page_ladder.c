/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Client to the left, server to the right, time downward; coordinates are whole numbers, since the
 * locale decides what a decimal point looks like. */

#include "report/page_ladder.h"

#include "base/addr.h"
#include "base/constants.h"
#include "report/answer.h"
#include "report/clean.h"
#include "report/labels.h"
#include "report/ladder.h"

#define WIDTH    680
#define X_FRAME  58  /* right edge of frame numbers */
#define X_TIME   136 /* right edge of times */
#define X_CLIENT 170
#define X_SERVER 650
#define X_DEVICE 410
#define TOP      58 /* the first rung */
#define RUNG     30
#define GAP      34
#define SLANT    6

/* A silence from this on is drawn as a gap. */
#define GAP_NS RO_S

typedef struct drawing {
    GString *out;
    const ro_ladder *ladder;
    unsigned y;
} drawing;

/* Text is escaped here and nowhere else. */
static void put_text(drawing *d, unsigned x, unsigned y, const char *attributes, const char *text)
{
    g_string_append_printf(d->out, "<text x=\"%u\" y=\"%u\" %s>", x, y, attributes);
    ro_clean_html(d->out, text);
    g_string_append(d->out, "</text>\n");
}

static void put_line(drawing *d, unsigned x1, unsigned y1, unsigned x2, unsigned y2,
                     const char *attributes)
{
    g_string_append_printf(d->out, "<line x1=\"%u\" y1=\"%u\" x2=\"%u\" y2=\"%u\" %s/>\n", x1, y1,
                           x2, y2, attributes);
}

/* Addresses of this many characters and more are written smaller, or those of both ends meet. */
#define LONG_END 32

static void put_column(drawing *d, unsigned x, unsigned bottom, const char *name, const char *under)
{
    const char *anchor = x == X_SERVER ? "end" : x == X_CLIENT ? "start" : "middle";
    unsigned at = x == X_SERVER ? WIDTH - 2 : x == X_CLIENT ? X_CLIENT - 30 : x;
    char attributes[80];

    g_snprintf(attributes, sizeof attributes, "class=\"end\" text-anchor=\"%s\"", anchor);
    put_text(d, at, 16, attributes, name);
    g_snprintf(attributes, sizeof attributes, "class=\"end%s\" text-anchor=\"%s\"",
               g_utf8_strlen(under, -1) >= LONG_END ? " long" : "", anchor);
    put_text(d, at, 32, attributes, under);
    put_line(d, x, 40, x, bottom, x == X_DEVICE ? "class=\"post device\"" : "class=\"post\"");
}

static void describe(const ro_rung *g, GString *out)
{
    if (g->probe) {
        g_string_append(out, "keep-alive, ");
    }
    ro_ladder_flags(g->flags, out);
    if (g->octets) {
        g_string_append_printf(out, ", %u octet%s", g->octets, g->octets == 1 ? "" : "s");
    }
    if (g->repeat) {
        g_string_append(out, ", sent again");
    }
    if (g->lost) {
        g_string_append(out, ", never acknowledged");
    }
    if (g->is_trigger) {
        g_string_append(out, " ← answered by the reset");
    }
}

static void put_gap(drawing *d, int64_t ns)
{
    GString *text = g_string_new("⋯ ");

    ro_label_duration(ns, text);
    g_string_append(text, " later ⋯");
    put_line(d, X_CLIENT, d->y - 12, X_CLIENT, d->y + GAP - 20, "class=\"break\"");
    put_line(d, X_SERVER, d->y - 12, X_SERVER, d->y + GAP - 20, "class=\"break\"");
    put_text(d, (X_CLIENT + X_SERVER) / 2, d->y + 4, "class=\"gap\" text-anchor=\"middle\"",
             text->str);
    d->y += GAP;
    g_string_free(text, TRUE);
}

/* Where an arrow begins and ends. */
static void put_arrow(drawing *d, const ro_rung *g)
{
    const char *kind = g->flags & RO_RST ? "rst" : g->lost ? "lost" : "seg";
    unsigned to = g->from == RO_CLIENT ? X_SERVER : X_CLIENT;
    unsigned from = g->by_device ? X_DEVICE : g->from == RO_CLIENT ? X_CLIENT : X_SERVER;
    char attributes[80];

    g_snprintf(attributes, sizeof attributes, "class=\"%s%s\" marker-end=\"url(#to-%s)\"", kind,
               g->is_example ? " example" : "", kind);
    put_line(d, from, d->y, to > from ? to - 3 : to + 3, d->y + SLANT, attributes);
    if (g->by_device) {
        g_string_append_printf(d->out, "<circle cx=\"%u\" cy=\"%u\" r=\"5\" class=\"maker\"/>\n",
                               X_DEVICE, d->y);
    }
}

/* Since the first rung; segments follow each other within microseconds. */
static void put_time(int64_t ns, GString *out)
{
    if (ABS(ns) < RO_S) {
        g_string_append_printf(out, "%.2f ms", (double)ns / (double)RO_MS);
    } else {
        ro_label_duration(ns, out);
    }
}

static void put_rung(drawing *d, const ro_rung *g)
{
    GString *text = g_string_new(NULL);
    unsigned middle = (X_CLIENT + X_SERVER) / 2;

    if (g->by_device) {
        middle = (X_DEVICE + (g->from == RO_CLIENT ? X_SERVER : X_CLIENT)) / 2;
    }
    put_arrow(d, g);
    g_string_printf(text, "%u", g->frame);
    put_text(d, X_FRAME, d->y + 7, "class=\"num\" text-anchor=\"end\"", text->str);
    g_string_truncate(text, 0);
    put_time(g->time_ns - d->ladder->rung[0].time_ns, text);
    put_text(d, X_TIME, d->y + 7, "class=\"num\" text-anchor=\"end\"", text->str);
    g_string_truncate(text, 0);
    describe(g, text);
    put_text(d, middle, d->y - 4,
             g->flags & RO_RST ? "class=\"label rst\" text-anchor=\"middle\""
             : g->lost         ? "class=\"label lost\" text-anchor=\"middle\""
                               : "class=\"label\" text-anchor=\"middle\"",
             text->str);
    d->y += RUNG;
    g_string_free(text, TRUE);
}

static unsigned height_of(const ro_ladder *ladder)
{
    unsigned height = TOP + RUNG / 2 + ladder->n * RUNG;

    for (unsigned i = 1; i < ladder->n; i++) {
        height += ladder->rung[i].time_ns - ladder->rung[i - 1].time_ns >= GAP_NS ? GAP : 0;
    }
    return height + (ladder->more_after ? RUNG : 0) + (ladder->more_before ? RUNG : 0);
}

static void put_columns(drawing *d, const ro_finding *f, unsigned bottom)
{
    const ro_stream *st = f->example->reset->stream;
    GString *addr = g_string_new(NULL);

    ro_addr_port_text(st->end[st->client].addr, st->end[st->client].port, addr);
    put_column(d, X_CLIENT, bottom, "client", addr->str);
    g_string_truncate(addr, 0);
    ro_addr_port_text(st->end[!st->client].addr, st->end[!st->client].port, addr);
    put_column(d, X_SERVER, bottom, "server", addr->str);
    if (d->ladder->device) {
        put_column(d, X_DEVICE, bottom, "device in between", f->device ? f->device : "");
    }
    put_text(d, X_FRAME, 32, "class=\"num\" text-anchor=\"end\"", "frame");
    g_string_free(addr, TRUE);
}

static void put_rungs(drawing *d)
{
    const ro_ladder *ladder = d->ladder;

    if (ladder->more_before) {
        put_text(d, X_TIME, d->y + 4, "class=\"gap\" text-anchor=\"end\"", "⋮ earlier");
        d->y += RUNG;
    }
    for (unsigned i = 0; i < ladder->n; i++) {
        int64_t pause = i ? ladder->rung[i].time_ns - ladder->rung[i - 1].time_ns : 0;

        if (pause >= GAP_NS) {
            put_gap(d, pause);
        }
        put_rung(d, &ladder->rung[i]);
    }
    if (ladder->more_after) {
        put_text(d, X_TIME, d->y + 4, "class=\"gap\" text-anchor=\"end\"", "⋮ later");
    }
}

/* The same as a list, for whoever cannot see the picture. */
static void put_in_words(drawing *d)
{
    GString *text = g_string_new(NULL);

    g_string_append(d->out, "<details><summary>The same as text</summary><ul>\n");
    for (unsigned i = 0; i < d->ladder->n; i++) {
        const ro_rung *g = &d->ladder->rung[i];

        g_string_printf(text, "frame %u, ", g->frame);
        ro_label_duration(ABS(g->time_ns - d->ladder->rung[0].time_ns), text);
        g_string_append_printf(text, ", from the %s%s: ", ro_side_name((ro_side)g->from),
                               g->by_device ? "'s address, made by a device in between" : "");
        describe(g, text);
        g_string_append(d->out, "<li>");
        ro_clean_html(d->out, text->str);
        g_string_append(d->out, "</li>\n");
    }
    g_string_append(d->out, "</ul></details>");
    g_string_free(text, TRUE);
}

void ro_page_ladder(const ro_document *doc, const ro_finding *f, GString *out)
{
    ro_ladder ladder;
    drawing d = {out, &ladder, TOP};
    unsigned height;

    ro_ladder_of(doc, f->example, &ladder);
    if (ladder.n < 2) {
        return;
    }
    height = height_of(&ladder);
    g_string_append_printf(out,
                           "<figure class=\"ladder\"><svg viewBox=\"0 0 %u %u\" role=\"img\" "
                           "aria-labelledby=\"l%u\">\n<title id=\"l%u\">The %u segments around the "
                           "reset in frame %u, one line each, from client on the left to server on "
                           "the right</title>\n",
                           WIDTH, height, f->number, f->number, ladder.n,
                           f->example->reset->seg.frame);
    put_columns(&d, f, height - 8);
    put_rungs(&d);
    g_string_append(out, "</svg>");
    put_in_words(&d);
    g_string_append(out, "</figure>\n");
}
