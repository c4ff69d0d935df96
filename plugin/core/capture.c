/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Feeds segments to their streams, hosts and resets. */

#include "capture.h"

#include <glib.h>
#include <string.h>

#include "base/constants.h"
#include "base/hash.h"
#include "base/seq.h"
#include "diagnose/idle_clusters.h"
#include "points/point_stats.h"
#include "points/reset_match.h"
#include "points/stream_join.h"
#include "reset/echo.h"
#include "reset/facts.h"
#include "reset/followup.h"
#include "reset/incarnation.h"
#include "reset/links.h"
#include "reset/record.h"
#include "track/host_learn.h"
#include "track/stream_table.h"

/* From this many segments on a capture has shown whether it holds packets twice. */
#define HABIT_SEGMENTS 20

struct ro_capture {
    ro_streams *streams;
    GPtrArray *resets;  /* ro_reset, in capture order */
    GHashTable *events; /* the newest reset of each tcp.stream */
    ro_hosts *hosts;
    ro_points *points;
    ro_witnesses *witnesses;
    ro_idle *idle;
    ro_shared *shared;
    uint64_t segments_n; /* that are no RST, and how many of them the capture holds twice */
    uint64_t duplicates_n;
    uint64_t segments; /* observed so far */
    int64_t first_ns;  /* time of the first one */
    uint32_t events_n;
};

static guint hash_of_number(gconstpointer reset)
{
    return ro_hash_number(GUINT_TO_POINTER(((const ro_reset *)reset)->stream->number));
}

static gboolean same_number(gconstpointer a, gconstpointer b)
{
    return ((const ro_reset *)a)->stream->number == ((const ro_reset *)b)->stream->number;
}

ro_capture *ro_capture_new(void)
{
    ro_capture *cap = g_new0(ro_capture, 1);

    cap->streams = ro_streams_new();
    cap->resets = g_ptr_array_new_with_free_func(ro_reset_free);
    cap->events = g_hash_table_new(hash_of_number, same_number);
    cap->hosts = ro_hosts_new(RO_HOSTS_MAX);
    cap->points = ro_points_new(cap->hosts);
    cap->witnesses = ro_witnesses_new(cap->resets);
    cap->idle = ro_idle_new();
    cap->shared = ro_shared_new();
    return cap;
}

void ro_capture_free(ro_capture *cap)
{
    if (!cap) {
        return;
    }
    ro_points_free(cap->points);
    ro_witnesses_free(cap->witnesses);
    ro_streams_free(cap->streams); /* before the resets: they hold directions of it */
    g_hash_table_destroy(cap->events);
    g_ptr_array_free(cap->resets, TRUE);
    ro_idle_free(cap->idle);
    ro_shared_free(cap->shared);
    ro_hosts_free(cap->hosts);
    g_free(cap);
}

ro_place ro_capture_place(ro_capture *cap, const ro_segment *seg)
{
    ro_place place = {NULL, ro_segment_direction(seg), 0, cap->segments};

    place.stream = ro_streams_find(cap->streams, seg, place.d, &place.ends_hash);
    return place;
}

static void note_retry(ro_stream *st, const ro_segment *s)
{
    for (int d = 0; d < 2; d++) {
        if (st->last_reset[d] && !st->last_reset[d]->followup->retry_frame) {
            ro_followup *l = ro_followup_of(st->last_reset[d]);

            l->retry_frame = s->frame;
            l->retry_after_ns = s->time_ns - st->last_reset[d]->seg.time_ns;
        }
    }
}

/* From this many on, one side alone, an address is one that tries others. */
#define PROBES_MANY 2

/* Mid-stream, an address that accepted connections before and one that did not tell more than ports do. Where the
 * ports tell nothing, one that begins many connections by an empty segment (an ACK scan) is the client of all. */
static void guess_client(ro_stream *st, const ro_segment *s, int d)
{
    bool serves[2] = {st->host[0]->accepted > 0, st->host[1]->accepted > 0};

    if (s->payload_len == 0 && !(s->flags & RO_RST)) {
        st->host[d]->probes++;
    }
    if (serves[0] != serves[1]) {
        st->client = serves[0] ? 1 : 0;
    } else if (!ro_ports_tell(st)) {
        for (int i = 0; i < 2; i++) {
            if (st->host[i]->probes > PROBES_MANY && st->host[!i]->probes == 0) {
                st->client = (uint8_t)i;
            }
        }
    }
}

