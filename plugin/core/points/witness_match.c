/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the reset that each event of a kernel tells of: same ends, nearest in time, each used once. */

#include "points/witness_match.h"

#include <string.h>

#include "base/constants.h"
#include "reset/copy.h"

/* Events with the same ends, and resets of one direction, that are compared: longer runs repeat
 * themselves. Resets looked back at for a listener's event, which names no connection. */
#define CHAIN_MAX 64
#define BACK_MAX  256

/* A pair that is joined may part another, which is matched again: so many times. */
#define ROUNDS_MAX 8

static ro_testimony **slot_of(ro_reset *r, uint8_t kind)
{
    return kind == RO_WITNESS_SENT ? &r->sent_word : &r->taken_word;
}

/* The event that this RST, or a copy of it, was matched with. */
static ro_testimony *held(const ro_reset *r, uint8_t kind)
{
    return ro_copy_word(r, kind == RO_WITNESS_RECEIVED);
}

int64_t ro_witness_between(int64_t a, int64_t b)
{
    return CLAMP(a, -RO_WITNESS_REACH_NS, 2 * RO_WITNESS_REACH_NS) -
           CLAMP(b, -RO_WITNESS_REACH_NS, 2 * RO_WITNESS_REACH_NS);
}

/* How ill a RST and an event fit; INT64_MAX where they do not. A RST does not leave before its event by
 * more than the kernel's delay, nor arrive after it: the wrong order counts tenfold. */
static int64_t misfit(const ro_reset *r, const ro_testimony *t)
{
    int64_t dt = ro_witness_between(ro_witness_host_time(t->session, r->seg.time_ns), t->time_ns);
    int64_t late = t->kind == RO_WITNESS_SENT ? dt : -dt;

    if (ABS(dt) > RO_WITNESS_NEAR_NS) {
        return INT64_MAX;
    }
    return late < -RO_WITNESS_TRACED_NS ? -late * 10 : ABS(late);
}

static void join(ro_reset *r, ro_testimony *t)
{
    ro_testimony **slot = slot_of(r, t->kind);

    if (*slot) {
        (*slot)->reset = NULL;
        (*slot)->session->matched--;
    }
    if (t->reset) {
        *slot_of(t->reset, t->kind) = NULL;
        t->session->matched--;
    }
    *slot = t;
    t->reset = r;
    t->session->matched++;
}

/* Whether the pair fits better than what each of them has now. */
static bool prefers(const ro_reset *r, const ro_testimony *t, int64_t best)
{
    int64_t fit = misfit(r, t);
    const ro_testimony *now = held(r, t->kind);

    return !t->aside && fit < best && (!t->reset || fit < misfit(t->reset, t)) &&
           (!now || (now->reset == r && fit < misfit(r, now)));
}

/* Where only the moment tells. */
static bool at_the_moment(const ro_reset *r, const ro_testimony *t)
{
    int64_t dt = ro_witness_between(ro_witness_host_time(t->session, r->seg.time_ns), t->time_ns);

    return ABS(dt) <= RO_WITNESS_LISTENER_NS;
}

/* A listener's event names no connection: port and moment must do, and the address be the host's. */
static bool fits_listener(const ro_reset *r, const ro_testimony *t)
{
    const ro_witness_session *s = t->session;
    ro_addr none = {0, 0};

    return r->seg.sport == t->from.port && !r->copy_of && at_the_moment(r, t) &&
           (ro_addr_equal(t->listener, none) ? ro_witness_own_of(s, r->seg.src) ||
                                                   ro_witness_lists(s->seen, s->seen_n, r->seg.src)
                                             : ro_addr_equal(t->listener, r->seg.src));
}

static ro_testimony *best_event(const ro_witnesses *w, ro_reset *r, uint8_t kind, bool listener)
{
    ro_testimony *best = NULL;
    ro_testimony *t;
    int64_t fit = INT64_MAX;
    const ro_addr none = {0, 0};
    ro_endpoint from = {listener ? none : r->seg.src, r->seg.sport};
    ro_endpoint to = {listener ? none : r->seg.dst, listener ? 0 : r->seg.dport};

    t = ro_witnesses_find(w, kind, &from, &to);
    for (int i = 0; t && i < CHAIN_MAX; i++, t = t->next) {
        if (prefers(r, t, fit) && (!listener || fits_listener(r, t))) {
            fit = misfit(r, t);
            best = t;
        }
    }
    return best;
}

