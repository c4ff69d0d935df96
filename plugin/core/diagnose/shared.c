/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps what the connections of a capture share. */

#include "diagnose/shared.h"

#include <glib.h>

#include "base/constants.h"
#include "diagnose/counts.h"
#include "diagnose/twins.h"

/* A process that ends, or a host that restarts, closes its connections within this. */
#define ONE_MOMENT_NS (100 * RO_MS)

/* Shorter silences are the pace of a conversation, not the work of a timer. */
#define QUIET_NS (200 * RO_MS)

struct ro_shared {
    ro_services *services;
    ro_twins *twins;
    bool any_reset;
    ro_tallies *tallies;
};

ro_shared *ro_shared_new(void)
{
    ro_shared *shared = g_new0(ro_shared, 1);

    shared->services = ro_services_new();
    shared->twins = ro_twins_new();
    shared->tallies = ro_tallies_new();
    return shared;
}

void ro_shared_free(ro_shared *shared)
{
    if (shared) {
        ro_services_free(shared->services);
        ro_twins_free(shared->twins);
        ro_tallies_free(shared->tallies);
        g_free(shared);
    }
}

static const ro_endpoint *server_end(const ro_stream *st)
{
    return &st->end[!st->client];
}

static bool half_closed(const ro_stream *st)
{
    return ((st->dir[0]->has | st->dir[1]->has) & RO_DIR_FIN) != 0;
}

/* A connection that begins while its address was already seen sending from another link-layer address. */
static void note_usual_mac(ro_shared *shared, const ro_stream *st, const ro_segment *s)
{
    ro_address *a = ro_address_find(shared->services, s->src);

    if (a && a->alien_n && (s->known & RO_KNOW_MAC) && s->mac == a->usual_mac &&
        st->first_ns >= a->alien_first.time_ns && !a->usual_again.frame) {
        a->usual_again = (ro_moment){s->time_ns, s->frame};
    }
}

void ro_shared_add_stream(ro_shared *shared, const ro_stream *st)
{
    ro_twins_add(shared->twins, st);
}

void ro_shared_forget_stream(ro_shared *shared, const ro_stream *st)
{
    ro_twins_forget(shared->twins, st);
}

void ro_shared_accepted(ro_shared *shared, const ro_stream *st, const ro_segment *s)
{
    ro_service *service;

    if (!shared->any_reset) {
        return; /* nothing that it could add to */
    }
    service = ro_service_find(shared->services, s->src, s->sport);
    note_usual_mac(shared, st, s);
    if (service && !service->accepted_again.frame) {
        service->accepted_again = (ro_moment){s->time_ns, s->frame};
    }
}

void ro_shared_survived(ro_shared *shared, const ro_stream *st, const ro_segment *s)
{
    const ro_endpoint *server = server_end(st);
    bool half = half_closed(st);
    ro_service *service = ro_service_get(shared->services, server->addr, server->port);
    ro_pair *pair = ro_pair_get(shared->services, server->addr, st->end[st->client].addr);

    if (service) {
        ro_silences_survived(&service->silences[half], st->exchange->pause_ns, s->frame);
    }
    if (pair) {
        ro_silences_survived(&pair->silences[half], st->exchange->pause_ns, s->frame);
    }
}

ro_moment ro_shared_closing(const ro_reset *r)
{
    const ro_moment *fin = &r->ending.fin[0];

    return fin->frame && fin->frame < r->seg.frame ? *fin
                                                   : (ro_moment){r->seg.time_ns, r->seg.frame};
}

/* A FIN of its own and an abort come from a program. A reply comes because a segment came; one to a segment
 * of long ago is none. */
