/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds how a connection ended. Acknowledgment numbers tell who knew of what, wherever the capture
 * point is: data that acknowledges a request was written with knowledge of it, and a request that
 * acknowledges a FIN was sent after that FIN had come. */

#include "reset/ending.h"

#include <stddef.h>

#include "base/constants.h"
#include "base/seq.h"
#include "reset/reset.h"

/* A program that says a last word and closes does both in one go. */
#define FAREWELL_NS (20 * RO_MS)

/* Pieces of one message follow each other faster than a program asks again. */
#define PIECE_NS (100 * RO_MS)

/* A server that says more after so long has something new to say. */
#define ANSWER_PAUSE_NS (300 * RO_MS)

static uint32_t data_of(const ro_recent_segment *p)
{
    return p->end - p->seq - ((p->flags & RO_SYN) ? 1 : 0) - ((p->flags & RO_FIN) ? 1 : 0);
}

static bool is_data(const ro_recent_segment *p)
{
    return !p->probe && data_of(p) > 0;
}

static ro_moment moment_of(const ro_recent_segment *p)
{
    return (ro_moment){p->time_ns, p->frame};
}

static ro_moment fin_of(const ro_dir *x)
{
    ro_moment none = {0, 0};

    return (x->has & RO_DIR_FIN) ? (ro_moment){x->fin_ns, x->fin_frame} : none;
}

/* Whether data of the other side, sent before `frame`, knows of `q`. Where no data of it is remembered, its
 * time decides. */
static bool known_to(ro_history *other, const ro_dir *dir, const ro_recent_segment *q,
                     uint32_t frame)
{
    const ro_recent_segment *p;
    bool any = false;

    for (unsigned i = 0; (p = ro_history_newest(other, i)) != NULL; i++) {
        if (is_data(p) && (p->flags & RO_ACK)) {
            any = true;
            if (p->frame < frame && ro_seq_gt(p->ack, q->seq)) {
                return true;
            }
        }
    }
    return !any && dir->data_segments > 0 && dir->last_data_ns >= q->time_ns;
}

/* A request goes on where its sender's data before it left a moment ago, or is not remembered. */
static void find_piece_before(ro_reset *r, const ro_recent_segment *first)
{
    ro_ending *e = &r->ending;
    const ro_recent_segment *q;
    uint32_t remembered = 0;

    for (unsigned i = 0; (q = ro_history_newest(&r->stream->history[!r->d], i)) != NULL; i++) {
        if (is_data(q)) {
            remembered += !q->repeat;
            if (q->frame < first->frame && !q->repeat) {
                e->before_request_ns = first->time_ns - q->time_ns;
                break;
            }
        }
    }
    e->request_goes_on = e->before_request_ns > 0 ? e->before_request_ns < PIECE_NS
                                                  : r->receiver->data_segments > remembered;
}

/* What a server sends next after a client's data, and what follows without a pause, is the answer that the client asked
 * for. */
static bool is_answer(const ro_reset *r, const ro_recent_segment *q)
{
    const ro_recent_segment *before[2];

    for (int d = 0; d < 2; d++) {
        ro_history *ring = &r->stream->history[d];
        unsigned i = 0;

        do {
            before[d] = ro_history_newest(ring, i++);
        } while (before[d] && (!is_data(before[d]) || before[d]->frame >= q->frame));
    }
    if (r->claimed_sender != RO_CLIENT || r->sender->data_segments == 0) {
        return false;
    }
    return !before[!r->d] || (before[r->d] && before[r->d]->frame > before[!r->d]->frame) ||
           q->time_ns - before[!r->d]->time_ns < ANSWER_PAUSE_NS;
}

/* The client closed with `q` in hand. */
static bool closed_knowing(const ro_reset *r, const ro_recent_segment *q)
{
    const ro_recent_segment *p;

    for (unsigned i = 0; (p = ro_history_newest(&r->stream->history[r->d], i)) != NULL; i++) {
        if (r->claimed_sender == RO_CLIENT && (p->flags & RO_FIN) && ro_seq_ge(p->ack, q->end)) {
            return true;
        }
    }
    return false;
}

static bool waits_in_vain(const ro_reset *r, const ro_recent_segment *q)
{
    return is_data(q) && !known_to(&r->stream->history[r->d], r->sender, q, r->seg.frame) &&
           !is_answer(r, q) && !closed_knowing(r, q);
}

