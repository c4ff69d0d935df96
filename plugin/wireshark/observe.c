/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hook in the "ip.proto" table. TCP's tap does not run in the first of two passes, wanted fields
 * make every run build trees (a quarter to a half of its time), and a postdissector sees only the
 * last of several TCP layers; here each segment passes once, with its own IP header at hand. */

#include "observe.h"

#include <epan/conversation.h>
#include <epan/dissectors/packet-ip.h>
#include <epan/dissectors/packet-tcp.h>
#include <epan/exceptions.h>
#include <epan/ipproto.h>
#include <epan/proto_data.h>

#include "attach.h"
#include "core/base/hash.h"
#include "fields.h"
#include "read_segment.h"

static ro_capture *capture;
static dissector_handle_t original_tcp;
static const protocol_t *our_protocol;
static bool enabled; /* for the file that is open: a change dissects it anew */
static int proto_tcp = -1;
static unsigned waiting; /* segments of this frame that wait for TCP to be done */

/* Numbers that a dropped frame handed on, with the time of the latest frame bearing them. */
static uint32_t latest_frame;
static int64_t latest_time_ns;
static GHashTable *handed_on;

static void file_opened(void)
{
    capture = ro_capture_new();
    enabled = our_protocol && proto_is_protocol_enabled(our_protocol);
    latest_frame = 0;
    waiting = 0;
}

static void file_closed(void)
{
    ro_capture_free(capture);
    capture = NULL;
    if (handed_on)
        g_hash_table_destroy(handed_on);
    handed_on = NULL;
}

ro_capture *ro_capture_open(void)
{
    return capture;
}

ro_result *ro_results_of(packet_info *pinfo)
{
    if (!capture || ro_capture_resets(capture) == 0)
        return NULL;
    return (ro_result *)p_get_proto_data(wmem_file_scope(), pinfo, ro_proto, 0);
}

const ro_testimony *ro_observe_witness(const ro_witness_record *record)
{
    return enabled && capture ? ro_capture_testify(capture, record) : NULL;
}

/* Only a first pass with a read filter shows one number on frames of different times. */
static void note_frame_number(const ro_segment *seg)
{
    if (seg->frame == latest_frame && seg->time_ns != latest_time_ns) {
        if (!handed_on)
            handed_on = g_hash_table_new_full(ro_hash_number, g_direct_equal, NULL, g_free);
        g_hash_table_replace(handed_on, GUINT_TO_POINTER(seg->frame),
                             g_memdup2(&seg->time_ns, sizeof seg->time_ns));
    }
    latest_frame = seg->frame;
    latest_time_ns = seg->time_ns;
}

bool ro_frame_is_still(uint32_t n, int64_t time_ns)
{
    const int64_t *now = NULL;

    if (handed_on)
        now = (const int64_t *)g_hash_table_lookup(handed_on, GUINT_TO_POINTER(n));
    return !now || *now == time_ns;
}

static void keep_result(packet_info *pinfo, uint8_t layer, const ro_observed *seen)
{
    ro_result *r = (ro_result *)wmem_alloc0(wmem_file_scope(),
                                            sizeof *r + seen->contradicts_n * sizeof(ro_reset *));
    ro_result *first = (ro_result *)p_get_proto_data(wmem_file_scope(), pinfo, ro_proto, 0);

    r->layer = layer;
    r->reset = seen->reset;
    r->contradicts_n = (uint8_t)seen->contradicts_n;
    for (unsigned i = 0; i < seen->contradicts_n; i++)
        r->contradicts[i] = seen->contradicts[i];
    if (!first) {
        p_add_proto_data(wmem_file_scope(), pinfo, ro_proto, 0, r);
        return;
    }
    if (layer < first->layer) {
        r->next = first;
        p_set_proto_data(wmem_file_scope(), pinfo, ro_proto, 0, r);
        return;
    }
    while (first->next && first->next->layer <= layer)
        first = first->next;
    r->next = first->next;
    first->next = r;
}

