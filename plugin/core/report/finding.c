/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts the resets of one finding. Memory grows with the connections and places that hold resets,
 * never with packets. */

#include "report/finding.h"

#include <string.h>

#include "base/addr.h"
#include "base/hash.h"
#include "base/ttl.h"
#include "report/cost.h"

/* A client and a service: the key by which a repeated attempt is recognised. */
typedef struct pair {
    ro_addr client;
    ro_addr server;
    uint32_t port;
    uint32_t pad;
} pair;

static guint pair_hash(gconstpointer key)
{
    return ro_hash_fold(ro_hash_octets(key, sizeof(pair)));
}

static gboolean pair_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(pair)) == 0;
}

static guint addr_hash(gconstpointer key)
{
    return ro_hash_fold(ro_hash_octets(key, sizeof(ro_addr)));
}

static gboolean addr_equal(gconstpointer a, gconstpointer b)
{
    return ro_addr_equal(*(const ro_addr *)a, *(const ro_addr *)b);
}

static void spot_free(gpointer data)
{
    ro_spot *spot = data;

    g_array_free(spot->times, TRUE);
    g_free(spot);
}

ro_finding *ro_finding_new(const ro_entry *e)
{
    ro_finding *f = g_new0(ro_finding, 1);

    f->group = e->group;
    f->source = e->source;
    f->cause = e->cause;
    f->diagnosis = e->diagnosis.row;
    f->device = e->device;
    f->first_ns = f->last_ns = e->reset->seg.time_ns;
    f->first_frame = e->reset->seg.frame;
    f->parts = g_array_new(FALSE, FALSE, sizeof(ro_finding_part));
    f->times = g_array_new(FALSE, FALSE, sizeof(int64_t));
    f->spots = g_ptr_array_new_with_free_func(spot_free);
    f->spot_of = g_hash_table_new_full(pair_hash, pair_equal, g_free, NULL);
    f->streams_seen = g_hash_table_new(ro_hash_number, g_direct_equal);
    f->pairs = g_hash_table_new_full(pair_hash, pair_equal, g_free, NULL);
    f->addresses[RO_CLIENT] = g_hash_table_new_full(addr_hash, addr_equal, g_free, NULL);
    f->addresses[RO_SERVER] = g_hash_table_new_full(addr_hash, addr_equal, g_free, NULL);
    f->idle = ro_idle_new();
    return f;
}

void ro_finding_free(void *finding)
{
    ro_finding *f = finding;

    g_array_free(f->parts, TRUE);
    g_array_free(f->times, TRUE);
    g_hash_table_destroy(f->spot_of);
    g_ptr_array_free(f->spots, TRUE);
    g_hash_table_destroy(f->streams_seen);
    g_hash_table_destroy(f->pairs);
    g_hash_table_destroy(f->addresses[RO_CLIENT]);
    g_hash_table_destroy(f->addresses[RO_SERVER]);
    ro_idle_free(f->idle);
    g_free(f);
}

static ro_spot *spot_of(ro_finding *f, const ro_reset *r)
{
    const ro_stream *st = r->stream;
    const ro_endpoint *server = &st->end[!st->client];
    bool by_client = f->source == RO_SOURCE_CLIENT;
    pair key = {.port = server->port};
    ro_spot *spot;

    key.server = by_client ? st->end[st->client].addr : server->addr;
    spot = g_hash_table_lookup(f->spot_of, &key);
    if (!spot) {
        spot = g_new0(ro_spot, 1);
        spot->addr = key.server;
        spot->port = server->port;
        spot->times = g_array_new(FALSE, FALSE, sizeof(int64_t));
        g_ptr_array_add(f->spots, spot);
        g_hash_table_insert(f->spot_of, g_memdup2(&key, sizeof key), spot);
    }
    return spot;
}

/* Keeps the frames that show the finding best; of equals, the earliest. */
static void note_frame(ro_finding *f, const ro_entry *e)
{
    unsigned at = f->frames_n;

    while (at > 0 && f->frames[at - 1]->rank < e->rank) {
        at--;
    }
    if (at >= RO_FINDING_FRAMES) {
        return;
    }
    if (f->frames_n < RO_FINDING_FRAMES) {
        f->frames_n++;
    }
    for (unsigned i = f->frames_n - 1; i > at; i--) {
        f->frames[i] = f->frames[i - 1];
    }
    f->frames[at] = e;
    f->example = f->frames[0];
    f->confidence = f->diagnosis ? f->example->diagnosis.confidence : f->example->confidence;
}

static void note_part(ro_finding *f, const ro_entry *e)
{
    ro_finding_part part = {e->source, e->cause, 1};

    for (unsigned i = 0; i < f->parts->len; i++) {
        ro_finding_part *had = &g_array_index(f->parts, ro_finding_part, i);

        if (had->source == e->source && had->cause == e->cause) {
            had->resets++;
            return;
        }
    }
    g_array_append_val(f->parts, part);
}

