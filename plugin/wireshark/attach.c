/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The postdissector. It runs once per frame after all else is dissected, sees whether the hook left
 * results with the frame, and makes them a subtree each. Its handle has a protocol in name only,
 * which saves Wireshark pushing a layer for each frame and leaves frame.protocols alone. */

#include "attach.h"

#include <string.h>

#include <epan/column-utils.h>

#include "core/judge/device.h"
#include "core/judge/signature.h"
#include "core/judge/signs.h"
#include "core/report/words.h"
#include "expert.h"
#include "fields.h"
#include "items.h"
#include "observe.h"
#include "points.h"
#include "prefs.h"

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

static void add_verdict(ro_tree_pos at, const ro_reset *r, const ro_verdict *v, const char *summary)
{
    /* the subtree's own line says it already; as a field it serves filters, columns and scripts */
    proto_item_set_hidden(ro_item_string(at, ro_hf.summary, summary));
    ro_item_string(at, ro_hf.source, ro_source_name(v->source));
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

static void add_signs(ro_tree_pos at, const ro_reset *r, const ro_verdict *v, GString *buf)
{
    for (unsigned i = 0; i < v->fired_n; i++) {
        const ro_sign *sign = &ro_signs[v->fired[i].sign];
        proto_item *item = ro_item_string(at, ro_hf.sign, sign->token);
        ro_tree_pos under = {proto_item_add_subtree(item, ro_ett_sign), at.tvb};

        g_string_truncate(buf, 0);
        ro_text_reason(r, v, i, buf);
        proto_item_append_text(item, " (%+d): %s", v->fired[i].weight, buf->str);
        ro_item_string(under, ro_hf.sign_text, buf->str);
        ro_item_int(under, ro_hf.sign_weight, v->fired[i].weight);
        ro_item_string(under, ro_hf.sign_family, ro_family_name(sign->family));
        if (ro_prefs.sign_sources && sign->source)
            ro_item_string(under, ro_hf.sign_source, sign->source);
    }
}

static void add_recognised(ro_tree_pos at, const ro_reset *r)
{
    const char *signature = ro_signature(r);
    ro_device device;

    if (signature)
        ro_item_string(at, ro_hf.signature, signature);
    if (ro_device_of(r, &device)) {
        proto_item *item = ro_item_string(at, ro_hf.device, device.name);
        ro_tree_pos under = {proto_item_add_subtree(item, ro_ett_device), at.tvb};

        ro_item_string(under, ro_hf.device_reason, device.reason);
    }
}

/* The root cause and what to do about it; what the cause advises where there is no diagnosis. */
static void add_why(ro_tree_pos at, const ro_reset *r, const ro_verdict *v)
{
    GString *buf = g_string_new(NULL);
    ro_diagnosis d;
    ro_case c;

    ro_capture_case(ro_capture_open(), r, v, &c);
    d = ro_diagnose(&c);
    if (d.row)
        ro_items_diagnosis(at, &c, &d);
    ro_diagnosis_advice(&c, &d, buf);
    if (!buf->len)
        ro_text_advice(r, v, buf);
    if (buf->len)
        ro_item_string(at, ro_hf.advice, buf->str);
    g_string_free(buf, TRUE);
}

static void add_reset(packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree, const ro_reset *r)
{
    ro_tap_info *info = wmem_new(pinfo->pool, ro_tap_info);
    const ro_verdict *v = &info->verdict;
    GString *buf = g_string_new(NULL);
    proto_item *item = NULL;

    info->reset = r;
    ro_points_update(pinfo);
    ro_attach_judge(r, &info->verdict);
    ro_text_summary(r, v, buf);
    if (tree) {
        ro_tree_pos at = {NULL, tvb};

        item = proto_tree_add_protocol_format(tree, ro_proto, tvb, 0, 0, "TCP Reset Origin: %s",
                                              buf->str);
        proto_item_set_generated(item);
        at.tree = proto_item_add_subtree(item, ro_ett_reset);
        add_verdict(at, r, v, buf->str);
        ro_expert_reset(pinfo, item, v, buf->str);
        g_string_assign(buf, ". ");
        ro_text_facts(r, buf);
        proto_item_append_text(item, "%s", buf->str);
        add_signs(at, r, v, buf);
        add_recognised(at, r);
        add_why(at, r, v);
        ro_items_facts(at, r);
        ro_items_later(at, r);
        ro_items_vantage(at, r);
        ro_item_uint(at, ro_hf.number, r->number);
        ro_item_uint(at, ro_hf.event, r->event);
        ro_item_uint(at, ro_hf.event_position, r->in_event);
        if (v->lookahead)
            ro_item_flag(at, ro_hf.lookahead, true);
    } else {
        ro_expert_reset(pinfo, NULL, v, buf->str); /* for its tap and column */
    }
    if (ro_prefs.info_column)
        col_append_fstr(pinfo->cinfo, COL_INFO, " [RST: %s, %s]", ro_source_name(v->source),
                        ro_cause_name(v->cause));
    tap_queue_packet(tap_id, pinfo, info);
    g_string_free(buf, TRUE);
}

/* On a later frame: the resets it speaks against. */
static void add_contradictions(packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree,
                               const ro_result *result)
{
    for (unsigned i = 0; i < result->contradicts_n; i++) {
        const ro_reset *r = result->contradicts[i];
        const char *side = ro_side_name((ro_side)r->claimed_sender);
        proto_item *item = NULL;

        if (!ro_frame_is_still(r->seg.frame, r->seg.time_ns))
            continue;
        if (tree) {
            ro_tree_pos at = {NULL, tvb};

            item = proto_tree_add_protocol_format(
                tree, ro_proto, tvb, 0, 0,
                "TCP Reset Origin: the %s continues after the reset in frame %u", side,
                r->seg.frame);
            proto_item_set_generated(item);
            at.tree = proto_item_add_subtree(item, ro_ett_reset);
            ro_item_frame(at, ro_hf.contradicts, r->seg.frame, r->seg.time_ns);
        }
        ro_expert_contradicts(pinfo, item, r->seg.frame, side);
    }
}

static int attach(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    for (const ro_result *result = ro_results_of(pinfo); result; result = result->next) {
        if (result->reset)
            add_reset(pinfo, tvb, tree, result->reset);
        if (result->contradicts_n)
            add_contradictions(pinfo, tvb, tree, result);
    }
    return (int)tvb_captured_length(tvb);
}

void ro_attach_register(void)
{
    tap_id = register_tap(RO_TAP);
}

void ro_attach_handoff(void)
{
    int pino =
        proto_register_protocol_in_name_only("TCP Reset Origin (results)", "RST origin results",
                                             "rst_origin_results", ro_proto, FT_PROTOCOL);

    register_postdissector(create_dissector_handle(attach, pino));
}
