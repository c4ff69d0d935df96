/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The IP length against what was captured, and the TCP checksum: both decide whether the octets
 * that a segment seems to carry are real. */

#include "length.h"

#include <string.h>

#include <epan/dissectors/packet-ip.h>

/* The IP header that stands right before the segment in the captured bytes, `len` octets long;
 * NULL where there are none. */
static const uint8_t *before_segment(tvbuff_t *tvb, unsigned len)
{
    tvbuff_t *source = tvb_get_ds_tvb(tvb);
    int at = tvb_raw_offset(tvb) - (int)len;

    if (!source || at < 0 || !tvb_bytes_exist(source, at, (int)len))
        return NULL;
    return tvb_get_ptr(source, at, (int)len);
}

static bool believable_ip4(tvbuff_t *tvb, const ws_ip4 *ip, bool *fragmented)
{
    unsigned reported = tvb_reported_length(tvb);
    unsigned header = ip->ip_len - reported;
    const uint8_t *p;

    if (ip->ip_off & 0x3fff) { /* MF or an offset: the IP dissector put it together */
        *fragmented = true;
        return true;
    }
    if (header == 20)
        return true;
    if (ip->ip_len <= reported) /* 0 of a TSO super-segment: Wireshark goes by the frame */
        return true;
    /* Options, or a total length that claims more than the frame brought? */
    if (header > 60 || header % 4 != 0)
        return false;
    p = before_segment(tvb, header);
    return p && p[0] == (0x40 | header / 4);
}

static bool believable_ip6(tvbuff_t *tvb, const ws_ip6 *ip, bool *fragmented)
{
    unsigned reported = tvb_reported_length(tvb);
    const uint8_t *p;

    if (ip->ip6_len == reported || ip->ip6_len == 0)
        return true;
    if (ip->ip6_len < reported) {
        *fragmented = true;
        return true;
    }
    /* Longer: extension headers, unless the fixed header stands right before the segment and
     * names TCP, so that the length must be a lie. */
    p = before_segment(tvb, 40);
    return !(p && p[0] >> 4 == 6 && p[6] == 6 && p[7] == ip->ip6_hop &&
             (unsigned)(p[4] << 8 | p[5]) == ip->ip6_len);
}

bool ro_length_believable(tvbuff_t *tvb, const packet_info *pinfo, const void *iph,
                          bool *fragmented)
{
    const ws_ip4 *ip4 = WS_IP4_PTR(iph);
    const ws_ip6 *ip6 = WS_IP6_PTR(iph);

    if (pinfo->fragmented) { /* the first fragment alone: the rest is unknown */
        *fragmented = true;
        return false;
    }
    if (ip4)
        return believable_ip4(tvb, ip4, fragmented);
    if (ip6)
        return believable_ip6(tvb, ip6, fragmented);
    return true;
}

static uint32_t sum16(uint32_t sum, const uint8_t *p, unsigned n)
{
    for (unsigned i = 0; i + 1 < n; i += 2)
        sum += (uint32_t)(p[i] << 8 | p[i + 1]);
    if (n & 1)
        sum += (uint32_t)p[n - 1] << 8;
    return sum;
}

static uint16_t fold(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

void ro_checksum_judge(ro_segment *s, tvbuff_t *tvb, const packet_info *pinfo)
{
    unsigned n = tvb_reported_length(tvb);
    const uint8_t *p;
    uint32_t pseudo;
    uint16_t field;

    /* 64 KiB of 16-bit words cannot overflow 32 bits, and no more fits a segment */
    if (n > 0xffff || tvb_captured_length(tvb) < n || !(s->known & RO_KNOW_IP) ||
        !pinfo->src.data || !pinfo->dst.data)
        return;
    p = tvb_get_ptr(tvb, 0, (int)n);
    pseudo = sum16(0, (const uint8_t *)pinfo->src.data, (unsigned)pinfo->src.len);
    pseudo = sum16(pseudo, (const uint8_t *)pinfo->dst.data, (unsigned)pinfo->dst.len);
    pseudo += 6 + n;
    field = (uint16_t)(p[16] << 8 | p[17]);
    /* Checksum offload on the capturing host leaves the pseudo header's sum or nothing in the
     * field; neither says anything of the sender. */
    if (field == 0 || field == fold(pseudo))
        return;
    s->bad_checksum = fold(sum16(pseudo, p, n)) != 0xffff;
    s->known |= RO_KNOW_CHECKSUM;
}