static void forget_reused(ro_capture *cap, ro_stream *st)
{
    ro_stream *old = ro_streams_shorten(st);

    if (old) {
        ro_shared_forget_stream(cap->shared, old);
        ro_streams_free_one(old);
    }
}

static ro_stream *new_stream(ro_capture *cap, const ro_segment *s, const ro_place *place)
{
    ro_stream *st = g_new(ro_stream, 1);
    ro_stream *old = place->stream;

    ro_stream_start(st, s, place->d);
    st->ends_hash = place->ends_hash;
    if (!(s->known & RO_KNOW_STREAM)) {
        /* Its header was cut off before Wireshark numbered it (4.4 and older want 20 octets): a
         * number of our own, or all such streams would be one; the same at every capture point. */
        st->number = RO_UNNUMBERED | ro_ends_number(st);
    }
    ro_join_begin(cap->points, st, (s->known & RO_KNOW_ALONE) != 0);
    ro_shared_add_stream(cap->shared, st);
    ro_streams_add(cap->streams, st, old, s);
    if (old) {
        note_retry(old, s);
        forget_reused(cap, st);
    }
    for (int i = 0; i < 2; i++) {
        st->host[i] = ro_hosts_get(cap->hosts, st->end[i].addr, st->point);
        st->host_gen[i] = st->host[i]->gen;
        st->host[i]->streams++;
    }
    if (!(s->flags & RO_SYN)) {
        guess_client(st, s, place->d);
    }
    return st;
}

static ro_host *host_of(ro_capture *cap, ro_stream *st, int d)
{
    if (st->host[d]->gen != st->host_gen[d]) { /* forgotten meanwhile */
        st->host[d] = ro_hosts_get(cap->hosts, st->end[d].addr, st->point);
        st->host_gen[d] = st->host[d]->gen;
    }
    return st->host[d];
}

/* The pause was survived where the segment that ended it was taken in and answered. */
static void note_survival(ro_capture *cap, ro_stream *st, int d, const ro_segment *s)
{
    if ((s->flags & RO_ACK) && ro_seq_ge(s->ack, st->dir[!d]->snd_nxt)) {
        st->pause_open = false;
        ro_shared_survived(cap->shared, st, s);
    }
}

static void observe_segment(ro_capture *cap, ro_stream *st, int d, const ro_segment *s,
                            ro_observed *out)
{
    uint8_t kinds = st->dir[d]->ttl_kinds;
    uint32_t rtt_n = st->dir[d]->rtt_n;
    int64_t rtt_min = st->dir[d]->rtt_min_ns;
    int64_t paused = st->exchange->pause_end_ns;
    ro_step step = ro_stream_observe(st, d, s);
    const ro_dir *sender = st->dir[d];

    if (st->exchange->pause_end_ns != paused) {
        st->pause_by = (uint8_t)d;
        st->pause_open = true;
    } else if (st->pause_open && st->pause_by != d) {
        note_survival(cap, st, d, s);
    }
    if (st->sample) {
        ro_join_segment(st, d, s);
    }
    if (step.duplicate || step.stray) {
        return;
    }
    if (step.new_data && sender->data_segments == 1 && s->payload_len > 0 && d != st->client) {
        ro_shared_add_speech(cap->shared, st, s->frame);
    }
    if ((sender->segments <= RO_HOST_LEARNS || sender->ttl_kinds != kinds) &&
        ro_host_learn(host_of(cap, st, d), sender, s)) {
        ro_shared_accepted(cap->shared, st, s);
    }
    if (sender->rtt_n != rtt_n && (rtt_n < RO_HOST_LEARNS || sender->rtt_min_ns < rtt_min)) {
        ro_host_saw_rtt(host_of(cap, st, d), sender->rtt_min_ns);
    }
    if (st->last_reset[0] || st->last_reset[1]) {
        ro_followup_segment(st, d, s, &step, out);
    }
}

/* One event: resets of one connection that follow each other closely, at any capture point. */
static void number_event(ro_capture *cap, ro_reset *r)
{
    ro_reset *prev = g_hash_table_lookup(cap->events, r);

    if (r->copy_next) { /* the same RST at another capture point, whose clock may differ */
        r->event = r->copy_next->event;
        r->in_event = r->copy_next->in_event;
    } else if (prev && r->seg.time_ns - prev->seg.time_ns <= RO_EVENT_NS) {
        r->event = prev->event;
        r->in_event = prev->in_event + 1;
    } else {
        r->event = ++cap->events_n;
        r->in_event = 1;
    }
    g_hash_table_replace(cap->events, r, r);
}

