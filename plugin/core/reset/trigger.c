/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the segment that a RST answers by the arithmetic of RFC 9293 3.10.7.1. */

#include "reset/trigger.h"

#include <glib.h>
#include <stddef.h>

#include "base/constants.h"
#include "base/seq.h"
#include "reset/inference.h"

/* Least MSS that a path has in practice (RFC 9293 3.7.1: 536 by default, options not counted). */
#define MSS_LEAST 500

/* How far back an ACK number can lie that a segment still under way carries: a window's worth. */
#define OLD_ACK_AT_MOST (1 << 22)

typedef bool (*fits_fn)(const ro_segment *rst, const ro_recent_segment *p);

/* Trigger had an ACK: <SEQ=SEG.ACK><CTL=RST>. */
static bool fits_bare(const ro_segment *rst, const ro_recent_segment *p)
{
    return (p->flags & RO_ACK) && p->ack == rst->seq;
}

/* Trigger had none: <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>. A host that does not take the data
 * of a Fast Open SYN acknowledges the SYN alone. */
static bool fits_no_ack(const ro_segment *rst, const ro_recent_segment *p)
{
    return !(p->flags & RO_ACK) &&
           (p->end == rst->ack || ((p->flags & RO_SYN) && p->seq + 1 == rst->ack));
}

/* A bare RST can answer a SYN only against the RFC; it is matched by what little it has. */
static bool fits_syn_bare(const ro_segment *rst, const ro_recent_segment *p)
{
    (void)rst;
    return (p->flags & (RO_SYN | RO_ACK)) == RO_SYN;
}

/* RST+ACK made from a segment's header: both its numbers swapped. */
static bool fits_mirrored(const ro_segment *rst, const ro_recent_segment *p)
{
    return (p->flags & RO_ACK) && p->ack == rst->seq && p->end == rst->ack;
}

/* The same by devices that do not count the segment's length: ACK = SEG.SEQ. */
static bool fits_mirrored_short(const ro_segment *rst, const ro_recent_segment *p)
{
    return p->end != p->seq && p->seq == rst->ack && (!(p->flags & RO_ACK) || p->ack == rst->seq);
}

/* A segment whose octets its receiver acknowledged was taken in by a living socket and not answered
 * with a RST; sent again, it may have been. */
static bool accepted(const ro_reset *r, const ro_recent_segment *p)
{
    return p->end != p->seq && !p->repeat && (r->sender->has & RO_DIR_ACK) &&
           ro_seq_le(p->end, r->sender->rcv_nxt);
}

/* True if segments older than those remembered may fit as well: more of the same, or what passed
 * before the capture began, where it began in the middle of the connection a moment ago. */
static bool forgotten_may_fit(const ro_reset *r, fits_fn fits)
{
    const ro_recent_segment *oldest =
        ro_history_newest(&r->stream->history[!r->d], RO_HISTORY_MAX - 1);

    return ro_joined_just_now(r) || (oldest && fits(&r->seg, oldest));
}

/* Segments on the wire that one captured segment stands for: offloading hands super-segments to
 * the capture, and each of their parts draws a RST of its own. */
static unsigned parts(const ro_reset *r, const ro_recent_segment *p)
{
    unsigned mss = r->sender->mss > MSS_LEAST ? r->sender->mss : MSS_LEAST;

    return 1 + (p->end - p->seq) / mss;
}

/* The segments that fit have drawn as many RSTs as they can, and none was forgotten. They are counted
 * together: which RST answers which of them is a guess. */
static bool all_answered(const ro_reset *r, fits_fn fits)
{
    ro_history *ring = &r->stream->history[!r->d];
    unsigned answers = 0;
    unsigned can_draw = 0;
    const ro_recent_segment *p;

    for (unsigned i = 0; (p = ro_history_newest(ring, i)) != NULL; i++) {
        if (fits(&r->seg, p)) {
            answers += p->answers;
            can_draw += parts(r, p);
        }
    }
    return answers >= can_draw && !forgotten_may_fit(r, fits);
}

/* What is known of the way to the claimed sender and back. */
typedef struct ro_path {
    int64_t rtt;   /* least seen, 0 where unknown */
    int64_t slack; /* how much longer it may take, by what was seen of its jitter */
} ro_path;

static ro_path path_to_sender(const ro_reset *r)
{
    ro_path path = {0, RO_REPLY_LATE_NS};

    if (r->sender->rtt_n) {
        path.rtt = r->sender->rtt_min_ns;
        path.slack = RO_REPLY_SLACK_NS + path.rtt / 4 +
                     MIN(r->sender->rtt_max_ns - r->sender->rtt_min_ns, RO_REPLY_LATE_NS);
    } else if (r->host_rtt_n) {
        path.rtt = r->host_rtt_ns;
    }
    return path;
}

