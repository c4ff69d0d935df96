/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lets later frames speak about earlier resets. */

#include "reset/followup.h"

#include <glib.h>

#include "base/constants.h"
#include "base/seq.h"
#include "reset/incarnation.h"
#include "reset/inference.h"

/* Resets of a direction that one segment is held against. */
#define RESETS_BACK RO_CONTRADICTS_MAX

/* What a sender sends next lies within a flight of its RST's number. The next connection on the same ports
 * starts elsewhere: initial numbers move on by one each 64 ns in Linux (RFC 6528), by this much in 17 ms. */
#define SAME_CONNECTION (1 << 18)

/* Counters of busy hosts step by this much between two packets of one connection. */
#define COUNTER_STEPS 64

/* How long segments of the claimed sender may follow its RST only because the path reorders: bonded and
 * radio links do so by 100 ms, and a RST in another traffic class overtakes what is queued. */
static int64_t inflight_guard(const ro_reset *r)
{
    int64_t path = RO_INFLIGHT_UNKNOWN_NS;

    if (r->sender->rtt_n) {
        path = r->sender->rtt_min_ns / 2;
    } else if (r->shape == RO_SHAPE_REPLY && !ro_joined_just_now(r) &&
               (r->facts & (RO_FACT_RESPONSE | RO_FACT_TRIGGER_OLDER)) == RO_FACT_RESPONSE) {
        path = MIN(r->response_ns, RO_INFLIGHT_UNKNOWN_NS); /* so near is who answers so fast */
    }
    return MAX(path, RO_REORDER_NEVER_NS);
}

/* The IP-IDs of a sender that counts tell which packet is the later one; RSTs that are not of its counter,
 * and packets far from it, tell nothing. Returns whether they tell, and the number of steps. */
static bool counter_tells(const ro_reset *r, const ro_segment *s, int *step)
{
    *step = (int16_t)(s->ip_id - r->seg.ip_id);
    return (r->facts & RO_FACT_IP_ID_DELTA) && r->ip_id_delta > 0 &&
           r->ip_id_delta <= COUNTER_STEPS && (s->known & RO_KNOW_IP_ID) && s->ip_id != 0 &&
           *step >= -COUNTER_STEPS && *step <= COUNTER_STEPS;
}

/* Where the window was full the abort stands at its right edge, behind data sent (Linux tcp_acceptable_seq). */
static bool at_window_edge(const ro_reset *r)
{
    return (r->receiver->has & RO_DIR_WINDOW) && r->seg.seq == r->receiver->right_edge;
}

/* A segment that left before the RST and was overtaken by it. Octets below the RST's number were sent
 * before it, whenever they arrive, unless the number lies where the sender could not be yet. Octets
 * beyond it were sent after an abort, which stands at SND.NXT; a reply stands where the other side is, so
 * time or the counter must tell. */
static bool sent_before(const ro_reset *r, const ro_segment *s)
{
    uint32_t end = s->seq + ro_segment_span(s);
    int step;

    if (ro_has_no_number(r)) {
        return false; /* its sender had nothing under way */
    }
    if (ro_segment_span(s) > 0 && !(s->flags & RO_SYN) && ro_seq_le(end, r->seg.seq) &&
        r->seq_check != RO_SEQ_ABOVE) {
        return true;
    }
    if ((r->seg.flags & RO_ACK) && !(r->mirrors && r->shape == RO_SHAPE_OTHER) &&
        ro_seq_gt(end, r->seg.seq) && !at_window_edge(r)) {
        return false;
    }
    if (counter_tells(r, s, &step)) {
        return step < 0;
    }
    return s->time_ns - r->seg.time_ns <= inflight_guard(r);
}

/* The same packet was captured before the RST: the network delivered a second copy late. Copies trail
 * the original by less than a retransmission timer. */
