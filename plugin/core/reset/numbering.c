/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Follows the IP-IDs of both directions in the order in which they were captured. */

#include "reset/numbering.h"

#include "base/constants.h"

/* Such a counter steps by one for each packet; some are not captured, or belong to other connections. */
#define STEP_MOST 8

/* So often the numbers must go on over a change of direction. Two counters of their own cannot do that where each
 * steps by one: what takes the lead in one direction falls behind in the other. Those of busy hosts step by more,
 * and lie so near to each other in one of 4000 connections; to stay there four times they would have to keep step. */
#define TURNS_LEAST 4

static bool follows(uint16_t before, uint16_t ip_id)
{
    uint16_t step = (uint16_t)(ip_id - before);

    return step >= 1 && step <= STEP_MOST;
}

/* The older of the two segments, by the order of capture. */
static const ro_recent_segment *older(const ro_recent_segment *a, const ro_recent_segment *b)
{
    return !b || (a && a->frame < b->frame) ? a : b;
}

/* SYN-ACKs and resets of kernels that have no number for them have 0. */
static bool is_numbered(const ro_recent_segment *p)
{
    return (p->known & RO_KNOW_IP_ID) && p->ip_id != 0;
}

bool ro_one_counter(const ro_reset *r)
{
    const ro_endpoint *end = r->stream->end;
    ro_history *ring[2] = {&r->stream->history[0], &r->stream->history[1]};
    unsigned left[2] = {ring[0]->n, ring[1]->n};
    const ro_recent_segment *last = NULL;
    int last_d = -1;
    unsigned turns = 0;

    if (!(r->seg.known & RO_KNOW_IP_ID) || r->seg.ip_id == 0 || r->seg.fragmented ||
        ro_addr_equal(end[0].addr, end[1].addr) || ro_addr_is_loopback(end[0].addr) ||
        ro_addr_is_loopback(end[1].addr)) {
        return false;
    }
    while (left[0] + left[1] > 0) {
        const ro_recent_segment *a = left[0] ? ro_history_newest(ring[0], left[0] - 1) : NULL;
        const ro_recent_segment *b = left[1] ? ro_history_newest(ring[1], left[1] - 1) : NULL;
        const ro_recent_segment *p = older(a, b);
        int d = p == a ? 0 : 1;

        left[d]--;
        if (!is_numbered(p)) {
            continue;
        }
        if (last && !follows(last->ip_id, p->ip_id)) {
            turns = 0;
        } else {
            turns += last && d != last_d;
        }
        last = p;
        last_d = d;
    }
    return turns >= TURNS_LEAST && follows(last->ip_id, r->seg.ip_id);
}
