/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sentences that are read at 3 a.m.: the answer first, both ends, numbers. */

#include "report/answer.h"
#include "report/labels.h"

#include <string.h>

#include "base/addr.h"
#include "base/constants.h"
#include "diagnose/idle_timeout.h"
#include "judge/cause_words.h"

/* Silences that differ by less than this many percent are told as one number. */
#define SAME_PERCENT 2

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

/* The end of a connection is no normal one where data was still under way. */
static const char cut_short[] = "data was under way when the connection ended";

/* A short heading: the diagnosis's, else the cause's. */
static const char *reason(const ro_finding *f)
{
    if (f->diagnosis) {
        return f->diagnosis->title;
    }
    if (f->cause == RO_CAUSE_TEARDOWN && f->lost_streams && f->group != RO_GROUP_HARMLESS) {
        return cut_short;
    }
    return ro_cause_words_of(f->cause, f->source).title;
}

void ro_answer_end(const ro_finding *f, ro_side side, GString *out)
{
    const ro_stream *st = f->example->reset->stream;
    const ro_endpoint *end = &st->end[side == RO_CLIENT ? st->client : !st->client];
    uint32_t n = side == RO_CLIENT ? f->clients : f->servers;

    if (n > 1) {
        g_string_append_printf(out, "%u %ss", n, side == RO_CLIENT ? "client" : "server");
        if (side == RO_SERVER && !f->ports_differ) {
            g_string_append_printf(out, ", port %u", end->port);
        }
    } else if (side == RO_SERVER ? !f->ports_differ : f->streams == 1) {
        ro_addr_port_text(end->addr, end->port, out);
    } else {
        ro_addr_text(end->addr, out);
    }
}

void ro_answer_title(const ro_finding *f, GString *out)
{
    gsize at = out->len;

    if (f->diagnosis || (f->source != RO_SOURCE_UNKNOWN && f->cause != RO_CAUSE_UNKNOWN)) {
        g_string_append(out, reason(f));
    } else if (f->source == RO_SOURCE_UNKNOWN) {
        g_string_append(out, "reset of unknown origin");
    } else {
        g_string_append_printf(out, "reset by %s, for an unknown reason",
                               f->source == RO_SOURCE_CLIENT   ? "the client"
                               : f->source == RO_SOURCE_SERVER ? "the server"
                                                               : "a device in between");
    }
    if (out->len > at) {
        out->str[at] = g_ascii_toupper(out->str[at]);
    }
    g_string_append(out, ": ");
    ro_answer_end(f, RO_CLIENT, out);
    g_string_append(out, " → ");
    ro_answer_end(f, RO_SERVER, out);
}

/* "4 of 6 connections to 10.2.0.9:443" */
static void connections(const ro_finding *f, GString *out)
{
    uint32_t counted = f->total > f->streams ? f->total : f->streams;

    if (counted == 1 && f->total == 1) {
        g_string_append(out, "The only connection");
    } else if (counted > f->streams) {
        g_string_append_printf(out, "%u of %u connections", f->streams, counted);
    } else if (f->total && counted == 2) {
        g_string_append(out, "Both connections");
    } else if (f->total && counted > 2) {
        g_string_append_printf(out, "All %u connections", counted);
    } else {
        g_string_append_printf(out, "%u connection%s", f->streams, plural(f->streams));
    }
    g_string_append(out, " to ");
    ro_answer_end(f, RO_SERVER, out);
}

/* A receiver that dropped all of them kept its connections; where an endpoint sent them, its own end is
 * gone all the same. */
static bool without_effect(const ro_finding *f)
{
    return f->source != RO_SOURCE_CLIENT && f->source != RO_SOURCE_SERVER &&
           f->without_effect == f->resets;
}

/* Whether the verb is passive: "was reset by" instead of "got a reset from". */
static bool ended(const ro_finding *f)
{
    bool refused = f->refused == f->streams && f->source != RO_SOURCE_CLIENT;

    return !without_effect(f) &&
           (f->group == RO_GROUP_HARMLESS || f->broken || f->lost_streams || refused);
}

static const char *verb(const ro_finding *f)
{
    bool many = f->streams != 1;

    if (!ended(f)) {
        return many ? "got resets" : "got a reset";
    }
    if (f->refused == f->streams && f->source != RO_SOURCE_CLIENT) {
        return many ? "were refused" : "was refused";
    }
    if (f->group == RO_GROUP_HARMLESS) {
        return many ? "were ended with a reset" : "was ended with a reset";
    }
    return many ? "were reset" : "was reset";
}

