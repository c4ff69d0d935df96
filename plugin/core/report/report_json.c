/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The document for a program, version 2: docs/report.schema.json. */

#include "report/report.h"

#include "base/addr.h"
#include "diagnose/known_timers.h"
#include "points/witness.h"
#include "report/answer.h"
#include "report/json_writer.h"
#include "report/reasons.h"
#include "report/rhythm.h"

/* Places and idle timers named per finding. */
#define SPOTS    50
#define CLUSTERS 3

static void put_rhythm(ro_json *w, const GArray *times)
{
    ro_rhythm rhythm;

    if (ro_rhythm_of((int64_t *)(void *)times->data, times->len, &rhythm)) {
        ro_json_begin(w, "every", '{');
        ro_json_seconds(w, "seconds", rhythm.period_ns);
        ro_json_seconds(w, "plus_minus", rhythm.spread_ns);
        ro_json_number(w, "intervals", rhythm.intervals);
        ro_json_end(w, '}');
    }
}

static void put_idle(ro_json *w, const ro_finding *f)
{
    ro_idle_cluster clusters[CLUSTERS];
    unsigned n = ro_idle_clusters(f->idle, clusters, CLUSTERS);

    ro_json_begin(w, "idle_timers", '[');
    for (unsigned i = 0; i < n; i++) {
        const ro_idle_cluster *c = &clusters[i];
        const char *owner = ro_timer_owner(c->mean_ns);

        ro_json_begin(w, NULL, '{');
        ro_json_seconds(w, "seconds", c->mean_ns);
        ro_json_seconds(w, "least", c->min_ns);
        ro_json_seconds(w, "most", c->max_ns);
        ro_json_number(w, "resets", c->n);
        if (owner) {
            ro_json_text(w, "known_as", owner);
        }
        ro_json_number(w, "keepalive_seconds", ro_timer_keepalive(c->mean_ns));
        ro_json_end(w, '}');
    }
    ro_json_end(w, ']');
}

static void put_spots(ro_json *w, const ro_finding *f)
{
    GString *addr = g_string_new(NULL);

    ro_json_number(w, "places_total", f->spots->len);
    ro_json_begin(w, "places", '[');
    for (unsigned i = 0; i < f->spots->len && i < SPOTS; i++) {
        const ro_spot *spot = g_ptr_array_index(f->spots, i);

        g_string_truncate(addr, 0);
        ro_addr_text(spot->addr, addr);
        ro_json_begin(w, NULL, '{');
        ro_json_text(w, f->source == RO_SOURCE_CLIENT ? "client" : "server", addr->str);
        ro_json_number(w, "port", spot->port);
        ro_json_number(w, "resets", spot->resets);
        put_rhythm(w, spot->times);
        ro_json_end(w, '}');
    }
    ro_json_end(w, ']');
    g_string_free(addr, TRUE);
}

/* An address stands there where there is but one; a port, where it is the same for all. */
static void put_end(ro_json *w, const ro_finding *f, ro_side side)
{
    const ro_stream *st = f->example->reset->stream;
    const ro_endpoint *end = &st->end[side == RO_CLIENT ? st->client : !st->client];
    uint32_t n = side == RO_CLIENT ? f->clients : f->servers;
    GString *text = g_string_new(NULL);

    ro_json_begin(w, ro_side_name(side), '{');
    ro_json_number(w, "count", n);
    if (n == 1) {
        ro_addr_text(end->addr, text);
        ro_json_text(w, "address", text->str);
    }
    if (side == RO_SERVER ? !f->ports_differ : f->streams == 1) {
        ro_json_number(w, "port", end->port);
    }
    ro_json_end(w, '}');
    g_string_free(text, TRUE);
}

static void put_ends(ro_json *w, const ro_finding *f)
{
    ro_json_begin(w, "ends", '{');
    put_end(w, f, RO_CLIENT);
    put_end(w, f, RO_SERVER);
    ro_json_end(w, '}');
}

