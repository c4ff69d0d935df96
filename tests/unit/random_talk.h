/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random conversations with all kinds of resets, the same for the same seed. */

#ifndef RO_TESTS_RANDOM_TALK_H
#define RO_TESTS_RANDOM_TALK_H

#include "play.h"

#define SEGMENTS_MAX 64

typedef struct talk {
    ro_segment seg[SEGMENTS_MAX];
    unsigned n;
} talk;

/* xorshift64 (Marsaglia 2003): the same conversations in every run. */
static uint64_t state;

static inline uint32_t roll(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state >> 32) % below);
}

static inline void put(talk *t, play *p, const ro_segment *s)
{
    if (t->n < SEGMENTS_MAX) {
        t->seg[t->n] = *s;
        t->seg[t->n++].frame = play_take(p, s);
    }
}

/* Whoever acknowledges has received something, though it was not captured. */
static inline ro_segment make(play *p, ro_side side, unsigned flags, uint32_t len)
{
    if (p->rcv[side] == 0) {
        p->rcv[side] = p->nxt[!side];
    }
    return play_make(p, side, flags, len);
}

static inline void say(talk *t, play *p, ro_side side, unsigned flags, uint32_t len)
{
    ro_segment s = make(p, side, flags, len);

    put(t, p, &s);
}

static inline void wait_some(play *p)
{
    static const double ms[] = {0, 0.1, 4, 20, 20, 20, 40, 250, 3000, 61000};

    play_wait(p, ms[roll(10)]);
}

static inline void shake_hands(talk *t, play *p)
{
    say(t, p, RO_CLIENT, RO_SYN, 0);
    if (roll(8) == 0) {
        return;
    }
    play_wait(p, PLAY_FAR_MS);
    say(t, p, RO_SERVER, RO_SYN | RO_ACK, 0);
    if (roll(8)) {
        play_wait(p, PLAY_NEAR_MS);
        say(t, p, RO_CLIENT, RO_ACK, 0);
    }
}

/* A segment that was sent before. */
static inline void repeat(talk *t, play *p)
{
    ro_segment s = t->seg[roll(t->n)];

    if (!(s.flags & RO_RST)) {
        s.time_ns = p->now_ns;
        s.ip_id += s.ip_id ? 40 : 0;
        put(t, p, &s);
    }
}

/* A RST as an end or a device may write it: the first three as an end does. */
static inline void reset(talk *t, play *p)
{
    ro_side side = (ro_side)roll(2);
    unsigned kind = roll(6);
    ro_segment s = make(p, side, kind == 0 || kind > 3 ? RO_RST | RO_ACK : RO_RST, 0);

    if (kind == 1) {
        s.seq = p->rcv[!side];
    } else if (kind == 2 && t->n > 0 && (t->seg[t->n - 1].flags & (RO_SYN | RO_ACK)) == RO_SYN) {
        s = make(p, RO_SERVER, RO_RST | RO_ACK, 0);
        s.flags = RO_RST | RO_ACK;
        s.seq = 0; /* refuses a SYN (RFC 9293 3.10.7.1) */
        s.ack = t->seg[t->n - 1].seq + 1;
    } else if (kind > 2) {
        s.seq += roll(3) * 1460;
        s.ttl = (uint8_t)(s.ttl + roll(5) * 7);
        s.ip_id = (uint16_t)(roll(2) * 40000);
        s.window = (uint16_t)(roll(2) * 8192);
    }
    put(t, p, &s);
}

static inline void make_talk(talk *t, uint64_t seed)
{
    play p;
    unsigned steps;

    state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    t->n = 0;
    play_begin(&p);
    p.timestamps = roll(2);
    steps = 3 + roll(25);
    if (roll(5)) {
        shake_hands(t, &p);
    }
    for (unsigned i = 0; i < steps; i++) {
        ro_side side = (ro_side)roll(2);

        wait_some(&p);
        switch (t->n == 0 ? 0 : roll(12)) {
        case 8:
            say(t, &p, side, RO_FIN | RO_ACK, 0);
            break;
        case 9:
            repeat(t, &p);
            break;
        case 10:
        case 11:
            reset(t, &p);
            break;
        case 7:
            say(t, &p, side, RO_ACK, 0);
            break;
        default:
            say(t, &p, side, RO_PSH | RO_ACK, 1 + roll(2) * 1459);
        }
    }
    reset(t, &p);
    play_end(&p);
}

#endif