static void find_request(ro_reset *r)
{
    ro_ending *e = &r->ending;
    ro_history *theirs = &r->stream->history[!r->d];
    const ro_recent_segment *first = NULL;
    const ro_recent_segment *q;

    for (unsigned i = 0; (q = ro_history_newest(theirs, i)) != NULL; i++) {
        if (waits_in_vain(r, q) && (!first || ro_seq_le(q->seq, first->seq))) {
            first = q; /* of retransmissions the oldest: the ring runs back in time */
        }
    }
    if (!first) {
        return;
    }
    e->request = moment_of(first);
    e->request_ack = first->ack;
    e->request_octets =
        r->receiver->snd_nxt - first->seq - ((r->receiver->has & RO_DIR_FIN) ? 1 : 0);
    e->request_knew_fin =
        (r->sender->has & RO_DIR_FIN) && ro_seq_ge(first->ack, r->sender->fin_end);
    find_piece_before(r, first);
    e->request_taken = (r->sender->has & RO_DIR_ACK) && ro_seq_gt(r->sender->rcv_nxt, first->seq);
}

/* The claimed sender's newest data before its FIN, and whether any data of the other side knows of it. */
static bool waits_for_answer(const ro_reset *r)
{
    ro_history *ours = &r->stream->history[r->d];
    uint32_t closed = r->ending.fin[0].frame ? r->ending.fin[0].frame : r->seg.frame;
    const ro_recent_segment *p;

    for (unsigned i = 0; (p = ro_history_newest(ours, i)) != NULL; i++) {
        if (is_data(p)) {
            return !known_to(&r->stream->history[!r->d], r->receiver, p, closed);
        }
    }
    return false;
}

/* The newest data of either side before `frame`. */
static const ro_recent_segment *data_before(ro_reset *r, uint32_t frame, bool *by_sender)
{
    const ro_recent_segment *newest = NULL;
    const ro_recent_segment *p;

    for (int d = 0; d < 2; d++) {
        for (unsigned i = 0; (p = ro_history_newest(&r->stream->history[d], i)) != NULL; i++) {
            if (is_data(p) && !p->repeat && p->frame < frame) {
                if (!newest || p->frame > newest->frame) {
                    newest = p;
                    *by_sender = d == r->d;
                }
                break;
            }
        }
    }
    return newest;
}

/* A last word right before the FIN, after a silence and to no request, belongs to the close: a database
 * says why it ends the session. */
static bool is_farewell(const ro_ending *e, const ro_recent_segment *p,
                        const ro_recent_segment *before)
{
    return e->start.frame == e->fin[0].frame && e->start.time_ns - p->time_ns < FAREWELL_NS &&
           before && p->time_ns - before->time_ns > 10 * FAREWELL_NS;
}

static void find_last_data(ro_reset *r)
{
    ro_ending *e = &r->ending;
    bool by_sender = false;
    const ro_recent_segment *p = data_before(r, e->start.frame, &by_sender);

    if (p && by_sender) {
        const ro_recent_segment *before = data_before(r, p->frame, &by_sender);

        if (by_sender && is_farewell(e, p, before)) {
            e->start = moment_of(p);
            p = before;
        } else {
            by_sender = true;
        }
    }
    if (p) {
        e->last_data = moment_of(p);
        e->last_data_by_sender = by_sender;
    }
}

static void find_start(ro_reset *r)
{
    ro_ending *e = &r->ending;

    e->start = (ro_moment){r->seg.time_ns, r->seg.frame};
    if (e->request.frame && e->request.frame < e->start.frame) {
        e->start = e->request;
    }
    if (e->fin[0].frame && e->fin[0].frame < e->start.frame) {
        e->start = e->fin[0];
    }
}

static ro_moment newest(ro_history *ring)
{
    const ro_recent_segment *p = ro_history_newest(ring, 0);

    return p ? moment_of(p) : (ro_moment){0, 0};
}

void ro_ending_find(ro_reset *r)
{
    ro_ending *e = &r->ending;
    int64_t from;

    e->last[0] = newest(&r->stream->history[r->d]);
    e->last[1] = newest(&r->stream->history[!r->d]);
    e->fin[0] = fin_of(r->sender);
    e->fin[1] = fin_of(r->receiver);
    find_request(r);
    e->owed = waits_for_answer(r);
    find_start(r);
    find_last_data(r);
    from = e->last_data.time_ns;
    if (!e->last_data.frame) {
        if (!r->stream->syn_seen || r->sender->data_segments + r->receiver->data_segments > 1) {
            return; /* older than what is remembered */
        }
        from = r->stream->first_ns;
    }
    e->quiet_ns = e->start.time_ns > from ? e->start.time_ns - from : 0;
}