static void observe_reset(ro_capture *cap, ro_stream *st, int d, const ro_segment *s,
                          ro_observed *out)
{
    ro_reset *r = ro_reset_new(s);

    if (ro_belongs_before(st, s, d)) {
        st = st->previous;
    }
    r->stream = st;
    r->d = (uint8_t)d;
    r->number = cap->resets->len + 1;
    r->host = host_of(cap, st, d);
    r->host_last_ns = r->host->last_ns;
    r->host->kept = true;
    g_ptr_array_add(cap->resets, r);
    ro_reset_link(r);
    r->capture_doubled = cap->segments_n >= HABIT_SEGMENTS &&
                         cap->duplicates_n * 100 / cap->segments_n >= RO_DOUBLED_PERCENT;
    ro_facts_update(r);
    r->echo_of = ro_echo_of(r);
    number_event(cap, r);
    ro_idle_add(cap->idle, r);
    ro_reset_match(r);
    ro_witnesses_add_reset(cap->witnesses, r);
    ro_shared_add_reset(cap->shared, r);
    if (r->twin) {
        ((ro_stream *)r->twin)->kept = true;
    }
    ro_point_stats(cap->points);
    ro_followup_reset(r);
    st->last_ns = s->time_ns;
    st->last_frame = s->frame;
    st->resets++;
    if (r->shape == RO_SHAPE_REPLY_TO_SYN) {
        r->host->refused++;
    }
    out->reset = r;
}

/* The segment with a time within reach of the first one's; a copy where the file says another. */
static const ro_segment *within_reach(ro_capture *cap, const ro_segment *seg, ro_segment *copy)
{
    int64_t low;
    int64_t high;

    if (cap->segments++ == 0) {
        cap->first_ns = CLAMP(seg->time_ns, -RO_REACH_NS, INT64_MAX - 2 * RO_REACH_NS);
    }
    low = cap->first_ns - RO_REACH_NS;
    high = cap->first_ns + RO_REACH_NS;
    if (seg->time_ns >= low && seg->time_ns <= high) {
        return seg;
    }
    *copy = *seg;
    copy->time_ns = CLAMP(seg->time_ns, low, high);
    return copy;
}

void ro_capture_take(ro_capture *cap, const ro_segment *segment, ro_place place, ro_observed *out)
{
    ro_segment copy;
    const ro_segment *seg = within_reach(cap, segment, &copy);
    ro_stream *st;

    out->reset = NULL;
    out->contradicts_n = 0;
    if (place.segments + 1 != cap->segments) { /* one inside the segment itself went first */
        place = ro_capture_place(cap, seg);
    }
    st = place.stream;
    if (!st || ro_starts_anew(st, seg, place.d)) {
        st = new_stream(cap, seg, &place);
    }
    if (seg->flags & RO_RST) {
        observe_reset(cap, st, place.d, seg, out);
    } else {
        observe_segment(cap, st, place.d, seg, out);
    }
}

void ro_capture_observe(ro_capture *cap, const ro_segment *seg, ro_observed *out)
{
    ro_capture_take(cap, seg, ro_capture_place(cap, seg), out);
}

const ro_testimony *ro_capture_testify(ro_capture *cap, const ro_witness_record *record)
{
    return ro_witnesses_observe(cap->witnesses, record);
}

ro_points *ro_capture_points(const ro_capture *cap)
{
    return cap->points;
}

const GPtrArray *ro_capture_reset_list(const ro_capture *cap)
{
    return cap->resets;
}

const ro_shared *ro_capture_shared(const ro_capture *cap)
{
    return cap->shared;
}

uint32_t ro_idle_timer(const ro_capture *cap, const ro_reset *r)
{
    return ro_idle_timer_of(cap->idle, r);
}

uint64_t ro_capture_state(const ro_capture *cap)
{
    return (cap->segments + ro_witnesses_state(cap->witnesses)) * 2 + cap->points->complete;
}

uint32_t ro_capture_streams(const ro_capture *cap)
{
    return ro_streams_count(cap->streams);
}

uint32_t ro_capture_connections_to(const ro_capture *cap, uint64_t point, ro_addr addr,
                                   uint16_t port)
{
    return ro_streams_count_to(cap->streams, point, (ro_endpoint){addr, port});
}

uint32_t ro_capture_resets(const ro_capture *cap)
{
    return cap->resets->len;
}

ro_reset *ro_capture_reset(const ro_capture *cap, uint32_t n)
{
    return n < cap->resets->len ? g_ptr_array_index(cap->resets, n) : NULL;
}
