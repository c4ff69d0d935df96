/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps what kernels said of their resets: recordings, their gaps, and their events. */

#include "points/witness.h"

#include <string.h>

#include "base/constants.h"
#include "base/hash.h"
#include "points/witness_match.h"

#define BLOCK 256

/* ---- keys ---- */

static uint64_t end_word(const ro_endpoint *from, const ro_endpoint *to)
{
    return (uint64_t)from->port << 16 | to->port;
}

static unsigned event_hash(const void *key)
{
    const ro_testimony *t = key;
    uint64_t words[] = {t->from.addr.hi, t->from.addr.lo, t->to.addr.hi, t->to.addr.lo,
                        end_word(&t->from, &t->to) << 8 | t->kind};

    return ro_hash_fold(ro_hash_words(words, G_N_ELEMENTS(words)));
}

static bool end_equal(const ro_endpoint *a, const ro_endpoint *b)
{
    return a->port == b->port && ro_addr_equal(a->addr, b->addr);
}

static gboolean event_equal(const void *a, const void *b)
{
    const ro_testimony *x = a;
    const ro_testimony *y = b;

    return x->kind == y->kind && end_equal(&x->from, &y->from) && end_equal(&x->to, &y->to);
}

/* The end that is not the host's. */
static const ro_endpoint *peer_of(const ro_testimony *t)
{
    return t->kind == RO_WITNESS_SENT ? &t->to : &t->from;
}

static unsigned peer_hash(const void *key)
{
    const ro_testimony *t = key;
    const ro_endpoint *peer = peer_of(t);
    uint64_t words[] = {peer->addr.hi, peer->addr.lo, (uint64_t)peer->port << 8 | t->kind};

    return ro_hash_fold(ro_hash_words(words, G_N_ELEMENTS(words)));
}

static gboolean peer_equal(const void *a, const void *b)
{
    const ro_testimony *x = a;
    const ro_testimony *y = b;

    return x->kind == y->kind && end_equal(peer_of(x), peer_of(y));
}

static unsigned reset_hash(const void *key)
{
    const ro_segment *s = &((const ro_reset *)key)->seg;
    uint64_t words[] = {s->src.hi, s->src.lo, s->dst.hi, s->dst.lo,
                        (uint64_t)s->sport << 16 | s->dport};

    return ro_hash_fold(ro_hash_words(words, G_N_ELEMENTS(words)));
}

static gboolean reset_equal(const void *a, const void *b)
{
    const ro_segment *x = &((const ro_reset *)a)->seg;
    const ro_segment *y = &((const ro_reset *)b)->seg;

    return x->sport == y->sport && x->dport == y->dport && ro_addr_equal(x->src, y->src) &&
           ro_addr_equal(x->dst, y->dst);
}

/* ---- life ---- */

static void session_free(gpointer data)
{
    ro_witness_session *s = data;

    g_ptr_array_free(s->events, TRUE);
    g_array_free(s->drops, TRUE);
    g_free(s);
}

ro_witnesses *ro_witnesses_new(const GPtrArray *resets)
{
    ro_witnesses *w = g_new0(ro_witnesses, 1);

    w->resets = resets;
    w->sessions = g_ptr_array_new_with_free_func(session_free);
    w->blocks = g_ptr_array_new_with_free_func(g_free);
    w->events = g_hash_table_new(event_hash, event_equal);
    w->by_peer = g_hash_table_new(peer_hash, peer_equal);
    w->words = g_hash_table_new_full(ro_hash_string, g_str_equal, g_free, NULL);
    return w;
}

void ro_witnesses_free(ro_witnesses *w)
{
    g_ptr_array_free(w->sessions, TRUE);
    g_hash_table_destroy(w->events);
    g_hash_table_destroy(w->by_peer);
    if (w->by_ends) {
        g_hash_table_destroy(w->by_ends);
    }
    g_hash_table_destroy(w->words);
    g_ptr_array_free(w->blocks, TRUE);
    g_free(w);
}

/* The same text once for all records. */
static const char *keep_word(ro_witnesses *w, const char *text)
{
    gpointer kept = NULL;

    if (!text) {
        return NULL;
    }
    if (!g_hash_table_lookup_extended(w->words, text, &kept, NULL)) {
        if (g_hash_table_size(w->words) >= RO_WITNESS_WORDS_MAX) {
            return "?";
        }
        kept = g_strdup(text);
        g_hash_table_add(w->words, kept);
    }
    return kept;
}

