/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report as text: what a colleague would put on one page. */

#include "report/report_data.h"

#include "base/addr.h"
#include "base/constants.h"
#include "diagnose/known_timers.h"

#define RULE "==================================================================="

#define WIDTH  92
#define INDENT 14

static const char *plural(uint32_t n)
{
    return n == 1 ? "" : "s";
}

static void label(GString *out, const char *name)
{
    g_string_append_printf(out, "   %-11s", name);
}

/* Breaks lines between words, and sets later lines under the first. */
static void wrap(GString *out, const char *text)
{
    char **words = g_strsplit(text, " ", -1);
    size_t column = INDENT;

    for (unsigned i = 0; words[i]; i++) {
        size_t n = (size_t)g_utf8_strlen(words[i], -1);

        if (i && column + 1 + n > WIDTH) {
            g_string_append_printf(out, "\n%*s", INDENT, "");
            column = INDENT;
        } else if (i) {
            g_string_append_c(out, ' ');
            column++;
        }
        g_string_append(out, words[i]);
        column += n;
    }
    g_string_append_c(out, '\n');
    g_strfreev(words);
}

static void when(int64_t ns, bool date, GString *out)
{
    GDateTime *t = g_date_time_new_from_unix_utc(ns / RO_S);
    char *text = t ? g_date_time_format(t, date ? "%Y-%m-%d %H:%M:%S" : "%H:%M:%S") : NULL;

    g_string_append_printf(out, "%s.%03d", text ? text : "?", (int)(ns % RO_S / RO_MS));
    g_free(text);
    if (t) {
        g_date_time_unref(t);
    }
}

static double seconds(int64_t ns)
{
    return (double)ns / (double)RO_S;
}

static const char *maker(const ro_finding *f)
{
    switch (f->source) {
    case RO_SOURCE_CLIENT:
        return "by the client";
    case RO_SOURCE_SERVER:
        return "by the server";
    case RO_SOURCE_INTERMEDIARY:
        return "by a box on the path";
    default:
        return "sender unknown";
    }
}

static void write_who(const ro_finding *f, GString *out)
{
    uint8_t hops;
    uint32_t n = ro_finding_hops(f, &hops);

    label(out, "Sender:");
    if (f->device) {
        g_string_append_printf(out, "%s; ", f->device);
    }
    if (n * 2 > f->hops_n) {
        g_string_append_printf(out, "%u hop%s away by its TTL", hops, plural(hops));
        if (n != f->hops_n) {
            g_string_append_printf(out, " (%u of %u resets)", n, f->hops_n);
        }
        g_string_append(out, "; ");
    } else if (n) {
        g_string_append(out, "at no single distance by its TTL; ");
    }
    g_string_append_printf(out, "confidence high %u, medium %u, low %u\n", f->sure[RO_HIGH],
                           f->sure[RO_MEDIUM], f->sure[RO_LOW]);
    if (f->source == RO_SOURCE_INTERMEDIARY || f->source == RO_SOURCE_UNKNOWN) {
        label(out, "Bears:");
        g_string_append_printf(out, "the server's address %u, the client's %u",
                               f->claimed_sender[RO_SERVER], f->claimed_sender[RO_CLIENT]);
        if (f->contradicted) {
            g_string_append_printf(out, "; that end goes on after %u of them", f->contradicted);
        }
        g_string_append_c(out, '\n');
    }
}

static void write_rhythm(const GArray *times, GString *out)
{
    ro_rhythm rhythm;

    if (ro_rhythm_of((int64_t *)(void *)times->data, times->len, &rhythm)) {
        g_string_append_printf(out, ", every %.1f s ± %.1f s (%u intervals)",
                               seconds(rhythm.period_ns), seconds(rhythm.spread_ns),
                               rhythm.intervals);
    }
}

static void write_where(const ro_finding *f, GString *out)
{
    label(out, f->source == RO_SOURCE_CLIENT ? "Client:" : "Service:");
    for (unsigned i = 0; i < f->spots->len && i < RO_REPORT_SPOTS; i++) {
        const ro_spot *spot = g_ptr_array_index(f->spots, i);

        if (i) {
            g_string_append_printf(out, "\n%*s", INDENT, "");
        }
        if (f->source == RO_SOURCE_CLIENT) {
            ro_addr_text(spot->addr, out);
            g_string_append_printf(out, " to port %u", spot->port);
        } else {
            ro_addr_port_text(spot->addr, spot->port, out);
        }
        g_string_append_printf(out, ", %u reset%s", spot->resets, plural(spot->resets));
        if (f->spots->len > 1) {
            write_rhythm(spot->times, out);
        }
    }
    if (f->spots->len > RO_REPORT_SPOTS) {
        g_string_append_printf(out, "\n%*sand %u more", INDENT, "",
                               f->spots->len - RO_REPORT_SPOTS);
    }
    g_string_append_c(out, '\n');
}

