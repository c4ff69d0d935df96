/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads one TCP segment, with its IP header, link-layer source and capture point. */

#include "read_segment.h"

#include <string.h>

#include <epan/dissectors/packet-ip.h>

#include "core/base/seq.h"
#include "length.h"

#define TCP_HEADER_MIN 20
#define NS_PER_S       1000000000

static uint16_t be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t be64(const uint8_t *p)
{
    return (uint64_t)be32(p) << 32 | be32(p + 4);
}

static ro_addr fold_other(const address *a)
{
    const uint8_t *p = (const uint8_t *)a->data;
    ro_addr out;

    /* FNV-1a over type and bytes: TCP over anything else is rare, a stable name is enough */
    out.hi = UINT64_C(0xcbf29ce484222325) ^ (uint64_t)a->type;
    for (int i = 0; p && i < a->len; i++)
        out.hi = (out.hi ^ p[i]) * UINT64_C(0x100000001b3);
    out.lo = out.hi * UINT64_C(0x9e3779b97f4a7c15);
    return out;
}

static inline ro_addr fold_address(const address *a)
{
    ro_addr out;
    const uint8_t *p = (const uint8_t *)a->data;

    if (a->type == AT_IPv4 && a->len == 4) {
        out.hi = 0;
        out.lo = UINT64_C(0xffff00000000) | be32(p);
    } else if (a->type == AT_IPv6 && a->len == 16) {
        out.hi = be64(p);
        out.lo = be64(p + 8);
    } else {
        out = fold_other(a);
    }
    return out;
}

int64_t ro_capture_time(const packet_info *pinfo)
{
    /* What a pcap file can say, to the year 2106: differences of differences fit as well. */
    const int64_t limit = UINT32_MAX;
    int64_t secs = (int64_t)pinfo->abs_ts.secs;
    int64_t nsecs = pinfo->abs_ts.nsecs;

    if (!(pinfo->presence_flags & PINFO_HAS_TS))
        return 0;
    if (nsecs <= -NS_PER_S || nsecs >= NS_PER_S) /* a broken file; keep the second */
        nsecs = 0;
    return CLAMP(secs, 0, limit) * NS_PER_S + nsecs;
}

/* Interface ids are numbered anew in each section of a pcapng file; a pcap file has none. */
static void read_point(ro_segment *s, const packet_info *pinfo)
{
    const wtap_rec *rec = pinfo->rec;
    bool packet = rec && rec->rec_type == REC_TYPE_PACKET;

    s->point = 0;
    if (packet && (rec->presence_flags & WTAP_HAS_INTERFACE_ID)) {
        s->point = rec->rec_header.packet_header.interface_id;
        if (rec->presence_flags & WTAP_HAS_SECTION_NUMBER)
            s->point |= (uint64_t)(uint32_t)rec->section_number << 32;
    } else if (packet) {
        s->known |= RO_KNOW_ALONE;
    }
}

static void read_link(ro_segment *s, const packet_info *pinfo)
{
    /* Ethernet, 802.11 and SLL give six bytes, under different address types. All zero is what
     * the loopback writes and names nobody. */
    if (pinfo->dl_src.len == 6 && pinfo->dl_src.data) {
        const uint8_t *p = (const uint8_t *)pinfo->dl_src.data;

        s->mac = (uint64_t)be16(p) << 32 | be32(p + 2);
        if (s->mac)
            s->known |= RO_KNOW_MAC;
    }
    if (pinfo->p2p_dir == P2P_DIR_SENT || pinfo->p2p_dir == P2P_DIR_RECV) {
        s->sent_here = pinfo->p2p_dir == P2P_DIR_SENT;
        s->known |= RO_KNOW_DIRECTION;
    }
}