/* ---- records ---- */

static ro_witness_session *session_of(ro_witnesses *w, const ro_witness_record *record)
{
    ro_witness_session *s;

    for (unsigned i = 0; i < w->sessions->len; i++) {
        s = g_ptr_array_index(w->sessions, i);
        if (s->id == record->session) {
            return s;
        }
    }
    if (w->sessions->len == RO_WITNESS_SESSIONS_MAX) {
        return NULL;
    }
    s = g_new0(ro_witness_session, 1);
    s->id = record->session;
    s->first_ns = record->time_ns;
    s->last_ns = record->time_ns;
    s->number = record->number - 1;
    s->events = g_ptr_array_new();
    s->drops = g_array_new(FALSE, FALSE, sizeof(ro_witness_gap));
    g_ptr_array_add(w->sessions, s);
    return s;
}

static void add_gap(ro_witness_session *s, int64_t from_ns, int64_t to_ns)
{
    if (s->gaps_n == RO_WITNESS_GAPS_MAX) {
        s->incomplete = true;
        return;
    }
    s->gaps[s->gaps_n++] = (ro_witness_gap){from_ns, to_ns};
}

static void add_drops(ro_witness_session *s, int64_t from_ns, int64_t to_ns)
{
    ro_witness_gap drops = {from_ns, to_ns};

    if (s->drops->len == RO_WITNESS_DROPS_MAX) {
        s->filter &= (uint8_t)~RO_WITNESS_SEES_DROPS;
        return;
    }
    g_array_append_val(s->drops, drops);
}

static void note_seen(ro_witness_session *s, ro_addr addr)
{
    if (s->seen_n < RO_WITNESS_OWN_MAX && !ro_witness_lists(s->seen, s->seen_n, addr)) {
        s->seen[s->seen_n++] = addr;
    }
}

const ro_witness_own *ro_witness_own_of(const ro_witness_session *s, ro_addr addr)
{
    for (unsigned i = 0; i < s->own_n; i++) {
        if (ro_addr_equal(s->own[i].addr, addr)) {
            return &s->own[i];
        }
    }
    return NULL;
}

static void note_own(ro_witness_session *s, ro_addr addr, int64_t now_ns)
{
    ro_witness_own *own = (ro_witness_own *)ro_witness_own_of(s, addr);

    if (!own) {
        if (s->own_n == RO_WITNESS_OWN_MAX) {
            return;
        }
        own = &s->own[s->own_n++];
        own->addr = addr;
        own->since_ns = now_ns;
    } else if (own->listing + 1 < s->listings) { /* it was gone meanwhile */
        own->since_ns = now_ns;
    }
    own->until_ns = now_ns;
    own->listing = s->listings;
}

static void note_listing(ro_witness_session *s, const ro_witness_record *rec)
{
    if (rec->kind != RO_WITNESS_START && rec->kind != RO_WITNESS_ALIVE &&
        rec->kind != RO_WITNESS_STOP) {
        return;
    }
    s->filter = s->listings ? s->filter & rec->filter : rec->filter;
    s->listings++;
    for (unsigned i = 0; i < rec->own_n && i < RO_WITNESS_OWN_MAX; i++) {
        note_own(s, rec->own[i], rec->time_ns);
    }
}

/* What every record tells of its recording. */
static void continue_session(ro_witnesses *w, ro_witness_session *s, const ro_witness_record *rec)
{
    if (!s->host) {
        s->host = keep_word(w, rec->host);
    }
    if (rec->number != s->number + 1) { /* records are missing: somebody cut the file */
        add_gap(s, MIN(s->last_ns, rec->time_ns), MAX(s->last_ns, rec->time_ns));
    }
    if (rec->kind == RO_WITNESS_LOST) {
        add_gap(s, MIN(rec->since_ns, rec->time_ns), rec->time_ns);
    } else if (rec->kind == RO_WITNESS_DROPPED) {
        add_drops(s, MIN(rec->since_ns, rec->time_ns), rec->time_ns);
    }
    s->number = MAX(s->number, rec->number);
    s->last_ns = MAX(s->last_ns, rec->time_ns);
    s->first_ns = MIN(s->first_ns, rec->time_ns);
    s->limited |= rec->limited;
    s->forwards |= rec->forwards;
    note_listing(s, rec);
}