/* True where the segment left a result. */
static bool take_in(packet_info *pinfo, uint8_t layer, const ro_segment *seg, ro_place place)
{
    ro_observed seen;

    ro_capture_take(capture, seg, place, &seen);
    if (!seen.reset && !seen.contradicts_n)
        return false;
    keep_result(pinfo, layer, &seen);
    return true;
}

/* Wireshark's number of the conversation, once TCP has been dissected. Asked by the addresses saved
 * before: what TCP carries may have changed those in pinfo. */
static void find_stream(ro_segment *seg, const packet_info *pinfo, const address *src,
                        const address *dst)
{
    const conversation_t *conv = ro_tcp_conversation(pinfo, src, dst, seg->sport, seg->dport);
    const struct tcp_analysis *tcpd = NULL;

    if (conv)
        tcpd = (const struct tcp_analysis *)conversation_get_proto_data(conv, proto_tcp);
    if (tcpd) {
        seg->stream = tcpd->stream;
        seg->known |= RO_KNOW_STREAM;
    }
}

/* TCP goes first. Then what it was waited for: `seg`, a segment that may begin a connection and needs its
 * stream number (NULL where it was taken in before), and the frame's results. Both happen even where the
 * dissection of the payload ends in an exception. Of nested segments the outermost one adds the results. */
static int dissect_first(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data,
                         ro_segment *seg, ro_place place)
{
    uint8_t layer = pinfo->curr_layer_num;
    address src;
    address dst;
    volatile int ret = 0;

    copy_address_shallow(&src, &pinfo->src);
    copy_address_shallow(&dst, &pinfo->dst);
    waiting++;
    TRY
    {
        ret = call_dissector_only(original_tcp, tvb, pinfo, tree, data);
    }
    FINALLY
    {
        if (seg) {
            find_stream(seg, pinfo, &src, &dst);
            take_in(pinfo, layer, seg, place);
        }
        if (--waiting == 0)
            ro_attach(tvb, pinfo, tree);
    }
    ENDTRY;
    return ret;
}

static int observe(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    ro_segment seg;

    /* A header quoted in an ICMP error is an old segment's, whoever sent the error. */
    if (!enabled || !capture || pinfo->flags.in_error_pkt)
        return call_dissector_only(original_tcp, tvb, pinfo, tree, data);
    /* Facts are gathered once, on the first pass. */
    if (PINFO_FD_VISITED(pinfo)) {
        if (ro_results_of(pinfo))
            return dissect_first(tvb, pinfo, tree, data, NULL, (ro_place){0});
    } else if (ro_segment_read(&seg, tvb, pinfo, data)) {
        ro_place place = ro_capture_place(capture, &seg);

        note_frame_number(&seg);
        if (!place.stream || (seg.flags & RO_SYN))
            return dissect_first(tvb, pinfo, tree, data, &seg, place);
        if (take_in(pinfo, pinfo->curr_layer_num, &seg, place))
            return dissect_first(tvb, pinfo, tree, data, NULL, place);
    }
    return call_dissector_only(original_tcp, tvb, pinfo, tree, data);
}

void ro_observe_register(void)
{
    register_init_routine(file_opened);
    register_cleanup_routine(file_closed);
}

void ro_observe_handoff(void)
{
    dissector_table_t table = find_dissector_table("ip.proto");
    int pino;

    if (!table) /* nothing to watch; Wireshark without IP */
        return;
    /* chain to whoever is there, so that another plugin's hook keeps working */
    original_tcp = dissector_get_uint_handle(table, IP_PROTO_TCP);
    if (!original_tcp)
        original_tcp = find_dissector("tcp");
    if (!original_tcp)
        return;
    proto_tcp = proto_get_id_by_filter_name("tcp");
    our_protocol = find_protocol_by_id(ro_proto);
    /* A protocol "in name only" leaves no trace in frame.protocols and is enabled as TCP is; a
     * handle with no protocol at all crashes versions before 4.6. */
    pino = proto_register_protocol_in_name_only("TCP (with RST origin)", "TCP/RST-origin",
                                                "rst_origin_hook", proto_tcp, FT_PROTOCOL);
    dissector_add_uint("ip.proto", IP_PROTO_TCP, create_dissector_handle(observe, pino));
}
