/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one capture point knows of one TCP connection: two directions, bounded; after the first eight
 * segments of each nothing is allocated. A RST advances nothing here (see docs: a RST is a claim, not a fact). */

#ifndef RO_TRACK_STREAM_H
#define RO_TRACK_STREAM_H

#include "base/ttl.h"
#include "track/message.h"
#include "track/segment.h"
#include "track/stack.h"

/* How many segments of each direction are remembered to find the one that a RST answers. Eight
 * cover a delayed-ACK pair and a small flight; older ones only bound the age from below. */
#define RO_HISTORY_MAX 8

/* A segment that passed, kept for matching. */
typedef struct ro_recent_segment {
    int64_t time_ns;
    uint32_t frame;
    uint32_t seq;
    uint32_t end; /* seq + data + SYN + FIN */
    uint32_t ack;
    uint32_t flow_label;
    uint16_t ip_id;
    uint16_t window;
    uint16_t flags;
    uint16_t known; /* RO_KNOW_* */
    uint8_t ttl;
    uint8_t tos;
    uint8_t answers; /* RSTs matched with it */
    bool df : 1;
    bool repeat : 1; /* retransmission: its span was sent before */
    bool probe : 1;  /* keep-alive shape (RFC 9293 3.8.4): one below SND.NXT, 0 or 1 octet */
} ro_recent_segment;

/* Which of the direction's numbers are known. */
enum {
    RO_DIR_ISN = 1 << 0,        /* isn: its SYN was seen */
    RO_DIR_SEQ = 1 << 1,        /* snd_nxt, contig: it sent something */
    RO_DIR_ACK = 1 << 2,        /* rcv_nxt: it acknowledged something */
    RO_DIR_WSCALE = 1 << 3,     /* wscale: its SYN was seen (0 where it offered none) */
    RO_DIR_FIN = 1 << 4,        /* fin_end */
    RO_DIR_TS = 1 << 5,         /* tsval, ts_time_ns: last timestamp */
    RO_DIR_SIGNED = 1 << 6,     /* it signs its segments (TCP-MD5, TCP-AO) */
    RO_DIR_FASTCLOSE = 1 << 21, /* it ended the MPTCP connection by MP_FASTCLOSE */
    RO_DIR_GAP =
        1 << 7, /* octets of it are missing here: lost before this point, or by the capture */
    RO_DIR_WINDOW = 1 << 8,    /* window, right_edge */
    RO_DIR_IP_ID = 1 << 9,     /* ip_id: of a segment that is neither SYN nor RST */
    RO_DIR_MAC = 1 << 10,      /* mac */
    RO_DIR_MAC_MANY = 1 << 11, /* more than one MAC address sent for it */
    RO_DIR_DF_SET = 1 << 12,   /* at least one segment with DF */
    RO_DIR_DF_CLEAR = 1 << 13, /* at least one without */
    RO_DIR_LABEL = 1 << 14,    /* flow_label */
    RO_DIR_LABEL_MANY = 1 << 15,
    RO_DIR_SENT = 1 << 16,     /* the capturing host itself sent segments of it */
    RO_DIR_RECEIVED = 1 << 17, /* and received segments of it */
    RO_DIR_NO_TS = 1 << 18,    /* a non-RST segment after the SYN came without timestamps */
    RO_DIR_SYN_ACK = 1 << 19,  /* it sent a SYN-ACK */
    RO_DIR_SACK = 1 << 20,     /* sack_right */
    RO_DIR_ID_MOVED = 1 << 22, /* its IP-IDs step forward by small amounts */
    RO_DIR_UNA = 1 << 23,      /* transfer.una: the other side acknowledged something */
    RO_DIR_ACKED_THEN =
        1 << 25, /* exchange.acked: it had acknowledged something when the exchange began */
    RO_DIR_FIN_ACKED = 1 << 26, /* fin_acked: the same when it sent its FIN */
    RO_DIR_ACK_UNSEEN = 1 << 24 /* the other side acknowledged octets that were not captured */
};

#define RO_WSCALE_NONE 255

/* What a direction's transfer shows beside its numbers. */
typedef struct ro_transfer {
    int64_t zero_ns;     /* since when it offers no window */
    uint32_t zero_frame; /* the segment that said so; 0 while the window is open */
    uint32_t una;        /* acknowledged by the other side */
    uint32_t flight_max; /* longest data segment that is not acknowledged */
    uint32_t passed_max; /* longest one that may have been acknowledged alone, so that it passed */
    uint32_t sent_max;   /* longest one seen */
    uint32_t is_signed;  /* RO_OPT_MD5, RO_OPT_AO: which of them its segments carry */
} ro_transfer;

/* One direction: what its sender showed. Sequence numbers are raw, times in nanoseconds. A RST holds both
 * directions as they were, see track/held.h, so what only the stream itself works with stands in ro_dir_work. */
