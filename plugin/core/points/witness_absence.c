/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Absence proves something only for a host that demonstrably recorded: it owns the address, its clock agrees
 * with the capture's, nothing is missing from its recording around the reset, and no event is left that may
 * tell of it under other addresses. What passes no tracepoint (the host's own packet filter, a raw socket, a
 * network card that does TCP itself) is left to the weight of the sign. */

#include "base/constants.h"
#include "points/witness.h"
#include "points/witness_match.h"

/* Events around the reset that are looked at; more are more than can be told apart. */
#define LOOKED_AT 512

/* And events that are asked for the clock, where none was joined with a reset. */
#define CLOCK_LOOKED_AT 64

/* An estimated clock is trusted with a host's silence once so many resets were found by it. */
#define ESTIMATE_SHOWN 6

/* A recording's clock is shown by a reset of the capture that one of its events tells of, were it only as a second
 * recording of the same kernel. */
static bool clock_is_shown(const ro_witnesses *w, const ro_witness_session *s)
{
    for (unsigned i = 0; s->matched == 0 && i < s->events->len && i < CLOCK_LOOKED_AT; i++) {
        if (ro_witness_has_reset(w, g_ptr_array_index(s->events, i))) {
            return true;
        }
    }
    return s->matched > 0 && (s->offset_ns == 0 || s->matched >= ESTIMATE_SHOWN);
}

static bool recorded_throughout(const ro_witness_session *s, int64_t from_ns, int64_t to_ns)
{
    if (s->limited || s->incomplete || s->first_ns > from_ns || s->last_ns < to_ns) {
        return false;
    }
    for (unsigned i = 0; i < s->gaps_n; i++) {
        if (s->gaps[i].from_ns <= to_ns && s->gaps[i].to_ns >= from_ns) {
            return false;
        }
    }
    return true;
}

/* Whether the host had that address then, as its lists before and after tell. */
static bool owned(const ro_witness_session *s, ro_addr addr, int64_t time_ns)
{
    const ro_witness_own *own = ro_witness_own_of(s, addr);

    return own && own->since_ns <= time_ns && own->until_ns >= time_ns;
}

/* The first event of the recording at that time or later. */
static unsigned first_from(const ro_witness_session *s, int64_t time_ns)
{
    unsigned low = 0;
    unsigned high = s->events->len;

    while (low < high) {
        unsigned mid = low + (high - low) / 2;
        const ro_testimony *t = g_ptr_array_index(s->events, mid);

        if (t->time_ns < time_ns) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

/* A reset that the host sent, and that was captured under no such addresses: a container's behind address
 * translation, a listener's. It may be this one. */
static bool may_tell_of(const ro_reset *r, const ro_testimony *t)
{
    bool same_peer = t->to.port == r->seg.dport && ro_addr_equal(t->to.addr, r->seg.dst);

    if (t->kind != RO_WITNESS_SENT || t->reset) {
        return false;
    }
    return same_peer || t->to.port == 0 || t->from.port == r->seg.sport ||
           ABS(ro_witness_between(t->time_ns, ro_witness_host_time(t->session, r->seg.time_ns))) <=
               RO_WITNESS_LISTENER_NS;
}

static bool explained_otherwise(const ro_reset *r, const ro_witness_session *s)
{
    int64_t now = ro_witness_host_time(s, r->seg.time_ns);
    int64_t until = now + RO_WITNESS_NEAR_NS;
    unsigned first = first_from(s, now - RO_WITNESS_NEAR_NS);

    for (unsigned i = first; i < s->events->len; i++) {
        const ro_testimony *t = g_ptr_array_index(s->events, i);

        if (t->time_ns > until) {
            return false;
        }
        if (i - first >= LOOKED_AT || may_tell_of(r, t)) {
            return true;
        }
    }
    return false;
}

/* An event of this very connection: the host's own socket is its end, not one that the host passes on to. */
static bool holds_connection(const ro_reset *r, const ro_witness_session *s)
{
    const ro_endpoint from = {r->seg.src, r->seg.sport};
    const ro_endpoint to = {r->seg.dst, r->seg.dport};
    const ro_testimony *own[] = {ro_witnesses_find(r->witnesses, RO_WITNESS_SENT, &from, &to),
                                 ro_witnesses_find(r->witnesses, RO_WITNESS_RECEIVED, &to, &from)};

    return (own[0] && own[0]->session == s && own[0]->filter == RO_FILTER_NONE) ||
           (own[1] && own[1]->session == s);
}

const ro_witness_session *ro_witness_absent(const ro_reset *r)
{
    const ro_witnesses *w = r->witnesses;

    if (!w || w->sessions->len == 0 || r->seg.time_ns < 0 || r->seg.time_ns > RO_WITNESS_REACH_NS ||
        ro_witness_sent(r) || ro_witness_told_of_like(r)) {
        return NULL;
    }
    for (unsigned i = 0; i < w->sessions->len; i++) {
        const ro_witness_session *s = g_ptr_array_index(w->sessions, i);
        int64_t now = ro_witness_host_time(s, r->seg.time_ns);

        if (owned(s, r->seg.src, now) &&
            recorded_throughout(s, now - RO_WITNESS_NEAR_NS, now + RO_WITNESS_NEAR_NS) &&
            (!s->forwards || holds_connection(r, s)) && clock_is_shown(w, s) &&
            !explained_otherwise(r, s)) {
            return s;
        }
    }
    return NULL;
}

/* Its own resets are recorded, or it dropped nothing at that time: what it rejects it drops as well (Linux
 * nf_hook_slow() after nft_reject_inet_eval() and reject_tg()). */
bool ro_witness_filter_silent(const ro_witness_session *s, const ro_reset *r)
{
    int64_t now = ro_witness_host_time(s, r->seg.time_ns);

    if (s->filter & RO_WITNESS_SEES_REJECTS) {
        return true;
    }
    for (unsigned i = 0; i < s->drops->len; i++) {
        const ro_witness_gap *drops = &g_array_index(s->drops, ro_witness_gap, i);

        if (ro_witness_between(drops->from_ns, now) <= RO_WITNESS_NEAR_NS &&
            ro_witness_between(now, drops->to_ns) <= RO_WITNESS_NEAR_NS) {
            return false;
        }
    }
    return (s->filter & RO_WITNESS_SEES_DROPS) != 0;
}

bool ro_witness_looks_ahead(const ro_reset *r)
{
    const ro_testimony *sent = ro_witness_sent(r);
    const ro_testimony *taken = ro_witness_taken(r);

    return (sent && sent->frame > r->seg.frame) || (taken && taken->frame > r->seg.frame) ||
           ro_witness_absent(r);
}
