/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Brackets timers and names them. */

#include "diagnose/timers.h"

#include "base/constants.h"
#include "judge/verdict.h"

/* A silence that a device forgot a connection in, and one that it did not, tell the timer where they lie this
 * near (died : survived, in percent). */
#define NEAR_PERCENT 160

/* A timer that ran out by itself is measured but for the jitter of the path and the period in which a
 * program looks at its clocks: one percent. One measured once must be nearer to a known one. */
#define SAME_PERMILLE 10
#define ONCE_PERMILLE 4

/* Silences of a few connections that are no chance where something else speaks for a timer as well. */
#define ALIKE_PERCENT 10

/* Timers below this are not named after one measurement: any pause may be so long by chance. */
#define ONCE_LEAST_NS (4 * RO_S)

bool ro_timer_half_closed(const ro_reset *r)
{
    return ((r->sender->has | r->receiver->has) & RO_DIR_FIN) != 0;
}

/* The bounds of the listener's connections; where it has none above its own, those of the two hosts. */
static void take_bounds(const ro_shared *shared, const ro_reset *r, ro_timer *out)
{
    bool half = ro_timer_half_closed(r);
    const ro_service *service = ro_shared_service(shared, r);
    const ro_pair *pair = ro_shared_pair(shared, r);
    const ro_silences *s = service ? &service->silences[half] : NULL;

    if (pair && (!s || (s->survived.ns == 0 && s->died_n <= 1))) {
        s = &pair->silences[half];
    }
    if (s) {
        out->survived = s->survived;
        out->died = ro_silences_shortest(s);
        out->died_n = s->died_n;
    }
}

static void name_exact(ro_timer *out, unsigned where)
{
    int64_t measured = out->stands_out ? ro_cluster_mean(out->same) : out->silence_ns;

    out->known = ro_timer_at(measured, where, out->stands_out ? SAME_PERMILLE : ONCE_PERMILLE);
    if (!out->stands_out && measured < ONCE_LEAST_NS) {
        out->known = NULL;
    }
    if (out->known) {
        out->length_ns = out->known->seconds * RO_S;
    } else if (out->stands_out) {
        out->length_ns = measured;
    }
}

static void name_between(ro_timer *out, unsigned where)
{
    out->bracketed = out->survived.ns > 0 && out->died.ns > 0 &&
                     out->died.ns <= out->survived.ns / 100 * NEAR_PERCENT;
    if (out->died.ns > 0) {
        out->known = ro_timer_between(out->survived.ns, out->died.ns, where);
    }
    if (out->known && out->bracketed) {
        out->length_ns = out->known->seconds * RO_S;
    }
}

void ro_timer_of(const ro_shared *shared, const ro_reset *r, unsigned where, ro_timer *out)
{
    const ro_service *service = ro_shared_service(shared, r);
    bool by_itself = ro_shared_closed_by_itself(r);
    ro_cluster all;
    int64_t quiet = by_itself && where != RO_TIMER_HALF ? ro_shared_quiet(r) : 0;

    *out = (ro_timer){0};
    out->silence_ns = quiet > 0 ? quiet : r->timer_ns;
    out->exact = quiet > 0;
    take_bounds(shared, r, out);
    out->contradicted = out->survived.ns > out->silence_ns + MAX(out->silence_ns / 50, 50 * RO_MS);
    if (!out->exact) {
        name_between(out, where);
        return;
    }
    out->same = service ? ro_clusters_at(&service->closed_after, quiet, r->claimed_sender) : NULL;
    out->only = service && service->closed_after.total[r->claimed_sender] == 1;
    out->alike =
        out->only || (service && ro_clusters_alike(&service->closed_after, r->claimed_sender,
                                                   ALIKE_PERCENT, &all));
    out->stands_out = out->same && ro_cluster_stands_out(&service->closed_after, out->same);
    out->died = (ro_silence){out->same ? MIN(out->same->min_ns, quiet) : quiet,
                             out->same ? out->same->first_frame : r->seg.frame};
    name_exact(out, where);
}

static void seconds(int64_t ns, GString *out)
{
    bool whole = ns % RO_S == 0;

    g_string_append_printf(out, whole || ns >= 1000 * RO_S ? "%.0f s" : "%.3g s",
                           (double)ns / (double)RO_S);
}

void ro_timer_text(const ro_timer *t, GString *out)
{
    if (t->length_ns > 0) {
        seconds(t->length_ns, out);
    } else if (t->survived.ns > 0 && t->died.ns > 0) {
        g_string_append(out, "between ");
        seconds(t->survived.ns, out);
        g_string_append(out, " and ");
        seconds(t->died.ns, out);
    } else {
        g_string_append(out, "at most ");
        seconds(t->silence_ns, out);
    }
}

uint32_t ro_timer_probe_seconds(const ro_timer *t)
{
    int64_t limit = t->length_ns;

    if (limit == 0) {
        limit = t->survived.ns > 0 ? t->survived.ns : t->silence_ns;
    }
    return ro_timer_keepalive(limit);
}
