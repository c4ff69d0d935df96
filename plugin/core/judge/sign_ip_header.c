/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signs of the IP header family: IP-ID, DF, DSCP, flow label, and TTLs that follow a rule. */

#include "base/constants.h"
#include "base/seq.h"
#include "judge/sign_tests.h"
#include "judge/sign_words.h"
#include "judge/signs.h"
#include "reset/followup.h"
#include "reset/inference.h"

static bool resets_move_with_triggers(const ro_reset *r, const ro_reset *p)
{
    int trigger_step;

    if (!p || !(r->facts & p->facts & RO_FACT_TRIGGER) || !(r->seg.known & RO_KNOW_IP) ||
        !(r->latest->known & p->latest->known & RO_KNOW_IP)) {
        return false;
    }
    trigger_step = r->latest->ttl - p->latest->ttl;
    return trigger_step != 0 && r->seg.ttl - p->seg.ttl == trigger_step;
}

/* Devices that copy the trigger's TTL (tracevis, net4people/bbs 98; CenTrace captures): across two
 * resets it moves with the trigger's. */
int ro_test_ttl_mirrors(const ro_reset *r)
{
    if (!r->prev_same && !r->next_same) {
        return RO_NOT_EVALUATED;
    }
    return resets_move_with_triggers(r, r->prev_same) ||
                   (r->next_same && resets_move_with_triggers(r->next_same, r))
               ? 15
               : 0;
}

void ro_text_ttl_mirrors(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_TTL_MIRRORS, r->latest->ttl);
}

static bool locked(const ro_reset *r, const ro_reset *p)
{
    int step;

    if (!p || !(r->seg.known & p->seg.known & RO_KNOW_IP) || r->event != p->event) {
        return false;
    }
    step = r->seg.ttl - p->seg.ttl;
    return step != 0 && r->seg.window != 0 && r->seg.window - p->seg.window == step;
}

/* Marczak 2015, net4people/bbs 285: TTL and window driven by one counter. */
int ro_test_window_ttl_locked(const ro_reset *r)
{
    if (!r->prev_same && !r->next_same) {
        return RO_NOT_EVALUATED;
    }
    return locked(r, r->prev_same) || (r->next_same && locked(r->next_same, r)) ? 15 : 0;
}

void ro_text_window_ttl_locked(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_WINDOW_TTL_LOCKED, (int)r->seg.window - r->seg.ttl);
}

static int id_copy(const ro_reset *r)
{
    if (!(r->facts & RO_FACT_TRIGGER) || r->latest->ip_id == 0 || r->seg.ip_id == 0) {
        return -1;
    }
    if (r->seg.ip_id == r->latest->ip_id) {
        return 0;
    }
    return (uint16_t)(r->seg.ip_id - r->latest->ip_id) == 1 ? 1 : -1;
}

/* The claimed sender gives its ordinary segments the IP-IDs of what they answer, too (programs on raw
 * sockets, simulators): so does it in this RST. */
static bool copies_by_habit(const ro_reset *r)
{
    ro_history *own = &r->stream->history[r->d];
    ro_history *other = &r->stream->history[!r->d];
    const ro_recent_segment *x;
    const ro_recent_segment *y;

    for (unsigned i = 0; (x = ro_history_newest(own, i)) != NULL; i++) {
        for (unsigned k = 0; (y = ro_history_newest(other, k)) != NULL; k++) {
            if (x->ip_id != 0 && x->ip_id == y->ip_id && (x->flags & RO_ACK) && x->ack == y->end) {
                return true;
            }
        }
    }
    return false;
}

/* The IP-ID of its sender's last segment, though that one counts: a counter gives each number once. */
static bool copies_its_sender(const ro_reset *r)
{
    return (r->facts & RO_FACT_IP_ID_DELTA) && r->ip_id_delta == 0 && r->sender->ip_id_steps >= 2 &&
           r->sender->ip_id_jumps == 0;
}

/* CenTrace captures, Nourin 2023: the trigger's IP-ID, or that plus one. By chance 1 in 65536
 * each, more where both hosts count from small numbers. */
