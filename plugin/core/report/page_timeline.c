/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bars of resets over the time of the capture, stacked by source. */

#include "report/page_timeline.h"

#include "base/constants.h"
#include "report/answer.h"
#include "report/clean.h"
#include "report/labels.h"

#define WIDTH  960
#define HEIGHT 150
#define LEFT   46
#define RIGHT  950
#define FLOOR  118
#define TOP    14
#define BINS   113 /* of eight units each */

#define SOURCES 4

typedef struct bins {
    uint32_t n[BINS][SOURCES];
    uint32_t most; /* in one bin */
    int64_t first_ns;
    int64_t span_ns;
} bins;

static void count(const ro_document *doc, bins *b)
{
    const ro_read *read = &doc->in.read;

    b->first_ns = read->packets ? MIN(read->first_ns, doc->first_ns) : doc->first_ns;
    b->span_ns = (read->packets ? MAX(read->last_ns, doc->last_ns) : doc->last_ns) - b->first_ns;
    if (b->span_ns < 1) {
        b->span_ns = 1;
    }
    for (unsigned i = 0; i < doc->entries->len; i++) {
        const ro_entry *e = &g_array_index(doc->entries, ro_entry, i);
        double part = (double)(e->reset->seg.time_ns - b->first_ns) / (double)b->span_ns;
        unsigned bin = (unsigned)(part * (BINS - 1));
        uint32_t sum = 0;

        b->n[bin][e->source]++;
        for (unsigned s = 0; s < SOURCES; s++) {
            sum += b->n[bin][s];
        }
        b->most = MAX(b->most, sum);
    }
}

static void put_bars(const bins *b, GString *out)
{
    for (unsigned i = 0; i < BINS; i++) {
        uint32_t below = 0;

        for (unsigned s = 0; s < SOURCES; s++) {
            unsigned from = below * (FLOOR - TOP) / MAX(b->most, 1);
            unsigned to;

            if (!b->n[i][s]) {
                continue;
            }
            below += b->n[i][s];
            to = below * (FLOOR - TOP) / MAX(b->most, 1);
            g_string_append_printf(
                out,
                "<rect x=\"%u\" y=\"%u\" width=\"7\" height=\"%u\" class=\"s-%s\"><title>%u by %s"
                "</title></rect>\n",
                LEFT + i * 8, FLOOR - to, MAX(to - from, 2), ro_source_name((ro_source)s),
                b->n[i][s], ro_source_name((ro_source)s));
        }
    }
}

static void put_axis(const bins *b, GString *out)
{
    GString *text = g_string_new(NULL);

    g_string_append_printf(out,
                           "<line x1=\"%u\" y1=\"%u\" x2=\"%u\" y2=\"%u\" class=\"axis\"/>\n"
                           "<text x=\"%u\" y=\"%u\" text-anchor=\"end\">%u</text>"
                           "<text x=\"%u\" y=\"%u\" text-anchor=\"end\">0</text>",
                           LEFT - 4, FLOOR + 1, RIGHT, FLOOR + 1, LEFT - 8, TOP + 8, b->most,
                           LEFT - 8, FLOOR);
    ro_label_instant(b->first_ns, true, text);
    g_string_append_printf(out, "<text x=\"%u\" y=\"%u\">%s</text>", LEFT, FLOOR + 20, text->str);
    g_string_truncate(text, 0);
    ro_label_instant(b->first_ns + b->span_ns, true, text);
    g_string_append_printf(out, "<text x=\"%u\" y=\"%u\" text-anchor=\"end\">%s UTC</text>\n",
                           RIGHT, FLOOR + 20, text->str);
    g_string_free(text, TRUE);
}

static void put_legend(const ro_document *doc, GString *out)
{
    static const char *const names[SOURCES] = {"not decided", "by the client", "by the server",
                                               "by a device in between"};
    uint32_t sums[SOURCES] = {0};

    for (unsigned i = 0; i < doc->entries->len; i++) {
        sums[g_array_index(doc->entries, ro_entry, i).source]++;
    }
    g_string_append(out, "<figcaption>");
    for (int s = SOURCES - 1; s >= 0; s--) {
        if (sums[s]) {
            g_string_append_printf(out, "<span><i class=\"b-%s\"></i>%s: %u</span> ",
                                   ro_source_name((ro_source)s), names[s], sums[s]);
        }
    }
    g_string_append(out, "</figcaption>");
}

void ro_page_timeline(const ro_document *doc, GString *out)
{
    bins *b;

    if (doc->last_ns - doc->first_ns < RO_MS) {
        return;
    }
    b = g_new0(bins, 1);
    count(doc, b);
    g_string_append_printf(out,
                           "<section aria-labelledby=\"h-when\"><h2 id=\"h-when\">When</h2>\n"
                           "<figure class=\"timeline\"><svg viewBox=\"0 0 %u %u\" role=\"img\" "
                           "aria-label=\"%u resets over the time of the capture, by source\">\n",
                           WIDTH, HEIGHT, doc->entries->len);
    put_bars(b, out);
    put_axis(b, out);
    g_string_append(out, "</svg>\n");
    put_legend(doc, out);
    g_string_append(out, "</figure></section>\n");
    g_free(b);
}