static bool late_copy(ro_reset *r, const ro_segment *s)
{
    ro_history *ring = &r->stream->history[r->d];
    const ro_recent_segment *p;

    for (unsigned i = 0; (p = ro_history_newest(ring, i)) != NULL; i++) {
        if (p->frame != s->frame && p->seq == s->seq && p->end == s->seq + ro_segment_span(s) &&
            p->ack == s->ack && p->ip_id == s->ip_id && p->window == s->window &&
            p->flags == s->flags && p->time_ns <= r->seg.time_ns &&
            s->time_ns - p->time_ns < RO_LATE_COPY_NS) {
            return true;
        }
    }
    return false;
}

/* Acknowledges what had not been captured before the RST. What the RST acknowledges itself was missed. */
static bool acks_unsent(const ro_reset *r, const ro_segment *s)
{
    return (r->receiver->has & RO_DIR_SEQ) && ro_seq_gt(s->ack, r->receiver->snd_nxt) &&
           (!(r->seg.flags & RO_ACK) || ro_seq_gt(s->ack, r->seg.ack));
}

/* An abort acknowledges RCV.NXT (RFC 9293 3.10.5; Linux __tcp_transmit_skb). A segment with a higher ACK
 * number than any before was written after it, in whatever order the two arrived. A device that
 * translates numbers and forgets this one is farther off. */
static bool acks_beyond_abort(const ro_reset *r, const ro_segment *s)
{
    return r->shape == RO_SHAPE_ABORT && (r->seg.flags & RO_ACK) && r->seg.ack != 0 &&
           (r->receiver->has & RO_DIR_SEQ) && ro_seq_le(r->seg.ack, r->receiver->snd_nxt) &&
           (!(r->sender->has & RO_DIR_ACK) || ro_seq_gt(s->ack, r->sender->rcv_nxt)) &&
           ro_seq_gt(s->ack, r->seg.ack) && ro_seq_distance(s->ack, r->seg.ack) < SAME_CONNECTION;
}

/* A kernel that answers a segment with a bare RST has not taken it in. One that acknowledges all the
 * segments that the RST may answer took them in, in whatever order its RST and its ACK arrived. What was
 * sent again may have been taken in before, and answered after the end. */
static bool acks_what_it_refused(const ro_reset *r, const ro_segment *s)
{
    const ro_recent_segment *latest = r->latest;

    return r->shape == RO_SHAPE_REPLY && !(r->seg.flags & RO_ACK) &&
           (r->facts & (RO_FACT_TRIGGER | RO_FACT_TRIGGER_OLDER)) == RO_FACT_TRIGGER &&
           !((r->sender->has | r->receiver->has) & (RO_DIR_GAP | RO_DIR_ACK_UNSEEN)) &&
           latest->end != latest->seq && !latest->repeat && !r->trigger.repeat &&
           ro_seq_ge(s->ack, latest->end) &&
           (!(r->sender->has & RO_DIR_ACK) || ro_seq_lt(r->sender->rcv_nxt, r->trigger.end));
}

/* The sender's ISN was captured later, and the RST's number is older: it was the last word of the connection
 * before, which the capture did not see. */
static bool lies_before_first(const ro_reset *r)
{
    const ro_dir *now = r->stream->dir[r->d];

    return (now->has & RO_DIR_ISN) && r->shape != RO_SHAPE_REPLY_TO_SYN &&
           ro_seq_lt(r->seg.seq, now->isn);
}