static void note_address(ro_finding *f, ro_side side, ro_addr addr)
{
    if (g_hash_table_add(f->addresses[side], g_memdup2(&addr, sizeof addr))) {
        *(side == RO_CLIENT ? &f->clients : &f->servers) += 1;
    }
}

/* What a connection has counted as already. */
enum { SEEN = 1, SEEN_BROKEN = 2, SEEN_LOST = 4, SEEN_RETRIED = 8 };

static void note_connection(ro_finding *f, const ro_entry *e)
{
    const ro_reset *r = e->reset;
    const ro_stream *st = r->stream;
    gpointer number = GUINT_TO_POINTER(st->number + 1);
    guint had = GPOINTER_TO_UINT(g_hash_table_lookup(f->streams_seen, number));
    guint has = SEEN;

    has |= ro_cost_broke(r) ? SEEN_BROKEN : 0;
    has |= e->lost ? SEEN_LOST : 0;
    has |= r->followup->retry_frame ? SEEN_RETRIED : 0;
    f->broken += (has & ~had & SEEN_BROKEN) != 0;
    f->retried += (has & ~had & SEEN_RETRIED) != 0;
    if (has & ~had & SEEN_LOST) {
        f->lost_streams++;
        f->lost_octets += e->lost;
    }
    if (!had) {
        pair key = {.port = st->end[!st->client].port};

        f->port = f->streams ? f->port : (uint16_t)key.port;
        f->ports_differ |= f->port != key.port;
        f->streams++;
        f->refused += r->stage == RO_STAGE_POST_SYN || r->stage == RO_STAGE_POST_SYNACK;
        key.client = st->end[st->client].addr;
        key.server = st->end[!st->client].addr;
        note_address(f, RO_CLIENT, key.client);
        note_address(f, RO_SERVER, key.server);
        f->again += !g_hash_table_add(f->pairs, g_memdup2(&key, sizeof key));
    }
    g_hash_table_insert(f->streams_seen, number, GUINT_TO_POINTER(had | has));
}

static void note_idle(ro_finding *f, const ro_reset *r)
{
    bool first = f->events == 1;

    f->idle_min_ns = first ? r->idle_ns : MIN(f->idle_min_ns, r->idle_ns);
    f->idle_max_ns = first ? r->idle_ns : MAX(f->idle_max_ns, r->idle_ns);
    ro_idle_add(f->idle, r);
}

/* Whether a reset is of the finding's own kind, not merely of its event. */
static bool is_own(const ro_finding *f, const ro_entry *e)
{
    return e->source == f->source && e->diagnosis.row == f->diagnosis && e->group == f->group &&
           (f->diagnosis || e->cause == f->cause);
}

void ro_finding_add(ro_finding *f, const ro_entry *e)
{
    const ro_reset *r = e->reset;
    ro_spot *spot = spot_of(f, r);
    int64_t now = r->seg.time_ns;

    f->first_ns = MIN(f->first_ns, now);
    f->last_ns = MAX(f->last_ns, now);
    f->resets++;
    spot->resets++;
    f->claimed_sender[r->claimed_sender]++;
    f->sure[e->confidence]++;
    f->contradicted += r->followup->active_n != 0;
    f->without_effect += ro_cost_dropped(r);
    note_part(f, e);
    note_connection(f, e);
    if (r->in_event == 1) {
        f->events++;
        g_array_append_val(f->times, now);
        g_array_append_val(spot->times, now);
        note_idle(f, r);
    }
    if (!is_own(f, e)) {
        return;
    }
    if (r->seg.known & RO_KNOW_IP) {
        f->hops[ro_ttl_hops(r->seg.ttl)]++;
        f->hops_n++;
    }
    note_frame(f, e);
}

static int by_resets(gconstpointer a, gconstpointer b)
{
    const ro_spot *x = *(ro_spot *const *)a;
    const ro_spot *y = *(ro_spot *const *)b;
    int order = (x->resets < y->resets) - (x->resets > y->resets);

    if (!order) {
        order = ro_addr_compare(x->addr, y->addr);
    }
    return order ? order : (x->port > y->port) - (x->port < y->port);
}

void ro_finding_close(ro_finding *f)
{
    g_ptr_array_sort(f->spots, by_resets);
}

uint32_t ro_finding_hops(const ro_finding *f, uint8_t *hops)
{
    unsigned best = 0;

    for (unsigned i = 1; i < 256; i++) {
        if (f->hops[i] > f->hops[best]) {
            best = i;
        }
    }
    *hops = (uint8_t)best;
    return f->hops_n ? f->hops[best] : 0;
}

const char *ro_finding_token(const ro_finding *f)
{
    return f->diagnosis ? f->diagnosis->token : ro_cause_name(f->cause);
}
