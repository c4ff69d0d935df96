/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gathers resets into findings: one for each sender, cause and device. Memory grows with the
 * connections and places that hold resets, never with packets. */

#include "report/report_data.h"

#include <string.h>

#include "base/addr.h"
#include "base/hash.h"
#include "base/ttl.h"
#include "judge/device.h"

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

/* Adds a number to a set; false where it was there. */
static bool is_new(GHashTable *set, uint32_t number)
{
    return g_hash_table_add(set, GUINT_TO_POINTER(number + 1));
}

static GHashTable *number_set(void)
{
    return g_hash_table_new(ro_hash_number, g_direct_equal);
}

static void spot_free(gpointer data)
{
    ro_spot *spot = data;

    g_array_free(spot->times, TRUE);
    g_free(spot);
}

static void finding_free(gpointer data)
{
    ro_finding *f = data;

    g_array_free(f->times, TRUE);
    g_hash_table_destroy(f->spot_of);
    g_ptr_array_free(f->spots, TRUE);
    g_hash_table_destroy(f->streams_seen);
    g_hash_table_destroy(f->retried_seen);
    g_hash_table_destroy(f->pairs);
    ro_idle_free(f->idle);
    g_free(f);
}

ro_report *ro_report_new(const char *filter)
{
    ro_report *report = g_new0(ro_report, 1);

    report->filter = filter && *filter ? g_strdup(filter) : NULL;
    report->streams_seen = number_set();
    report->events_seen = number_set();
    report->findings = g_ptr_array_new_with_free_func(finding_free);
    return report;
}

void ro_report_free(ro_report *report)
{
    if (report) {
        g_free(report->filter);
        g_hash_table_destroy(report->streams_seen);
        g_hash_table_destroy(report->events_seen);
        g_ptr_array_free(report->findings, TRUE);
        g_free(report);
    }
}

static ro_group group_of(const ro_verdict *v)
{
    if (v->source == RO_SOURCE_INTERMEDIARY) {
        return RO_GROUP_PATH;
    }
    if (v->suspicious || v->source == RO_SOURCE_UNKNOWN) {
        return RO_GROUP_UNDECIDED;
    }
    switch (v->cause) {
    case RO_CAUSE_LATE_DATA:
    case RO_CAUSE_TEARDOWN:
    case RO_CAUSE_TIME_WAIT:
    case RO_CAUSE_ECHO:
    case RO_CAUSE_CONNECT_CANCELLED:
    case RO_CAUSE_CHALLENGE_ACK:
    case RO_CAUSE_MPTCP:
        return RO_GROUP_HARMLESS;
    default:
        return RO_GROUP_ENDPOINT;
    }
}

