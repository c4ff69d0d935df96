/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dissects the records of extcap/rst-witness (docs/witness.md), hands them to the core in the first pass, and
 * links each with the reset that it tells of. A record that is damaged anywhere is shown and not used. */

#include "witness.h"

#include <string.h>

#include <epan/column-utils.h>
#include <epan/proto_data.h>
#include <epan/tfs.h>

#include "fields.h"
#include "observe.h"
#include "witness_record.h"

static int proto = -1;
static int ett = -1;
static int hf_version = -1;
static int hf_kind = -1;
static int hf_session = -1;
static int hf_number = -1;
static int hf_reset = -1;
static int hf_damaged = -1;
static int hf_context = -1;
static int hf_v6[3] = {-1, -1, -1};
static int hf_tag[RO_TAGS_N] = {-1, -1, -1, -1, -1, -1, -1, -1, -1,
                                -1, -1, -1, -1, -1, -1, -1, -1, -1};

#define FIELD(id, name, abbrev, type, display, blurb)                                              \
    {                                                                                              \
        id,                                                                                        \
        {                                                                                          \
            name, "rst_witness." abbrev, type, display, NULL, 0x0, blurb, HFILL                    \
        }                                                                                          \
    }
#define STRING(id, name, abbrev, blurb) FIELD(id, name, abbrev, FT_STRING, BASE_NONE, blurb)

static hf_register_info fields[] = {
    FIELD(&hf_version, "Format version", "version", FT_UINT8, BASE_DEC,
          "Version of the record format; this plugin reads version 1."),
    STRING(&hf_kind, "Kind", "kind",
           "What the record tells: start, sent, received, alive, lost or stop."),
    FIELD(&hf_session, "Recording", "session", FT_UINT32, BASE_HEX,
          "Random number of the recording that this record belongs to."),
    FIELD(&hf_number, "Number", "number", FT_UINT64, BASE_DEC,
          "Number of the record in its recording, from 1 without a hole."),
    FIELD(&hf_reset, "Tells of the reset in frame", "reset", FT_FRAMENUM, BASE_NONE,
          "The reset in this capture that the record tells of."),
    STRING(&hf_damaged, "Not used", "damaged", "Why this record is not used."),
    STRING(&hf_context, "Sent from", "context",
           "Where the kernel sent the reset: process (a call of the program that is named) or "
           "softirq (on arrival of a segment, or by a timer)."),
    STRING(&hf_tag[RO_TAG_HOST], "Host", "host", "Name of the host whose kernel tells this."),
    STRING(&hf_tag[RO_TAG_KERNEL], "Kernel", "kernel", "Release of that kernel."),
    FIELD(&hf_tag[RO_TAG_LOCAL], "Local address", "local", FT_IPv4, BASE_NONE,
          "Address of the host's own end; 0.0.0.0 where a listener sent the reset."),
    FIELD(&hf_v6[0], "Local address", "local_v6", FT_IPv6, BASE_NONE,
          "Address of the host's own end; :: where a listener sent the reset."),
    FIELD(&hf_tag[RO_TAG_LOCAL_PORT], "Local port", "local_port", FT_UINT16, BASE_DEC,
          "Port of the host's own end."),
    FIELD(&hf_tag[RO_TAG_PEER], "Peer address", "peer", FT_IPv4, BASE_NONE,
          "Address of the other end."),
    FIELD(&hf_v6[1], "Peer address", "peer_v6", FT_IPv6, BASE_NONE, "Address of the other end."),
    FIELD(&hf_tag[RO_TAG_PEER_PORT], "Peer port", "peer_port", FT_UINT16, BASE_DEC,
          "Port of the other end."),
    STRING(&hf_tag[RO_TAG_STATE], "State", "state", "State of the socket, in the kernel's words."),
    STRING(&hf_tag[RO_TAG_REASON], "Reason", "reason",
           "Why the kernel sent the reset, in its own words."),
    STRING(&hf_tag[RO_TAG_PROCESS], "Process", "process",
           "Program whose call sent the reset; absent where the kernel did so by itself."),
    FIELD(&hf_tag[RO_TAG_PID], "Process id", "pid", FT_UINT32, BASE_DEC, "Its process id."),
    FIELD(&hf_tag[RO_TAG_THREAD], "Thread id", "thread", FT_UINT32, BASE_DEC,
          "Thread that made the call, where it is not the first of its process."),
    FIELD(&hf_tag[RO_TAG_LOST], "Lost events", "lost", FT_UINT64, BASE_DEC,
          "Events that the kernel had to drop so far."),
    FIELD(&hf_tag[RO_TAG_SINCE], "Lost since", "since", FT_ABSOLUTE_TIME, ABSOLUTE_TIME_UTC,
          "Beginning of the time in which events were dropped; it ends with this record."),
    STRING(&hf_tag[RO_TAG_LIMIT], "Limited to", "limit",
           "Which events only were recorded; absent where all were."),
    FIELD(&hf_tag[RO_TAG_OWN], "Own address", "own", FT_IPv4, BASE_NONE,
          "An address that this host alone should have."),
    FIELD(&hf_v6[2], "Own address", "own_v6", FT_IPv6, BASE_NONE,
          "An address that this host alone should have."),
    FIELD(&hf_tag[RO_TAG_FORWARDS], "Forwards packets", "forwards", FT_BOOLEAN, BASE_NONE,
          "Whether the host passes on packets of others."),
    FIELD(&hf_tag[RO_TAG_CLOCK], "Clock uncertainty", "clock", FT_UINT32, BASE_DEC,
          "Nanoseconds by which the time of an event may be off from the host's wall time."),
    FIELD(
        &hf_tag[RO_TAG_FILTER], "Packet filter recorded", "filter", FT_UINT8, BASE_HEX,
        "What is recorded of the host's packet filter: 1 the resets that it sends, 2 when it drops "
        "packets."),
};