/* The order of an option kind, and its bit. */
static unsigned option_class(uint8_t kind, uint32_t *bit)
{
    switch (kind) {
    case 2:
        *bit = RO_OPT_MSS;
        return RO_ORDER_MSS;
    case 3:
        *bit = RO_OPT_WSCALE;
        return RO_ORDER_WSCALE;
    case 4:
        *bit = RO_OPT_SACK_OK;
        return RO_ORDER_SACK_OK;
    case 5:
        *bit = RO_OPT_SACK;
        return RO_ORDER_OTHER;
    case 8:
        *bit = RO_OPT_TIMESTAMP;
        return RO_ORDER_TIMESTAMP;
    case 19:
        *bit = RO_OPT_MD5;
        return RO_ORDER_OTHER;
    case 29:
        *bit = RO_OPT_AO;
        return RO_ORDER_OTHER;
    case 30:
        *bit = RO_OPT_MPTCP;
        return RO_ORDER_OTHER;
    case 34:
        *bit = RO_OPT_FAST_OPEN;
        return RO_ORDER_OTHER;
    default:
        *bit = RO_OPT_OTHER;
        return RO_ORDER_OTHER;
    }
}

/* Takes in one well-framed option of `len` bytes at `p`; false where its length is not its own. */
static bool read_option(ro_segment *s, const uint8_t *p, unsigned len)
{
    switch (p[0]) {
    case 2:
        if (len != 4)
            return false;
        s->mss = be16(p + 2);
        return true;
    case 3:
        if (len != 3)
            return false;
        s->wscale = p[2];
        return true;
    case 4:
        return len == 2;
    case 5:
        if (len < 10 || (len - 2) % 8 != 0)
            return false;
        s->sack_right = be32(p + 6);
        for (unsigned i = 10; i < len; i += 8)
            s->sack_right = ro_seq_max(s->sack_right, be32(p + i + 4));
        return true;
    case 8:
        if (len != 10)
            return false;
        s->tsval = be32(p + 2);
        s->tsecr = be32(p + 6);
        return true;
    case 30:
        if (len >= 4 && p[2] >> 4 == 8) { /* RFC 8684 3.6 */
            s->options |= RO_OPT_MP_TCPRST;
            s->mp_reason = p[3];
        } else if (len >= 4 && p[2] >> 4 == 7) { /* RFC 8684 3.5 */
            s->options |= RO_OPT_FASTCLOSE;
        }
        return true;
    default:
        return true;
    }
}

static bool walk_options(ro_segment *s, const uint8_t *p, unsigned n)
{
    unsigned shift = 0;

    /* what nearly every segment of a connection with timestamps carries (RFC 7323 appendix A) */
    if (n == 12 && be32(p) == 0x0101080a) {
        s->options = RO_OPT_TIMESTAMP;
        s->opt_order = RO_ORDER_NOP | RO_ORDER_NOP << 4 | RO_ORDER_TIMESTAMP << 8;
        s->tsval = be32(p + 4);
        s->tsecr = be32(p + 8);
        return true;
    }
    for (unsigned at = 0; at < n;) {
        unsigned order;
        unsigned len = 1;
        uint32_t bit = 0;

        if (p[at] == 0) {
            order = RO_ORDER_EOL;
        } else if (p[at] == 1) {
            order = RO_ORDER_NOP;
        } else {
            if (at + 1 >= n)
                return false;
            len = p[at + 1];
            if (len < 2 || at + len > n || !read_option(s, p + at, len))
                return false;
            order = option_class(p[at], &bit);
        }
        s->options |= bit;
        if (shift < 32) {
            s->opt_order |= (uint32_t)order << shift;
            shift += 4;
        }
        if (order == RO_ORDER_EOL)
            break;
        at += len;
    }
    return true;
}

static void read_options(ro_segment *s, const uint8_t *p, unsigned n)
{
    if (walk_options(s, p, n)) {
        s->known |= RO_KNOW_OPTIONS;
        return;
    }
    /* half an answer would mislead */
    s->options = s->opt_order = s->tsval = s->tsecr = s->sack_right = 0;
    s->mss = 0;
    s->wscale = s->mp_reason = 0;
}

