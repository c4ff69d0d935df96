/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Builds segments from the state of a small conversation and feeds them to the core. */

#include "play.h"

#include <string.h>

#include "base/seq.h"

#define START_NS INT64_C(1700000000000000000)

void play_begin(play *p)
{
    memset(p, 0, sizeof *p);
    p->cap = ro_capture_new();
    p->now_ns = START_NS;
    p->addr[RO_CLIENT] = (ro_addr){0, UINT64_C(0xffffc000020a)};
    p->addr[RO_SERVER] = (ro_addr){0, UINT64_C(0xffffc6336414)};
    p->port[RO_CLIENT] = 40000;
    p->port[RO_SERVER] = 80;
    p->ttl[RO_CLIENT] = PLAY_TTL_CLIENT;
    p->ttl[RO_SERVER] = PLAY_TTL_SERVER;
    p->window[RO_CLIENT] = 502;
    p->window[RO_SERVER] = 510;
    p->wscale = 7;
    p->stream = UINT32_MAX;
    play_next_stream(p);
}

void play_end(play *p)
{
    ro_capture_free(p->cap);
    p->cap = NULL;
}

void play_next_stream(play *p)
{
    p->stream++;
    p->port[RO_CLIENT]++;
    p->nxt[RO_CLIENT] = PLAY_ISN_CLIENT;
    p->nxt[RO_SERVER] = PLAY_ISN_SERVER;
    p->rcv[RO_CLIENT] = p->rcv[RO_SERVER] = 0;
    p->ip_id[RO_CLIENT] = 0x1000;
    p->ip_id[RO_SERVER] = 0x7000;
}

void play_wait(play *p, double ms)
{
    p->now_ns += (int64_t)(ms * 1e6);
}

static void syn_options(play *p, ro_segment *s)
{
    s->options = RO_OPT_MSS | RO_OPT_SACK_OK | RO_OPT_WSCALE;
    s->opt_order = 0x253551; /* MSS NOP NOP SACK-OK NOP WS: Linux without timestamps */
    if (p->timestamps) {
        s->opt_order = 0x25431;
    }
    s->mss = PLAY_MSS;
    s->wscale = p->wscale;
    s->window = 64240;
}

ro_segment play_make(play *p, ro_side side, unsigned flags, uint32_t len)
{
    ro_segment s = {0};

    s.time_ns = p->now_ns;
    s.src = p->addr[side];
    s.dst = p->addr[!side];
    s.sport = p->port[side];
    s.dport = p->port[!side];
    s.stream = p->stream;
    s.point = p->point;
    s.known = RO_KNOW_WINDOW | RO_KNOW_LEN | RO_KNOW_OPTIONS | RO_KNOW_IP | RO_KNOW_STREAM;
    s.seq = p->nxt[side];
    s.ack = (flags & RO_ACK) ? p->rcv[side] : 0;
    s.flags = (uint16_t)flags;
    s.payload_len = len;
    s.window = (flags & RO_RST) ? 0 : p->window[side];
    s.ttl = p->ttl[side];
    if (p->flow_label[side] != 0) {
        s.ip_version = 6;
        s.known |= RO_KNOW_FLOW_LABEL;
        s.flow_label = p->flow_label[side];
    } else {
        s.ip_version = 4;
        s.known |= RO_KNOW_IP_ID;
        s.df = true;
        /* Linux: 0 on what is sent without the socket, else a counter per connection. */
        if ((flags & (RO_SYN | RO_ACK)) != (RO_SYN | RO_ACK) &&
            (flags & (RO_RST | RO_ACK)) != RO_RST) {
            s.ip_id = (uint16_t)(p->ip_id[side] + 1);
        }
    }
    if (flags & RO_SYN) {
        syn_options(p, &s);
    }
    if (p->mac[side] != 0) {
        s.known |= RO_KNOW_MAC;
        s.mac = p->mac[side];
    }
    if (p->directions) {
        s.known |= RO_KNOW_DIRECTION;
        s.sent_here = side == RO_CLIENT;
    }
    if (p->timestamps && !(flags & RO_RST)) {
        s.options |= RO_OPT_TIMESTAMP;
        s.tsval = (uint32_t)((p->now_ns - START_NS) / 1000000) + 100000u * (1u + side);
    }
    return s;
}

