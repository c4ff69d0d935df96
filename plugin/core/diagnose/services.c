/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Three bounded tables. */

#include "diagnose/services.h"

#include <glib.h>

#include "base/hash.h"

struct ro_services {
    GHashTable *services;
    GHashTable *pairs;
    GHashTable *addresses;
};

static guint service_hash(gconstpointer key)
{
    const ro_service *s = key;
    const uint64_t words[] = {s->server.hi, s->server.lo, s->port};

    return ro_hash_fold(ro_hash_words(words, G_N_ELEMENTS(words)));
}

static gboolean service_equal(gconstpointer a, gconstpointer b)
{
    const ro_service *x = a;
    const ro_service *y = b;

    return x->port == y->port && ro_addr_equal(x->server, y->server);
}

static guint pair_hash(gconstpointer key)
{
    const ro_pair *p = key;
    const uint64_t words[] = {p->server.hi, p->server.lo, p->client.hi, p->client.lo};

    return ro_hash_fold(ro_hash_words(words, G_N_ELEMENTS(words)));
}

static gboolean pair_equal(gconstpointer a, gconstpointer b)
{
    const ro_pair *x = a;
    const ro_pair *y = b;

    return ro_addr_equal(x->server, y->server) && ro_addr_equal(x->client, y->client);
}

static guint address_hash(gconstpointer key)
{
    const ro_address *a = key;
    const uint64_t words[] = {a->addr.hi, a->addr.lo};

    return ro_hash_fold(ro_hash_words(words, G_N_ELEMENTS(words)));
}

static gboolean address_equal(gconstpointer a, gconstpointer b)
{
    return ro_addr_equal(((const ro_address *)a)->addr, ((const ro_address *)b)->addr);
}

ro_services *ro_services_new(void)
{
    ro_services *t = g_new0(ro_services, 1);

    t->services = g_hash_table_new_full(service_hash, service_equal, g_free, NULL);
    t->pairs = g_hash_table_new_full(pair_hash, pair_equal, g_free, NULL);
    t->addresses = g_hash_table_new_full(address_hash, address_equal, g_free, NULL);
    return t;
}

void ro_services_free(ro_services *t)
{
    if (t) {
        g_hash_table_destroy(t->services);
        g_hash_table_destroy(t->pairs);
        g_hash_table_destroy(t->addresses);
        g_free(t);
    }
}

/* The records are their own keys; `key` is a record of `size` octets with its key set and all else 0. */
static void *get(GHashTable *table, guint max, const void *key, size_t size)
{
    void *found = g_hash_table_lookup(table, key);

    if (!found && g_hash_table_size(table) < max) {
        found = g_memdup2(key, size);
        g_hash_table_add(table, found);
    }
    return found;
}

ro_service *ro_service_get(ro_services *t, ro_addr server, uint16_t port)
{
    ro_service key = {.server = server, .port = port};

    return get(t->services, RO_SERVICES_MAX, &key, sizeof key);
}

ro_pair *ro_pair_get(ro_services *t, ro_addr server, ro_addr client)
{
    ro_pair key = {.server = server, .client = client};

    return get(t->pairs, RO_PAIRS_MAX, &key, sizeof key);
}

ro_address *ro_address_get(ro_services *t, ro_addr addr)
{
    ro_address key = {.addr = addr};

    return get(t->addresses, RO_ADDRESSES_MAX, &key, sizeof key);
}

ro_service *ro_service_find(const ro_services *t, ro_addr server, uint16_t port)
{
    ro_service key = {.server = server, .port = port};

    return g_hash_table_lookup(t->services, &key);
}

ro_pair *ro_pair_find(const ro_services *t, ro_addr server, ro_addr client)
{
    ro_pair key = {.server = server, .client = client};

    return g_hash_table_lookup(t->pairs, &key);
}

ro_address *ro_address_find(const ro_services *t, ro_addr addr)
{
    ro_address key = {.addr = addr};

    return g_hash_table_lookup(t->addresses, &key);
}