static void put_reasons(ro_json *w, const ro_document *doc, const ro_finding *f)
{
    GString *text = g_string_new(NULL);
    ro_reasons reasons;

    ro_reasons_of(doc, f, &reasons);
    ro_answer_title(f, text);
    ro_json_text(w, "title", text->str);
    g_string_truncate(text, 0);
    ro_answer_summary(doc, f, text);
    ro_json_text(w, "summary", text->str);
    ro_json_begin(w, "evidence", '[');
    for (unsigned i = 0; i < reasons.evidence->len; i++) {
        ro_json_text(w, NULL, g_ptr_array_index(reasons.evidence, i));
    }
    ro_json_end(w, ']');
    if (reasons.missing->len) {
        ro_json_begin(w, "missing", '[');
        for (unsigned i = 0; i < reasons.missing->len; i++) {
            ro_json_text(w, NULL, g_ptr_array_index(reasons.missing, i));
        }
        ro_json_end(w, ']');
    }
    ro_json_text(w, "advice", reasons.advice->str);
    ro_json_begin(w, "commands", '[');
    for (unsigned i = 0; i < reasons.commands->len; i++) {
        const ro_command *c = &g_array_index(reasons.commands, ro_command, i);

        ro_json_begin(w, NULL, '{');
        ro_json_text(w, "platform", ro_platform_name(c->platform));
        ro_json_text(w, "command", c->text);
        ro_json_end(w, '}');
    }
    ro_json_end(w, ']');
    ro_reasons_clear(&reasons);
    g_string_free(text, TRUE);
}

static void put_counts(ro_json *w, const ro_finding *f)
{
    ro_json_number(w, "resets", f->resets);
    ro_json_number(w, "events", f->events);
    ro_json_number(w, "connections", f->streams);
    if (f->total) {
        ro_json_number(w, "connections_total", f->total);
    }
    ro_json_number(w, "connections_broken", f->broken);
    ro_json_number(w, "connections_refused", f->refused);
    ro_json_number(w, "connections_with_loss", f->lost_streams);
    ro_json_number(w, "lost_octets", f->lost_octets);
    ro_json_begin(w, "made_up_of", '[');
    for (unsigned i = 0; i < f->parts->len; i++) {
        const ro_finding_part *part = &g_array_index(f->parts, ro_finding_part, i);

        ro_json_begin(w, NULL, '{');
        ro_json_text(w, "source", ro_source_name(part->source));
        ro_json_text(w, "cause", ro_cause_name(part->cause));
        ro_json_number(w, "resets", part->resets);
        ro_json_end(w, '}');
    }
    ro_json_end(w, ']');
    ro_json_begin(w, "source_confidence", '{');
    for (int i = RO_HIGH; i >= RO_LOW; i--) {
        ro_json_number(w, ro_confidence_name((ro_confidence)i), f->sure[i]);
    }
    ro_json_end(w, '}');
    ro_json_begin(w, "claimed_source", '{');
    ro_json_number(w, "client", f->claimed_sender[RO_CLIENT]);
    ro_json_number(w, "server", f->claimed_sender[RO_SERVER]);
    ro_json_end(w, '}');
    ro_json_number(w, "contradicted", f->contradicted);
    ro_json_number(w, "without_effect", f->without_effect);
    ro_json_number(w, "retried_same_ports", f->retried);
    ro_json_number(w, "reset_again", f->again);
}

/* What the kernel of the sender said of the example. */
static void put_witness(ro_json *w, const ro_finding *f)
{
    const ro_testimony *t = ro_witness_sent(f->example->reset);

    if (!t) {
        return;
    }
    ro_json_begin(w, "witness", '{');
    ro_json_text(w, "host", t->session->host ? t->session->host : "");
    if (t->reason) {
        ro_json_text(w, "reason", t->reason);
    }
    if (t->state) {
        ro_json_text(w, "state", t->state);
    }
    if (t->pid) {
        ro_json_text(w, "process", t->process ? t->process : "");
        ro_json_number(w, "pid", t->pid);
    }
    ro_json_number(w, "frame", t->frame);
    ro_json_end(w, '}');
}

