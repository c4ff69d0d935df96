/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes each result of a frame a subtree. The hook calls it when TCP is done with the outermost segment that has
 * a result: so no frame without one pays anything, as it would for a postdissector. */

#include "attach.h"

#include <string.h>

#include <epan/column-utils.h>
#include <epan/proto_data.h>

#include "core/judge/device.h"
#include "core/judge/signature.h"
#include "core/judge/signs.h"
#include "core/report/words.h"
#include "expert.h"
#include "fields.h"
#include "items.h"
#include "lines.h"
#include "observe.h"
#include "points.h"
#include "prefs.h"
#include "witness.h"

static int tap_id = -1;

void ro_attach_judge(const ro_reset *r, ro_verdict *v)
{
    ro_judge(r, v);
    if (v->source == RO_SOURCE_INTERMEDIARY && v->score < (int)ro_prefs.min_score) {
        v->source = RO_SOURCE_UNKNOWN;
        v->confidence = RO_LOW;
        v->injected = false;
        v->suspicious = true;
    }
}

/* With the facts that a reader compares first. */
static void add_source(ro_tree_pos at, const ro_reset *r, const ro_verdict *v)
{
    proto_item *item = ro_item_string(at, ro_hf.source, ro_source_name(v->source));

    if (ro_tree_is_visible(at.tree)) {
        GString *facts = g_string_new(NULL);

        ro_text_facts(r, facts);
        proto_item_append_text(item, " (%s)", facts->str);
        g_string_free(facts, TRUE);
    }
}

static void add_verdict(ro_tree_pos at, const ro_reset *r, const ro_verdict *v, const char *summary)
{
    /* the subtree's own line says it already; as a field it serves filters, columns and scripts */
    if (*summary)
        proto_item_set_hidden(ro_item_string(at, ro_hf.summary, summary));
    add_source(at, r, v);
    ro_item_string(at, ro_hf.claimed_source, ro_side_name((ro_side)r->claimed_sender));
    if (!r->claimed_sender_known)
        ro_item_flag(at, ro_hf.claimed_guessed, true);
    if (v->injected)
        ro_item_flag(at, ro_hf.injected, true);
    if (v->suspicious)
        ro_item_flag(at, ro_hf.suspicious, true);
    ro_item_string(at, ro_hf.confidence, ro_confidence_name(v->confidence));
    ro_item_int(at, ro_hf.score, v->score);
    ro_item_string(at, ro_hf.cause, ro_cause_name(v->cause));
}

static void add_sign(ro_tree_pos at, const ro_reset *r, const ro_verdict *v, unsigned i, bool text)
{
    const ro_sign *sign = &ro_signs[v->fired[i].sign];
    proto_item *item = ro_item_string(at, ro_hf.sign, sign->token);
    ro_tree_pos under = {proto_item_add_subtree(item, ro_ett_sign), at.tvb};

    if (text) {
        GString *buf = g_string_new(NULL);

        char *head = g_strdup_printf("Sign: %s (%+d)", sign->token, v->fired[i].weight);

        ro_text_reason(r, v, i, buf);
        if (!ro_lines_show(at, item, head, buf->str))
            proto_item_append_text(item, " (%+d): %s", v->fired[i].weight, buf->str);
        ro_item_sentence(under, ro_hf.sign_text, "Reason", buf->str);
        g_free(head);
        g_string_free(buf, TRUE);
    }
    ro_item_int(under, ro_hf.sign_weight, v->fired[i].weight);
    ro_item_string(under, ro_hf.sign_family, ro_family_name(sign->family));
    if (ro_prefs.sign_sources && sign->source)
        ro_item_string(under, ro_hf.sign_source, sign->source);
}

static void add_signs(ro_tree_pos at, const ro_reset *r, const ro_verdict *v)
{
    bool text = proto_field_is_referenced(at.tree, ro_hf.sign_text);

    if (!text && !proto_field_is_referenced(at.tree, ro_hf.sign) &&
        !proto_field_is_referenced(at.tree, ro_hf.sign_weight) &&
        !proto_field_is_referenced(at.tree, ro_hf.sign_family) &&
        !proto_field_is_referenced(at.tree, ro_hf.sign_source))
        return;
    for (unsigned i = 0; i < v->fired_n; i++)
        add_sign(at, r, v, i, text);
}

