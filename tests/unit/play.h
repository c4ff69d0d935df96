/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plays a conversation into the core step by step, as a capture point between two Linux hosts
 * would see it: the client 2 hops away, the server 12. */

#ifndef RO_TESTS_PLAY_H
#define RO_TESTS_PLAY_H

#include "capture.h"
#include "judge/verdict.h"

/* Round trips from the capture point, and the initial sequence numbers. */
#define PLAY_NEAR_MS    4
#define PLAY_FAR_MS     20
#define PLAY_ISN_CLIENT 1000u
#define PLAY_ISN_SERVER 5000u
#define PLAY_TTL_CLIENT 62
#define PLAY_TTL_SERVER 52
#define PLAY_MSS        1460

typedef struct play {
    ro_capture *cap;
    int64_t now_ns;
    uint32_t frame;
    uint32_t stream;
    uint32_t point;
    ro_addr addr[2];
    uint16_t port[2];
    uint32_t nxt[2]; /* SND.NXT of each side */
    uint32_t rcv[2]; /* what it acknowledges */
    uint8_t ttl[2];
    uint16_t ip_id[2]; /* of its last segment */
    uint16_t window[2];
    uint8_t wscale;
    uint32_t flow_label[2]; /* IPv6 where one is set */
    bool timestamps;
    uint64_t mac[2];  /* link-layer sources, where set */
    bool directions;  /* the capture says who put each frame on the link: the client's host */
    ro_observed seen; /* what became of the last segment */
    ro_verdict verdict;
} play;

void play_begin(play *p);
void play_end(play *p);

/* Another connection of the same two hosts in the same capture. */
void play_next_stream(play *p);

void play_wait(play *p, double ms);

/* A segment of `side` as the conversation stands, not yet taken in: change it, then take it. */
ro_segment play_make(play *p, ro_side side, unsigned flags, uint32_t len);

/* Takes in a segment; the conversation follows it. Returns its frame number. */
uint32_t play_take(play *p, const ro_segment *s);

/* The usual steps. They take no time of their own: wait before them. */
uint32_t play_syn(play *p);
uint32_t play_syn_ack(play *p);
uint32_t play_ack(play *p, ro_side side);
uint32_t play_data(play *p, ro_side side, uint32_t len);

/* The client asks with 100 octets, the server answers with 50, the client acknowledges; each in its time. */
void play_exchange(play *p);
uint32_t play_say(play *p, ro_side side, const void *bytes, uint32_t len); /* data with contents */
uint32_t play_text(play *p, ro_side side, const char *text);
uint32_t play_client_hello(play *p, const char *name); /* TLS, with that server name */
uint32_t play_fin(play *p, ro_side side);
uint32_t play_again(play *p, ro_side side, uint32_t seq, uint32_t len); /* retransmission */

/* SYN, SYN-ACK and ACK with the round trips above. */
void play_handshake(play *p);

/* Resets; each returns the record, which lives as long as the capture.
 * Bare RST, SEQ = what the other side acknowledges; IP-ID 0, window 0. */
ro_reset *play_rst(play *p, ro_side side);
/* RST+ACK at SND.NXT with the next IP-ID and a window. */
ro_reset *play_abort(play *p, ro_side side);
/* RST+ACK that refuses the SYN. */
ro_reset *play_refuse(play *p);
/* A RST as the caller made it. */
ro_reset *play_reset(play *p, const ro_segment *s);

/* Judges a RST; the verdict stays in p->verdict until the next one. */
const ro_verdict *play_judge(play *p, const ro_reset *r);

#endif
