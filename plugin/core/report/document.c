/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gathers resets into findings: one for each reason, sender and, where they are few, service. What
 * came in one event is one finding, that of its plainest reset. */

#include "report/document.h"

#include <string.h>

#include "base/hash.h"
#include "judge/device.h"
#include "report/cost.h"

/* What resets have in common that belong to one finding. */
typedef struct kind {
    const ro_diagnosis_row *diagnosis;
    const char *device;
    ro_group group;
    ro_source source;
    ro_cause cause; /* 0 where there is a diagnosis */
    uint32_t port;  /* 0 where the services are not kept apart */
    ro_addr server;
} kind;

static guint kind_hash(gconstpointer key)
{
    return ro_hash_fold(ro_hash_octets(key, sizeof(kind)));
}

static gboolean kind_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(kind)) == 0;
}

ro_document *ro_document_new(const ro_document_input *in)
{
    ro_document *doc = g_new0(ro_document, 1);

    doc->in = *in;
    doc->entries = g_array_new(FALSE, TRUE, sizeof(ro_entry));
    doc->findings = g_ptr_array_new_with_free_func(ro_finding_free);
    return doc;
}

void ro_document_free(ro_document *doc)
{
    if (doc) {
        g_array_free(doc->entries, TRUE);
        g_ptr_array_free(doc->findings, TRUE);
        ro_origin_segments_free(doc->segments);
        g_free(doc);
    }
}

ro_case ro_document_case(const ro_document *doc, const ro_entry *e, ro_verdict *v)
{
    (doc->in.judge ? doc->in.judge : ro_judge)(e->reset, v);
    return (ro_case){e->reset, v, doc->in.shared};
}

static bool is_ordinary(ro_cause cause)
{
    switch (cause) {
    case RO_CAUSE_LATE_DATA:
    case RO_CAUSE_TEARDOWN:
    case RO_CAUSE_TIME_WAIT:
    case RO_CAUSE_ECHO:
    case RO_CAUSE_CONNECT_CANCELLED:
    case RO_CAUSE_CHALLENGE_ACK:
    case RO_CAUSE_MPTCP:
    case RO_CAUSE_SCAN:
        return true;
    default:
        return false;
    }
}

/* The group where no diagnosis says more. A request that a server's reset took with it is not
 * harmless, whatever the mechanism; what a client left unread, it did not want. */
static ro_group group_of(const ro_verdict *v, uint32_t lost)
{
    if (v->source == RO_SOURCE_INTERMEDIARY) {
        return RO_GROUP_PATH;
    }
    if (v->suspicious || (v->source == RO_SOURCE_UNKNOWN && v->cause != RO_CAUSE_ECHO)) {
        return RO_GROUP_UNDECIDED;
    }
    if (is_ordinary(v->cause) && (v->source == RO_SOURCE_CLIENT || !lost)) {
        return RO_GROUP_HARMLESS;
    }
    return RO_GROUP_ENDPOINT;
}

void ro_document_add(ro_document *doc, const ro_reset *r)
{
    ro_entry e = {.reset = r};
    ro_device device;
    ro_verdict v;
    ro_case c = ro_document_case(doc, &e, &v);
    ro_confidence sure;

    e.lost = ro_cost_lost(r, &v);
    e.diagnosis = ro_diagnose(&c);
    e.group = e.diagnosis.row ? e.diagnosis.row->group : group_of(&v, e.lost);
    e.source = v.source;
    e.cause = v.cause;
    e.confidence = v.confidence;
    e.lookahead = v.lookahead;
    e.device = ro_device_of(r, &device) ? device.name : NULL;
    sure = e.diagnosis.row ? e.diagnosis.confidence : v.confidence;
    e.rank = (int)sure * 1000 + MIN(ABS(v.score), 999);
    g_array_append_val(doc->entries, e);
}

/* Which of two resets of one event tells more of its reason. */
static bool tells_more(const ro_entry *a, const ro_entry *b)
{
    bool harmless[2] = {a->group == RO_GROUP_HARMLESS, b->group == RO_GROUP_HARMLESS};
    bool undecided[2] = {a->group == RO_GROUP_UNDECIDED, b->group == RO_GROUP_UNDECIDED};

    if (harmless[0] != harmless[1]) {
        return !harmless[0];
    }
    if ((a->diagnosis.row != NULL) != (b->diagnosis.row != NULL)) {
        return a->diagnosis.row != NULL;
    }
    if (undecided[0] != undecided[1]) {
        return !undecided[0];
    }
    return false; /* the earlier one */
}

/* The plainest reset of each event: event number -> index of its entry. */
static GHashTable *heads_of_events(const ro_document *doc)
{
    GHashTable *heads = g_hash_table_new(ro_hash_number, g_direct_equal);

    for (unsigned i = 0; i < doc->entries->len; i++) {
        const ro_entry *e = &g_array_index(doc->entries, ro_entry, i);
        gpointer event = GUINT_TO_POINTER(e->reset->event);
        gpointer head;

        if (!g_hash_table_lookup_extended(heads, event, NULL, &head) ||
            tells_more(e, &g_array_index(doc->entries, ro_entry, GPOINTER_TO_UINT(head)))) {
            g_hash_table_insert(heads, event, GUINT_TO_POINTER(i));
        }
    }
    return heads;
}