int ro_test_ip_id_copied(const ro_reset *r)
{
    int copy;

    if (copies_its_sender(r)) {
        return 13;
    }
    if (!(r->facts & RO_FACT_TRIGGER) || !(r->seg.known & r->latest->known & RO_KNOW_IP_ID)) {
        return RO_NOT_EVALUATED;
    }
    copy = id_copy(r);
    if (copy < 0 || ro_continues_ip_id(r) || copies_by_habit(r)) {
        return 0;
    }
    if (r->seg.ip_id < 256) {
        return 4;
    }
    return copy == 0 ? 13 : 11;
}

void ro_text_ip_id_copied(const ro_reset *r, GString *out)
{
    if (copies_its_sender(r)) {
        g_string_append_printf(out, SAY_IP_ID_COPIED_SENDER, r->seg.ip_id);
        return;
    }
    g_string_append_printf(out, SAY_IP_ID_COPIED, r->seg.ip_id, id_copy(r) == 1 ? " plus one" : "");
}

/* An abort leaves by the socket and takes the next number of its counter. Tested only where the
 * sender counts (Linux per socket, Windows per host) and was heard of a moment ago. A number that
 * is not 0, which Linux writes where no socket is at hand, comes from another counter. */
int ro_test_ip_id_broken(const ro_reset *r)
{
    const ro_dir *sender = r->sender;
    uint16_t step = (uint16_t)(r->seg.ip_id - sender->ip_id);
    ro_stack stack = ro_stack_of_sender(r);
    int64_t since = r->since_sender_ns;

    if (!ro_is_from_socket(r) || !(r->seg.known & RO_KNOW_IP_ID) ||
        !(sender->has & RO_DIR_ID_MOVED) || sender->ip_id_steps < 2 || sender->ip_id_jumps > 0 ||
        r->seg.fragmented) {
        return RO_NOT_EVALUATED;
    }
    if (r->seg.ip_id != 0 && step <= 256 + (since > 0 ? since / RO_S * 256 : 0)) {
        return 0;
    }
    if (stack == RO_STACK_LINUX) {
        return r->seg.ip_id != 0 && sender->ip_id_steps >= 3 ? 14 : 7;
    }
    /* Windows counts for all connections together, and starts TTLs at 128. */
    return stack == RO_STACK_WINDOWS || ro_ttl_initial(sender->ttl_last) == 128 ? 4 : 7;
}

void ro_text_ip_id_broken(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_IP_ID_BROKEN, r->seg.ip_id, r->sender->ip_id);
}

/* What any counter of a kernel moves on by from one reset of a burst to the next. */
#define BURST_STEP 1024

/* Two resets next to each other in a burst that no counter numbered. The same number twice may be a copy. */
static bool scattered(const ro_reset *a, const ro_reset *b)
{
    int step = (int16_t)(b->seg.ip_id - a->seg.ip_id);
    int64_t apart = b->seg.time_ns - a->seg.time_ns;

    return a->event == b->event && a->seg.ttl == b->seg.ttl && a->seg.ip_id != 0 &&
           b->seg.ip_id != 0 && apart < RO_REORDER_NEVER_NS && apart > -RO_REORDER_NEVER_NS &&
           (step > BURST_STEP || step < -BURST_STEP);
}

static unsigned count_scattered(const ro_reset *r, unsigned enough)
{
    unsigned n = 0;
    const ro_reset *e = r;

    for (int i = 0; e->prev_same && i < RO_BURST_STEPS && n < enough; i++, e = e->prev_same) {
        if (!scattered(e->prev_same, e)) {
            break;
        }
        n++;
    }
    e = r;
    for (int i = 0; e->next_same && i < RO_BURST_STEPS && n < enough; i++, e = e->next_same) {
        if (!scattered(e, e->next_same)) {
            break;
        }
        n++;
    }
    return n;
}

