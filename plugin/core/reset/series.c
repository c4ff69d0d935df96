/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recognises what injectors fire in series. */

#include "reset/series.h"

#include "base/constants.h"
#include "base/seq.h"

/* Copies and series of the GFW come within 0.3 ms (CenTrace's captures); 50 ms allows for queues
 * and stays below a retransmission. */
#define BURST_NS (50 * RO_MS)

/* Weaver, Sommer, Paxson, NDSS 2009, table 1: the second RST of a Sandvine pair is 12503 ahead. */
#define SANDVINE_STEP 12503

/* Steps between the GFW's RSTs: Clayton 2006 (+1460, +4380), gfwrev 2010 (+1460, +2920). */
#define GFW_STEP   1460
#define GFW_STEP_2 2920
#define GFW_STEP_3 4380

static bool same_packet_twice(const ro_reset *r)
{
    return (r->facts & RO_FACT_DUPLICATE) && r->capture_doubled;
}

static bool rst_ack_with_window(const ro_reset *r)
{
    return (r->seg.flags & RO_ACK) && (r->seg.known & RO_KNOW_WINDOW) && r->seg.window != 0 &&
           (r->seg.known & RO_KNOW_OPTIONS) && r->seg.options == 0 && (r->seg.known & RO_KNOW_IP);
}

static bool copies(const ro_reset *a, const ro_reset *b)
{
    return a->seg.seq == b->seg.seq && a->seg.ack == b->seg.ack && a->seg.flags == b->seg.flags &&
           a->seg.window == b->seg.window && a->seg.ttl == b->seg.ttl &&
           a->seg.ip_id == b->seg.ip_id;
}

/* Asks `related` of r and each other RST of its direction that came within `within`, and returns
 * for how many it holds. Later RSTs are looked at too, as far as they are known. */
static unsigned count_related(const ro_reset *r, int64_t within,
                              bool (*related)(const ro_reset *r, const ro_reset *other))
{
    const ro_reset *at = r->stream != NULL ? r->stream->last_reset[r->d] : NULL;
    unsigned n = 0;

    if (at == NULL)
        at = r;
    for (unsigned i = 0; at != NULL && i < RO_BURST_STEPS; i++, at = at->prev_same) {
        int64_t apart = at->seg.time_ns - r->seg.time_ns;
        if (at == r || apart > within || apart < -within || same_packet_twice(at))
            continue;
        if (related(r, at))
            n++;
    }
    return n;
}

static bool identical(const ro_reset *r, const ro_reset *other)
{
    return rst_ack_with_window(other) && copies(r, other);
}

/* Three byte-identical RST+ACKs with a window. Three, since two are what a SPAN port makes of a
 * genuine abort. */
bool ro_series_gfw_copies(const ro_reset *r)
{
    if (!rst_ack_with_window(r) || !(r->seg.known & RO_KNOW_IP_ID) || !r->seg.df ||
        r->seg.ip_id == 0 || r->capture_doubled)
        return false;
    return count_related(r, BURST_NS, identical) >= 2;
}

static bool in_step(const ro_reset *r, const ro_reset *other)
{
    int ttl = (int)other->seg.ttl - (int)r->seg.ttl;
    int window = (int)other->seg.window - (int)r->seg.window;

    return rst_ack_with_window(other) && ttl != 0 && ttl == window &&
           other->seg.seq == r->seg.seq && other->seg.ack == r->seg.ack;
}

bool ro_series_gfw_in_step(const ro_reset *r)
{
    return rst_ack_with_window(r) && count_related(r, BURST_NS, in_step) >= 1;
}

static bool sandvine_pair(const ro_reset *r, const ro_reset *other)
{
    int32_t step = ro_seq_diff(other->seg.seq, r->seg.seq);

    /* one maker: an endpoint's answer to the first of the pair is as far from the second */
    return (step == SANDVINE_STEP || step == -SANDVINE_STEP) && r->seg.ttl == other->seg.ttl;
}

bool ro_series_sandvine(const ro_reset *r)
{
    return count_related(r, RO_SEQ_CHANGE_NS, sandvine_pair) >= 1;
}

/* RST+ACKs that climb by Ethernet-sized segments beyond anything the sender sent. Bare RSTs are
 * left out: a host without the socket answers a flight of ACKs with just such steps. */
static bool gfw_step(const ro_reset *r, const ro_reset *other)
{
    const ro_reset *front = ro_seq_gt(other->seg.seq, r->seg.seq) ? other : r;
    const ro_reset *back = front == r ? other : r;
    uint32_t step = front->seg.seq - back->seg.seq;

    if (step != GFW_STEP && step != GFW_STEP_2 && step != GFW_STEP_3)
        return false;
    return (other->seg.flags & RO_ACK) && (front->sender->has & RO_DIR_SEQ) &&
           !(front->sender->has & (RO_DIR_GAP | RO_DIR_ACK_UNSEEN)) &&
           ro_seq_gt(front->seg.seq, front->sender->snd_nxt);
}

bool ro_series_gfw_steps(const ro_reset *r)
{
    return (r->seg.flags & RO_ACK) && count_related(r, RO_SEQ_CHANGE_NS, gfw_step) >= 1;
}