static bool is_closed_port(const ro_entry *e)
{
    static const char *const tokens[] = {"closed_port", "port_scan"};

    if (!e->diagnosis.row) {
        return e->reset->stage == RO_STAGE_POST_SYN;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(tokens); i++) {
        if (strcmp(e->diagnosis.row->token, tokens[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void kind_of(const ro_entry *e, bool by_service, kind *k)
{
    const ro_stream *st = e->reset->stream;

    memset(k, 0, sizeof *k); /* padding too: it is compared octet by octet */
    k->diagnosis = e->diagnosis.row;
    k->device = e->device;
    k->group = e->group;
    k->source = e->source;
    k->cause = e->diagnosis.row ? RO_CAUSE_UNKNOWN : e->cause;
    if (by_service) {
        k->server = st->end[!st->client].addr;
        /* closed ports are no services: those of one server go together */
        k->port = is_closed_port(e) ? 0 : st->end[!st->client].port + 1u;
    }
}

/* How many services each kind of reset has: kind -> number. */
static GHashTable *count_services(const ro_document *doc, GHashTable *heads)
{
    GHashTable *services = g_hash_table_new_full(kind_hash, kind_equal, g_free, NULL);
    GHashTable *seen = g_hash_table_new_full(kind_hash, kind_equal, g_free, NULL);
    GHashTableIter iter;
    gpointer head;

    g_hash_table_iter_init(&iter, heads);
    while (g_hash_table_iter_next(&iter, NULL, &head)) {
        const ro_entry *e = &g_array_index(doc->entries, ro_entry, GPOINTER_TO_UINT(head));
        kind k;

        kind_of(e, true, &k);
        if (g_hash_table_add(seen, g_memdup2(&k, sizeof k))) {
            guint n;

            kind_of(e, false, &k);
            n = GPOINTER_TO_UINT(g_hash_table_lookup(services, &k)) + 1;
            g_hash_table_insert(services, g_memdup2(&k, sizeof k), GUINT_TO_POINTER(n));
        }
    }
    g_hash_table_destroy(seen);
    return services;
}

static ro_finding *finding_of(ro_document *doc, GHashTable *findings, GHashTable *services,
                              const ro_entry *head)
{
    ro_finding *f;
    kind k;

    kind_of(head, false, &k);
    if (head->group != RO_GROUP_HARMLESS &&
        GPOINTER_TO_UINT(g_hash_table_lookup(services, &k)) <= RO_FINDING_SERVICES) {
        kind_of(head, true, &k);
    }
    f = g_hash_table_lookup(findings, &k);
    if (!f) {
        f = ro_finding_new(head);
        g_ptr_array_add(doc->findings, f);
        g_hash_table_insert(findings, g_memdup2(&k, sizeof k), f);
    }
    return f;
}

static void gather(ro_document *doc)
{
    GHashTable *heads = heads_of_events(doc);
    GHashTable *services = count_services(doc, heads);
    GHashTable *findings = g_hash_table_new_full(kind_hash, kind_equal, g_free, NULL);
    ro_finding **of = g_new(ro_finding *, doc->entries->len);

    for (unsigned i = 0; i < doc->entries->len; i++) {
        const ro_entry *e = &g_array_index(doc->entries, ro_entry, i);
        gpointer head = g_hash_table_lookup(heads, GUINT_TO_POINTER(e->reset->event));

        of[i] = finding_of(doc, findings, services,
                           &g_array_index(doc->entries, ro_entry, GPOINTER_TO_UINT(head)));
        ro_finding_add(of[i], e);
        doc->groups[of[i]->group]++;
    }
    g_ptr_array_sort(doc->findings, ro_cost_compare);
    for (unsigned n = 0; n < doc->findings->len; n++) {
        ((ro_finding *)g_ptr_array_index(doc->findings, n))->number = n;
    }
    for (unsigned i = 0; i < doc->entries->len; i++) {
        g_array_index(doc->entries, ro_entry, i).finding = of[i]->number;
    }
    g_free(of);
    g_hash_table_destroy(findings);
    g_hash_table_destroy(services);
    doc->events = g_hash_table_size(heads);
    g_hash_table_destroy(heads);
}

static void sum_up(ro_document *doc)
{
    GHashTable *streams = g_hash_table_new(ro_hash_number, g_direct_equal);

    for (unsigned i = 0; i < doc->entries->len; i++) {
        const ro_reset *r = g_array_index(doc->entries, ro_entry, i).reset;
        int64_t now = r->seg.time_ns;

        doc->first_ns = i ? MIN(doc->first_ns, now) : now;
        doc->last_ns = i ? MAX(doc->last_ns, now) : now;
        doc->copies += (r->facts & RO_FACT_DUPLICATE) != 0;
        g_hash_table_add(streams, GUINT_TO_POINTER(r->stream->number + 1));
    }
    doc->connections = g_hash_table_size(streams);
    g_hash_table_destroy(streams);
}

void ro_document_close(ro_document *doc)
{
    if (doc->closed) {
        return;
    }
    doc->closed = true;
    sum_up(doc);
    gather(doc);
    for (unsigned i = 0; i < doc->findings->len; i++) {
        ro_finding *f = g_ptr_array_index(doc->findings, i);

        ro_finding_close(f);
        if (doc->in.connections_to && f->servers == 1 && !f->ports_differ) {
            const ro_stream *st = f->example->reset->stream;

            f->total =
                doc->in.connections_to(doc->in.data, st->point, st->end[!st->client].addr, f->port);
        }
    }
    if (doc->in.points && doc->in.resets) {
        doc->segments = ro_origin_segments_of(doc->in.points, doc->in.resets);
    }
}
