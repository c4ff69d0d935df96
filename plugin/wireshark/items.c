/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One item per fact that is known. A fact that is not known has no item. */

#include "items.h"

#include "core/diagnose/timers.h"
#include "core/judge/verdict.h"
#include "core/points/path_view.h"
#include "core/reset/effect.h"
#include "core/reset/followup.h"
#include "core/reset/loss.h"
#include "fields.h"
#include "lines.h"
#include "observe.h"

#define NS_PER_S 1000000000

static proto_item *generated(proto_item *item)
{
    proto_item_set_generated(item);
    return item;
}

proto_item *ro_item_string(ro_tree_pos at, int hf, const char *value)
{
    return generated(proto_tree_add_string(at.tree, hf, at.tvb, 0, 0, value));
}

proto_item *ro_item_sentence(ro_tree_pos at, int hf, const char *head, const char *text)
{
    proto_item *item = ro_item_string(at, hf, text);

    ro_lines_show(at, item, head, text);
    return item;
}

proto_item *ro_item_int(ro_tree_pos at, int hf, int32_t value)
{
    return generated(proto_tree_add_int(at.tree, hf, at.tvb, 0, 0, value));
}

proto_item *ro_item_uint(ro_tree_pos at, int hf, uint32_t value)
{
    return generated(proto_tree_add_uint(at.tree, hf, at.tvb, 0, 0, value));
}

proto_item *ro_item_flag(ro_tree_pos at, int hf, bool value)
{
    return generated(proto_tree_add_boolean(at.tree, hf, at.tvb, 0, 0, value));
}

proto_item *ro_item_span(ro_tree_pos at, int hf, int64_t ns)
{
    nstime_t t;

    t.secs = (time_t)(ns / NS_PER_S);
    t.nsecs = (int)(ns % NS_PER_S);
    return generated(proto_tree_add_time(at.tree, hf, at.tvb, 0, 0, &t));
}

proto_item *ro_item_frame(ro_tree_pos at, int hf, uint32_t n, int64_t time_ns)
{
    if (n == 0 || !ro_frame_is_still(n, time_ns))
        return NULL;
    return ro_item_uint(at, hf, n);
}

/* The link to another reset. */
static void item_reset(ro_tree_pos at, int hf, const ro_reset *other)
{
    if (other)
        ro_item_frame(at, hf, other->seg.frame, other->seg.time_ns);
}

static void items_sequence(ro_tree_pos at, const ro_reset *r)
{
    ro_item_string(at, ro_hf.seq_check, ro_seq_check_name((ro_seq_check)r->seq_check));
    if (r->facts & RO_FACT_SEQ_IN_WINDOW)
        ro_item_flag(at, ro_hf.seq_in_window, r->seq_in_window);
    if (r->facts & RO_FACT_SEQ_DELTA)
        ro_item_int(at, ro_hf.seq_delta, r->seq_delta);
}

static void items_header(ro_tree_pos at, const ro_reset *r)
{
    bool own = (r->facts & RO_FACT_TTL_DELTA) != 0;
    bool host = (r->facts & RO_FACT_HOST_TTL) != 0;

    if (r->seg.known & RO_KNOW_IP) {
        ro_item_uint(at, ro_hf.ttl, r->seg.ttl);
        if (own || host) {
            proto_item *item =
                ro_item_int(at, ro_hf.ttl_delta, own ? r->ttl_delta : r->host_ttl_delta);

            if (!own)
                proto_item_append_text(item, " (to its other connections)");
        }
        if (host)
            ro_item_int(at, ro_hf.host_ttl_delta, r->host_ttl_delta);
        ro_item_uint(at, ro_hf.hops, ro_ttl_hops(r->seg.ttl));
    }
    if (r->facts & RO_FACT_IP_ID_DELTA)
        ro_item_int(at, ro_hf.ip_id_delta, r->ip_id_delta);
    if ((r->seg.known & RO_KNOW_CHECKSUM) && r->seg.bad_checksum)
        ro_item_flag(at, ro_hf.bad_checksum, true);
}

