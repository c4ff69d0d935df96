/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record of one RST: the facts as they stood when it came, and what later frames added. */

#ifndef RO_RESET_RESET_H
#define RO_RESET_RESET_H

#include "reset/ending.h"
#include "track/host.h"
#include "track/segment.h"
#include "track/stream.h"

struct ro_testimony; /* see points/witness.h */
struct ro_witnesses;

typedef enum ro_side { RO_CLIENT = 0, RO_SERVER = 1 } ro_side;

/* Cloudflare Radar's stages, extended (design.md). */
typedef enum ro_stage {
    RO_STAGE_NO_CONTEXT = 0,
    RO_STAGE_POST_SYN,    /* only SYNs before it */
    RO_STAGE_POST_SYNACK, /* a SYN-ACK, no ACK of it */
    RO_STAGE_POST_ACK,    /* handshake done, no data */
    RO_STAGE_POST_PSH,    /* the first data, nothing but it */
    RO_STAGE_LATER,
    RO_STAGE_CLOSING /* a FIN was seen */
} ro_stage;

typedef enum ro_shape {
    RO_SHAPE_OTHER = 0,
    RO_SHAPE_REPLY,        /* bare RST, SEQ = an ACK of the other side (RFC 9293 3.10.7.1) */
    RO_SHAPE_REPLY_TO_SYN, /* RST+ACK, ACK = SEQ + LEN of a segment without ACK */
    RO_SHAPE_ABORT         /* RST+ACK, SEQ = SND.NXT of its sender (RFC 9293 3.10.5) */
} ro_shape;

/* As the receiver would judge the sequence number (RFC 5961 3.2). */
typedef enum ro_seq_check {
    RO_SEQ_UNKNOWN = 0,
    RO_SEQ_EXACT,
    RO_SEQ_IN_WINDOW,
    RO_SEQ_BELOW,
    RO_SEQ_ABOVE
} ro_seq_check;

/* Facts that are known of a RST. */
enum {
    RO_FACT_TRIGGER = 1 << 0,   /* trigger, response_ns */
    RO_FACT_SEQ_DELTA = 1 << 1, /* seq_delta */
    RO_FACT_SEQ_IN_WINDOW = 1 << 2,
    RO_FACT_TTL_DELTA = 1 << 3, /* ttl_delta against this direction */
    RO_FACT_HOST_TTL = 1 << 4,  /* host_ttl_delta against all connections of the host */
    RO_FACT_IP_ID_DELTA = 1 << 5,
    RO_FACT_SINCE_LAST = 1 << 6,
    RO_FACT_SINCE_SENDER = 1 << 7,
    RO_FACT_RTT = 1 << 8,            /* round trip of this stream: sender->rtt_min_ns */
    RO_FACT_HOST_RTT = 1 << 9,       /* host_rtt_ns of all connections of the host */
    RO_FACT_KNOWLEDGE_AGE = 1 << 10, /* knowledge_ns */
    RO_FACT_KNOWLEDGE_MIN = 1 << 11, /* knowledge_ns is only a lower bound */
    RO_FACT_RESPONSE = 1 << 15,      /* response_ns */
    RO_FACT_AGE = 1 << 16,           /* age_ns: the connection's SYN or SYN-ACK was seen */
    RO_FACT_TRIGGER_OLDER = 1 << 14, /* the trigger may be older than any segment remembered */
    RO_FACT_ONE_COUNTER = 1 << 17,   /* one IP-ID counter numbers both directions, and the RST */
    RO_FACT_DUPLICATE = 1 << 13      /* the capture holds this RST twice: copy_of */
};

/* What a later frame of the claimed sender showed. */
typedef enum ro_still_active {
    RO_ACTIVE_NO = 0,
    RO_ACTIVE_DATA,    /* data never sent before */
    RO_ACTIVE_FIN,     /* a FIN never sent before */
    RO_ACTIVE_ACKS,    /* acknowledges octets that it had not received at the RST */
    RO_ACTIVE_REPEAT,  /* sends old data again */
    RO_ACTIVE_SYN_ACK, /* sends its SYN-ACK again */
    RO_ACTIVE_PURE_ACK /* a plain ACK, a keep-alive or a window update */
} ro_still_active;

typedef struct ro_followup {
    uint32_t active_n;     /* frames of the claimed sender that contradict the RST */
    uint32_t active_frame; /* the strongest of them */
    int64_t active_after_ns;
    uint32_t under_way_n;       /* later frames of it that may have left before the RST */
    uint8_t active;             /* ro_still_active of active_frame */
    bool peer_goes_on;          /* the receiver sent new data after it */
    uint32_t peer_frame;        /* first later frame of the receiver that is not a RST */
    uint32_t peer_active_frame; /* first that it sent after the RST had reached it */
    uint32_t peer_gone_frame;   /* RST by which the receiver says that it has no such connection */
    uint32_t challenge_frame;   /* the receiver's challenge ACK (RFC 5961 3.2) */
    int64_t challenge_ns;
    uint32_t challenge_ack;  /* its ACK value */
    uint32_t answered_frame; /* exact RST of the claimed sender that answers the challenge */
    int64_t answered_after_ns;
    uint32_t crossing_frame; /* RST of the other direction that answers nothing, close by */
    int64_t crossing_after_ns;
    int64_t retry_after_ns;
    uint32_t same_ip_id_frame; /* later segment of the claimed sender with the RST's IP-ID */
    bool active_proved;        /* the active frame left after the RST, beyond any reordering */
    bool ports_used_again;     /* by another connection: what came after that says nothing */
    bool filled_up;            /* octets that came later end at its number */
    uint32_t retry_frame;      /* a later SYN of the client on the same ports */
} ro_followup;

