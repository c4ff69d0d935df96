/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small questions that several signs ask of a record. */

#include "reset/inference.h"

#include <glib.h>

#include "base/constants.h"
#include "base/seq.h"

const ro_host *ro_host_now(const ro_reset *r)
{
    static const ro_host unknown;

    return r->host ? r->host : &unknown;
}

bool ro_host_learned_later(const ro_reset *r)
{
    return ro_host_now(r)->last_ns != r->host_last_ns;
}

ro_stack ro_stack_of_sender(const ro_reset *r)
{
    return (ro_stack)(r->sender->stack != RO_STACK_UNKNOWN ? r->sender->stack
                                                           : ro_host_now(r)->stack);
}

ro_stack ro_stack_of_receiver(const ro_reset *r)
{
    const ro_host *host = r->stream->host[!r->d];

    if (r->receiver->stack != RO_STACK_UNKNOWN) {
        return (ro_stack)r->receiver->stack;
    }
    return host && host->gen == r->stream->host_gen[!r->d] ? (ro_stack)host->stack
                                                           : RO_STACK_UNKNOWN;
}

bool ro_is_from_socket(const ro_reset *r)
{
    return (r->seg.flags & RO_ACK) &&
           (r->shape == RO_SHAPE_ABORT ||
            (r->shape == RO_SHAPE_OTHER && !r->mirrors && r->sender->segments > 0));
}

uint32_t ro_rtt_to_sender(const ro_reset *r, int64_t *rtt_ns, bool *whole)
{
    const ro_host *h = ro_host_now(r);

    *whole = r->sender->has & RO_DIR_ISN || r->receiver->has & RO_DIR_ISN;
    if (r->sender->rtt_n > 0) {
        /* The host's samples include this stream's; the least of all is the safest. */
        *rtt_ns = h->rtt_n > 0 ? MIN(r->sender->rtt_min_ns, h->rtt_min_ns) : r->sender->rtt_min_ns;
        return MAX(r->sender->rtt_n, h->rtt_n);
    }
    *rtt_ns = h->rtt_min_ns;
    *whole = h->accepted > 0 || h->ttls[RO_CLASS_SYN][0].n > 0;
    return h->rtt_n;
}

bool ro_continues_ip_id(const ro_reset *r)
{
    const ro_dir *sender = r->sender;

    return (r->facts & RO_FACT_IP_ID_DELTA) && r->ip_id_delta >= 1 && r->ip_id_delta <= 16 &&
           sender->ip_id_steps >= 1 && sender->ip_id_jumps * 2 <= sender->ip_id_steps;
}

bool ro_continues_timestamp(const ro_reset *r)
{
    const ro_dir *sender = r->sender;
    int64_t elapsed_ms = (r->seg.time_ns - sender->ts_time_ns) / RO_MS;
    int32_t ticks = ro_seq_diff(r->seg.tsval, sender->tsval);

    if (!(r->seg.options & RO_OPT_TIMESTAMP) || !(sender->has & RO_DIR_TS) || elapsed_ms < 0) {
        return false;
    }
    /* Clocks tick once a millisecond or slower (RFC 7323 5.4), give or take the jitter of the path;
     * and a socket echoes nothing newer than what it was sent. */
    if (ticks < 0 || ticks > elapsed_ms * 11 / 10 + 500) {
        return false;
    }
    return !(r->receiver->has & RO_DIR_TS) || ro_seq_le(r->seg.tsecr, r->receiver->tsval);
}

bool ro_may_be_own_firewall(const ro_reset *r)
{
    const ro_segment *s = &r->seg;

    return !(s->flags & RO_ACK) && s->window == 0 && s->ip_id == 0 && s->flow_label == 0 &&
           (!(r->facts & RO_FACT_TTL_DELTA) || r->ttl_delta == 0 ||
            ro_ttl_same_hops(s->ttl, r->sender->ttl_last));
}

/* p0f's MAX_DIST: a TTL that makes a path longer than this did not start where it seems to have. */
#define HOPS_AT_MOST 35

/* A TTL from here down may have started at 32 or, far away, at 64. */
#define TTL_START_UNSURE 32

bool ro_has_no_number(const ro_reset *r)
{
    return r->shape == RO_SHAPE_REPLY_TO_SYN && r->seg.seq == 0;
}

uint8_t ro_sender_hops(const ro_dir *x)
{
    uint8_t least = UINT8_MAX;

    for (uint8_t i = 0; i < x->ttl_kinds; i++) {
        least = MIN(least, ro_ttl_hops(x->ttls[i].ttl));
    }
    return least;
}

