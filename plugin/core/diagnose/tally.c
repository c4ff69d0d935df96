/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tallies in a hash table of bounded size. */

#include "diagnose/tally.h"

#include "base/hash.h"

struct ro_tallies {
    GHashTable *by_key;
};

static guint key_hash(gconstpointer key)
{
    const ro_tally_key *k = key;
    const uint64_t words[] = {k->kind,      k->client.hi, k->client.lo,
                              k->server.hi, k->server.lo, k->port};

    return ro_hash_fold(ro_hash_words(words, G_N_ELEMENTS(words)));
}

static gboolean key_equal(gconstpointer a, gconstpointer b)
{
    const ro_tally_key *x = a;
    const ro_tally_key *y = b;

    return x->kind == y->kind && x->port == y->port && ro_addr_equal(x->client, y->client) &&
           ro_addr_equal(x->server, y->server);
}

ro_tallies *ro_tallies_new(void)
{
    ro_tallies *all = g_new0(ro_tallies, 1);

    all->by_key = g_hash_table_new_full(key_hash, key_equal, NULL, g_free);
    return all;
}

void ro_tallies_free(ro_tallies *all)
{
    if (all) {
        g_hash_table_destroy(all->by_key);
        g_free(all);
    }
}

void ro_tally_add(ro_tallies *all, const ro_tally_key *key, int64_t value, uint32_t frame)
{
    ro_tally *t = g_hash_table_lookup(all->by_key, key);

    if (!t) {
        if (g_hash_table_size(all->by_key) >= RO_TALLIES_MAX) {
            return;
        }
        t = g_new0(ro_tally, 1);
        t->key = *key;
        t->first_frame = frame;
        g_hash_table_insert(all->by_key, &t->key, t);
    }
    t->value[t->n % RO_TALLY_VALUES] = value;
    t->n++;
    t->last_frame = frame;
    t->kinds |= UINT64_C(1) << (ro_mix_plain(1, (uint64_t)value) >> 58);
}

const ro_tally *ro_tally_of(const ro_tallies *all, const ro_tally_key *key)
{
    return g_hash_table_lookup(all->by_key, key);
}

unsigned ro_tally_different(const ro_tally *t)
{
    unsigned n = 0;

    for (uint64_t bits = t ? t->kinds : 0; bits; bits &= bits - 1) {
        n++;
    }
    return n;
}

unsigned ro_tally_like(const ro_tally *t, int64_t value, int percent, int64_t slack)
{
    int64_t off = MAX(value / 100 * percent, slack);
    unsigned n = 0;

    for (unsigned i = 0; t && i < MIN(t->n, RO_TALLY_VALUES); i++) {
        n += ABS(t->value[i] - value) <= off;
    }
    return n;
}

bool ro_tally_is_regular(const ro_tally *t, int64_t *period)
{
    unsigned kept = t ? MIN(t->n, RO_TALLY_VALUES) : 0;
    int64_t least = 0;
    int64_t most = 0;

    if (kept < 3) {
        return false;
    }
    for (unsigned i = 1; i < kept; i++) {
        unsigned at = (t->n - kept + i) % RO_TALLY_VALUES;
        int64_t gap = t->value[at] - t->value[(at + RO_TALLY_VALUES - 1) % RO_TALLY_VALUES];

        least = i == 1 ? gap : MIN(least, gap);
        most = MAX(most, gap);
    }
    *period = (least + most) / 2;
    return least > 0 && most - least <= *period / 4;
}