/* Tools draw the IP-ID of each packet at random (tcpkill, libnet). Kernels count, or write 0, in all resets of a
 * burst; those that draw at random do so in their other packets as well. */
int ro_test_ip_id_scattered(const ro_reset *r)
{
    const ro_dir *sender = r->sender;

    if (!(r->seg.known & RO_KNOW_IP_ID) || (!r->prev_same && !r->next_same) ||
        !(sender->has & RO_DIR_ID_MOVED) || sender->ip_id_steps < 2 || sender->ip_id_jumps > 0) {
        return RO_NOT_EVALUATED;
    }
    return count_scattered(r, 2) >= 2 ? 12 : 0;
}

void ro_text_ip_id_scattered(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_IP_ID_SCATTERED, r->seg.ip_id);
}

/* A counter gives each number once. Another packet of this sender with the number of its RST, while
 * it counts on by small steps, was numbered by the sender, and the RST by a device that guessed the
 * next number. Harmless: a second copy of the RST itself, which is a RST; hosts that do not count. */
int ro_test_ip_id_taken(const ro_reset *r)
{
    const ro_dir *now = r->stream->dir[r->d];

    if (!(r->seg.known & RO_KNOW_IP_ID) || r->seg.ip_id == 0 || now->ip_id_steps < 2 ||
        now->ip_id_jumps > 0 || ro_later_frames(r) == 0) {
        return RO_NOT_EVALUATED;
    }
    return r->followup->same_ip_id_frame ? 16 : 0;
}

void ro_text_ip_id_taken(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_IP_ID_TAKEN, r->seg.ip_id, r->followup->same_ip_id_frame);
}

/* GFW type II and others send the very same packet several times, IP-ID included; a kernel counts
 * on. Where the capture holds ordinary packets twice it is the capture; a sender that gives all its
 * packets one number (raw-socket tools) does not count. */
int ro_test_repeated_exactly(const ro_reset *r)
{
    const ro_reset *e;
    int copies = 0;

    if (!r->prev_same && !r->next_same) {
        return RO_NOT_EVALUATED;
    }
    if (r->seg.ip_id == 0 ||
        ((r->sender->has & RO_DIR_IP_ID) && r->seg.ip_id == r->sender->ip_id)) {
        return 0; /* kernels answer equal segments equally, with IP-ID 0 or none */
    }
    for (e = r; e && copies < 2 && ro_is_repeated_by_sender(e); e = e->prev_same) {
        copies++;
    }
    for (e = r->next_same; e && copies < 2 && ro_is_repeated_by_sender(e); e = e->next_same) {
        copies++;
    }
    return copies == 0 ? 0 : copies >= 2 ? 11 : 5;
}

void ro_text_repeated_exactly(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_REPEATED_EXACTLY, r->seg.ip_id);
}

/* Each host numbers its own packets. Where the numbers run on from one direction to the other, one machine writes
 * for both ends: it ends the connection for others (proxy, decrypting device, its mirror port), and its resets are
 * its own. Harmless: one host that has both addresses; a capture that a program made. So it accuses nobody, but
 * what resembles the claimed sender says nothing either, see verdict.c. */
int ro_test_one_counter(const ro_reset *r)
{
    if (!(r->seg.known & RO_KNOW_IP_ID)) {
        return RO_NOT_EVALUATED;
    }
    return (r->facts & RO_FACT_ONE_COUNTER) ? 10 : 0;
}

void ro_text_one_counter(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_ONE_COUNTER, r->seg.ip_id, r->sender->ip_id,
                           r->receiver->ip_id);
}

/* Linux, Windows and FreeBSD set DF on resets; macOS and OpenBSD copy the trigger's. Seven of
 * eight injectors measured in the CenTrace captures clear it. */