static bool starts_like_sender(const ro_reset *r)
{
    for (uint8_t i = 0; i < r->sender->ttl_kinds; i++) {
        uint8_t ttl = r->sender->ttls[i].ttl;

        if (ttl <= TTL_START_UNSURE || ro_ttl_initial(ttl) == ro_ttl_initial(r->seg.ttl) ||
            ro_ttl_same_hops(ttl, r->seg.ttl)) {
            return true;
        }
    }
    return false;
}

/* No route gets longer by more than this from one packet to the next. */
#define ROUTE_GROWS_BY 10

bool ro_comes_from_elsewhere(const ro_reset *r)
{
    int hops = ro_ttl_hops(r->seg.ttl);
    int its = ro_sender_hops(r->sender);

    if (!(r->facts & RO_FACT_TTL_DELTA) || r->ttl_delta == 0 || r->seg.ttl <= TTL_START_UNSURE ||
        its > HOPS_AT_MOST) {
        return false;
    }
    if (hops > HOPS_AT_MOST && hops >= its + ROUTE_GROWS_BY) {
        return true; /* made up */
    }
    return !starts_like_sender(r) && hops + 2 <= its;
}

/* Machines of one service stand within this many hops of each other. */
#define FARM_HOPS 8

bool ro_may_be_another_machine(const ro_reset *r)
{
    const ro_segment *s = &r->seg;
    bool sets_df = (r->sender->has & RO_DIR_DF_SET) && !(r->sender->has & RO_DIR_DF_CLEAR);
    bool labels = (r->sender->has & RO_DIR_LABEL) && r->sender->flow_label != 0;

    if (r->shape != RO_SHAPE_REPLY || (s->flags & RO_ACK) || s->window != 0 || s->ack != 0 ||
        !(r->facts & RO_FACT_TTL_DELTA) || r->ttl_delta < -FARM_HOPS || r->ttl_delta > FARM_HOPS) {
        return false;
    }
    if (((s->known & RO_KNOW_IP_ID) && sets_df && !s->df) ||
        ((s->known & RO_KNOW_FLOW_LABEL) && labels && s->flow_label == 0)) {
        return false;
    }
    return !(r->facts & RO_FACT_RESPONSE) || r->sender->rtt_n == 0 ||
           r->response_ns * 10 >= r->sender->rtt_min_ns * 9;
}

bool ro_joined_just_now(const ro_reset *r)
{
    return !r->stream->syn_seen && r->seg.time_ns - r->stream->first_ns < RO_REPLY_LATE_NS;
}

bool ro_is_scanner(const ro_dir *x)
{
    return (x->has & RO_DIR_ISN) && (x->has & RO_DIR_WSCALE) && x->segments == x->syns &&
           !(x->syn_options & (RO_OPT_SACK_OK | RO_OPT_WSCALE | RO_OPT_TIMESTAMP));
}

const ro_reset *ro_activity_witness(const ro_reset *r)
{
    const ro_reset *e = r;

    for (int i = 0; e && i < RO_BURST_STEPS; i++, e = e->next_same) {
        if (e->event != r->event || e->seg.ttl != r->seg.ttl) {
            return r;
        }
        if (e->followup->active != RO_ACTIVE_NO) {
            return e;
        }
    }
    /* Later frames are held against the newest resets only: those of a long burst stand at its end. */
    e = e ? r->stream->last_reset[r->d] : NULL;
    for (int i = 0; e && i < RO_BURST_STEPS && e->number > r->number; i++, e = e->prev_same) {
        if (e->event == r->event && e->seg.ttl == r->seg.ttl &&
            e->followup->active != RO_ACTIVE_NO) {
            return e;
        }
    }
    return r;
}

bool ro_is_repeated_by_sender(const ro_reset *r)
{
    const ro_reset *before = r->prev_same;

    if (before && before->event == r->event && r->seg.ip_id != 0 &&
        before->seg.ip_id == r->seg.ip_id && before->seg.flags == r->seg.flags &&
        (before->seg.seq != r->seg.seq || before->seg.window != r->seg.window)) {
        return true;
    }
    /* In a batch, R1 R2 R1' R2', the capture or the network made the copies. */
    if (!r->copy_of || !before || (r->copy_of != before && r->copy_of != before->copy_of)) {
        return false;
    }
    return !r->capture_doubled && r->stream->duplicates == 0 && r->stream->segments >= 4;
}
