/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes the times of a RST from its stream. */

#include "reset/times.h"

#include "base/constants.h"
#include "reset/inference.h"
#include "track/exchange.h"

/* Where the capture's clock went back there is no such time. */
static void compute_ages(ro_reset *r)
{
    const ro_stream *st = r->stream;

    if ((st->segments > 0 || ro_prev_any(r)) && r->seg.time_ns >= st->last_ns) {
        r->since_last_ns = r->seg.time_ns - st->last_ns;
        r->facts |= RO_FACT_SINCE_LAST;
    }
    if (r->sender->segments > 0 && r->seg.time_ns >= r->sender->last_ns) {
        r->since_sender_ns = r->seg.time_ns - r->sender->last_ns;
        r->facts |= RO_FACT_SINCE_SENDER;
    }
    if (st->syn_seen && r->seg.time_ns >= st->first_ns) {
        r->age_ns = r->seg.time_ns - st->first_ns;
        r->facts |= RO_FACT_AGE;
    }
}

static void compute_round_trips(ro_reset *r)
{
    if (r->sender->rtt_n > 0) {
        r->facts |= RO_FACT_RTT;
    }
    if (ro_host_now(r)->rtt_n > 0) {
        r->host_rtt_ns = ro_host_now(r)->rtt_min_ns;
        r->host_rtt_n = ro_host_now(r)->rtt_n;
        r->facts |= RO_FACT_HOST_RTT;
    }
}

/* Its sender asked by a keep-alive probe whether anybody is there, and waited for its interval. An
 * answer that was captured here may have been lost behind us: then the RST keeps the probes' rhythm. */
static bool gave_up_probing(const ro_reset *r)
{
    ro_history *ring = &r->stream->history[r->d];
    const ro_recent_segment *last = ro_history_newest(ring, 0);
    const ro_recent_segment *before = ro_history_newest(ring, 1);
    int64_t path = r->sender->rtt_n ? r->sender->rtt_max_ns : 0;
    int64_t interval;
    int64_t off;

    if (!last || !last->probe || !(r->facts & RO_FACT_SINCE_SENDER) ||
        r->since_sender_ns < RO_PROBE_WAIT_NS + path) {
        return false;
    }
    if (r->receiver->last_ns < last->time_ns) {
        return true;
    }
    if (!before) {
        return false;
    }
    interval = last->time_ns - before->time_ns;
    off = r->since_sender_ns - interval;
    return (off < 0 ? -off : off) < interval / 6;
}

static void compute_silence(ro_reset *r)
{
    const ro_stream *st = r->stream;
    const ro_exchange *x = st->exchange;
    int64_t path = ro_rtt_of_both(r);
    int64_t recent = r->seg.time_ns - RO_PAUSE_NS - 2 * path;
    bool quiet = (r->facts & RO_FACT_SINCE_LAST) && r->since_last_ns >= RO_PAUSE_NS + path;
    bool waits = ro_exchange_waits(st, 0) || ro_exchange_waits(st, 1);
    bool closing = ro_exchange_is_closing(st);

    if (quiet && !waits && !closing) {
        r->idle_ns = r->timer_ns = r->since_last_ns;
        return;
    }
    r->idle_ns = x->idle_ns;
    if (closing && quiet && !waits) {
        r->timer_ns = r->since_last_ns;
    } else if ((waits || x->pause_end_ns >= recent) &&
               (x->pause_end_ns != x->start_ns || !ro_exchange_has_progress(st))) {
        r->timer_ns = x->pause_ns;
    }
}

void ro_times_update(ro_reset *r)
{
    compute_ages(r);
    compute_round_trips(r);
    r->after_probe = gave_up_probing(r);
    compute_silence(r);
}