static ro_still_active kind_of(const ro_reset *r, const ro_segment *s, const ro_step *step)
{
    if (s->flags & RO_SYN) {
        return (s->flags & RO_ACK) ? RO_ACTIVE_SYN_ACK : RO_ACTIVE_NO;
    }
    /* Where the RST was the first that was seen of its sender, a number far from it belongs to
     * another connection on the same ports, and so does any where the RST lies before the first, or has
     * no number. */
    if (!(r->sender->has & RO_DIR_SEQ) &&
        (ro_has_no_number(r) || ro_seq_distance(s->seq, r->seg.seq) > SAME_CONNECTION ||
         lies_before_first(r))) {
        return RO_ACTIVE_NO;
    }
    if ((s->flags & RO_ACK) &&
        (acks_unsent(r, s) || acks_beyond_abort(r, s) || acks_what_it_refused(r, s))) {
        return RO_ACTIVE_ACKS;
    }
    if (step->repeat) {
        return RO_ACTIVE_REPEAT;
    }
    if (step->new_data || step->out_of_order) { /* what fills a hole was not sent again */
        return (s->flags & RO_FIN) && s->payload_len == 0 ? RO_ACTIVE_FIN : RO_ACTIVE_DATA;
    }
    return RO_ACTIVE_PURE_ACK;
}

/* Strongest first: what no endpoint without its connection could send. */
static int rank(uint8_t active)
{
    static const int ranks[] = {
        [RO_ACTIVE_NO] = 0,     [RO_ACTIVE_PURE_ACK] = 1, [RO_ACTIVE_SYN_ACK] = 2,
        [RO_ACTIVE_REPEAT] = 3, [RO_ACTIVE_FIN] = 4,      [RO_ACTIVE_DATA] = 5,
        [RO_ACTIVE_ACKS] = 6,
    };

    return ranks[active];
}

/* In SYN-SENT and SYN-RECEIVED a host answers what does not belong to the new connection with a RST
 * and stays where it is (RFC 9293 3.5.2, group 2): it may well go on. */
static bool before_connection(const ro_reset *r)
{
    const ro_dir *sender = r->sender;
    const ro_dir *receiver = r->receiver;

    if (!(sender->has & RO_DIR_ISN) || sender->segments != sender->syns ||
        r->shape == RO_SHAPE_ABORT || !(r->facts & RO_FACT_TRIGGER)) {
        return false;
    }
    /* In SYN-SENT a host takes the SYN-ACK that answers its SYN; who resets it has no socket there. But
     * a scanner's kernel knows nothing of the scanner's connections. */
    if ((r->trigger.flags & RO_SYN) && r->trigger.ack == sender->isn + 1 &&
        r->seg.seq == sender->isn + 1 && !ro_is_scanner(sender)) {
        return false;
    }
    /* A SYN-ACK that was acknowledged as it should be made a connection. */
    return !((sender->has & RO_DIR_SYN_ACK) && (receiver->has & RO_DIR_ACK) &&
             receiver->rcv_nxt == sender->isn + 1 && r->seg.seq == sender->isn + 1);
}

/* Whether `s` left after the RST for certain: its sender's counter says so, or so much time passed
 * that no path keeps two segments of one flow in the wrong order. */
static bool left_after(const ro_reset *r, const ro_segment *s, ro_still_active active)
{
    int step;

    if (counter_tells(r, s, &step)) {
        return step >= 0;
    }
    /* What was captured before may come once more, as a copy that the network held (RO_LATE_COPY_NS). */
    return active != RO_ACTIVE_REPEAT && active != RO_ACTIVE_PURE_ACK &&
           s->time_ns - r->seg.time_ns > RO_REORDER_NEVER_NS + r->sender->rtt_max_ns;
}

/* Octets that were on the way when the RST came end at its number: it stands at SND.NXT after all. */
static bool fills_up_to(const ro_reset *r, const ro_segment *s)
{
    return (r->sender->has & RO_DIR_SEQ) && ro_seq_gt(r->seg.seq, r->sender->snd_nxt) &&
           ro_segment_span(s) > 0 && s->seq + ro_segment_span(s) == r->seg.seq;
}

/* The RST looks like its claimed sender, and `s` does not: then `s` is the alien, and says nothing of the
 * RST. Compared: TTL, link-layer source, and the line of IP-IDs of a sender that counts. */