static void by_whom(const ro_finding *f, GString *out)
{
    const char *by = ended(f) ? "by" : "from";

    switch (f->source) {
    case RO_SOURCE_CLIENT:
        g_string_append_printf(out, " %s the client%s", by, f->clients > 1 ? "s" : " ");
        if (f->clients == 1) {
            ro_answer_end(f, RO_CLIENT, out);
        }
        break;
    case RO_SOURCE_SERVER:
        g_string_append_printf(out, " %s the server%s", by, plural(f->servers));
        break;
    case RO_SOURCE_INTERMEDIARY:
        g_string_append_printf(out, " %s a device between client and server", by);
        if (f->device) {
            g_string_append_printf(out, " (%s)", f->device);
        }
        break;
    default:
        break;
    }
    if (without_effect(f)) {
        g_string_append(out, ", without effect");
    }
}

/* Whether silence is what it is about. */
static bool about_silence(const ro_finding *f)
{
    const char *token = ro_finding_token(f);

    return g_strrstr(token, "idle") || g_strrstr(token, "stale");
}

/* The timer of the device that forgot the connections, where the diagnosis knows it; else 0. */
static int64_t path_timer(const ro_document *doc, const ro_finding *f)
{
    ro_verdict v;
    ro_case c;

    if (!doc || strcmp(ro_finding_token(f), "idle_timeout") != 0 || !f->example->diagnosis.row) {
        return 0;
    }
    c = ro_document_case(doc, f->example, &v);
    return ro_idle_timeout_length(&c);
}

/* " after 350 s without traffic", where silence is what it is about: the timer where it is known, else the
 * silences that ended so. */
static void after_silence(const ro_document *doc, const ro_finding *f, GString *out)
{
    int64_t timer;

    if (!about_silence(f) || f->idle_min_ns < RO_PAUSE_NS) {
        return;
    }
    timer = path_timer(doc, f);
    g_string_append(out, " after ");
    ro_label_duration(timer ? timer : f->idle_min_ns, out);
    if (!timer && f->idle_max_ns - f->idle_min_ns > f->idle_max_ns / 100 * SAME_PERCENT) {
        g_string_append(out, " to ");
        ro_label_duration(f->idle_max_ns, out);
    }
    g_string_append(out, " without traffic");
}

/* The sentence without its full stop; `doc` may be NULL, then no timer is named. */
static void sentence(const ro_document *doc, const ro_finding *f, GString *out)
{
    connections(f, out);
    g_string_append_printf(out, " %s", verb(f));
    by_whom(f, out);
    after_silence(doc, f, out);
    if (f->source == RO_SOURCE_UNKNOWN) {
        g_string_append_printf(out, ", but the capture does not show %s whom",
                               ended(f) ? "by" : "from");
    }
    if (f->source == RO_SOURCE_UNKNOWN && !f->diagnosis && f->cause != RO_CAUSE_ECHO) {
        if (f->cause != RO_CAUSE_UNKNOWN) {
            g_string_append_printf(out, " (if by the %s: %s)",
                                   ro_side_name((ro_side)f->example->reset->claimed_sender),
                                   reason(f));
        }
    } else if (f->diagnosis || f->cause != RO_CAUSE_UNKNOWN) {
        g_string_append_printf(out, ": %s", reason(f));
    } else {
        g_string_append(out, "; the capture does not show why");
    }
}

static void losses(const ro_finding *f, GString *out)
{
    if (!f->lost_streams || f->group == RO_GROUP_HARMLESS) {
        return;
    }
    g_string_append_c(out, ' ');
    /* after a silence a client begins with a request, and counting requests says more than octets */
    if (about_silence(f) && f->claimed_sender[RO_CLIENT] == 0) {
        g_string_append_printf(out, "%u request%s lost: sent, but never acknowledged.",
                               f->lost_streams, f->lost_streams == 1 ? " was" : "s were");
        return;
    }
    if (f->streams > 1) {
        g_string_append_printf(
            out, "%u connection%s lost data: %" G_GUINT64_FORMAT " octet%s never acknowledged.",
            f->lost_streams, plural(f->lost_streams), (guint64)f->lost_octets,
            f->lost_octets == 1 ? " that was" : "s that were");
        return;
    }
    g_string_append_printf(out, "%" G_GUINT64_FORMAT " octet%s lost: sent, but never acknowledged.",
                           (guint64)f->lost_octets, f->lost_octets == 1 ? " was" : "s were");
}

