/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One TCP segment as a capture point saw it: plain values in host byte order. */

#ifndef RO_TRACK_SEGMENT_H
#define RO_TRACK_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

/* The twelve flag bits of a TCP header (RFC 9293 3.1, AE from RFC 9768). */
enum {
    RO_FIN = 0x001,
    RO_SYN = 0x002,
    RO_RST = 0x004,
    RO_PSH = 0x008,
    RO_ACK = 0x010,
    RO_URG = 0x020,
    RO_ECE = 0x040,
    RO_CWR = 0x080,
    RO_AE = 0x100,
    RO_RESERVED = 0xe00
};

/* What the frame really showed. A value whose bit is clear is 0 and must not be used. */
enum {
    RO_KNOW_WINDOW = 1 << 0,     /* window: the header was captured that far */
    RO_KNOW_LEN = 1 << 1,        /* payload_len: the IP length is believable */
    RO_KNOW_OPTIONS = 1 << 2,    /* every option byte was captured and well formed */
    RO_KNOW_IP = 1 << 3,         /* ttl and tos */
    RO_KNOW_IP_ID = 1 << 4,      /* ip_id and df: IPv4 only */
    RO_KNOW_FLOW_LABEL = 1 << 5, /* flow_label: IPv6 only */
    RO_KNOW_MAC = 1 << 6,        /* mac: link-layer source address */
    RO_KNOW_DIRECTION = 1 << 7,  /* sent_here: the capture says who put the frame on the link */
    RO_KNOW_CHECKSUM = 1 << 8,   /* bad_checksum was computed (reset segments only) */
    RO_KNOW_STREAM = 1 << 9,     /* stream is Wireshark's number of the conversation */
    RO_KNOW_ALONE = 1 << 10      /* its file cannot tell capture points apart: there is but one */
};

/* Options, as a bit each (IANA option kinds in the comments). */
enum {
    RO_OPT_MSS = 1 << 0,        /* 2 */
    RO_OPT_WSCALE = 1 << 1,     /* 3 */
    RO_OPT_SACK_OK = 1 << 2,    /* 4 */
    RO_OPT_SACK = 1 << 3,       /* 5 */
    RO_OPT_TIMESTAMP = 1 << 4,  /* 8 */
    RO_OPT_MD5 = 1 << 5,        /* 19 */
    RO_OPT_AO = 1 << 6,         /* 29 */
    RO_OPT_MPTCP = 1 << 7,      /* 30 */
    RO_OPT_MP_TCPRST = 1 << 8,  /* 30, subtype 8 (RFC 8684 3.6) */
    RO_OPT_FAST_OPEN = 1 << 9,  /* 34 */
    RO_OPT_FASTCLOSE = 1 << 11, /* 30, subtype 7: MP_FASTCLOSE (RFC 8684 3.5) */
    RO_OPT_OTHER = 1 << 10      /* any other kind than those, NOP and EOL */
};

/* Order of the options in a header: one nibble each, first option in the lowest nibble, at most
 * eight. It tells network stacks apart (p0f's idea). */
enum {
    RO_ORDER_MSS = 1,
    RO_ORDER_WSCALE = 2,
    RO_ORDER_SACK_OK = 3,
    RO_ORDER_TIMESTAMP = 4,
    RO_ORDER_NOP = 5,
    RO_ORDER_EOL = 6,
    RO_ORDER_OTHER = 7
};

/* How many bytes of a RST's payload are kept for recognising the sender's own words (RFC 9293
 * 3.5.3 SHLD-2 allows a RST to carry data; the longest text known is F5's, 58 bytes). */
#define RO_PAYLOAD_KEPT 64

typedef struct ro_segment {
    int64_t time_ns; /* capture time, nanoseconds since the epoch; may go back between frames */
    ro_addr src;
    ro_addr dst;
    uint64_t mac;         /* link-layer source, 48 bits */
    uint64_t point;       /* capture point: section << 32 | interface, 0 where there is but one */
    uint32_t frame;       /* frame number, from 1 */
    uint32_t stream;      /* Wireshark's tcp.stream */
    uint32_t known;       /* RO_KNOW_* */
    uint32_t options;     /* RO_OPT_* */
    uint32_t opt_order;   /* RO_ORDER_* nibbles */
    uint32_t seq;         /* raw sequence number */
    uint32_t ack;         /* raw acknowledgment field, whatever the ACK flag says */
    uint32_t payload_len; /* octets of data on the wire, not only the captured ones */
    uint32_t tsval;
    uint32_t tsecr;
    uint32_t sack_right; /* highest right edge of the SACK blocks */
    uint32_t flow_label; /* IPv6, 20 bits */
    uint16_t sport;
    uint16_t dport;
    uint16_t flags;  /* twelve bits, see above */
    uint16_t window; /* as in the header, unscaled */
    uint16_t mss;
    uint16_t ip_id;
    uint16_t data_len;    /* octets at `data` */
    uint8_t ip_version;   /* 4, 6, or 0 where TCP came in something else */
    uint8_t wscale;       /* shift of the window scale option, as sent */
    uint8_t ttl;          /* TTL or hop limit */
    uint8_t tos;          /* TOS or traffic class: DSCP and ECN bits */
    uint8_t mp_reason;    /* reason of MP_TCPRST */
    uint8_t payload_kept; /* of a RST: at most RO_PAYLOAD_KEPT */
    bool df;
    bool sent_here;    /* the capturing host itself sent the frame */
    bool bad_checksum; /* the TCP checksum does not fit */
    bool fragmented;   /* put together from IP fragments: the IP header is the last one's */
    /* the captured part of the data, valid only while the segment is observed; of a RST's record the first
     * payload_kept octets, its own */
    const uint8_t *data;
} ro_segment;

/* Sequence numbers that a segment takes up: its data, and one each for SYN and FIN (RFC 9293 3.4).
 */
static inline uint32_t ro_segment_span(const ro_segment *s)
{
    return s->payload_len + ((s->flags & RO_SYN) ? 1 : 0) + ((s->flags & RO_FIN) ? 1 : 0);
}

#endif
