/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds streams: a small direct-mapped cache in front of a hash table. */

#include "track/stream_table.h"

#include <glib.h>

#include "base/hash.h"

/* Streams that are found without the table: as many as are busy at the same time in most captures. */
#define RECENT_N 256

struct ro_streams {
    GHashTable *table;           /* ro_stream, keyed by ends and capture point */
    ro_stream *recent[RECENT_N]; /* found lately, by recent_index() */
    uint32_t n;
};

/* Each half is keyed, so nobody can choose the two to meet. */
static guint stream_hash(gconstpointer key)
{
    const ro_stream *st = key;

    return st->point ? st->ends_hash ^ ro_hash_fold(ro_hash_words(&st->point, 1)) : st->ends_hash;
}

static gboolean stream_equal(gconstpointer a, gconstpointer b)
{
    return ((const ro_stream *)a)->point == ((const ro_stream *)b)->point && ro_ends_equal(a, b);
}

void ro_streams_free_one(ro_stream *st)
{
    g_free(st->sample);
    ro_stream_clear(st);
    g_free(st);
}

static void stream_free(gpointer data)
{
    ro_stream *previous;

    for (ro_stream *st = data; st; st = previous) {
        previous = st->previous;
        ro_streams_free_one(st);
    }
}

ro_streams *ro_streams_new(void)
{
    ro_streams *streams = g_new0(ro_streams, 1);

    streams->table = g_hash_table_new_full(stream_hash, stream_equal, NULL, stream_free);
    return streams;
}

void ro_streams_free(ro_streams *streams)
{
    g_hash_table_destroy(streams->table);
    g_free(streams);
}

int ro_segment_direction(const ro_segment *s)
{
    if (s->src.hi != s->dst.hi) {
        return s->src.hi > s->dst.hi;
    }
    if (s->src.lo != s->dst.lo) {
        return s->src.lo > s->dst.lo;
    }
    return s->sport > s->dport;
}

static bool is_stream_of(const ro_stream *st, const ro_segment *s, int d)
{
    return st->end[d].port == s->sport && st->end[!d].port == s->dport && st->point == s->point &&
           ro_addr_equal(st->end[d].addr, s->src) && ro_addr_equal(st->end[!d].addr, s->dst);
}

/* The same for both directions. Streams that share a place push each other out, which costs a look into the
 * table, whose hash has a key. */
static unsigned recent_index(const ro_segment *s)
{
    uint32_t x = (uint32_t)s->src.lo ^ (uint32_t)s->dst.lo ^ s->sport ^ s->dport;

    return (x ^ x >> 8 ^ x >> 16) % RECENT_N;
}

ro_stream *ro_streams_find(ro_streams *streams, const ro_segment *s, int d, uint32_t *ends_hash)
{
    ro_stream key;
    ro_stream *st;

    st = streams->recent[recent_index(s)];
    if (st && is_stream_of(st, s, d)) {
        *ends_hash = st->ends_hash;
        return st;
    }
    key.end[d] = (ro_endpoint){s->src, s->sport};
    key.end[!d] = (ro_endpoint){s->dst, s->dport};
    key.point = s->point;
    key.ends_hash = *ends_hash = ro_ends_hash_of(key.end);
    st = g_hash_table_lookup(streams->table, &key);
    if (st) {
        streams->recent[recent_index(s)] = st;
    }
    return st;
}

void ro_streams_add(ro_streams *streams, ro_stream *st, ro_stream *old, const ro_segment *s)
{
    if (old) {
        g_hash_table_steal(streams->table, old);
        st->previous = old;
    }
    g_hash_table_add(streams->table, st);
    streams->recent[recent_index(s)] = st;
    streams->n++;
}

/* A RST belongs to the newest connection or the one before (ro_belongs_before), and asks what was before its own. */
ro_stream *ro_streams_shorten(ro_stream *st)
{
    ro_stream *later = st->previous ? st->previous->previous : NULL;
    ro_stream *old = later ? later->previous : NULL;

    if (!old || later->resets || old->resets || old->kept || old->sample) {
        return NULL;
    }
    later->previous = old->previous;
    for (int d = 0; d < 2; d++) {
        later->given_up[d] += old->given_up[d];
    }
    later->given_up[!old->client]++;
    return old;
}

uint32_t ro_streams_count(const ro_streams *streams)
{
    return streams->n;
}

uint32_t ro_streams_count_to(const ro_streams *streams, uint64_t point, ro_endpoint server)
{
    GHashTableIter iter;
    gpointer key;
    uint32_t n = 0;

    g_hash_table_iter_init(&iter, streams->table);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        for (const ro_stream *st = key; st; st = st->previous) {
            for (int d = 0; d < 2 && st->point == point; d++) {
                const ro_endpoint *end = &st->end[d];
                uint32_t here = st->given_up[d] + (d == !st->client);

                n += end->port == server.port && ro_addr_equal(end->addr, server.addr) ? here : 0;
            }
        }
    }
    return n;
}