typedef struct ro_dir {
    uint32_t has;           /* RO_DIR_* */
    uint32_t segments;      /* non-RST segments */
    uint32_t data_segments; /* of them, with data not sent before */
    uint32_t isn;
    uint32_t snd_nxt; /* highest sequence number sent, plus one */
    uint32_t contig;  /* all before it was captured or acknowledged */
    uint32_t rcv_nxt; /* highest acknowledgment sent */
    uint32_t fin_end; /* sequence number after its FIN */
    uint32_t fin_frame;
    uint32_t right_edge; /* highest rcv_nxt + window offered, scaled where the scale is known */
    uint32_t last_frame; /* last segment but resets */
    uint32_t sack_right; /* right edge of the highest SACK block sent */
    uint32_t tsval;
    uint32_t tsecr;
    uint32_t flow_label;
    uint32_t rtt_n; /* samples of the round trip from here to this sender */
    int64_t rtt_min_ns;
    int64_t rtt_second_ns; /* second least */
    int64_t rtt_max_ns;
    int64_t last_ns;      /* last segment but resets */
    int64_t last_data_ns; /* last new data */
    int64_t rcv_nxt_ns;   /* when rcv_nxt was first sent */
    int64_t ts_time_ns;
    int64_t fin_ns; /* when its FIN was first seen */
    uint64_t mac;
    uint64_t dscp_seen; /* a bit for each of the 64 code points */
    ro_words words;     /* what its application said */
    ro_transfer transfer;
    ro_ttl_count ttls[RO_TTLS];
    /* these four stop at 65535 */
    uint16_t repeats;     /* consecutive retransmissions without progress by the other side */
    uint16_t probes;      /* consecutive keep-alive probes without an answer */
    uint16_t syns;        /* SYN or SYN-ACK segments, retransmissions included */
    uint16_t strays;      /* segments that cannot belong to the connection */
    uint16_t syn_options; /* RO_OPT_* of its SYN */
    uint16_t flags_seen;  /* all flags its non-RST segments had */
    uint16_t window;      /* last, unscaled */
    uint16_t window_prev; /* the one before that differed */
    uint16_t mss;
    uint16_t ip_id; /* last one of a segment that is neither SYN nor RST */
    uint16_t ip_id_syn;
    uint8_t wscale;      /* as offered; RO_WSCALE_NONE where the SYN had none */
    uint8_t ip_id_steps; /* small forward steps of the IP-ID, and others; both stop at 255 */
    uint8_t ip_id_jumps;
    uint8_t ttl_last;
    uint8_t tos_last;
    uint8_t stack;     /* ro_stack */
    uint8_t ttl_kinds; /* entries used in ttls */
    bool held;         /* nothing writes to it any more */
} ro_dir;

/* The least round trip from the capture point to the direction's sender, ns; 0 where none was measured. */
static inline int64_t ro_rtt_least(const ro_dir *x)
{
    return x->rtt_n ? x->rtt_min_ns : 0;
}

/* What the stream needs to go on with a direction. */
typedef struct ro_dir_work {
    int64_t timed_ns; /* the segment being timed for the other side's answer */
    uint32_t timed_end;
    uint32_t ooo_left; /* one block beyond a hole, empty where left == right */
    uint32_t ooo_right;
    bool timed;
    uint8_t shift;  /* of its windows, as far as known: ro_stream_wscale() or 0 */
    uint8_t ttl_at; /* entry of ttls that ttl_last stands in */
} ro_dir_work;

/* Counts up to the largest value that fits. */
static inline void ro_count16(uint16_t *n)
{
    *n = (uint16_t)(*n + (*n < UINT16_MAX));
}

/* The newest segments of a direction. */
typedef struct ro_history {
    uint8_t n;    /* entries used */
    uint8_t at;   /* where the next one goes */
    uint8_t room; /* entries allocated: 0, 1, 4 or RO_HISTORY_MAX */
    ro_recent_segment *recent;
} ro_history;

/* The exchange that is going on: the segments since both sides were last silent. Retransmissions,
 * unanswered keep-alive probes and all that follows a FIN go on with the exchange before them. Most
 * connections have but one: they share one that is 0 throughout. */
typedef struct ro_exchange {
    int64_t idle_ns;  /* silence of both sides before it; 0 where there was none of RO_PAUSE_NS */
    int64_t start_ns; /* when a segment ended that silence */
    int64_t pause_ns; /* the same, or a later silence after a FIN */
    int64_t pause_end_ns; /* when a segment ended that one */
    uint32_t acked[2];    /* rcv_nxt of each direction when the exchange began */
} ro_exchange;

struct ro_host;
struct ro_reset;

typedef struct ro_endpoint {
    ro_addr addr;
    uint16_t port;
} ro_endpoint;

#define RO_UNNUMBERED 0x80000000u /* in a stream's number: Wireshark gave it none */