int ro_test_df_lost(const ro_reset *r)
{
    const ro_dir *sender = r->sender;
    const ro_host *h = ro_host_now(r);
    bool sets = (sender->has & RO_DIR_DF_SET) && !(sender->has & RO_DIR_DF_CLEAR);

    if (sender->segments == 0) {
        sets = h->df_set >= 2 && h->df_clear == 0;
    }
    if (!(r->seg.known & RO_KNOW_IP_ID) || !sets) {
        return RO_NOT_EVALUATED;
    }
    if (r->seg.df || ((r->facts & RO_FACT_TRIGGER) && !r->trigger.df)) {
        return 0;
    }
    return sender->segments == 1 ? 6 : 9;
}

void ro_text_df_lost(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_DF_LOST,
                           (r->facts & RO_FACT_TRIGGER) ? SAY_DF_LOST_TRIGGER : "");
}

/* A kernel writes the socket's DSCP, the trigger's (Linux), or 0 (FreeBSD without a socket,
 * netfilter's REJECT always). */
int ro_test_dscp_alien(const ro_reset *r)
{
    uint8_t dscp = r->seg.tos >> 2;
    bool has_trigger = (r->facts & RO_FACT_TRIGGER) && (r->trigger.known & RO_KNOW_IP);

    if (!(r->seg.known & RO_KNOW_IP) || (r->sender->dscp_seen == 0 && !has_trigger)) {
        return RO_NOT_EVALUATED;
    }
    if ((r->sender->dscp_seen >> dscp & 1) || (has_trigger && r->trigger.tos >> 2 == dscp)) {
        return 0;
    }
    if (r->shape == RO_SHAPE_ABORT && r->sender->segments >= 2) {
        return 6; /* the socket's own, marked again on the way as all its packets are */
    }
    /* A reply has what its trigger had when it arrived, which the path may have changed. */
    return dscp == 0 && has_trigger && ro_stack_of_sender(r) == RO_STACK_LINUX ? 4 : 1;
}

void ro_text_dscp_alien(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_DSCP_ALIEN, r->seg.tos >> 2, r->sender->tos_last >> 2);
}

/* IPv6: Linux labels its resets, an abort with the connection's own label; netfilter's REJECT
 * writes 0 (nf_reject_ipv6). FreeBSD and OpenBSD write 0 as well. */
int ro_test_flow_label_lost(const ro_reset *r)
{
    const ro_dir *sender = r->sender;
    const ro_host *h = ro_host_now(r);
    bool labels = (sender->has & RO_DIR_LABEL) && sender->flow_label != 0;
    ro_stack stack = ro_stack_of_sender(r);

    if (sender->segments == 0) {
        labels = h->label_set >= 2 && h->label_zero == 0;
    }
    if (!(r->seg.known & RO_KNOW_FLOW_LABEL) || !labels) {
        return RO_NOT_EVALUATED;
    }
    if (r->seg.flow_label != 0) {
        return r->shape == RO_SHAPE_ABORT && sender->segments >= 2 &&
                       !(sender->has & RO_DIR_LABEL_MANY) && r->seg.flow_label != sender->flow_label
                   ? 5
                   : 0;
    }
    if (stack == RO_STACK_FREEBSD) {
        return 0;
    }
    if (ro_may_be_own_firewall(r)) {
        return 3;
    }
    return stack == RO_STACK_LINUX ? 9 : 5;
}

void ro_text_flow_label_lost(const ro_reset *r, GString *out)
{
    if (r->sender->segments == 0) {
        g_string_append(out, SAY_FLOW_LABEL_LOST_HOST);
        return;
    }
    g_string_append_printf(out, SAY_FLOW_LABEL_LOST, r->seg.flow_label, r->sender->flow_label);
}

int ro_test_flow_label_kept(const ro_reset *r)
{
    if (!(r->seg.known & RO_KNOW_FLOW_LABEL) || !(r->sender->has & RO_DIR_LABEL)) {
        return RO_NOT_EVALUATED;
    }
    if (r->seg.flow_label == 0) {
        return 0;
    }
    if (r->seg.flow_label == r->sender->flow_label) {
        return -7;
    }
    return r->shape == RO_SHAPE_REPLY ? -3 : 0;
}

void ro_text_flow_label_kept(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_FLOW_LABEL_KEPT, r->seg.flow_label);
}
