/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts a verdict into words that the evidence carries, and no further. */

#include "report/words.h"

#include "base/constants.h"
#include "diagnose/witness.h"
#include "judge/cause_words.h"
#include "judge/signs.h"
#include "points/path_view.h"
#include "report/labels.h"
#include "reset/loss.h"

static const char *who(const ro_reset *r, const ro_verdict *v)
{
    switch (v->source) {
    case RO_SOURCE_CLIENT:
        return r->claimed_sender_known ? "the client" : "the client (likelier side)";
    case RO_SOURCE_SERVER:
        return r->claimed_sender_known ? "the server" : "the server (likelier side)";
    case RO_SOURCE_INTERMEDIARY:
        return "a device on the path";
    default:
        return "an unknown sender";
    }
}

void ro_text_summary(const ro_reset *r, const ro_verdict *v, GString *out)
{
    if (v->source != RO_SOURCE_UNKNOWN) {
        g_string_append_printf(out, "%s: %s (%s)", who(r, v),
                               ro_cause_words_of(v->cause, v->source).sentence,
                               ro_confidence_name(v->confidence));
        return;
    }
    g_string_append(out, "not decided who sent it");
    if (v->cause != RO_CAUSE_UNKNOWN) {
        g_string_append_printf(out, "; if the %s did, %s", ro_side_name((ro_side)r->claimed_sender),
                               ro_cause_words_of(v->cause, v->source).sentence);
    }
}

void ro_text_answer(const ro_reset *r, const ro_verdict *v, const ro_diagnosis *d, GString *out)
{
    bool unknown = v->source == RO_SOURCE_UNKNOWN;
    const char *side = ro_side_name((ro_side)r->claimed_sender);

    if (unknown) {
        g_string_append(out, "sender not decided");
    } else if (v->source == RO_SOURCE_INTERMEDIARY) {
        g_string_append(out, "a device on the path");
    } else {
        g_string_append_printf(out, "the %s%s", side,
                               r->claimed_sender_known ? "" : " (likelier side)");
    }
    if (d->row) {
        g_string_append_printf(out, ": %s", d->row->title);
    } else if (v->cause != RO_CAUSE_UNKNOWN) {
        if (unknown) {
            g_string_append_printf(out, "; if the %s", side);
        }
        g_string_append_printf(out, ": %s", ro_cause_words_of(v->cause, v->source).title);
    }
    if (!unknown) {
        g_string_append_printf(out, " (%s)", ro_label_confidence(v->confidence));
    }
}

void ro_text_facts(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, "RST from %s side", ro_side_name((ro_side)r->claimed_sender));
    if (r->facts & RO_FACT_TRIGGER) {
        g_string_append_printf(out, " answers frame %u", r->trigger.frame);
    }
    if (r->facts & RO_FACT_RESPONSE) {
        g_string_append_printf(out, " after %.2f ms", (double)r->response_ns / (double)RO_MS);
    }
    if (r->seg.known & RO_KNOW_IP) {
        g_string_append_printf(out, ", TTL %u", r->seg.ttl);
    }
    if (r->facts & RO_FACT_TTL_DELTA) {
        g_string_append_printf(out, " where the %s shows %u",
                               ro_side_name((ro_side)r->claimed_sender), r->sender->ttl_last);
    }
}

void ro_text_reason(const ro_reset *r, const ro_verdict *v, unsigned i, GString *out)
{
    if (i < v->fired_n) {
        ro_sign_say(r, &v->fired[i], out);
    }
}

/* The end of a connection asks nobody to do anything, unless it took data with it. A client that closes
 * did not want what it left unread. */
static bool cut_short(const ro_reset *r, const ro_verdict *v)
{
    return v->source == RO_SOURCE_SERVER && v->cause == RO_CAUSE_TEARDOWN && ro_lost_octets(r) > 0;
}

void ro_text_advice(const ro_reset *r, const ro_verdict *v, GString *out)
{
    ro_cause_words words = ro_cause_words_of(v->cause, v->source);
    GString *where;
    ro_cause_values values = {
        .side = ro_side_name((ro_side)r->claimed_sender),
        .idle_ns = r->timer_ns,
        .frame = r->echo_of ? r->echo_of->seg.frame : 0,
        .port = r->stream->end[!r->stream->client].port,
    };

    if (ro_witness_advice(r, out)) {
        return;
    }
    if (cut_short(r, v)) {
        g_string_append(out,
                        "The server closed before it had acknowledged all that the client sent: "
                        "let the client's program repeat what got no answer, and let the client "
                        "be the one that closes.");
        return;
    }
    where = g_string_new(NULL);
    if (v->injected && ro_path_view_segment(r, where)) {
        values.where = where->str;
    }
    ro_cause_advise(&words, &values, out);
    g_string_free(where, TRUE);
}