/* A segment that its receiver survived: it had arrived before the receiver sent something else. */
static bool survived(const ro_reset *r, const ro_recent_segment *p, const ro_path *path)
{
    return r->sender->rtt_n && r->sender->segments > 0 &&
           r->sender->last_ns > p->time_ns + path->rtt + path->slack;
}

/* Whether the age of `a` is nearer to the round trip than that of `b`. */
static bool nearer(const ro_reset *r, const ro_recent_segment *a, const ro_recent_segment *b,
                   int64_t rtt)
{
    int64_t off_a = r->seg.time_ns - a->time_ns - rtt;
    int64_t off_b = r->seg.time_ns - b->time_ns - rtt;

    return (off_a < 0 ? -off_a : off_a) <= (off_b < 0 ? -off_b : off_b);
}

/* How much later than the least round trip a first answer may come where no other explains it: three
 * times the jitter seen, and where one sample has shown none, as late as any answer. */
static int64_t lateness(const ro_reset *r)
{
    if (r->sender->rtt_n < 2) {
        return RO_REPLY_LATE_NS;
    }
    return RO_REPLY_SLACK_NS + 3 * (r->sender->rtt_max_ns - r->sender->rtt_min_ns);
}

/* Chooses among the segments that fit the one that speaks best for an endpoint. A kernel answers at
 * once: of those that are due (a round trip old, give or take the jitter seen) the one whose age is
 * nearest to the least round trip, preferring those not answered yet; else the oldest of those that
 * are too young; else the newest of those that are too old. */
static ro_recent_segment *choose(ro_reset *r, fits_fn fits)
{
    ro_history *ring = &r->stream->history[!r->d];
    ro_path path = path_to_sender(r);
    ro_recent_segment *due = NULL;
    ro_recent_segment *due_again = NULL;
    ro_recent_segment *young = NULL;
    ro_recent_segment *old = NULL;
    ro_recent_segment *latest = NULL;
    ro_recent_segment *p;

    for (unsigned i = 0; (p = ro_history_newest(ring, i)) != NULL; i++) {
        int64_t age = r->seg.time_ns - p->time_ns;

        if (!fits(&r->seg, p) || accepted(r, p)) {
            continue;
        }
        latest = latest ? latest : p;
        if (age > path.rtt + path.slack || survived(r, p, &path)) {
            old = old ? old : p;
        } else if (age < path.rtt - path.rtt / 10) {
            young = p;
        } else if (p->answers < parts(r, p)) {
            due = due && nearer(r, due, p, path.rtt) ? due : p;
        } else {
            due_again = due_again && nearer(r, due_again, p, path.rtt) ? due_again : p;
        }
    }
    if (latest) {
        r->latest = latest;
    }
    if (due || due_again) {
        return due ? due : due_again;
    }
    if (young && old && r->seg.time_ns - old->time_ns <= path.rtt + lateness(r)) {
        return old; /* a late answer is possible for an endpoint, one that is too early is not */
    }
    if (young && forgotten_may_fit(r, fits)) {
        r->facts |= RO_FACT_TRIGGER_OLDER;
    }
    return young ? young : old;
}

static void take_trigger(ro_reset *r, ro_recent_segment *p)
{
    r->trigger = *p;
    r->facts |= RO_FACT_TRIGGER;
    if (r->seg.time_ns >= p->time_ns) { /* else the capture's clock went back */
        r->response_ns = r->seg.time_ns - p->time_ns;
        r->facts |= RO_FACT_RESPONSE;
    }
    if (p->answers < UINT8_MAX) {
        p->answers++;
    }
}

/* When did the newest octet that the RST acknowledges first go by? Only what its sender had not
 * acknowledged before tells anything: X cannot know of it before it reached X. */
