/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clock of a recording that is off by more than an event and its reset may lie apart: a host without NTP, in
 * another time zone by mistake, or 37 s ahead because it keeps TAI. As long as nothing of it was joined with a reset,
 * each pair that is alone with its ends speaks for one offset; where some connections agree, that is it. */

#include "base/constants.h"
#include "points/witness_match.h"

/* So many connections must agree, so closely: a path and the kernel's delay take less. Ports that are used again by
 * chance do not agree. */
#define AGREE    3
#define CLOSE_NS (50 * RO_MS)

int64_t ro_witness_host_time(const ro_witness_session *s, int64_t time_ns)
{
    return ro_witness_between(time_ns, 0) + s->offset_ns;
}

static void adopt(const ro_witnesses *w, ro_witness_session *s, int64_t offset_ns)
{
    s->offset_ns = offset_ns;
    for (unsigned i = 0; i < s->events->len; i++) {
        ro_witness_match_event(w, g_ptr_array_index(s->events, i));
    }
}

static void vote(const ro_witnesses *w, ro_witness_session *s, const ro_reset *r, int64_t offset_ns)
{
    ro_witness_vote *v = NULL;

    for (unsigned i = 0; i < s->votes_n && i < RO_WITNESS_VOTES_MAX; i++) {
        if (ABS(s->votes[i].offset_ns - offset_ns) <= CLOSE_NS) {
            v = &s->votes[i];
        }
    }
    if (!v) { /* the oldest gives way */
        v = &s->votes[s->votes_n++ % RO_WITNESS_VOTES_MAX];
        *v = (ro_witness_vote){.offset_ns = offset_ns};
    }
    if (v->last != r) { /* one connection, one voice, though both its ends may have told */
        v->last = r;
        v->n++;
    }
    if (v->n == AGREE) {
        adopt(w, s, v->offset_ns);
    }
}

static void consider(const ro_witnesses *w, const ro_testimony *t, const ro_reset *r)
{
    ro_witness_session *s = t->session;
    int64_t offset_ns = ro_witness_between(t->time_ns, r->seg.time_ns);

    if (s->matched == 0 && s->offset_ns == 0 && !t->next && !t->aside && !r->prev_same &&
        !r->copy_of && ABS(offset_ns) > RO_WITNESS_NEAR_NS &&
        ABS(offset_ns) <= RO_WITNESS_REACH_NS) {
        vote(w, s, r, offset_ns);
    }
}

void ro_witness_vote_event(const ro_witnesses *w, const ro_testimony *t)
{
    const ro_reset *r = t->reset ? NULL : ro_witness_newest_reset(w, t);

    if (r) {
        consider(w, t, r);
    }
}

void ro_witness_vote_reset(const ro_witnesses *w, const ro_reset *r)
{
    const ro_endpoint from = {r->seg.src, r->seg.sport};
    const ro_endpoint to = {r->seg.dst, r->seg.dport};

    for (unsigned kind = RO_WITNESS_SENT; kind <= RO_WITNESS_RECEIVED; kind++) {
        const ro_testimony *t = ro_witnesses_find(w, (uint8_t)kind, &from, &to);

        if (t && !t->reset) {
            consider(w, t, r);
        }
    }
}