static void write_when(const ro_finding *f, GString *out)
{
    label(out, "When:");
    when(f->first_ns, true, out);
    if (f->resets > 1) {
        g_string_append(out, " to ");
        when(f->last_ns, false, out);
    }
    if (f->last_ns - f->first_ns >= RO_S / 10) {
        g_string_append_printf(out, " (%.1f s)", seconds(f->last_ns - f->first_ns));
    }
    write_rhythm(f->times, out);
    g_string_append_c(out, '\n');
}

static void write_idle(const ro_finding *f, GString *out)
{
    ro_idle_cluster clusters[RO_REPORT_CLUSTERS];
    unsigned n = ro_idle_clusters(f->idle, clusters, RO_REPORT_CLUSTERS);

    for (unsigned i = 0; i < n; i++) {
        const ro_idle_cluster *c = &clusters[i];
        const char *owner = ro_timer_owner(c->mean_ns);

        label(out, "Idle:");
        g_string_append_printf(out, "%u came after %.0f s of silence (%.1f to %.1f s): a timer",
                               c->n, seconds(c->mean_ns), seconds(c->min_ns), seconds(c->max_ns));
        if (owner) {
            g_string_append_printf(out, ",\n%*s%s", INDENT, "", owner);
        }
        g_string_append_printf(
            out,
            ".\n%*sA keep-alive every %u s avoids it; for programs that set SO_KEEPALIVE:\n"
            "%*s  sysctl -w net.ipv4.tcp_keepalive_time=%u\n",
            INDENT, "", ro_timer_keepalive(c->mean_ns), INDENT, "", ro_timer_keepalive(c->mean_ns));
    }
}

static void write_finding(const ro_finding *f, unsigned number, GString *out)
{
    ro_advice advice = ro_report_advice(f);

    g_string_append_printf(out, "\n%u. %s, %s: %u reset%s in %u connection%s [%s, %s]\n", number,
                           ro_report_title(f->cause), maker(f), f->resets, plural(f->resets),
                           f->streams, plural(f->streams), ro_source_name(f->source),
                           ro_cause_name(f->cause));
    write_who(f, out);
    write_where(f, out);
    write_when(f, out);
    write_idle(f, out);
    if (f->retried || f->again) {
        label(out, "Retried:");
        g_string_append_printf(out,
                               "%u tried again on the same ports; %u came after another reset of "
                               "that client there\n",
                               f->retried, f->again);
    }
    label(out, "Look at:");
    g_string_append_printf(out, "frame%s", plural(f->frames_n));
    for (unsigned i = 0; i < f->frames_n; i++) {
        g_string_append_printf(out, "%s %u", i ? "," : "", f->frames[i].frame);
    }
    g_string_append_c(out, '\n');
    label(out, "Next:");
    wrap(out, advice.text);
    for (unsigned i = 0; advice.commands[i]; i++) {
        g_string_append_printf(out, "%*s  %s\n", INDENT, "", advice.commands[i]);
    }
}

static void write_totals(const ro_report *report, GString *out)
{
    static const char *const lines[RO_GROUP_N] = {
        "made on the path",
        "undecided",
        "by an endpoint, worth a look",
        "ordinary",
    };
    uint32_t streams = g_hash_table_size(report->streams_seen);

    g_string_append_printf(out, "%u reset%s in %u connection%s, ", report->resets,
                           plural(report->resets), streams, plural(streams));
    when(report->first_ns, true, out);
    g_string_append(out, " to ");
    when(report->last_ns, false, out);
    g_string_append(out, " UTC\n");
    for (unsigned i = 0; i < RO_GROUP_N; i++) {
        g_string_append_printf(out, "%8u  %5.1f %%  %s\n", report->groups[i],
                               100.0 * report->groups[i] / report->resets, lines[i]);
    }
    if (report->copies) {
        g_string_append_printf(out, "%8u are second copies that the capture itself made\n",
                               report->copies);
    }
}

void ro_report_text(ro_report *report, GString *out)
{
    static const char *const headings[RO_GROUP_N] = {
        "MADE ON THE PATH",
        "UNDECIDED",
        "BY AN ENDPOINT, WORTH A LOOK",
        "ORDINARY",
    };
    int group = -1;

    g_string_append(out, RULE "\nTCP Reset Origin: report\n");
    if (report->filter) {
        g_string_append_printf(out, "Filter: %s\n", report->filter);
    }
    g_string_append(out, RULE "\n");
    if (report->resets == 0) {
        g_string_append(out, "No reset.\n");
    } else {
        write_totals(report, out);
    }
    ro_report_sort(report);
    for (unsigned i = 0; i < report->findings->len; i++) {
        const ro_finding *f = g_ptr_array_index(report->findings, i);

        if ((int)f->group != group) {
            group = (int)f->group;
            g_string_append_printf(out, "\n%s\n", headings[group]);
        }
        write_finding(f, i + 1, out);
    }
    g_string_append(out, RULE "\n");
}