static ro_finding *finding_of(ro_report *report, const ro_reset *r, const ro_verdict *v)
{
    ro_group group = group_of(v);
    ro_device device;
    const char *name = ro_device_of(r, &device) ? device.name : NULL;
    ro_finding *f;

    for (unsigned i = 0; i < report->findings->len; i++) {
        f = g_ptr_array_index(report->findings, i);
        if (f->group == group && f->source == v->source && f->cause == v->cause &&
            g_strcmp0(f->device, name) == 0) {
            return f;
        }
    }
    f = g_new0(ro_finding, 1);
    f->group = group;
    f->source = v->source;
    f->cause = v->cause;
    f->device = name;
    f->first_ns = f->last_ns = r->seg.time_ns;
    f->first_frame = f->last_frame = r->seg.frame;
    f->times = g_array_new(FALSE, FALSE, sizeof(int64_t));
    f->spots = g_ptr_array_new_with_free_func(spot_free);
    f->spot_of = g_hash_table_new_full(pair_hash, pair_equal, g_free, NULL);
    f->streams_seen = number_set();
    f->retried_seen = number_set();
    f->pairs = g_hash_table_new_full(pair_hash, pair_equal, g_free, NULL);
    f->idle = ro_idle_new();
    g_ptr_array_add(report->findings, f);
    return f;
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
static void note_frame(ro_finding *f, const ro_reset *r, const ro_verdict *v)
{
    ro_report_frame this = {r->seg.frame, (int)v->confidence * 1000 + MIN(ABS(v->score), 999)};
    unsigned at = f->frames_n;

    while (at > 0 && f->frames[at - 1].rank < this.rank) {
        at--;
    }
    if (at >= RO_REPORT_FRAMES) {
        return;
    }
    if (f->frames_n < RO_REPORT_FRAMES) {
        f->frames_n++;
    }
    memmove(&f->frames[at + 1], &f->frames[at], (f->frames_n - at - 1) * sizeof this);
    f->frames[at] = this;
}

static void note_connection(ro_finding *f, const ro_reset *r)
{
    const ro_stream *st = r->stream;
    pair key = {.port = st->end[!st->client].port};

    if (r->followup.retry_frame && is_new(f->retried_seen, st->number)) {
        f->retried++;
    }
    if (!is_new(f->streams_seen, st->number)) {
        return;
    }
    f->streams++;
    key.client = st->end[st->client].addr;
    key.server = st->end[!st->client].addr;
    if (!g_hash_table_add(f->pairs, g_memdup2(&key, sizeof key))) {
        f->again++;
    }
}

void ro_report_add(ro_report *report, const ro_reset *r, const ro_verdict *v)
{
    ro_finding *f = finding_of(report, r, v);
    ro_spot *spot = spot_of(f, r);
    int64_t now = r->seg.time_ns;

    report->first_ns = report->resets ? MIN(report->first_ns, now) : now;
    report->last_ns = report->resets ? MAX(report->last_ns, now) : now;
    report->resets++;
    report->copies += (r->facts & RO_FACT_DUPLICATE) != 0;
    report->groups[f->group]++;
    report->lookahead |= v->lookahead;
    is_new(report->streams_seen, r->stream->number);
    is_new(report->events_seen, r->event);

    f->resets++;
    f->first_ns = MIN(f->first_ns, now);
    f->last_ns = MAX(f->last_ns, now);
    f->last_frame = r->seg.frame;
    f->claimed_sender[r->claimed_sender]++;
    f->sure[v->confidence]++;
    f->contradicted += r->followup.active_n != 0;
    if (r->seg.known & RO_KNOW_IP) {
        f->hops[ro_ttl_hops(r->seg.ttl)]++;
        f->hops_n++;
    }
    spot->resets++;
    if (r->in_event == 1) {
        f->events++;
        g_array_append_val(f->times, now);
        g_array_append_val(spot->times, now);
    }
    ro_idle_add(f->idle, r);
    note_frame(f, r, v);
    note_connection(f, r);
}

static int by_weight(gconstpointer a, gconstpointer b)
{
    const ro_finding *x = *(ro_finding *const *)a;
    const ro_finding *y = *(ro_finding *const *)b;

    if (x->group != y->group) {
        return x->group < y->group ? -1 : 1;
    }
    if (x->resets != y->resets) {
        return x->resets > y->resets ? -1 : 1;
    }
    if (x->first_frame != y->first_frame) {
        return x->first_frame < y->first_frame ? -1 : 1;
    }
    return (int)x->cause - (int)y->cause;
}

static int by_resets(gconstpointer a, gconstpointer b)
{
    const ro_spot *x = *(ro_spot *const *)a;
    const ro_spot *y = *(ro_spot *const *)b;
    int order = ro_addr_compare(x->addr, y->addr);

    if (x->resets != y->resets) {
        return x->resets > y->resets ? -1 : 1;
    }
    return order ? order : (int)x->port - (int)y->port;
}

void ro_report_sort(ro_report *report)
{
    g_ptr_array_sort(report->findings, by_weight);
    for (unsigned i = 0; i < report->findings->len; i++) {
        ro_finding *f = g_ptr_array_index(report->findings, i);

        g_ptr_array_sort(f->spots, by_resets);
    }
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
    return f->hops[best];
}
