/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Table of hosts with a stated size: a hash table for finding, a list for forgetting. */

#include "track/host.h"

#include <glib.h>
#include <string.h>

#include "base/hash.h"

struct ro_hosts {
    GHashTable *table; /* ro_host, keyed by itself */
    ro_host *newest;
    ro_host *oldest;
    ro_host *kept; /* without a place in the table, by `older` */
    unsigned n;
    unsigned max;
};

static guint host_hash(gconstpointer key)
{
    const ro_host *h = key;

    const uint64_t words[] = {h->addr.hi, h->addr.lo, h->point};

    return ro_hash_fold(ro_hash_words(words, G_N_ELEMENTS(words)));
}

static gboolean host_equal(gconstpointer a, gconstpointer b)
{
    const ro_host *x = a;
    const ro_host *y = b;

    return x->point == y->point && ro_addr_equal(x->addr, y->addr);
}

ro_hosts *ro_hosts_new(unsigned max)
{
    ro_hosts *hosts = g_new0(ro_hosts, 1);

    hosts->table = g_hash_table_new(host_hash, host_equal);
    hosts->max = max < 2 ? 2 : max;
    return hosts;
}

static void free_list(ro_host *h)
{
    while (h) {
        ro_host *next = h->older;

        g_free(h);
        h = next;
    }
}

void ro_hosts_free(ro_hosts *hosts)
{
    if (!hosts) {
        return;
    }
    free_list(hosts->newest);
    free_list(hosts->kept);
    g_hash_table_destroy(hosts->table);
    g_free(hosts);
}

static void unlink_host(ro_hosts *hosts, ro_host *h)
{
    *(h->newer ? &h->newer->older : &hosts->newest) = h->older;
    *(h->older ? &h->older->newer : &hosts->oldest) = h->newer;
    h->newer = h->older = NULL;
}

static void link_newest(ro_hosts *hosts, ro_host *h)
{
    h->older = hosts->newest;
    *(hosts->newest ? &hosts->newest->newer : &hosts->oldest) = h;
    hosts->newest = h;
}

/* Gives up the entry that was unused for longest; returns an empty one. */
static ro_host *forget_oldest(ro_hosts *hosts)
{
    ro_host *h = hosts->oldest;
    uint32_t gen = h->gen + 1;

    g_hash_table_remove(hosts->table, h);
    unlink_host(hosts, h);
    if (h->kept) {
        h->gen = gen;
        h->older = hosts->kept;
        hosts->kept = h;
        h = g_new(ro_host, 1);
    }
    memset(h, 0, sizeof *h);
    h->gen = gen;
    return h;
}

ro_host *ro_hosts_get(ro_hosts *hosts, ro_addr addr, uint64_t point)
{
    ro_host key = {.addr = addr, .point = point};
    ro_host *h = g_hash_table_lookup(hosts->table, &key);

    if (h) {
        if (h != hosts->newest) {
            unlink_host(hosts, h);
            link_newest(hosts, h);
        }
        return h;
    }
    if (hosts->n < hosts->max) {
        h = g_new0(ro_host, 1);
        hosts->n++;
    } else {
        h = forget_oldest(hosts);
    }
    h->addr = addr;
    h->point = point;
    g_hash_table_add(hosts->table, h);
    link_newest(hosts, h);
    return h;
}

const ro_host *ro_hosts_peek(const ro_hosts *hosts, ro_addr addr, uint64_t point)
{
    ro_host key = {.addr = addr, .point = point};

    return g_hash_table_lookup(hosts->table, &key);
}

void ro_host_saw_ttl(ro_host *host, ro_class class_, uint8_t ttl)
{
    ro_ttl_count_add(host->ttls[class_], &host->kinds[class_], ttl);
}

uint32_t ro_host_ttl_n(const ro_host *host, ro_class class_)
{
    return ro_ttl_count_n(host->ttls[class_], host->kinds[class_]);
}

int ro_host_ttl_delta(const ro_host *host, ro_class class_, uint8_t ttl)
{
    return ro_ttl_count_delta(host->ttls[class_], host->kinds[class_], ttl);
}

uint32_t ro_host_ttl_nearest(const ro_host *host, uint8_t ttl, int *delta, uint8_t *near)
{
    static const ro_class classes[] = {RO_CLASS_SYN_ACK, RO_CLASS_DATA, RO_CLASS_SYN};
    uint32_t n = 0;

    *delta = 256;
    *near = 0;
    for (unsigned i = 0; i < G_N_ELEMENTS(classes); i++) {
        ro_class c = classes[i];
        int d;

        if (host->kinds[c] == 0) {
            continue;
        }
        d = ro_host_ttl_delta(host, c, ttl);
        n += ro_host_ttl_n(host, c);
        if (ABS(d) < ABS(*delta)) {
            *delta = d;
            *near = (uint8_t)(ttl - d);
        }
    }
    return n;
}

void ro_host_saw_rtt(ro_host *host, int64_t rtt_ns)
{
    if (host->rtt_n == 0 || rtt_ns < host->rtt_min_ns) {
        host->rtt_min_ns = rtt_ns;
    }
    host->rtt_n++;
}