static void put_finding(ro_json *w, const ro_document *doc, const ro_finding *f)
{
    uint8_t hops;
    uint32_t with_hops = ro_finding_hops(f, &hops);

    ro_json_begin(w, NULL, '{');
    ro_json_text(w, "group", ro_group_name(f->group));
    ro_json_text(w, "source", ro_source_name(f->source));
    if (f->diagnosis) {
        ro_json_text(w, "diagnosis", f->diagnosis->token);
    }
    ro_json_text(w, "cause", ro_cause_name(f->example->cause));
    ro_json_text(w, "confidence", ro_confidence_name(f->confidence));
    if (f->device) {
        ro_json_text(w, "device", f->device);
    }
    put_witness(w, f);
    put_reasons(w, doc, f);
    put_ends(w, f);
    ro_json_begin(w, "frames", '[');
    for (unsigned i = 0; i < f->frames_n; i++) {
        ro_json_number(w, NULL, f->frames[i]->reset->seg.frame);
    }
    ro_json_end(w, ']');
    put_counts(w, f);
    if (with_hops) {
        ro_json_begin(w, "hops", '{');
        ro_json_number(w, "most_common", hops);
        ro_json_number(w, "resets", with_hops);
        ro_json_end(w, '}');
    }
    ro_json_seconds(w, "first_time", f->first_ns);
    ro_json_seconds(w, "last_time", f->last_ns);
    put_rhythm(w, f->times);
    put_idle(w, f);
    put_spots(w, f);
    ro_json_end(w, '}');
}

/* Only where there is more than one capture point. */
static void put_points(ro_json *w, const ro_origin_segments *all)
{
    ro_json_begin(w, "capture_points", '[');
    for (unsigned i = 0; i < all->points->len; i++) {
        const ro_origin_point *p = &g_array_index(all->points, ro_origin_point, i);

        ro_json_begin(w, NULL, '{');
        ro_json_text(w, "name", p->name);
        ro_json_text(w, "stands", p->stands);
        ro_json_number(w, "connections", p->streams);
        ro_json_number(w, "segments_missed", p->missed);
        ro_json_number(w, "segments_expected", p->of);
        if (p->has_clock) {
            ro_json_seconds(w, "clock_offset", p->clock_ns);
            ro_json_seconds(w, "drift_per_second", (int64_t)(p->drift * 1e9));
        }
        ro_json_end(w, '}');
    }
    ro_json_end(w, ']');
    ro_json_begin(w, "made", '[');
    for (unsigned i = 0; i < all->places->len; i++) {
        const ro_origin_place *place = &g_array_index(all->places, ro_origin_place, i);

        ro_json_begin(w, NULL, '{');
        ro_json_text(w, "where", place->where);
        ro_json_number(w, "resets", place->resets);
        ro_json_end(w, '}');
    }
    ro_json_end(w, ']');
}

static void put_read(ro_json *w, const ro_document *doc)
{
    const ro_read *read = &doc->in.read;

    ro_json_begin(w, "read", '{');
    ro_json_number(w, "packets", read->packets);
    ro_json_number(w, "tcp_connections", read->connections);
    if (read->packets) {
        ro_json_seconds(w, "first_time", read->first_ns);
        ro_json_seconds(w, "last_time", read->last_ns);
    }
    ro_json_end(w, '}');
}

static void put_totals(ro_json *w, const ro_document *doc)
{
    put_read(w, doc);
    ro_json_number(w, "resets", doc->entries->len);
    ro_json_number(w, "events", doc->events);
    ro_json_number(w, "connections", doc->connections);
    ro_json_number(w, "second_copies", doc->copies);
    if (doc->entries->len) {
        ro_json_seconds(w, "first_time", doc->first_ns);
        ro_json_seconds(w, "last_time", doc->last_ns);
    }
    ro_json_begin(w, "groups", '{');
    for (unsigned i = 0; i < RO_GROUP_N; i++) {
        ro_json_number(w, ro_group_name((ro_group)i), doc->groups[i]);
    }
    ro_json_end(w, '}');
}

void ro_report_json(const ro_document *doc, GString *out)
{
    ro_json w = {.out = out};
    GString *answer = g_string_new(NULL);

    ro_answer(doc, answer);
    ro_json_begin(&w, NULL, '{');
    ro_json_text(&w, "report", "rst_origin");
    ro_json_number(&w, "version", RO_DOCUMENT_VERSION);
    if (doc->in.filter) {
        ro_json_text(&w, "filter", doc->in.filter);
    }
    ro_json_text(&w, "answer", answer->str);
    put_totals(&w, doc);
    if (doc->segments) {
        put_points(&w, doc->segments);
    }
    ro_json_begin(&w, "findings", '[');
    for (unsigned i = 0; i < doc->findings->len; i++) {
        put_finding(&w, doc, g_ptr_array_index(doc->findings, i));
    }
    ro_json_end(&w, ']');
    ro_json_end(&w, '}');
    g_string_append_c(out, '\n');
    g_string_free(answer, TRUE);
}