static const char *const kinds[] = {"unknown", "start", "sent",     "received", "alive",
                                    "lost",    "stop",  "rejected", "dropped"};

static const char *kind_name(unsigned kind)
{
    return kind < array_length(kinds) ? kinds[kind] : kinds[0];
}

/* Which field shows a value of this tag, and how it is written. */
static int field_of(unsigned tag, int len, unsigned *encoding)
{
    static const int v6_of[RO_TAGS_N] = {[RO_TAG_LOCAL] = 1, [RO_TAG_PEER] = 2, [RO_TAG_OWN] = 3};
    int hf = v6_of[tag] && len == 16 ? hf_v6[v6_of[tag] - 1] : hf_tag[tag];
    enum ftenum type = proto_registrar_get_ftype(hf);

    *encoding = type == FT_ABSOLUTE_TIME ? ENC_TIME_NSECS | ENC_BIG_ENDIAN
                : type == FT_IPv6        ? ENC_NA
                                         : ENC_BIG_ENDIAN;
    return hf;
}

static void add_values(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb)
{
    unsigned tag;
    int len;

    for (int at = RO_WITNESS_HEAD; ro_witness_value(tvb, at, &tag, &len); at += 2 + len) {
        if (tag < RO_TAGS_N && tag > 0) {
            unsigned encoding;
            int hf = field_of(tag, len, &encoding);

            if (proto_registrar_get_ftype(hf) == FT_STRING)
                proto_tree_add_string(tree, hf, tvb, at + 2, len,
                                      ro_witness_text(pinfo, tvb, at + 2, len));
            else
                proto_tree_add_item(tree, hf, tvb, at + 2, len, encoding);
        }
    }
}

/* Source and destination of the reset itself, for the packet list. */
static void set_ends(packet_info *pinfo, tvbuff_t *tvb, const ro_witness_parsed *p)
{
    bool sent = p->rec.kind != RO_WITNESS_RECEIVED;
    address *local = sent ? &pinfo->src : &pinfo->dst;
    address *peer = sent ? &pinfo->dst : &pinfo->src;

    set_address_tvb(local, p->local_len == 16 ? AT_IPv6 : AT_IPv4, p->local_len, tvb, p->local_at);
    set_address_tvb(peer, p->peer_len == 16 ? AT_IPv6 : AT_IPv4, p->peer_len, tvb, p->peer_at);
}

static void set_info(packet_info *pinfo, const ro_witness_parsed *p)
{
    const ro_witness_record *rec = &p->rec;
    bool filter = rec->kind == RO_WITNESS_REJECTED;
    bool sent = filter || rec->kind == RO_WITNESS_SENT;
    const char *host = rec->host ? rec->host : "a host";

    if (!sent && rec->kind != RO_WITNESS_RECEIVED) {
        col_add_fstr(pinfo->cinfo, COL_INFO, "%s: recording, %s", host, kind_name(rec->kind));
        return;
    }
    col_add_fstr(pinfo->cinfo, COL_INFO, "%s%s %s a reset, port %u to %u", host,
                 filter ? "'s packet filter" : "", sent ? "sent" : "took",
                 sent ? rec->local.port : rec->peer.port, sent ? rec->peer.port : rec->local.port);
    if (rec->reason)
        col_append_fstr(pinfo->cinfo, COL_INFO, ": %s", rec->reason);
    if (rec->pid)
        col_append_fstr(pinfo->cinfo, COL_INFO, ", %s (%u)", rec->process ? rec->process : "?",
                        rec->pid);
}