/* The bounds of the timer that the reset may be due to. */
static void items_timer(ro_tree_pos at, const ro_reset *r)
{
    const ro_capture *cap = ro_capture_open();
    ro_timer t;

    if (!cap)
        return;
    ro_timer_of(ro_capture_shared(cap), r, ro_timer_half_closed(r) ? RO_TIMER_HALF : RO_TIMER_PATH,
                &t);
    if (t.silence_ns == 0 || t.contradicted)
        return;
    if (t.survived.ns > 0)
        ro_item_span(at, ro_hf.timer_survived, t.survived.ns);
    if (t.died.ns > 0)
        ro_item_span(at, ro_hf.timer_died, t.died.ns);
}

static void items_time(ro_tree_pos at, const ro_reset *r)
{
    bool own = (r->facts & RO_FACT_RTT) != 0;
    bool host = (r->facts & RO_FACT_HOST_RTT) != 0;

    if (r->facts & RO_FACT_TRIGGER) {
        ro_item_frame(at, ro_hf.trigger, r->trigger.frame, r->trigger.time_ns);
        if (r->facts & RO_FACT_RESPONSE)
            ro_item_span(at, ro_hf.response_time, r->response_ns);
    }
    if (own || host) {
        proto_item *item =
            ro_item_span(at, ro_hf.rtt, own ? r->sender->rtt_min_ns : r->host_rtt_ns);

        if (!own)
            proto_item_append_text(item, " (in its other connections)");
        ro_item_uint(at, ro_hf.rtt_samples, own ? r->sender->rtt_n : r->host_rtt_n);
    }
    if (host)
        ro_item_span(at, ro_hf.host_rtt, r->host_rtt_ns);
    if (r->facts & RO_FACT_KNOWLEDGE_AGE) {
        proto_item *item = ro_item_span(at, ro_hf.knowledge_age, r->knowledge_ns);

        if (r->facts & RO_FACT_KNOWLEDGE_MIN)
            proto_item_append_text(item, " or more");
    }
    if (r->facts & RO_FACT_SINCE_LAST)
        ro_item_span(at, ro_hf.time_since_last, r->since_last_ns);
    if (r->facts & RO_FACT_SINCE_SENDER)
        ro_item_span(at, ro_hf.time_since_sender, r->since_sender_ns);
    if (r->facts & RO_FACT_AGE)
        ro_item_span(at, ro_hf.age, r->age_ns);
    if (r->idle_ns > 0)
        ro_item_span(at, ro_hf.idle, r->idle_ns);
    if (r->timer_ns > 0 && ro_capture_open()) {
        uint32_t timer = ro_idle_timer(ro_capture_open(), r);

        if (timer)
            ro_item_uint(at, ro_hf.idle_timer, timer);
    }
    items_timer(at, r);
}

/* What the applications said before it. */
static void items_words(ro_tree_pos at, const ro_reset *r)
{
    bool client = r->claimed_sender == RO_CLIENT;
    GString *buf = g_string_new(NULL);

    ro_message_text(client ? &r->sender->words.last : &r->receiver->words.last, buf);
    if (buf->len)
        ro_item_string(at, ro_hf.last_message_client, buf->str);
    g_string_truncate(buf, 0);
    ro_message_text(client ? &r->receiver->words.last : &r->sender->words.last, buf);
    if (buf->len)
        ro_item_string(at, ro_hf.last_message_server, buf->str);
    if (r->stream && r->stream->server_name)
        ro_item_string(at, ro_hf.server_name, r->stream->server_name);
    g_string_free(buf, TRUE);
}

