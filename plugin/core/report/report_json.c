/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report as one JSON document (RFC 8259), whatever the locale writes for a decimal point. */

#include "report/report_data.h"

#include "base/addr.h"
#include "base/constants.h"
#include "diagnose/known_timers.h"
#include "report/origin_segments.h"

typedef struct writer {
    GString *out;
    unsigned depth;
    bool first; /* nothing stands yet at this depth */
} writer;

static void text(writer *w, const char *value)
{
    g_string_append_c(w->out, '"');
    for (const char *p = value; *p; p++) {
        unsigned char c = (unsigned char)*p;

        if (c == '"' || c == '\\') {
            g_string_append_printf(w->out, "\\%c", c);
        } else if (c < 0x20) {
            g_string_append_printf(w->out, "\\u%04x", c);
        } else {
            g_string_append_c(w->out, (char)c);
        }
    }
    g_string_append_c(w->out, '"');
}

/* Begins a value: comma, new line, indent and, in an object, its name. */
static void name(writer *w, const char *key)
{
    g_string_append_printf(w->out, "%s\n%*s", w->first ? "" : ",", (int)(2 * w->depth), "");
    w->first = false;
    if (key) {
        text(w, key);
        g_string_append(w->out, ": ");
    }
}

static void begin(writer *w, const char *key, char bracket)
{
    if (w->depth) {
        name(w, key);
    }
    g_string_append_c(w->out, bracket);
    w->depth++;
    w->first = true;
}

static void end(writer *w, char bracket)
{
    w->depth--;
    if (!w->first) {
        g_string_append_printf(w->out, "\n%*s", (int)(2 * w->depth), "");
    }
    g_string_append_c(w->out, bracket);
    w->first = false;
}

static void put_text(writer *w, const char *key, const char *value)
{
    name(w, key);
    text(w, value);
}

static void put_number(writer *w, const char *key, uint32_t value)
{
    name(w, key);
    g_string_append_printf(w->out, "%u", value);
}

/* Seconds with nine decimals, exact: a double would lose the nanoseconds of an epoch time. */
static void put_seconds(writer *w, const char *key, int64_t ns)
{
    uint64_t magnitude = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;

    name(w, key);
    g_string_append_printf(w->out, "%s%" G_GUINT64_FORMAT ".%09" G_GUINT64_FORMAT,
                           ns < 0 ? "-" : "", (guint64)(magnitude / RO_S),
                           (guint64)(magnitude % RO_S));
}

static void put_rhythm(writer *w, const GArray *times)
{
    ro_rhythm rhythm;

    if (ro_rhythm_of((int64_t *)(void *)times->data, times->len, &rhythm)) {
        begin(w, "every", '{');
        put_seconds(w, "seconds", rhythm.period_ns);
        put_seconds(w, "plus_minus", rhythm.spread_ns);
        put_number(w, "intervals", rhythm.intervals);
        end(w, '}');
    }
}

static void put_idle(writer *w, const ro_finding *f)
{
    ro_idle_cluster clusters[RO_REPORT_CLUSTERS];
    unsigned n = ro_idle_clusters(f->idle, clusters, RO_REPORT_CLUSTERS);

    begin(w, "idle_timers", '[');
    for (unsigned i = 0; i < n; i++) {
        const ro_idle_cluster *c = &clusters[i];
        const char *owner = ro_timer_owner(c->mean_ns);

        begin(w, NULL, '{');
        put_seconds(w, "seconds", c->mean_ns);
        put_seconds(w, "least", c->min_ns);
        put_seconds(w, "most", c->max_ns);
        put_number(w, "resets", c->n);
        if (owner) {
            put_text(w, "known_as", owner);
        }
        put_number(w, "keepalive_seconds", ro_timer_keepalive(c->mean_ns));
        end(w, '}');
    }
    end(w, ']');
}

static void put_spots(writer *w, const ro_finding *f)
{
    GString *addr = g_string_new(NULL);

    put_number(w, "places_total", f->spots->len);
    begin(w, "places", '[');
    for (unsigned i = 0; i < f->spots->len && i < RO_REPORT_SPOTS_MAX; i++) {
        const ro_spot *spot = g_ptr_array_index(f->spots, i);

        g_string_truncate(addr, 0);
        ro_addr_text(spot->addr, addr);
        begin(w, NULL, '{');
        put_text(w, f->source == RO_SOURCE_CLIENT ? "client" : "server", addr->str);
        put_number(w, "port", spot->port);
        put_number(w, "resets", spot->resets);
        put_rhythm(w, spot->times);
        end(w, '}');
    }
    end(w, ']');
    g_string_free(addr, TRUE);
}