/* A connection at one capture point. end[d] sends direction d. */
typedef struct ro_stream {
    ro_endpoint end[2];
    uint64_t point;      /* as in ro_segment */
    uint32_t ends_hash;  /* ro_ends_hash_of() its ends, for the tables that it stands in */
    uint32_t number;     /* Wireshark's tcp.stream, or RO_UNNUMBERED and a number of our own */
    uint32_t segments;   /* non-RST, both ways */
    uint32_t resets;     /* both ways */
    uint32_t duplicates; /* frames that the capture holds twice */
    uint32_t last_frame;
    uint8_t client;    /* index of the side that sent the SYN, or the likelier one */
    bool client_known; /* a SYN or SYN-ACK was seen */
    uint8_t ip_version;
    bool syn_seen;
    uint8_t talker;   /* 1 + the direction that sent data last; 0 where none did */
    uint8_t pause_by; /* direction that ended its latest pause */
    bool pause_open;  /* the other side has not acknowledged that yet */
    bool kept;        /* a reset of another stream refers to it */
    int64_t first_ns;
    int64_t last_ns;       /* last segment either way, resets included */
    uint32_t fin_acked[2]; /* rcv_nxt of each direction when its FIN was sent */
    uint32_t host_gen[2];
    uint32_t given_up[2];        /* earlier ones that were given up, by the index of their server */
    const ro_exchange *exchange; /* never NULL */
    struct ro_host *host[2];     /* baseline of each address, at this capture point */
    struct ro_reset *last_reset[2]; /* newest reset bearing each address */
    struct ro_stream
        *previous; /* connection on the same ports before this one, see ro_streams_shorten */
    struct ro_stream *next_copy; /* same connection at other capture points: a ring, match.h */
    struct ro_sample *sample;    /* what capture points are compared by; NULL with one point */
    char *server_name; /* TLS server name or HTTP Host asked for; NULL where none was; owned */
    ro_dir *dir[2];    /* never NULL; ro_dir_none until it is needed */
    ro_dir_work work[2];
    ro_history history[2];
} ro_stream;

/* What a segment was to its stream, found before the stream takes it in. */
typedef struct ro_step {
    bool duplicate;    /* the capture holds this very packet twice */
    bool new_data;     /* carries octets (or SYN, FIN) beyond SND.NXT */
    bool repeat;       /* sends again what was sent before */
    bool probe;        /* keep-alive probe */
    bool acks_more;    /* its acknowledgment goes beyond any sent before */
    bool out_of_order; /* fills a hole */
    bool stray; /* cannot belong to the connection in its present state; nothing was taken in */
} ro_step;

/* A segment of at most this many octets may be a message of its own though its side spoke last: an alert, an
 * error, a farewell. Longer ones are the rest of what went before. */
#define RO_SHORT_MESSAGE 100

/* Takes in a segment of direction `d` (0 or 1) that is not a RST. Returns what it was. Cost is
 * constant. Rules: RFC 9293 3.4 and 3.10.7.4 (sequence space), RFC 7323 2.2 (scale applies when
 * both sides offered it, never to a SYN's own window), Karn's rule (a retransmitted segment is not
 * timed). */
ro_step ro_stream_observe(ro_stream *st, int d, const ro_segment *s);

/* Segments and resets of the stream, without copies and strays. */
static inline uint32_t ro_stream_frames(const ro_stream *st)
{
    return st->segments + st->resets;
}

/* A keyed hash of two ends (base/hash.h); `end` as in ro_stream. */
uint32_t ro_ends_hash_of(const ro_endpoint end[2]);

/* Hash, as kept in ends_hash, and equality of streams by their two ends alone, for GHashTable. */
unsigned ro_ends_hash(const void *stream);
int ro_ends_equal(const void *a, const void *b);

/* A number made of the two ends, the same in every run and at every capture point. */
uint32_t ro_ends_number(const ro_stream *st);

/* Whether the ports tell which side is the server: one of a lower class (below 1024, registered, ephemeral). */
bool ro_ports_tell(const ro_stream *st);

/* Frees what `st` owns but a sample, not `st` itself. */
void ro_stream_clear(ro_stream *st);

/* Prepares `st` for the connection that `s` belongs to; `d` is the direction of `s`. */
void ro_stream_start(ro_stream *st, const ro_segment *s, int d);

/* True if `s` is the same packet as the newest one of its direction, seen again (SPAN port, "any"
 * interface): all fields that a router leaves alone are equal and it came within 2 ms. */
bool ro_stream_is_duplicate(const ro_history *ring, const ro_segment *s);

/* The shift that applies to the windows of direction `d`, or -1 where the handshake does not tell. */
int ro_stream_wscale(const ro_stream *st, int d);

/* The i-th newest segment of a ring (0 = newest), or NULL. */
ro_recent_segment *ro_history_newest(ro_history *ring, unsigned i);

#endif