/* Hands the record to the core once, and keeps what it made of it with the frame. */
static const ro_testimony *testify(packet_info *pinfo, const ro_witness_parsed *p)
{
    const ro_testimony *t;

    if (PINFO_FD_VISITED(pinfo))
        return (const ro_testimony *)p_get_proto_data(wmem_file_scope(), pinfo, proto, 0);
    t = ro_observe_witness(&p->rec);
    if (t)
        p_add_proto_data(wmem_file_scope(), pinfo, proto, 0, (void *)t);
    return t;
}

static void add_head(proto_tree *tree, tvbuff_t *tvb, const ro_witness_parsed *p)
{
    proto_tree_add_item(tree, hf_version, tvb, 0, 1, ENC_NA);
    proto_tree_add_string(tree, hf_kind, tvb, 1, 1, kind_name(p->rec.kind));
    proto_tree_add_item(tree, hf_session, tvb, 4, 4, ENC_BIG_ENDIAN);
    proto_tree_add_item(tree, hf_number, tvb, 8, 8, ENC_BIG_ENDIAN);
}

static void add_generated(proto_tree *tree, tvbuff_t *tvb, const ro_witness_parsed *p,
                          const ro_testimony *t)
{
    ro_tree_pos at = {tree, tvb};

    if (p->rec.kind == RO_WITNESS_SENT)
        ro_item_string(at, hf_context, p->rec.pid ? "process" : "softirq");
    if (t && t->reset)
        ro_item_frame(at, hf_reset, t->reset->seg.frame, t->reset->seg.time_ns);
}

static int dissect(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    int len = (int)tvb_captured_length(tvb);
    proto_item *item = proto_tree_add_item(tree, proto, tvb, 0, -1, ENC_NA);
    proto_tree *sub = proto_item_add_subtree(item, ett);
    const ro_testimony *t = NULL;
    const char *fault;
    ro_witness_parsed p;

    col_set_str(pinfo->cinfo, COL_PROTOCOL, "RST-WITNESS");
    col_clear(pinfo->cinfo, COL_INFO);
    if (len < RO_WITNESS_HEAD || tvb_get_ntohs(tvb, 0) >> 8 != RO_WITNESS_FORMAT) {
        fault = len < RO_WITNESS_HEAD ? "it is cut short"
                                      : "this plugin does not know its format version";
        proto_tree_add_string(sub, hf_damaged, tvb, 0, -1, fault);
        col_add_fstr(pinfo->cinfo, COL_INFO, "record not used: %s", fault);
        return len;
    }
    fault = ro_witness_parse(&p, pinfo, tvb);
    if (fault) {
        proto_tree_add_string(sub, hf_damaged, tvb, 0, -1, fault);
        col_add_fstr(pinfo->cinfo, COL_INFO, "record not used: %s", fault);
    } else {
        if (p.has[RO_TAG_LOCAL] && p.has[RO_TAG_PEER])
            set_ends(pinfo, tvb, &p);
        set_info(pinfo, &p);
        t = testify(pinfo, &p);
    }
    add_head(sub, tvb, &p);
    add_values(sub, pinfo, tvb);
    if (!fault)
        add_generated(sub, tvb, &p, t);
    return len;
}

void ro_witness_register(void)
{
    static int *etts[] = {&ett};

    proto =
        proto_register_protocol("What a kernel said of a TCP reset", "RST Witness", "rst_witness");
    proto_register_field_array(proto, fields, array_length(fields));
    proto_register_subtree_array(etts, array_length(etts));
    register_dissector("rst_witness", dissect, proto);
}

void ro_items_witness(ro_tree_pos at, const ro_reset *r)
{
    const ro_testimony *t = ro_witness_sent(r);

    if (t) {
        ro_item_string(at, ro_hf.witness_host, t->session->host ? t->session->host : "");
        if (t->reason)
            ro_item_string(at, ro_hf.witness_reason, t->reason);
        if (t->state)
            ro_item_string(at, ro_hf.witness_state, t->state);
        ro_item_string(at, ro_hf.witness_process,
                       t->process ? t->process
                       : t->pid   ? ""
                                  : "softirq");
        if (t->pid)
            ro_item_uint(at, ro_hf.witness_pid, t->pid);
        ro_item_frame(at, ro_hf.witness_frame, t->frame, t->time_ns);
    }
    t = ro_witness_taken(r);
    if (t) {
        ro_item_string(at, ro_hf.witness_receiver, t->session->host ? t->session->host : "");
        ro_item_frame(at, ro_hf.witness_receiver_frame, t->frame, t->time_ns);
    }
}