/* After "For example: " a sentence goes on in small letters, but for names such as TLS. */
static void go_on(GString *text)
{
    if (text->len > 1 && !g_ascii_isupper(text->str[1])) {
        text->str[0] = g_ascii_tolower(text->str[0]);
    }
}

/* The summary without its first sentence. */
static void detail_of(const ro_document *doc, const ro_finding *f, GString *out)
{
    ro_verdict v;
    ro_case c = ro_document_case(doc, f->example, &v);
    GString *text = g_string_new(NULL);

    ro_diagnosis_text(&c, &f->example->diagnosis, text);
    if (text->len && f->streams > 1) {
        g_string_append(out, "For example: ");
        go_on(text);
    } else if (text->len) {
        text->str[0] = g_ascii_toupper(text->str[0]);
    }
    g_string_append(out, text->str);
    if (text->len && text->str[text->len - 1] != '.') {
        g_string_append_c(out, '.');
    }
    /* one connection's diagnosis may have said it */
    if (f->streams > 1 || !strstr(text->str, " lost")) {
        losses(f, out);
    }
    g_string_free(text, TRUE);
    if (out->len && out->str[0] == ' ') {
        g_string_erase(out, 0, 1);
    }
}

void ro_answer_summary(const ro_document *doc, const ro_finding *f, GString *out)
{
    GString *detail = g_string_new(NULL);

    sentence(doc, f, out);
    g_string_append_c(out, '.');
    detail_of(doc, f, detail);
    if (detail->len) {
        g_string_append_printf(out, " %s", detail->str);
    }
    g_string_free(detail, TRUE);
}

void ro_answer_story(const ro_document *doc, const ro_finding *f, GString *out)
{
    bool alone = f->streams == 1 && f->total <= 1 && f->diagnosis;

    if (f->number && !alone) {
        ro_answer_summary(doc, f, out);
    } else {
        detail_of(doc, f, out);
    }
}

void ro_answer_harmless(const ro_finding *f, GString *out)
{
    sentence(NULL, f, out);
    if (f->resets > f->streams) {
        g_string_append_printf(out, " (%u resets)", f->resets);
    }
}

void ro_answer_read(const ro_document *doc, GString *out)
{
    const ro_read *read = &doc->in.read;

    if (read->packets) {
        g_string_append_printf(out, "%" G_GUINT64_FORMAT " packet%s", (guint64)read->packets,
                               plural(read->packets));
        if (read->last_ns > read->first_ns) {
            g_string_append(out, " over ");
            ro_label_duration(read->last_ns - read->first_ns, out);
        }
        g_string_append(out, ", ");
    }
    g_string_append_printf(out, "%u TCP connection%s", read->connections,
                           plural(read->connections));
}

static void no_reset(const ro_document *doc, GString *out)
{
    const ro_read *read = &doc->in.read;

    if (doc->in.filter) {
        g_string_append(out, "No reset matches the filter.");
    } else if (read->connections) {
        g_string_append(out,
                        read->connections == 1
                            ? "No reset: the TCP connection in this capture was not reset."
                            : "No reset: none of the TCP connections in this capture was reset.");
    } else if (read->packets) {
        g_string_append(out, "No reset, since there is no TCP in this capture.");
    } else {
        g_string_append(out, "No reset, since no packet was read.");
    }
}

/* What a closed side did not read is no loss that somebody noticed, but then nobody says "no data". */
static void nothing_to_do(const ro_document *doc, GString *out)
{
    bool one = doc->entries->len == 1;
    bool lost = false;

    for (unsigned i = 0; i < doc->findings->len; i++) {
        lost |= ((const ro_finding *)g_ptr_array_index(doc->findings, i))->lost_streams != 0;
    }
    g_string_append_printf(out, "Nothing to do: %s harmless",
                           one ? "the reset in this capture is" : "all resets in this capture are");
    if (!lost) {
        g_string_append_printf(out, ", and no data was lost by %s", one ? "it" : "them");
    }
    g_string_append_c(out, '.');
}

void ro_answer(const ro_document *doc, GString *out)
{
    const ro_finding *first;

    if (doc->findings->len == 0) {
        no_reset(doc, out);
        return;
    }
    first = g_ptr_array_index(doc->findings, 0);
    if (first->group == RO_GROUP_HARMLESS) {
        nothing_to_do(doc, out);
        return;
    }
    sentence(doc, first, out);
    g_string_append_c(out, '.');
}