uint32_t play_take(play *p, const ro_segment *given)
{
    ro_segment s = *given;
    ro_side side = ro_addr_equal(s.src, p->addr[RO_CLIENT]) ? RO_CLIENT : RO_SERVER;
    uint32_t end = s.seq + ro_segment_span(&s);

    s.frame = ++p->frame;
    ro_capture_observe(p->cap, &s, &p->seen);
    if (!(s.flags & RO_RST) && (ro_seq_gt(end, p->nxt[side]) || (s.flags & RO_SYN))) {
        p->nxt[side] = end;
        p->rcv[!side] = end;
    }
    if (s.ip_id != 0) {
        p->ip_id[side] = s.ip_id;
    }
    return s.frame;
}

static uint32_t send_flags(play *p, ro_side side, unsigned flags, uint32_t len)
{
    ro_segment s = play_make(p, side, flags, len);

    return play_take(p, &s);
}

uint32_t play_syn(play *p)
{
    return send_flags(p, RO_CLIENT, RO_SYN, 0);
}

uint32_t play_syn_ack(play *p)
{
    return send_flags(p, RO_SERVER, RO_SYN | RO_ACK, 0);
}

uint32_t play_ack(play *p, ro_side side)
{
    return send_flags(p, side, RO_ACK, 0);
}

uint32_t play_data(play *p, ro_side side, uint32_t len)
{
    return send_flags(p, side, RO_PSH | RO_ACK, len);
}

void play_exchange(play *p)
{
    play_data(p, RO_CLIENT, 100);
    play_wait(p, PLAY_FAR_MS);
    play_data(p, RO_SERVER, 50);
    play_wait(p, PLAY_NEAR_MS);
    play_ack(p, RO_CLIENT);
    play_wait(p, 1);
}

uint32_t play_say(play *p, ro_side side, const void *bytes, uint32_t len)
{
    ro_segment s = play_make(p, side, RO_PSH | RO_ACK, len);

    s.data = bytes;
    s.data_len = len;
    return play_take(p, &s);
}

uint32_t play_text(play *p, ro_side side, const char *text)
{
    return play_say(p, side, text, (uint32_t)strlen(text));
}

uint32_t play_client_hello(play *p, const char *name)
{
    uint8_t b[512] = {22, 3, 1, 0, 0, 1, 0, 0, 0, 3, 3};
    uint32_t len = (uint32_t)strlen(name);
    uint32_t at = 11 + 32;

    b[at++] = 0; /* session id */
    b[at++] = 0; /* two octets of cipher suites */
    b[at++] = 2;
    b[at++] = 0x13;
    b[at++] = 0x01;
    b[at++] = 1; /* compression: none */
    b[at++] = 0;
    b[at++] = 0; /* extensions: an unknown one, then the name */
    b[at++] = (uint8_t)(4 + 9 + len);
    memcpy(b + at, "\x0a\x0a\0\0\0\0\0", 7);
    at += 7;
    b[at++] = (uint8_t)(5 + len);
    b[at++] = 0;
    b[at++] = (uint8_t)(3 + len);
    b[at++] = 0;
    b[at++] = 0;
    b[at++] = (uint8_t)len;
    memcpy(b + at, name, len);
    at += len;
    b[3] = (uint8_t)((at - 5) >> 8);
    b[4] = (uint8_t)(at - 5);
    b[8] = (uint8_t)(at - 9);
    return play_say(p, RO_CLIENT, b, at);
}

uint32_t play_fin(play *p, ro_side side)
{
    return send_flags(p, side, RO_FIN | RO_ACK, 0);
}

uint32_t play_again(play *p, ro_side side, uint32_t seq, uint32_t len)
{
    ro_segment s = play_make(p, side, RO_PSH | RO_ACK, len);

    s.seq = seq;
    return play_take(p, &s);
}

void play_handshake(play *p)
{
    play_syn(p);
    play_wait(p, PLAY_FAR_MS);
    play_syn_ack(p);
    play_wait(p, PLAY_NEAR_MS);
    play_ack(p, RO_CLIENT);
}

ro_reset *play_reset(play *p, const ro_segment *s)
{
    play_take(p, s);
    return p->seen.reset;
}

ro_reset *play_rst(play *p, ro_side side)
{
    ro_segment s = play_make(p, side, RO_RST, 0);

    s.seq = p->rcv[!side];
    return play_reset(p, &s);
}

ro_reset *play_abort(play *p, ro_side side)
{
    ro_segment s = play_make(p, side, RO_RST | RO_ACK, 0);

    s.window = p->window[side];
    return play_reset(p, &s);
}

ro_reset *play_refuse(play *p)
{
    ro_segment s = play_make(p, RO_SERVER, RO_RST | RO_ACK, 0);

    s.seq = 0;
    s.ip_id = 0;
    return play_reset(p, &s);
}

const ro_verdict *play_judge(play *p, const ro_reset *r)
{
    ro_judge(r, &p->verdict);
    return &p->verdict;
}