static void add_recognised(ro_tree_pos at, const ro_reset *r)
{
    const char *signature = NULL;
    ro_device device;

    if (proto_field_is_referenced(at.tree, ro_hf.signature))
        signature = ro_signature(r);
    if (signature)
        ro_item_string(at, ro_hf.signature, signature);
    if (!proto_field_is_referenced(at.tree, ro_hf.device) &&
        !proto_field_is_referenced(at.tree, ro_hf.device_reason))
        return;
    if (ro_device_of(r, &device)) {
        proto_item *item = ro_item_string(at, ro_hf.device, device.name);
        ro_tree_pos under = {proto_item_add_subtree(item, ro_ett_device), at.tvb};

        ro_item_string(under, ro_hf.device_reason, device.reason);
    }
}

/* The root cause and what to do about it; what the cause advises where there is no diagnosis. */
static void add_why(ro_tree_pos at, const ro_reset *r, const ro_verdict *v)
{
    bool advice = proto_field_is_referenced(at.tree, ro_hf.advice);
    GString *buf;
    ro_diagnosis d;
    ro_case c;

    if (!advice && !proto_field_is_referenced(at.tree, ro_hf.diagnosis) &&
        !proto_field_is_referenced(at.tree, ro_hf.diagnosis_text) &&
        !proto_field_is_referenced(at.tree, ro_hf.diagnosis_evidence) &&
        !proto_field_is_referenced(at.tree, ro_hf.diagnosis_confidence))
        return;
    buf = g_string_new(NULL);
    ro_capture_case(ro_capture_open(), r, v, &c);
    d = ro_diagnose(&c);
    if (d.row)
        ro_items_diagnosis(at, &c, &d);
    if (advice)
        ro_diagnosis_advice(&c, &d, buf);
    if (advice && !buf->len)
        ro_text_advice(r, v, buf);
    if (buf->len)
        ro_item_sentence(at, ro_hf.advice, "Advice", buf->str);
    g_string_free(buf, TRUE);
}

/* Who will read something of a reset in this frame. Words and items are made for nobody else: a flood of
 * resets would cost its analysis twice over. */
typedef struct readers {
    bool items;  /* a tree that is shown, or a field of ours that is asked for */
    bool expert; /* its tap, its column, its fields, or the window's light */
    bool column; /* the Info column, where the preference says so */
    bool tap;    /* the statistics, the report */
} readers;

static readers find_readers(packet_info *pinfo, proto_tree *tree)
{
    readers who;

    who.expert = ro_expert_is_read(pinfo, tree);
    who.items = tree && (proto_field_is_referenced(tree, ro_proto) || who.expert);
    who.column = ro_prefs.info_column && ro_column_is_shown(pinfo, COL_INFO);
    who.tap = have_tap_listener(tap_id);
    return who;
}

/* The verdict of a reset, judged once per state of knowledge: while no segment comes in, a frame that is
 * dissected again is not judged again. */
static const ro_verdict *verdict_of(ro_result *result)
{
    uint64_t state = ro_capture_state(ro_capture_open());
    ro_judged *j = result->judged;

    if (!j)
        j = result->judged = wmem_new(wmem_file_scope(), ro_judged);
    else if (j->state == state && j->min_score == ro_prefs.min_score)
        return &j->verdict;
    ro_attach_judge(result->reset, &j->verdict);
    j->state = state;
    j->min_score = ro_prefs.min_score;
    return &j->verdict;
}

/* Fills the reset's subtree but for its own line. */
static void fill_tree(ro_tree_pos at, const ro_reset *r, const ro_verdict *v)
{
    add_signs(at, r, v);
    add_recognised(at, r);
    add_why(at, r, v);
    ro_items_facts(at, r);
    ro_items_later(at, r);
    ro_items_vantage(at, r);
    ro_items_witness(at, r);
    ro_item_uint(at, ro_hf.number, r->number);
    ro_item_uint(at, ro_hf.event, r->event);
    ro_item_uint(at, ro_hf.event_position, r->in_event);
    if (v->lookahead)
        ro_item_flag(at, ro_hf.lookahead, true);
}

/* The answer, for those who look at it: who sent the reset and the root cause. The summary is a field, and says
 * no more than the cause. */
static void show_answer(proto_item *item, const ro_reset *r, const ro_verdict *v)
{
    GString *answer = g_string_new("TCP Reset Origin: ");
    ro_case c;
    ro_diagnosis d;

    ro_capture_case(ro_capture_open(), r, v, &c);
    d = ro_diagnose(&c);
    ro_text_answer(r, v, &d, answer);
    proto_item_set_text(item, "%s", answer->str);
    g_string_free(answer, TRUE);
}

