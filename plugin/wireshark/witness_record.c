/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the records. Whatever is wrong with one, none of it is used. */

#include "witness_record.h"

#include <string.h>

#include "core/base/escape.h"
#include "read_segment.h"

static ro_addr read_address(tvbuff_t *tvb, int at, int len)
{
    ro_addr out = {0, 0};

    if (len == 16) {
        out.hi = tvb_get_ntoh64(tvb, at);
        out.lo = tvb_get_ntoh64(tvb, at + 8);
    } else if (tvb_get_ntohl(tvb, at) != 0) { /* an empty one is empty in both families */
        out.lo = UINT64_C(0xffff00000000) | tvb_get_ntohl(tvb, at);
    }
    return out;
}

/* Whether a value of this tag can be so long. */
static bool length_fits(unsigned tag, int len)
{
    switch (tag) {
    case RO_TAG_LOCAL:
    case RO_TAG_PEER:
    case RO_TAG_OWN:
        return len == 4 || len == 16;
    case RO_TAG_LOCAL_PORT:
    case RO_TAG_PEER_PORT:
        return len == 2;
    case RO_TAG_PID:
    case RO_TAG_THREAD:
    case RO_TAG_CLOCK:
        return len == 4;
    case RO_TAG_LOST:
    case RO_TAG_SINCE:
        return len == 8;
    case RO_TAG_FORWARDS:
    case RO_TAG_FILTER:
        return len == 1;
    default:
        return true;
    }
}

bool ro_witness_value(tvbuff_t *tvb, int at, unsigned *tag, int *len)
{
    int end = (int)tvb_captured_length(tvb);

    if (at + 2 > end)
        return false;
    *tag = tvb_get_ntohs(tvb, at) >> 8;
    *len = tvb_get_ntohs(tvb, at) & 0xff;
    return at + 2 + *len <= end && length_fits(*tag, *len);
}

const char *ro_witness_text(packet_info *pinfo, tvbuff_t *tvb, int at, int len)
{
    const uint8_t *raw = tvb_get_string_enc(pinfo->pool, tvb, at, len, ENC_UTF_8 | ENC_NA);
    GString *safe = g_string_new(NULL);
    const char *text;

    ro_append_escaped(safe, (const char *)raw, RO_NAME_SHOWN);
    text = wmem_strdup(pinfo->pool, safe->str);
    g_string_free(safe, TRUE);
    return text;
}

static void take_address(ro_witness_parsed *p, tvbuff_t *tvb, unsigned tag, int at, int len)
{
    ro_addr addr = read_address(tvb, at, len);

    if (tag == RO_TAG_LOCAL) {
        p->rec.local.addr = addr;
        p->local_at = at;
        p->local_len = len;
    } else if (tag == RO_TAG_PEER) {
        p->rec.peer.addr = addr;
        p->peer_at = at;
        p->peer_len = len;
    } else if (p->rec.own_n < RO_WITNESS_OWN_MAX) {
        p->rec.own[p->rec.own_n++] = addr;
    }
}

static void take_value(ro_witness_parsed *p, packet_info *pinfo, tvbuff_t *tvb, unsigned tag,
                       int at, int len)
{
    switch (tag) {
    case RO_TAG_HOST:
        p->rec.host = ro_witness_text(pinfo, tvb, at, len);
        break;
    case RO_TAG_STATE:
        p->rec.state = ro_witness_text(pinfo, tvb, at, len);
        break;
    case RO_TAG_REASON:
        p->rec.reason = ro_witness_text(pinfo, tvb, at, len);
        break;
    case RO_TAG_PROCESS:
        p->rec.process = ro_witness_text(pinfo, tvb, at, len);
        break;
    case RO_TAG_LOCAL_PORT:
        p->rec.local.port = tvb_get_ntohs(tvb, at);
        break;
    case RO_TAG_PEER_PORT:
        p->rec.peer.port = tvb_get_ntohs(tvb, at);
        break;
    case RO_TAG_PID:
        p->rec.pid = tvb_get_ntohl(tvb, at);
        break;
    case RO_TAG_SINCE:
        p->rec.since_ns = (int64_t)tvb_get_ntoh64(tvb, at);
        break;
    case RO_TAG_LIMIT:
        p->rec.limited = true;
        break;
    case RO_TAG_FORWARDS:
        p->rec.forwards = tvb_get_ntohs(tvb, at - 1) & 0xff;
        break;
    case RO_TAG_FILTER:
        p->rec.filter = tvb_get_ntohs(tvb, at - 1) & 0xff;
        break;
    case RO_TAG_LOCAL:
    case RO_TAG_PEER:
    case RO_TAG_OWN:
        take_address(p, tvb, tag, at, len);
        break;
    default:
        break;
    }
}

/* Reads the whole record; returns why it cannot be used, or NULL. */
const char *ro_witness_parse(ro_witness_parsed *p, packet_info *pinfo, tvbuff_t *tvb)
{
    int end = (int)tvb_captured_length(tvb);
    bool event;
    bool span;

    memset(p, 0, sizeof *p);
    p->rec.kind = (uint8_t)(tvb_get_ntohs(tvb, 0) & 0xff);
    p->rec.session = tvb_get_ntohl(tvb, 4);
    p->rec.number = tvb_get_ntoh64(tvb, 8);
    p->rec.frame = pinfo->num;
    p->rec.time_ns = ro_capture_time(pinfo);
    for (int at = RO_WITNESS_HEAD; at < end;) {
        unsigned tag;
        int len;

        if (!ro_witness_value(tvb, at, &tag, &len))
            return "a value is cut short or has an impossible length";
        if (tag < RO_TAGS_N) {
            p->has[tag] = true;
            take_value(p, pinfo, tvb, tag, at + 2, len);
        }
        at += 2 + len;
    }
    event = p->rec.kind == RO_WITNESS_SENT || p->rec.kind == RO_WITNESS_RECEIVED ||
            p->rec.kind == RO_WITNESS_REJECTED;
    span = p->rec.kind == RO_WITNESS_LOST || p->rec.kind == RO_WITNESS_DROPPED;
    if (event && (!p->has[RO_TAG_LOCAL] || !p->has[RO_TAG_PEER] || !p->has[RO_TAG_LOCAL_PORT] ||
                  !p->has[RO_TAG_PEER_PORT]))
        return "an address or a port is missing";
    return span && !p->has[RO_TAG_SINCE] ? "the beginning is missing" : NULL;
}