static void knowledge(ro_reset *r)
{
    const ro_dir *sender = r->sender;
    ro_history *ring = &r->stream->history[!r->d];
    const ro_recent_segment *first = NULL;
    const ro_recent_segment *p;

    if (!(r->seg.flags & RO_ACK) || !(r->receiver->has & RO_DIR_SEQ) ||
        ro_seq_gt(r->seg.ack, r->receiver->snd_nxt) ||
        ((sender->has & RO_DIR_ACK) && ro_seq_le(r->seg.ack, sender->rcv_nxt))) {
        return;
    }
    for (unsigned i = 0; (p = ro_history_newest(ring, i)) != NULL; i++) {
        if (ro_seq_ge(p->end, r->seg.ack)) {
            first = p;
        } else {
            break;
        }
    }
    if (!first) {
        return;
    }
    r->facts |= RO_FACT_KNOWLEDGE_AGE;
    r->knowledge_ns = r->seg.time_ns - first->time_ns;
    if (p == NULL && ring->n == RO_HISTORY_MAX) {
        r->facts |= RO_FACT_KNOWLEDGE_MIN; /* it may have gone by before what is remembered */
    }
}

/* SEQ as an abort has it: SND.NXT of its sender, or the right edge of the window where that is
 * less (Linux tcp_acceptable_seq), or, where its sender was not seen, what the other side expects. */
static bool at_snd_nxt(const ro_reset *r)
{
    const ro_dir *sender = r->sender;
    const ro_dir *receiver = r->receiver;

    if (sender->has & RO_DIR_SEQ) {
        return r->seg.seq == sender->snd_nxt ||
               ((receiver->has & RO_DIR_WINDOW) && r->seg.seq == receiver->right_edge &&
                ro_seq_lt(receiver->right_edge, sender->snd_nxt));
    }
    return (receiver->has & RO_DIR_ACK) && r->seg.seq == receiver->rcv_nxt;
}

/* True if it may answer a segment older than those remembered: an ACK number that the other side
 * must have sent on its way from the first to the oldest remembered. */
static bool answers_older(const ro_reset *r)
{
    const ro_recent_segment *oldest =
        ro_history_newest(&r->stream->history[!r->d], RO_HISTORY_MAX - 1);

    if (!oldest || !(oldest->flags & RO_ACK) || ro_seq_ge(r->seg.seq, oldest->ack)) {
        return false;
    }
    if (r->sender->has & RO_DIR_ISN) {
        return ro_seq_gt(r->seg.seq, r->sender->isn);
    }
    return ro_seq_diff(oldest->ack, r->seg.seq) < OLD_ACK_AT_MOST;
}

static ro_shape shape_bare(ro_reset *r)
{
    ro_recent_segment *p = choose(r, fits_bare);

    if (p) {
        r->surplus = all_answered(r, fits_bare);
        take_trigger(r, p);
        return RO_SHAPE_REPLY;
    }
    if (!(r->receiver->has & RO_DIR_ACK)) {
        p = choose(r, fits_syn_bare);
        if (p) {
            take_trigger(r, p);
        }
    } else if (answers_older(r)) {
        return RO_SHAPE_REPLY;
    }
    return RO_SHAPE_OTHER;
}

static ro_shape shape_with_ack(ro_reset *r)
{
    ro_recent_segment *p = choose(r, fits_mirrored);

    if (p) {
        r->mirrors = true;
        /* It answers that segment only if its sender had not acknowledged it before. */
        if (!at_snd_nxt(r) || (r->facts & RO_FACT_KNOWLEDGE_AGE)) {
            take_trigger(r, p);
        }
        return at_snd_nxt(r) ? RO_SHAPE_ABORT : RO_SHAPE_OTHER;
    }
    /* A connection that its sender takes part in is aborted, not refused. */
    if (!(r->sender->has & RO_DIR_SEQ) || r->seg.seq == 0) {
        p = choose(r, fits_no_ack);
        if (p) {
            take_trigger(r, p);
            return (p->flags & RO_SYN) ? RO_SHAPE_REPLY_TO_SYN : RO_SHAPE_REPLY;
        }
    }
    /* An abort acknowledges what its sender had, which may be all before a segment under way. */
    p = at_snd_nxt(r) ? NULL : choose(r, fits_mirrored_short);
    if (p) {
        r->mirrors = true;
        take_trigger(r, p);
    }
    return at_snd_nxt(r) ? RO_SHAPE_ABORT : RO_SHAPE_OTHER;
}

/* What choose() left points into the stream's history, which goes on. */
static void keep_latest(ro_reset *r)
{
    const ro_recent_segment *p = r->latest;

    if (p->frame == r->trigger.frame && p->seq == r->trigger.seq && p->end == r->trigger.end) {
        r->latest = &r->trigger;
    } else {
        r->latest = g_memdup2(p, sizeof *p);
    }
}

void ro_trigger_find(ro_reset *r)
{
    knowledge(r);
    r->shape = (uint8_t)((r->seg.flags & RO_ACK) ? shape_with_ack(r) : shape_bare(r));
    keep_latest(r);
}