void ro_items_facts(ro_tree_pos at, const ro_reset *r)
{
    if (r->seg.known & RO_KNOW_STREAM)
        ro_item_uint(at, ro_hf.stream, r->seg.stream);
    else if (r->stream)
        ro_item_uint(at, ro_hf.stream, r->stream->number);
    ro_item_string(at, ro_hf.stage, ro_stage_name((ro_stage)r->stage));
    ro_item_string(at, ro_hf.shape, ro_shape_name((ro_shape)r->shape));
    items_sequence(at, r);
    ro_item_string(at, ro_hf.effect, ro_effect_name(ro_effect_of(r)));
    items_time(at, r);
    items_header(at, r);
    item_reset(at, ro_hf.duplicate_of, r->copy_of);
    if (ro_lost_octets_known(r))
        ro_item_uint(at, ro_hf.lost_octets, ro_lost_octets(r));
    item_reset(at, ro_hf.echo_of, r->echo_of);
    item_reset(at, ro_hf.previous, ro_prev_any(r));
    items_words(at, r);
}

void ro_items_later(ro_tree_pos at, const ro_reset *r)
{
    const ro_followup *l = r->followup;
    int64_t then = r->seg.time_ns;

    if (ro_later_frames(r) == 0)
        return;
    ro_item_uint(at, ro_hf.later_frames, ro_later_frames(r));
    if (l->active_n) {
        ro_item_frame(at, ro_hf.contradicted_by, l->active_frame, then + l->active_after_ns);
        ro_item_span(at, ro_hf.contradicted_after, l->active_after_ns);
    }
    ro_item_frame(at, ro_hf.challenge_ack, l->challenge_frame, l->challenge_ns);
    ro_item_frame(at, ro_hf.answered_by, l->answered_frame, then + l->answered_after_ns);
    ro_item_frame(at, ro_hf.crossing, l->crossing_frame, then + l->crossing_after_ns);
    ro_item_frame(at, ro_hf.retry, l->retry_frame, then + l->retry_after_ns);
}

/* The same reset at other capture points, as far as the core has joined them. */
void ro_items_vantage(ro_tree_pos at, const ro_reset *r)
{
    const ro_path_view *view = ro_path_view_of(r);
    GString *buf;

    if (!view)
        return;
    buf = g_string_new(NULL);
    ro_item_uint(at, ro_hf.vantage_count, view->seen_n);
    for (unsigned i = 0; i < view->points_n; i++) {
        const ro_observation *s = &view->observed[i];

        if (i == view->own)
            continue;
        g_string_truncate(buf, 0);
        ro_points_append_name(r, i, buf);
        item_reset(at, ro_hf.vantage_twin, s->copy);
        if (s->kind == RO_OBSERVED_MISSING || s->kind == RO_OBSERVED_OTHER_LEG)
            ro_item_string(at, ro_hf.vantage_missing_at, buf->str);
        if (s->has_offset)
            proto_item_append_text(ro_item_span(at, ro_hf.vantage_clock_offset, s->offset_ns),
                                   " (%s)", buf->str);
    }
    g_string_truncate(buf, 0);
    if (ro_path_view_segment(r, buf))
        ro_item_string(at, ro_hf.vantage_segment, buf->str);
    g_string_free(buf, TRUE);
}

/* The root cause with the steps that it rests on; `d` has a row. */
void ro_items_diagnosis(ro_tree_pos at, const ro_case *c, const ro_diagnosis *d)
{
    GString *buf = g_string_new(NULL);
    GPtrArray *lines = ro_diagnosis_evidence(c, d);
    proto_item *item = ro_item_string(at, ro_hf.diagnosis, d->row->token);
    ro_tree_pos under = {proto_item_add_subtree(item, ro_ett_diagnosis), at.tvb};

    ro_diagnosis_text(c, d, buf);
    if (buf->len) {
        char *head = g_strdup_printf("Diagnosis: %s", d->row->token);

        if (!ro_lines_show(at, item, head, buf->str))
            proto_item_append_text(item, ": %s", buf->str);
        ro_item_sentence(under, ro_hf.diagnosis_text, "What happened", buf->str);
        g_free(head);
    }
    for (guint i = 0; i < lines->len; i++)
        ro_item_sentence(under, ro_hf.diagnosis_evidence, "Evidence", g_ptr_array_index(lines, i));
    ro_item_string(under, ro_hf.diagnosis_confidence, ro_confidence_name(d->confidence));
    g_ptr_array_free(lines, TRUE);
    g_string_free(buf, TRUE);
}
