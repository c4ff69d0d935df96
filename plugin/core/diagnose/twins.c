/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An index by each end and by the two ports. A translator changes one address, seldom the client's port,
 * and never the sequence numbers. */

#include "diagnose/twins.h"

#include <glib.h>

#include "base/constants.h"
#include "base/hash.h"
#include "base/seq.h"

/* What escaped translation and the translated connection belong to the same moment. */
#define SAME_MOMENT_NS (10 * RO_S)

/* The numbers lie within a window of each other; two connections agree in that by chance once in 30000. */
#define SAME_WINDOW (1u << 17)

/* Which entry gives way must not change between runs, so the hash has no key; each place holds two. */
struct ro_twins {
    const ro_stream *places[RO_TWINS_PLACES][2]; /* newest first */
};

ro_twins *ro_twins_new(void)
{
    return g_new0(ro_twins, 1);
}

void ro_twins_free(ro_twins *t)
{
    g_free(t);
}

static unsigned place_of_end(const ro_endpoint *e)
{
    uint64_t h = ro_mix_plain(ro_mix_plain(ro_mix_plain(0, e->addr.hi), e->addr.lo), e->port);

    return ro_hash_fold(h) % RO_TWINS_PLACES;
}

static unsigned place_of_ports(const ro_stream *st)
{
    uint32_t low = MIN(st->end[0].port, st->end[1].port);
    uint32_t high = MAX(st->end[0].port, st->end[1].port);

    return ro_hash_fold(ro_mix_plain(0, (uint64_t)high << 16 | low)) % RO_TWINS_PLACES;
}

static void put(ro_twins *t, unsigned place, const ro_stream *st)
{
    t->places[place][1] = t->places[place][0];
    t->places[place][0] = st;
}

void ro_twins_add(ro_twins *t, const ro_stream *st)
{
    put(t, place_of_end(&st->end[st->client]), st);
    put(t, place_of_ports(st), st);
}

static void take_out(ro_twins *t, unsigned place, const ro_stream *st)
{
    const ro_stream **at = t->places[place];

    if (at[0] == st) {
        at[0] = at[1];
        at[1] = NULL;
    }
    if (at[1] == st) {
        at[1] = NULL;
    }
}

void ro_twins_forget(ro_twins *t, const ro_stream *st)
{
    take_out(t, place_of_end(&st->end[0]),
             st); /* whichever was taken for the client at its start */
    take_out(t, place_of_end(&st->end[1]), st);
    take_out(t, place_of_ports(st), st);
}

static bool has_end(const ro_stream *st, const ro_endpoint *e)
{
    for (int d = 0; d < 2; d++) {
        if (st->end[d].port == e->port && ro_addr_equal(st->end[d].addr, e->addr)) {
            return true;
        }
    }
    return false;
}

static bool has_ports(const ro_stream *st, const ro_stream *other)
{
    return (st->end[0].port == other->end[0].port && st->end[1].port == other->end[1].port) ||
           (st->end[0].port == other->end[1].port && st->end[1].port == other->end[0].port);
}

static bool same_addresses(const ro_stream *a, const ro_stream *b)
{
    return (ro_addr_equal(a->end[0].addr, b->end[0].addr) &&
            ro_addr_equal(a->end[1].addr, b->end[1].addr)) ||
           (ro_addr_equal(a->end[0].addr, b->end[1].addr) &&
            ro_addr_equal(a->end[1].addr, b->end[0].addr));
}

/* Whether one direction of `st` sent and the other acknowledged numbers beside those. */
static bool carries(const ro_stream *st, uint32_t seq, uint32_t ack)
{
    for (int d = 0; d < 2; d++) {
        const ro_dir *x = st->dir[d];
        const ro_dir *y = st->dir[!d];

        if ((x->has & RO_DIR_SEQ) && (y->has & RO_DIR_SEQ) &&
            ro_seq_distance(x->snd_nxt, seq) < SAME_WINDOW &&
            ro_seq_distance(y->snd_nxt, ack) < SAME_WINDOW) {
            return true;
        }
    }
    return false;
}

static bool is_twin(const ro_reset *r, const ro_stream *st)
{
    int64_t apart;

    if (!st || st == r->stream || same_addresses(st, r->stream) || !(r->facts & RO_FACT_TRIGGER) ||
        !(r->trigger.flags & RO_ACK)) {
        return false;
    }
    apart = st->last_ns - r->seg.time_ns;
    return apart > -SAME_MOMENT_NS && st->first_ns <= r->seg.time_ns &&
           carries(st, r->trigger.seq, r->trigger.ack);
}

const ro_stream *ro_twin_of(const ro_twins *t, const ro_reset *r)
{
    const ro_stream *mine = r->stream;

    for (unsigned i = 0; i < 2; i++) {
        const ro_stream *st = t->places[place_of_ports(mine)][i];

        if (is_twin(r, st) && has_ports(st, mine)) {
            return st;
        }
        for (int d = 0; d < 2; d++) {
            st = t->places[place_of_end(&mine->end[d])][i];
            if (is_twin(r, st) && has_end(st, &mine->end[d])) {
                return st;
            }
        }
    }
    return NULL;
}