typedef struct ro_reset {
    ro_segment seg;       /* the RST itself */
    uint32_t facts;       /* RO_FACT_* */
    uint32_t number;      /* of the RST in the capture, from 1 */
    uint32_t event;       /* number of the event in the capture, from 1 */
    uint32_t in_event;    /* position within the event, from 1 */
    uint32_t frames_then; /* frames of its stream up to it, itself included */
    int32_t seq_delta;
    ro_stream *stream;
    ro_host *host;             /* of the claimed sender; lives as long as the capture */
    int64_t host_last_ns;      /* its last_ns when the RST came */
    uint8_t d;                 /* direction: index into stream->dir */
    uint8_t claimed_sender;    /* ro_side of its source address */
    bool claimed_sender_known; /* a SYN or SYN-ACK told who is the client */
    uint8_t stage;             /* ro_stage */
    uint8_t shape;             /* ro_shape */
    uint8_t seq_check;
    bool seq_in_window;
    bool surplus;     /* what it answers was answered already, by as many RSTs as it can draw */
    bool mirrors;     /* SEQ and ACK are the trigger's ACK and end, whatever the shape */
    bool after_probe; /* its sender's last word was a keep-alive probe, and time has passed since */
    bool capture_doubled; /* this capture point holds ordinary packets twice as well */
    bool outgoing;        /* this capture point is the sender's own interface, see facts.c */
    bool owns[2];         /* this record frees sender, receiver */
    int16_t ttl_delta;
    int16_t host_ttl_delta;
    int32_t ip_id_delta;
    int64_t response_ns;
    int64_t host_rtt_ns;
    uint32_t host_rtt_n;
    int64_t knowledge_ns; /* age of the newest segment that the RST knows of, here */
    int64_t age_ns;       /* since the first SYN of the connection */
    int64_t idle_ns;      /* silence of both sides before the exchange that it belongs to, or 0 */
    int64_t timer_ns;     /* silence that a timer may have ended: times.h; or 0 */
    int64_t since_last_ns;
    int64_t since_sender_ns;
    ro_recent_segment trigger; /* the segment that it answers, chosen in favour of an endpoint */
    /* the newest that fits as well: what a device that copies headers had before it; owned where it is not the trigger */
    const ro_recent_segment *latest;
    ro_ending ending;              /* who closed, what was asked in vain */
    const ro_dir *sender;          /* the claimed sender's direction, as it was */
    const ro_dir *receiver;        /* the other one */
    struct ro_reset *prev_same;    /* RST before it in this stream, same direction */
    struct ro_reset *prev_other;   /* other direction */
    struct ro_reset *next_same;    /* RST after it, same direction */
    struct ro_reset *next_other;   /* first RST after it of the other direction */
    struct ro_reset *prev_of_host; /* RST before and after it, of its address, in any stream */
    struct ro_reset *next_of_host;
    const struct ro_reset *copy_of; /* the same packet, captured before */
    const struct ro_reset *echo_of; /* earlier RST that explains this one */
    const ro_stream *twin; /* the same conversation under other addresses, see diagnose/twins.h */
    const ro_followup *followup;     /* never NULL; written by way of ro_followup_of() */
    struct ro_witnesses *witnesses;  /* what kernels said, see points/witness.h */
    struct ro_testimony *sent_word;  /* the sender's kernel on this reset, and the receiver's */
    struct ro_testimony *taken_word; /* copies at other capture points: see ro_witness_sent() */
    struct ro_reset
        *copy_next; /* same RST at the next capture point: a ring, NULL where there is none */
} ro_reset;

/* The RST before it in its stream, of either direction; NULL where there is none. */
static inline ro_reset *ro_prev_any(const ro_reset *r)
{
    bool other = r->prev_other && (!r->prev_same || r->prev_other->number > r->prev_same->number);

    return other ? r->prev_other : r->prev_same;
}

/* The least round trips from the capture point to both ends, taken together, ns; what is not known counts as 0. */
static inline int64_t ro_rtt_of_both(const ro_reset *r)
{
    return ro_rtt_least(r->sender) + ro_rtt_least(r->receiver);
}

/* What followed the RST, to write to: allocated for the first word (record.c). */
ro_followup *ro_followup_of(ro_reset *r);

/* At most this many resets of one stream are spoken against by one later frame. */
#define RO_CONTRADICTS_MAX 4

/* What became of an observed segment. */
typedef struct ro_observed {
    ro_reset *reset; /* the record, if the segment is a RST; lives as long as the capture */
    unsigned contradicts_n;
    ro_reset *contradicts[RO_CONTRADICTS_MAX]; /* RSTs that this segment speaks against */
} ro_observed;

#endif