static bool is_alien(const ro_reset *r, const ro_segment *s)
{
    const ro_dir *x = r->sender;
    int step;

    if ((s->known & RO_KNOW_IP) && (r->facts & RO_FACT_TTL_DELTA) && r->ttl_delta == 0 &&
        ro_ttl_count_delta(x->ttls, x->ttl_kinds, s->ttl) != 0 &&
        !ro_ttl_same_hops(s->ttl, x->ttl_last)) {
        return true;
    }
    if ((s->known & r->seg.known & RO_KNOW_MAC) && (x->has & RO_DIR_MAC) &&
        !(x->has & RO_DIR_MAC_MANY) && r->seg.mac == x->mac && s->mac != x->mac) {
        return true;
    }
    return ro_continues_ip_id(r) && x->ip_id_steps >= 2 && x->ip_id_jumps == 0 &&
           (s->known & RO_KNOW_IP_ID) && s->ip_id != 0 && !counter_tells(r, s, &step);
}

/* A segment of the claimed sender after its RST. Returns true if it speaks against the RST. */
static bool sender_goes_on(ro_reset *r, const ro_segment *s, const ro_step *step)
{
    ro_followup *l;
    ro_still_active active = kind_of(r, s, step);
    int64_t after = s->time_ns - r->seg.time_ns;

    if (fills_up_to(r, s)) {
        ro_followup_of(r)->filled_up = true;
    }
    if (active == RO_ACTIVE_NO || after < 0 || before_connection(r) || is_alien(r, s)) {
        return false;
    }
    if (active != RO_ACTIVE_ACKS && late_copy(r, s)) {
        return false;
    }
    l = ro_followup_of(r);
    if (active != RO_ACTIVE_ACKS && sent_before(r, s)) {
        l->under_way_n++;
        return false;
    }
    l->active_n++;
    if (rank((uint8_t)active) > rank(l->active)) {
        l->active = (uint8_t)active;
        l->active_frame = s->frame;
        l->active_after_ns = after;
        l->active_proved = left_after(r, s, active);
    }
    return true;
}

/* Whether the receiver sent `s` after the RST had reached it: it acknowledges what was sent after the
 * RST, or comes later than the way to the receiver and back takes. A SYN says nothing, as some stacks
 * try again after a refusal (RFC 3360 2.3; Windows). */
static bool left_receiver_after(const ro_reset *r, const ro_segment *s)
{
    int64_t way = r->receiver->rtt_n ? r->receiver->rtt_max_ns + RO_REPLY_SLACK_NS : RO_S;

    if ((s->flags & (RO_SYN | RO_ACK)) == RO_SYN) {
        return false;
    }
    return ((s->flags & RO_ACK) && (r->sender->has & RO_DIR_SEQ) &&
            !(r->sender->has & RO_DIR_GAP) && ro_seq_gt(s->ack, r->sender->snd_nxt) &&
            (!(r->seg.flags & RO_ACK) || ro_seq_gt(s->ack, r->seg.seq))) ||
           s->time_ns - r->seg.time_ns > way;
}

/* A segment of the RST's receiver after it. */
static void receiver_goes_on(ro_reset *r, const ro_segment *s, const ro_step *step)
{
    ro_followup *l = ro_followup_of(r);

    if (l->peer_frame == 0) {
        l->peer_frame = s->frame;
    }
    if (l->peer_active_frame == 0 && left_receiver_after(r, s)) {
        l->peer_active_frame = s->frame;
    }
    if (step->new_data && !(s->flags & RO_FIN)) {
        l->peer_goes_on = true;
    }
    /* Challenge ACK: <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>, nothing new in it (RFC 5961 3.2). */
    if (l->challenge_frame == 0 && r->seq_check != RO_SEQ_EXACT &&
        (s->flags & (RO_ACK | RO_SYN | RO_FIN)) == RO_ACK && s->payload_len == 0 &&
        !step->acks_more && (r->receiver->has & RO_DIR_ACK) && s->ack == r->receiver->rcv_nxt) {
        l->challenge_frame = s->frame;
        l->challenge_ns = s->time_ns;
        l->challenge_ack = s->ack;
    }
}