ro_reset *ro_witness_newest_reset(const ro_witnesses *w, const ro_testimony *t)
{
    ro_reset key;

    key.seg.src = t->from.addr;
    key.seg.dst = t->to.addr;
    key.seg.sport = t->from.port;
    key.seg.dport = t->to.port;
    return g_hash_table_lookup(w->by_ends, &key);
}

bool ro_witness_has_reset(const ro_witnesses *w, const ro_testimony *t)
{
    const ro_reset *r = ro_witness_newest_reset(w, t);

    for (int i = 0; r && i < CHAIN_MAX; i++, r = r->prev_same) {
        if (misfit(r, t) < INT64_MAX) {
            return true;
        }
    }
    return false;
}

static ro_reset *best_reset(const ro_witnesses *w, const ro_testimony *t)
{
    ro_reset *best = NULL;
    ro_reset *r = ro_witness_newest_reset(w, t);
    int64_t fit = INT64_MAX;

    for (int i = 0; r && i < CHAIN_MAX; i++, r = r->prev_same) {
        if (!r->copy_of && prefers(r, t, fit)) {
            fit = misfit(r, t);
            best = r;
        }
    }
    return best;
}

static ro_reset *best_of_listener(const ro_witnesses *w, const ro_testimony *t)
{
    ro_reset *best = NULL;
    int64_t fit = INT64_MAX;

    for (unsigned i = 0; i < w->resets->len && i < BACK_MAX; i++) {
        ro_reset *r = g_ptr_array_index(w->resets, w->resets->len - 1 - i);

        if (fits_listener(r, t) && prefers(r, t, fit)) {
            fit = misfit(r, t);
            best = r;
        }
    }
    return best;
}

static bool is_listener(const ro_testimony *t)
{
    return t->kind == RO_WITNESS_SENT && t->to.port == 0;
}

/* A container's event has an address that the host's address translation replaces on the wire, and the port with
 * it; the peer stays the same. */
static bool fits_translated(const ro_reset *r, const ro_testimony *t)
{
    bool sent = t->kind == RO_WITNESS_SENT;
    const ro_endpoint *inner = sent ? &t->from : &t->to;
    const ro_endpoint *peer = sent ? &t->to : &t->from;
    ro_addr outer = sent ? r->seg.src : r->seg.dst;

    return !is_listener(t) && t->filter != RO_FILTER_PATH && !r->copy_of &&
           (sent ? r->seg.dport : r->seg.sport) == peer->port &&
           ro_addr_equal(sent ? r->seg.dst : r->seg.src, peer->addr) &&
           !ro_witness_own_of(t->session, inner->addr) && ro_witness_own_of(t->session, outer) &&
           at_the_moment(r, t);
}

/* The one reset that fits; NULL where there are several. */
static ro_reset *only_translated(const ro_witnesses *w, const ro_testimony *t)
{
    ro_reset *only = NULL;

    if (ro_witness_own_of(t->session, t->kind == RO_WITNESS_SENT ? t->from.addr : t->to.addr)) {
        return NULL;
    }
    for (unsigned i = 0; i < w->resets->len && i < BACK_MAX; i++) {
        ro_reset *r = g_ptr_array_index(w->resets, w->resets->len - 1 - i);

        if (fits_translated(r, t) && prefers(r, t, INT64_MAX)) {
            if (only) {
                return NULL;
            }
            only = r;
        }
    }
    return only;
}

static ro_testimony *only_translated_event(const ro_witnesses *w, ro_reset *r, uint8_t kind)
{
    const ro_segment *s = &r->seg;
    const ro_endpoint peer =
        kind == RO_WITNESS_SENT ? (ro_endpoint){s->dst, s->dport} : (ro_endpoint){s->src, s->sport};
    ro_testimony *t = ro_witnesses_find_peer(w, kind, &peer);
    ro_testimony *only = NULL;

    for (int i = 0; t && i < CHAIN_MAX; i++, t = t->next_peer) {
        if (!t->reset && fits_translated(r, t) && prefers(r, t, INT64_MAX)) {
            if (only) {
                return NULL;
            }
            only = t;
        }
    }
    return only;
}

static ro_reset *reset_for(const ro_witnesses *w, const ro_testimony *t)
{
    ro_reset *r = is_listener(t) ? best_of_listener(w, t) : best_reset(w, t);

    return r || is_listener(t) ? r : only_translated(w, t);
}

static ro_testimony *event_for(const ro_witnesses *w, ro_reset *r, uint8_t kind)
{
    ro_testimony *t = best_event(w, r, kind, false);

    if (!t && kind == RO_WITNESS_SENT) {
        t = best_event(w, r, kind, true);
    }
    return t ? t : only_translated_event(w, r, kind);
}