static void read_ip(ro_segment *s, const void *iph)
{
    const ws_ip4 *ip4 = WS_IP4_PTR(iph);
    const ws_ip6 *ip6 = WS_IP6_PTR(iph);

    if (ip4) {
        s->ip_version = 4;
        s->ttl = ip4->ip_ttl;
        s->tos = ip4->ip_tos;
        s->ip_id = ip4->ip_id;
        s->df = (ip4->ip_off & 0x4000) != 0;
        s->known |= RO_KNOW_IP | RO_KNOW_IP_ID;
    } else if (ip6) {
        s->ip_version = 6;
        s->ttl = ip6->ip6_hop;
        s->tos = ip6->ip6_tc;
        s->flow_label = ip6->ip6_flw & 0xfffff;
        s->known |= RO_KNOW_IP | RO_KNOW_FLOW_LABEL;
    }
}

/* What only a RST is asked for: the octets that are kept of its payload, and its checksum. */
static void read_reset(ro_segment *s, tvbuff_t *tvb, const packet_info *pinfo)
{
    s->payload_kept = (uint8_t)MIN(s->data_len, RO_PAYLOAD_KEPT);
    if (s->known & RO_KNOW_LEN)
        ro_checksum_judge(s, tvb, pinfo);
}

/* What a segment may lack; the rest is always set. Written out, since filling all of it would cost as much
 * as reading it. */
static inline void clear(ro_segment *s)
{
    s->mac = 0;
    s->stream = s->known = s->options = s->opt_order = s->payload_len = 0;
    s->tsval = s->tsecr = s->sack_right = s->flow_label = 0;
    s->window = s->mss = s->ip_id = 0;
    s->ip_version = s->wscale = s->ttl = s->tos = s->mp_reason = s->payload_kept = 0;
    s->df = s->sent_here = s->bad_checksum = s->fragmented = false;
    s->data_len = 0;
    s->data = NULL;
}

bool ro_segment_read(ro_segment *s, tvbuff_t *tvb, packet_info *pinfo, const void *iph)
{
    unsigned captured = tvb_captured_length(tvb);
    unsigned reported = tvb_reported_length(tvb);
    unsigned have = MIN(captured, 60u);
    const uint8_t *p;
    unsigned hlen;
    bool sound;

    if (have < RO_TCP_FLAGS_END)
        return false;
    p = tvb_get_ptr(tvb, 0, (int)captured);
    hlen = (unsigned)(p[12] >> 4) * 4;
    sound = hlen >= TCP_HEADER_MIN && hlen <= reported;
    if (!sound && !(p[13] & RO_RST))
        return false;

    clear(s);
    s->sport = be16(p);
    s->dport = be16(p + 2);
    s->seq = be32(p + 4);
    s->ack = be32(p + 8);
    s->flags = (uint16_t)((p[12] & 0x0f) << 8 | p[13]);
    if (have >= 16) {
        s->window = be16(p + 14);
        s->known |= RO_KNOW_WINDOW;
    }
    s->time_ns = ro_capture_time(pinfo);
    s->frame = pinfo->num;
    read_point(s, pinfo);
    s->src = fold_address(&pinfo->src);
    s->dst = fold_address(&pinfo->dst);
    read_link(s, pinfo);
    read_ip(s, iph);
    if (sound) {
        if (hlen <= have)
            read_options(s, p + TCP_HEADER_MIN, hlen - TCP_HEADER_MIN);
        if (ro_length_believable(tvb, pinfo, iph, &s->fragmented)) {
            s->payload_len = reported - hlen;
            s->known |= RO_KNOW_LEN;
        }
    }
    if (s->payload_len > 0 && captured > hlen) {
        s->data_len = (uint16_t)MIN(MIN(captured - hlen, s->payload_len), UINT16_MAX);
        s->data = p + hlen;
    }
    if (s->flags & RO_RST)
        read_reset(s, tvb, pinfo);
    return true;
}