static ro_testimony *new_event(ro_witnesses *w)
{
    unsigned at = w->events_n % BLOCK;

    if (at == 0) {
        g_ptr_array_add(w->blocks, g_new0(ro_testimony, BLOCK));
    }
    w->events_n++;
    return (ro_testimony *)g_ptr_array_index(w->blocks, w->blocks->len - 1) + at;
}

static bool is_event(const ro_witness_record *rec)
{
    return rec->kind == RO_WITNESS_SENT || rec->kind == RO_WITNESS_RECEIVED ||
           rec->kind == RO_WITNESS_REJECTED;
}

static ro_witness_filter filter_of(const ro_witness_record *rec)
{
    if (rec->kind != RO_WITNESS_REJECTED) {
        return RO_FILTER_NONE;
    }
    return rec->state && strcmp(rec->state, "INPUT") == 0 ? RO_FILTER_OWN : RO_FILTER_PATH;
}

static void fill_event(ro_witnesses *w, ro_testimony *t, const ro_witness_record *rec)
{
    const ro_addr none = {0, 0};
    bool sent = rec->kind != RO_WITNESS_RECEIVED;
    bool connected = rec->peer.port != 0 && !ro_addr_equal(rec->local.addr, none);

    t->kind = sent ? RO_WITNESS_SENT : RO_WITNESS_RECEIVED;
    t->filter = (uint8_t)filter_of(rec);
    t->time_ns = rec->time_ns;
    t->frame = rec->frame;
    t->from.port = sent ? rec->local.port : rec->peer.port;
    if (connected) {
        t->from = sent ? rec->local : rec->peer;
        t->to = sent ? rec->peer : rec->local;
    } else {
        t->listener = rec->local.addr;
    }
    t->reason = keep_word(w, rec->reason);
    t->state = keep_word(w, rec->state);
    t->process = keep_word(w, rec->process);
    t->pid = rec->pid;
}

/* The resets before the first record, which nobody had asked for. */
static void take_in_earlier_resets(ro_witnesses *w)
{
    if (w->by_ends) {
        return;
    }
    w->by_ends = g_hash_table_new(reset_hash, reset_equal);
    for (unsigned i = 0; i < w->resets->len; i++) {
        gpointer r = g_ptr_array_index(w->resets, i);

        g_hash_table_replace(w->by_ends, r, r);
    }
}

const ro_testimony *ro_witnesses_observe(ro_witnesses *w, const ro_witness_record *rec)
{
    ro_witness_session *s = session_of(w, rec);
    ro_testimony *t;

    w->state++;
    take_in_earlier_resets(w);
    if (!s) {
        return NULL;
    }
    continue_session(w, s, rec);
    if (!is_event(rec)) {
        return NULL;
    }
    if (w->events_n == RO_WITNESS_EVENTS_MAX) {
        s->incomplete = true;
        return NULL;
    }
    t = new_event(w);
    fill_event(w, t, rec);
    t->session = s;
    if (t->filter == RO_FILTER_NONE) { /* not an address that only passed through */
        note_seen(s, rec->local.addr);
    }
    g_ptr_array_add(s->events, t);
    t->next = g_hash_table_lookup(w->events, t);
    g_hash_table_replace(w->events, t, t);
    t->next_peer = g_hash_table_lookup(w->by_peer, t);
    g_hash_table_replace(w->by_peer, t, t);
    w->newest = t;
    ro_witness_set_aside(w, t);
    ro_witness_match_event(w, t);
    ro_witness_vote_event(w, t);
    return t;
}

uint32_t ro_witnesses_state(const ro_witnesses *w)
{
    return w->state;
}

ro_testimony *ro_witnesses_find(const ro_witnesses *w, uint8_t kind, const ro_endpoint *from,
                                const ro_endpoint *to)
{
    const ro_testimony key = {.kind = kind, .from = *from, .to = *to};

    return g_hash_table_lookup(w->events, &key);
}

ro_testimony *ro_witnesses_find_peer(const ro_witnesses *w, uint8_t kind, const ro_endpoint *peer)
{
    const ro_testimony key = {.kind = kind, .from = *peer, .to = *peer};

    return g_hash_table_lookup(w->by_peer, &key);
}

void ro_witnesses_add_reset(ro_witnesses *w, ro_reset *r)
{
    r->witnesses = w;
    if (!w->by_ends) { /* no record so far: captures without a witness pay nothing */
        return;
    }
    w->state++;
    g_hash_table_replace(w->by_ends, r, r);
    ro_witness_match_reset(w, r);
}