/* Joins an event with its reset; one that loses its reset to a nearer event looks for another. */
void ro_witness_match_event(const ro_witnesses *w, ro_testimony *t)
{
    for (int i = 0; t && i < ROUNDS_MAX; i++) {
        ro_reset *r = reset_for(w, t);
        ro_testimony *loser = r ? *slot_of(r, t->kind) : NULL;

        if (!r) {
            return;
        }
        join(r, t);
        t = loser;
    }
}

static void match_reset(const ro_witnesses *w, ro_reset *r, uint8_t kind)
{
    for (int i = 0; r && i < ROUNDS_MAX; i++) {
        ro_testimony *t = event_for(w, r, kind);
        ro_reset *loser;

        if (!t) {
            return;
        }
        loser = t->reset;
        join(r, t);
        r = loser;
    }
}

/* A socket that has to reset its peer is traced as if it had received a reset, and then as the sender. */
void ro_witness_set_aside(const ro_witnesses *w, const ro_testimony *t)
{
    bool sent = t->kind == RO_WITNESS_SENT;
    ro_testimony *other =
        ro_witnesses_find(w, sent ? RO_WITNESS_RECEIVED : RO_WITNESS_SENT, &t->to, &t->from);

    for (int i = 0; other && i < CHAIN_MAX; i++, other = other->next) {
        const ro_testimony *sender = sent ? t : other;
        ro_testimony *taker = sent ? other : w->newest;

        if (ABS(ro_witness_between(other->time_ns, t->time_ns)) > RO_WITNESS_TRACED_NS ||
            !sender->reason || strcmp(sender->reason, "TCP_ABORT_ON_DATA") != 0) {
            continue;
        }
        taker->aside = true;
        if (taker->reset) {
            taker->reset->taken_word = NULL;
            taker->reset = NULL;
            taker->session->matched--;
        }
    }
}

void ro_witness_match_reset(const ro_witnesses *w, ro_reset *r)
{
    if (!r->copy_of) {
        match_reset(w, r, RO_WITNESS_SENT);
        match_reset(w, r, RO_WITNESS_RECEIVED);
        ro_witness_vote_reset(w, r);
    }
}

/* ---- what is told of a reset ---- */

bool ro_witness_is_translated(const ro_testimony *t)
{
    const ro_segment *s = t->reset ? &t->reset->seg : NULL;

    return s && !is_listener(t) &&
           !(ro_addr_equal(s->src, t->from.addr) && s->sport == t->from.port &&
             ro_addr_equal(s->dst, t->to.addr) && s->dport == t->to.port);
}

const ro_testimony *ro_witness_sent(const ro_reset *r)
{
    return held(r, RO_WITNESS_SENT);
}

const ro_testimony *ro_witness_taken(const ro_reset *r)
{
    return held(r, RO_WITNESS_RECEIVED);
}

/* Whether a reset close by in the same direction is as asked. */
static bool any_near(const ro_reset *r, bool (*is)(const ro_reset *e, const ro_reset *r))
{
    for (int back = 0; back < 2; back++) {
        const ro_reset *e = back ? r->prev_same : r->next_same;

        for (int i = 0; e && i < CHAIN_MAX; i++, e = back ? e->prev_same : e->next_same) {
            if (ABS(ro_witness_between(e->seg.time_ns, r->seg.time_ns)) <= RO_WITNESS_NEAR_NS &&
                is(e, r)) {
                return true;
            }
        }
    }
    return false;
}

/* One that no event was found for: the event of `r` may be its. */
static bool is_rival(const ro_reset *e, const ro_reset *r)
{
    (void)r;
    return !e->copy_of && !held(e, RO_WITNESS_SENT);
}

static bool is_told_and_alike(const ro_reset *e, const ro_reset *r)
{
    return e->seg.seq == r->seg.seq && e->seg.ack == r->seg.ack && e->seg.flags == r->seg.flags &&
           held(e, RO_WITNESS_SENT);
}

bool ro_witness_told_of_like(const ro_reset *r)
{
    return any_near(r, is_told_and_alike);
}

bool ro_witness_is_sure(const ro_reset *r, const ro_testimony *t)
{
    const ro_reset *own = t->reset ? t->reset : r;

    return misfit(own, t) <= RO_WITNESS_TRACED_NS || (t->to.port != 0 && !any_near(own, is_rival));
}