bool ro_shared_closed_by_itself(const ro_reset *r)
{
    if (r->ending.fin[1].frame &&
        (!r->ending.fin[0].frame || r->ending.fin[1].frame < r->ending.fin[0].frame)) {
        return false; /* the other side closed first */
    }
    if (r->sender->repeats || r->sender->probes || r->after_probe) {
        return false; /* it gave up waiting */
    }
    if (r->ending.fin[0].frame) {
        return true;
    }
    if (r->shape == RO_SHAPE_ABORT) {
        return true;
    }
    return r->shape == RO_SHAPE_OTHER && r->sender->segments > r->sender->syns &&
           !(r->facts & RO_FACT_TRIGGER);
}

int64_t ro_shared_quiet(const ro_reset *r)
{
    ro_moment closing = ro_shared_closing(r);
    int64_t from = r->ending.last_data.time_ns;

    if (r->ending.quiet_ns == 0 || (r->claimed_sender == RO_CLIENT && r->ending.owed)) {
        return 0; /* a client that waits for an answer is not idle */
    }
    if (!r->ending.last_data.frame) {
        from = r->ending.start.time_ns - r->ending.quiet_ns;
    }
    return closing.time_ns - from;
}

static void note_burst(ro_service *service, ro_moment at)
{
    ro_burst *worst = &service->bursts[0];

    for (unsigned i = 0; i < service->bursts_n; i++) {
        ro_burst *b = &service->bursts[i];

        if (at.time_ns >= b->first_ns - ONE_MOMENT_NS && at.time_ns <= b->last_ns + ONE_MOMENT_NS &&
            MAX(b->last_ns, at.time_ns) - MIN(b->first_ns, at.time_ns) <= ONE_MOMENT_NS) {
            b->first_frame = at.time_ns < b->first_ns ? at.frame : b->first_frame;
            b->last_frame = at.time_ns > b->last_ns ? at.frame : b->last_frame;
            b->first_ns = MIN(b->first_ns, at.time_ns);
            b->last_ns = MAX(b->last_ns, at.time_ns);
            b->n++;
            return;
        }
        if (b->n < worst->n || (b->n == worst->n && b->last_ns < worst->last_ns)) {
            worst = b;
        }
    }
    if (service->bursts_n < RO_BURSTS) {
        worst = &service->bursts[service->bursts_n++];
    }
    *worst = (ro_burst){at.time_ns, at.time_ns, at.frame, at.frame, 1};
}

static void note_closing(ro_service *service, const ro_reset *r)
{
    ro_moment closing = ro_shared_closing(r);
    ro_length quiet = {.ns = ro_shared_quiet(r),
                       .when_ns = closing.time_ns,
                       .frame = closing.frame,
                       .kind = r->claimed_sender};
    ro_length age = quiet;

    age.ns = r->stream->syn_seen ? closing.time_ns - r->stream->first_ns : 0;
    age.other_ns = quiet.ns;
    quiet.other_ns = age.ns;
    if (quiet.ns >= QUIET_NS) {
        ro_clusters_add(&service->closed_after, &quiet);
    } else if (quiet.ns > 0) { /* no timer's work, and one more connection that ended otherwise */
        service->closed_after.total[quiet.kind]++;
    }
    if (age.ns >= QUIET_NS) {
        ro_clusters_add(&service->closed_at, &age);
    }
    if (r->claimed_sender == RO_SERVER) {
        note_burst(service, closing);
    }
}

static void note_refusal(ro_service *service, const ro_reset *r)
{
    ro_moment now = {r->seg.time_ns, r->seg.frame};

    if (service->accepted_again.frame || service->refused_n == 0) {
        service->refused_first = now;
        service->refused_n = 0;
        service->accepted_again = (ro_moment){0, 0};
    }
    service->refused_last = now;
    service->refused_n++;
}

static void note_silence(ro_shared *shared, ro_service *service, const ro_reset *r)
{
    ro_pair *pair;
    bool half = half_closed(r->stream);
    uint32_t frame = r->ending.start.frame;

    if (r->timer_ns < RO_PAUSE_NS) {
        return;
    }
    ro_silences_died(&service->silences[half], r->timer_ns, frame);
    pair = ro_pair_get(shared->services, service->server, r->stream->end[r->stream->client].addr);
    if (pair) {
        ro_silences_died(&pair->silences[half], r->timer_ns, frame);
    }
}