static void put_advice(writer *w, const ro_finding *f)
{
    ro_advice advice = ro_report_advice(f);

    put_text(w, "advice", advice.text);
    begin(w, "commands", '[');
    for (unsigned i = 0; advice.commands[i]; i++) {
        put_text(w, NULL, advice.commands[i]);
    }
    end(w, ']');
}

static void put_finding(writer *w, const ro_finding *f)
{
    uint8_t hops;
    uint32_t with_hops = ro_finding_hops(f, &hops);

    begin(w, NULL, '{');
    put_text(w, "group", ro_group_name(f->group));
    put_text(w, "source", ro_source_name(f->source));
    put_text(w, "cause", ro_cause_name(f->cause));
    if (f->device) {
        put_text(w, "device", f->device);
    }
    put_number(w, "resets", f->resets);
    put_number(w, "events", f->events);
    put_number(w, "connections", f->streams);
    begin(w, "confidence", '{');
    for (int i = RO_HIGH; i >= RO_LOW; i--) {
        put_number(w, ro_confidence_name((ro_confidence)i), f->sure[i]);
    }
    end(w, '}');
    begin(w, "claimed_source", '{');
    put_number(w, "client", f->claimed_sender[RO_CLIENT]);
    put_number(w, "server", f->claimed_sender[RO_SERVER]);
    end(w, '}');
    put_number(w, "contradicted", f->contradicted);
    if (with_hops) {
        begin(w, "hops", '{');
        put_number(w, "most_common", hops);
        put_number(w, "resets", with_hops);
        end(w, '}');
    }
    put_seconds(w, "first_time", f->first_ns);
    put_seconds(w, "last_time", f->last_ns);
    put_rhythm(w, f->times);
    put_idle(w, f);
    put_number(w, "retried_same_ports", f->retried);
    put_number(w, "reset_again", f->again);
    begin(w, "frames", '[');
    for (unsigned i = 0; i < f->frames_n; i++) {
        put_number(w, NULL, f->frames[i].frame);
    }
    end(w, ']');
    put_spots(w, f);
    put_advice(w, f);
    end(w, '}');
}

/* Only where there is more than one capture point. */
static void put_places(writer *w, ro_points *points, const GPtrArray *resets)
{
    ro_origin_segments *all = points ? ro_origin_segments_of(points, resets) : NULL;

    if (!all) {
        return;
    }
    begin(w, "capture_points", '[');
    for (unsigned i = 0; i < all->points->len; i++) {
        const ro_origin_point *p = &g_array_index(all->points, ro_origin_point, i);

        begin(w, NULL, '{');
        put_text(w, "name", p->name);
        put_text(w, "stands", p->stands);
        put_number(w, "connections", p->streams);
        put_number(w, "segments_missed", p->missed);
        put_number(w, "segments_expected", p->of);
        if (p->has_clock) {
            put_seconds(w, "clock_offset", p->clock_ns);
            put_seconds(w, "drift_per_second", (int64_t)(p->drift * (double)RO_S));
        }
        end(w, '}');
    }
    end(w, ']');
    begin(w, "made", '[');
    for (unsigned i = 0; i < all->places->len; i++) {
        const ro_origin_place *place = &g_array_index(all->places, ro_origin_place, i);

        begin(w, NULL, '{');
        put_text(w, "where", place->where);
        put_number(w, "resets", place->resets);
        end(w, '}');
    }
    end(w, ']');
    ro_origin_segments_free(all);
}

void ro_report_json(ro_report *report, ro_points *points, const GPtrArray *resets, GString *out)
{
    writer w = {.out = out};

    ro_report_sort(report);
    begin(&w, NULL, '{');
    put_text(&w, "report", "rst_origin");
    put_number(&w, "version", RO_REPORT_VERSION);
    if (report->filter) {
        put_text(&w, "filter", report->filter);
    }
    put_number(&w, "resets", report->resets);
    put_number(&w, "events", g_hash_table_size(report->events_seen));
    put_number(&w, "connections", g_hash_table_size(report->streams_seen));
    put_number(&w, "second_copies", report->copies);
    if (report->resets) {
        put_seconds(&w, "first_time", report->first_ns);
        put_seconds(&w, "last_time", report->last_ns);
    }
    begin(&w, "groups", '{');
    for (unsigned i = 0; i < RO_GROUP_N; i++) {
        put_number(&w, ro_group_name((ro_group)i), report->groups[i]);
    }
    end(&w, '}');
    put_places(&w, points, resets);
    begin(&w, "findings", '[');
    for (unsigned i = 0; i < report->findings->len; i++) {
        put_finding(&w, g_ptr_array_index(report->findings, i));
    }
    end(&w, ']');
    end(&w, '}');
    g_string_append_c(out, '\n');
}