/* Returns the line of the subtree, for the expert information. */
static proto_item *add_tree(tvbuff_t *tvb, proto_tree *tree, const ro_reset *r, const ro_verdict *v,
                            const char *summary)
{
    ro_tree_pos at = {NULL, tvb};
    proto_item *item =
        proto_tree_add_protocol_format(tree, ro_proto, tvb, 0, 0, "TCP Reset Origin: %s", summary);

    proto_item_set_generated(item);
    if (ro_tree_is_visible(tree))
        show_answer(item, r, v);
    at.tree = proto_item_add_subtree(item, ro_ett_reset);
    add_verdict(at, r, v, summary);
    fill_tree(at, r, v);
    return item;
}

static void add_reset(packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree, ro_result *result)
{
    const ro_reset *r = result->reset;
    readers who = find_readers(pinfo, tree);
    const ro_verdict *v;
    GString *summary;
    proto_item *item = NULL;

    if (tree && !who.items) /* the protocol alone, for those who count protocols (-z io,phs) */
        proto_item_set_generated(proto_tree_add_item(tree, ro_proto, tvb, 0, 0, ENC_NA));
    if (!who.items && !who.expert && !who.column && !who.tap)
        return;
    ro_points_update(pinfo);
    v = verdict_of(result);
    summary = g_string_new(NULL);
    if (who.expert || (who.items && proto_field_is_referenced(tree, ro_hf.summary)))
        ro_text_summary(r, v, summary);
    if (who.items)
        item = add_tree(tvb, tree, r, v, summary->str);
    if (who.expert)
        ro_expert_reset(pinfo, item, v, summary->str);
    if (who.column)
        col_append_fstr(pinfo->cinfo, COL_INFO, " [RST: %s, %s]", ro_source_name(v->source),
                        ro_cause_name(v->cause));
    if (who.tap) {
        ro_tap_info *info = wmem_new(pinfo->pool, ro_tap_info);

        info->reset = r;
        info->verdict = *v;
        tap_queue_packet(tap_id, pinfo, info);
    }
    g_string_free(summary, TRUE);
}

/* On a later frame: the resets it speaks against. */
static void add_contradictions(packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree,
                               const ro_result *result)
{
    readers who = find_readers(pinfo, tree);

    for (unsigned i = 0; i < result->contradicts_n; i++) {
        const ro_reset *r = result->contradicts[i];
        const char *side = ro_side_name((ro_side)r->claimed_sender);
        proto_item *item = NULL;

        if (!ro_frame_is_still(r->seg.frame, r->seg.time_ns))
            continue;
        if (who.items) {
            ro_tree_pos at = {NULL, tvb};

            item = proto_tree_add_protocol_format(
                tree, ro_proto, tvb, 0, 0,
                "TCP Reset Origin: the %s continues after the reset in frame %u", side,
                r->seg.frame);
            proto_item_set_generated(item);
            at.tree = proto_item_add_subtree(item, ro_ett_reset);
            ro_item_frame(at, ro_hf.contradicts, r->seg.frame, r->seg.time_ns);
        }
        if (who.expert)
            ro_expert_contradicts(pinfo, item, r->seg.frame, side);
    }
}

/* A number of this dissection of the frame: the same frame is dissected again in a later pass. */
static uint32_t dissection_of(packet_info *pinfo)
{
    static uint32_t dissections;
    uint32_t *n = (uint32_t *)p_get_proto_data(pinfo->pool, pinfo, ro_proto, 0);

    if (!n) {
        n = wmem_new(pinfo->pool, uint32_t);
        *n = ++dissections;
        p_add_proto_data(pinfo->pool, pinfo, ro_proto, 0, n);
    }
    return *n;
}

/* The octets of the whole frame, whose tree our items stand in. */
static tvbuff_t *frame_of(const packet_info *pinfo, tvbuff_t *tvb)
{
    return pinfo->data_src ? get_data_source_tvb(pinfo->data_src->data) : tvb;
}

void ro_attach(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    ro_result *result = ro_results_of(pinfo);
    uint32_t dissection = result ? dissection_of(pinfo) : 0;

    for (; result; result = result->next) {
        if (result->attached_in == dissection)
            continue;
        result->attached_in = dissection;
        if (result->reset)
            add_reset(pinfo, frame_of(pinfo, tvb), proto_tree_get_root(tree), result);
        if (result->contradicts_n)
            add_contradictions(pinfo, frame_of(pinfo, tvb), proto_tree_get_root(tree), result);
    }
}

void ro_attach_register(void)
{
    tap_id = register_tap(RO_TAP);
}