/* A reply of a host that had taken part in the connection, and knows nothing of it. */
static bool forgot(const ro_reset *r)
{
    return r->shape == RO_SHAPE_REPLY && !(r->sender->has & RO_DIR_FIN) &&
           r->sender->segments > r->sender->syns && (r->facts & RO_FACT_TRIGGER);
}

static void note_address(ro_shared *shared, const ro_reset *r)
{
    ro_moment now = {r->seg.time_ns, r->seg.frame};
    bool alien = (r->seg.known & RO_KNOW_MAC) && (r->sender->has & RO_DIR_MAC) &&
                 !(r->sender->has & RO_DIR_MAC_MANY) && r->seg.mac != r->sender->mac;
    ro_address *a = forgot(r) || alien ? ro_address_get(shared->services, r->seg.src) : NULL;

    if (!a) {
        return;
    }
    if (forgot(r)) {
        if (a->forgot_n++ == 0) {
            a->forgot_first = now;
            a->forgot_idle_min_ns = r->timer_ns;
        }
        a->forgot_last = now;
        a->forgot_idle_min_ns = MIN(a->forgot_idle_min_ns, r->timer_ns);
        a->forgot_idle_max_ns = MAX(a->forgot_idle_max_ns, r->timer_ns);
    }
    if (alien) {
        if (a->alien_n++ == 0) {
            a->alien_first = now;
            a->alien_mac = r->seg.mac;
            a->usual_mac = r->sender->mac;
        }
        a->alien_last = now;
    }
}

void ro_shared_add_reset(ro_shared *shared, ro_reset *r)
{
    const ro_endpoint *server = server_end(r->stream);
    ro_service *service;

    shared->any_reset = true;
    r->twin = ro_twin_of(shared->twins, r);
    ro_counts_add_reset(shared->tallies, r);
    if (ro_prev_any(r) || r->copy_next || (r->facts & RO_FACT_DUPLICATE)) {
        return; /* the connection had ended before, or this RST was counted at another capture point */
    }
    service = ro_service_get(shared->services, server->addr, server->port);
    if (!service) {
        return;
    }
    if (r->shape == RO_SHAPE_REPLY_TO_SYN) {
        note_refusal(service, r);
        return;
    }
    note_silence(shared, service, r);
    if (ro_shared_closed_by_itself(r)) {
        note_closing(service, r);
    }
    note_address(shared, r);
}

const ro_service *ro_shared_service(const ro_shared *shared, const ro_reset *r)
{
    const ro_endpoint *server = server_end(r->stream);

    return ro_service_find(shared->services, server->addr, server->port);
}

const ro_pair *ro_shared_pair(const ro_shared *shared, const ro_reset *r)
{
    return ro_pair_find(shared->services, server_end(r->stream)->addr,
                        r->stream->end[r->stream->client].addr);
}

const ro_address *ro_shared_address(const ro_shared *shared, const ro_reset *r)
{
    return ro_address_find(shared->services, r->seg.src);
}

const ro_burst *ro_shared_burst(const ro_shared *shared, const ro_reset *r)
{
    const ro_service *service = ro_shared_service(shared, r);
    ro_moment at = ro_shared_closing(r);

    for (unsigned i = 0; service && i < service->bursts_n; i++) {
        const ro_burst *b = &service->bursts[i];

        if (b->n >= 2 && at.time_ns >= b->first_ns && at.time_ns <= b->last_ns) {
            return b;
        }
    }
    return NULL;
}

void ro_shared_add_speech(ro_shared *shared, const ro_stream *st, uint32_t frame)
{
    ro_counts_add_speech(shared->tallies, st, frame);
}

const ro_tallies *ro_shared_tallies(const ro_shared *shared)
{
    return shared->tallies;
}
