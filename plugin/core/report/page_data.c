/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One array per reset: frame, time, client, server, source, cause, diagnosis, confidence, finding. */

#include "report/page_data.h"

#include "base/addr.h"
#include "base/constants.h"
#include "report/clean.h"

static void put_row(const ro_document *doc, const ro_entry *e, GString *text, GString *out)
{
    const ro_reset *r = e->reset;
    const ro_stream *st = r->stream;
    const ro_read *read = &doc->in.read;
    int64_t since = r->seg.time_ns - (read->packets ? read->first_ns : doc->first_ns);

    g_string_append_printf(out, "[%u,%s%" G_GINT64_FORMAT ",", r->seg.frame, since < 0 ? "-" : "",
                           (gint64)(ABS(since) / RO_US));
    for (int side = 0; side < 2; side++) {
        const ro_endpoint *end = &st->end[side == RO_CLIENT ? st->client : !st->client];

        g_string_truncate(text, 0);
        ro_addr_port_text(end->addr, end->port, text);
        ro_clean_json(out, text->str);
        g_string_append_c(out, ',');
    }
    g_string_append_printf(out, "\"%s\",\"%s\",\"%s\",\"%s\",%u]", ro_source_name(e->source),
                           ro_cause_name(e->cause), e->diagnosis.row ? e->diagnosis.row->token : "",
                           ro_confidence_name(e->confidence), e->finding + 1);
}

void ro_page_data(const ro_document *doc, GString *out)
{
    GString *text = g_string_new(NULL);

    g_string_append(out, "<script type=\"application/json\" id=\"rows\">[");
    for (unsigned i = 0; i < doc->entries->len && i < RO_PAGE_ROWS; i++) {
        g_string_append(out, i ? ",\n" : "\n");
        put_row(doc, &g_array_index(doc->entries, ro_entry, i), text, out);
    }
    g_string_append(out, "]</script>\n");
    g_string_free(text, TRUE);
}
