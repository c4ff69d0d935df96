/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The newest segments of a direction: a circular array that grows up to RO_HISTORY_MAX. */

#include "track/history.h"

#include <glib.h>

#include "base/constants.h"

ro_recent_segment *ro_history_newest(ro_history *history, unsigned i)
{
    if (i >= history->n) {
        return NULL;
    }
    return &history->recent[(unsigned)(history->at + RO_HISTORY_MAX - 1 - i) % RO_HISTORY_MAX];
}

/* One for a SYN that is refused, four for a handshake, eight. */
static void history_grow(ro_history *history)
{
    history->room = history->room == 0   ? 1
                    : history->room == 1 ? RO_HISTORY_MAX / 2
                                         : RO_HISTORY_MAX;
    history->recent = g_renew(ro_recent_segment, history->recent, history->room);
}

void ro_history_push(ro_history *history, const ro_segment *s, const ro_step *step)
{
    ro_recent_segment *p;

    if (history->at == history->room) {
        history_grow(history);
    }
    p = &history->recent[history->at];
    history->at = (uint8_t)((history->at + 1) % RO_HISTORY_MAX);
    if (history->n < RO_HISTORY_MAX) {
        history->n++;
    }
    p->time_ns = s->time_ns;
    p->frame = s->frame;
    p->seq = s->seq;
    p->end = s->seq + ro_segment_span(s);
    p->ack = s->ack;
    p->ip_id = s->ip_id;
    p->window = s->window;
    p->flags = s->flags;
    p->ttl = s->ttl;
    p->tos = s->tos;
    p->df = s->df;
    p->answers = 0;
    p->repeat = step->repeat;
    p->probe = step->probe;
    p->known = (uint16_t)s->known;
    p->flow_label = s->flow_label;
}

static bool same_packet(const ro_recent_segment *p, const ro_segment *s)
{
    int64_t dt = s->time_ns - p->time_ns;
    int64_t late = s->ip_id ? RO_COPY_NS : RO_DUPLICATE_NS;
    int64_t early = s->ip_id ? RO_DUPLICATE_NS : 0; /* time may go back between two interfaces */

    return p->ip_id == s->ip_id && p->seq == s->seq && p->ack == s->ack && p->flags == s->flags &&
           p->end == s->seq + ro_segment_span(s) && p->window == s->window && dt >= -early &&
           dt <= late;
}

bool ro_stream_is_duplicate(const ro_history *history, const ro_segment *s)
{
    unsigned depth = s->ip_id ? RO_HISTORY_MAX : 2; /* copies may come in batches */

    /* With neither an IP-ID nor octets of its own, a second pure ACK is simply a duplicate ACK. */
    if (s->ip_id == 0 && ro_segment_span(s) == 0) {
        return false;
    }
    for (unsigned i = 0; i < depth && i < history->n; i++) {
        if (same_packet(
                &history->recent[(unsigned)(history->at + RO_HISTORY_MAX - 1 - i) % RO_HISTORY_MAX],
                s)) {
            return true;
        }
    }
    return false;
}