/* The number of the RST on a segment close by; farther off, the counter has come round. */
static bool has_its_ip_id(const ro_reset *r, const ro_segment *s)
{
    return r->seg.ip_id != 0 && s->ip_id == r->seg.ip_id && !s->fragmented && !r->seg.fragmented &&
           ro_later_frames(r) < RO_SAME_ROUND_FRAMES &&
           s->time_ns - r->seg.time_ns < RO_SAME_ROUND_NS;
}

/* Whether `s`, of direction `d`, still belongs to the connection of `r`. Once the ports were used again,
 * nothing that follows says anything of it. */
static bool belongs(ro_reset *r, int d, const ro_segment *s)
{
    if (!r->followup->ports_used_again &&
        ((s->flags & (RO_SYN | RO_ACK)) == RO_SYN || !ro_fits_connection(r, d, s))) {
        ro_followup_of(r)->ports_used_again = true;
    }
    return !r->followup->ports_used_again;
}

void ro_followup_segment(ro_stream *st, int d, const ro_segment *s, const ro_step *step,
                         ro_observed *out)
{
    ro_reset *r;
    unsigned i;

    if (step->duplicate || step->stray) {
        return;
    }
    for (r = st->last_reset[d], i = 0; r && i < RESETS_BACK; r = r->prev_same, i++) {
        if (!belongs(r, d, s)) {
            continue;
        }
        if (r->followup->same_ip_id_frame == 0 && has_its_ip_id(r, s)) {
            ro_followup_of(r)->same_ip_id_frame = s->frame;
        }
        if (sender_goes_on(r, s, step) && out->contradicts_n < RO_CONTRADICTS_MAX) {
            out->contradicts[out->contradicts_n++] = r;
        }
    }
    for (r = st->last_reset[!d], i = 0; r && i < RESETS_BACK; r = r->prev_same, i++) {
        if (belongs(r, d, s)) {
            receiver_goes_on(r, s, step);
        }
    }
}

/* A later RST `r` of the same direction as `e`. */
static void same_side_resets_again(ro_reset *e, const ro_reset *r)
{
    if (e->followup->challenge_frame && !e->followup->answered_frame &&
        r->seg.seq == e->followup->challenge_ack && !(r->seg.flags & RO_ACK)) {
        ro_followup_of(e)->answered_frame = r->seg.frame;
        ro_followup_of(e)->answered_after_ns = r->seg.time_ns - e->followup->challenge_ns;
    }
}

/* A later RST `r` of the other direction than `e`. */
static void other_side_resets(ro_reset *e, const ro_reset *r)
{
    if (!e->followup->peer_gone_frame && r->shape == RO_SHAPE_REPLY &&
        (r->facts & RO_FACT_TRIGGER) && r->trigger.time_ns > e->seg.time_ns) {
        ro_followup_of(e)->peer_gone_frame = r->seg.frame;
    }
    if (!e->followup->crossing_frame && r->shape != RO_SHAPE_REPLY) {
        ro_followup_of(e)->crossing_frame = r->seg.frame;
        ro_followup_of(e)->crossing_after_ns = r->seg.time_ns - e->seg.time_ns;
    }
}

void ro_followup_reset(ro_reset *r)
{
    ro_reset *e;
    unsigned i;

    for (e = r->prev_same, i = 0; e && i < RESETS_BACK; e = e->prev_same, i++) {
        same_side_resets_again(e, r);
    }
    for (e = r->prev_other, i = 0; e && i < RESETS_BACK; e = e->prev_same, i++) {
        other_side_resets(e, r);
    }
}

uint32_t ro_later_frames(const ro_reset *r)
{
    uint32_t now = ro_stream_frames(r->stream);

    return now > r->frames_then ? now - r->frames_then : 0;
}
