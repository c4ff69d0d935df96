/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signs of the TCP header family: flags, window, options. */

#include "base/constants.h"
#include "base/seq.h"
#include "judge/sign_tests.h"
#include "judge/sign_words.h"
#include "judge/signs.h"
#include "reset/inference.h"

/* Options that a stack writes into a SYN or SYN-ACK only. */
#define SYN_ONLY (RO_OPT_MSS | RO_OPT_WSCALE | RO_OPT_SACK_OK)

/* NDSS 2009 "RAE", CenTrace captures (flags 0xf04): no stack sets them on a RST. AE is in use
 * where AccECN was negotiated (RFC 9768). */
int ro_test_reserved_bits(const ro_reset *r)
{
    uint16_t bits = r->seg.flags & (RO_RESERVED | RO_AE);

    if (bits == 0) {
        return 0;
    }
    if (bits == RO_AE && (r->sender->flags_seen & RO_AE)) {
        return 0;
    }
    return (r->sender->flags_seen & bits) == bits ? 2 : 14;
}

void ro_text_reserved_bits(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_RESERVED_BITS, r->seg.flags);
}

/* RFC 9293 knows no such segment and no stack sends one; crafted packets do. */
int ro_test_odd_flags(const ro_reset *r)
{
    return (r->seg.flags & (RO_SYN | RO_FIN | RO_URG)) ? 10 : 0;
}

void ro_text_odd_flags(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_ODD_FLAGS, r->seg.flags);
}

/* The claimed sender writes this window into its other segments too, before or after: its habit. */
static bool is_its_window(const ro_reset *r)
{
    const ro_dir *now = r->stream->dir[r->d];

    return (now->has & RO_DIR_WINDOW) &&
           (now->window == r->seg.window || now->window_prev == r->seg.window);
}

/* Cisco ASA, Palo Alto, F5 and others turn the trigger's header round, window included (151 of
 * 5678 fingerprints in nmap-os-db). */
int ro_test_window_copied(const ro_reset *r)
{
    if (!(r->facts & RO_FACT_TRIGGER) || !(r->seg.known & r->latest->known & RO_KNOW_WINDOW)) {
        return RO_NOT_EVALUATED;
    }
    if (r->seg.window == 0 || r->seg.window != r->latest->window) {
        return 0;
    }
    if (is_its_window(r) ||
        (r->sender->segments > 0 &&
         (r->seg.window == r->sender->window || r->seg.window == r->sender->window_prev))) {
        return 0; /* both sides offer the same */
    }
    return r->sender->segments > 0 ? 10 : r->prev_same ? 8 : 4;
}

void ro_text_window_copied(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_WINDOW_COPIED, r->seg.window, r->sender->window);
}

/* Replies of Linux, Windows, macOS and FreeBSD have window 0 (nmap-os-db T4, T6); an abort of
 * Linux has the socket's window. */
int ro_test_window_alien(const ro_reset *r)
{
    ro_stack stack = ro_stack_of_sender(r);

    if (!(r->seg.known & RO_KNOW_WINDOW) || stack == RO_STACK_UNKNOWN || stack == RO_STACK_BARE) {
        return RO_NOT_EVALUATED;
    }
    if (!(r->seg.flags & RO_ACK) || r->shape == RO_SHAPE_REPLY_TO_SYN) {
        return r->seg.window != 0 && !is_its_window(r) ? 8 : 0;
    }
    if (stack == RO_STACK_LINUX && r->shape == RO_SHAPE_ABORT && r->seg.window == 0 &&
        r->sender->window != 0 && r->sender->segments >= 2) {
        return 5;
    }
    return 0;
}

void ro_text_window_alien(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_WINDOW_ALIEN, r->seg.window,
                           ro_stack_name(ro_stack_of_sender(r)),
                           r->seg.window ? "0" : SAY_WINDOW_OF_SOCKET);
}

/* The other RST+ACK of the burst that acknowledges the same with another window. */
static const ro_reset *says_other_window(const ro_reset *r)
{
    const ro_reset *near[] = {r->prev_same, r->next_same};

    for (unsigned i = 0; i < 2; i++) {
        const ro_reset *n = near[i];

        if (n && n->event == r->event && n->seg.flags == r->seg.flags && n->seg.ack == r->seg.ack &&
            n->seg.ttl == r->seg.ttl && (n->seg.known & RO_KNOW_WINDOW) && n->seg.window != 0 &&
            n->seg.window != r->seg.window) {
            return n;
        }
    }
    return NULL;
}

/* Some injectors fire several RST+ACK with windows at random or stepping (Wang et al. 2017). A
 * socket aborts once, with its one window; answers have window 0. */
int ro_test_window_varies(const ro_reset *r)
{
    if (!(r->seg.known & RO_KNOW_WINDOW) || (!r->prev_same && !r->next_same) ||
        !ro_is_from_socket(r)) {
        return RO_NOT_EVALUATED;
    }
    return r->seg.window != 0 && says_other_window(r) ? 9 : 0;
}

void ro_text_window_varies(const ro_reset *r, GString *out)
{
    const ro_reset *n = says_other_window(r);

    g_string_append_printf(out, SAY_WINDOW_VARIES, n ? n->seg.frame : 0, n ? n->seg.window : 0,
                           r->seg.window);
}

/* RFC 7323 4.3, 5.4: timestamps of one sender lie on one line. */
int ro_test_timestamp_off(const ro_reset *r)
{
    if (!(r->seg.options & RO_OPT_TIMESTAMP) || !(r->sender->has & RO_DIR_TS)) {
        return RO_NOT_EVALUATED;
    }
    if (ro_continues_timestamp(r)) {
        return 0;
    }
    return ro_seq_lt(r->seg.tsval, r->sender->tsval) && r->since_sender_ns < RO_INFLIGHT_NS ? 3 : 9;
}

void ro_text_timestamp_off(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_TIMESTAMP_OFF, r->seg.tsval, r->sender->tsval);
}

/* Linux puts timestamps on every abort (tcp_send_active_reset); BSD and Windows do not. */
int ro_test_timestamp_missing(const ro_reset *r)
{
    if (!ro_is_from_socket(r) || !(r->seg.known & RO_KNOW_OPTIONS) ||
        !(r->sender->has & RO_DIR_TS) || !(r->receiver->has & RO_DIR_TS) ||
        (r->sender->has & RO_DIR_NO_TS) || r->sender->segments < 2) {
        return RO_NOT_EVALUATED;
    }
    if (r->seg.options & RO_OPT_TIMESTAMP) {
        return 0;
    }
    if (ro_stack_of_sender(r) != RO_STACK_LINUX) {
        return 0;
    }
    /* Off SND.NXT a device has moved its number, and may have written the SYN-ACK (a SYN proxy). */
    return r->shape == RO_SHAPE_ABORT ? 11 : 4;
}

void ro_text_timestamp_missing(const ro_reset *r, GString *out)
{
    ro_stack stack = ro_stack_of_sender(r);

    if (stack == RO_STACK_UNKNOWN) {
        g_string_append(out, SAY_TIMESTAMP_MISSING);
        return;
    }
    g_string_append_printf(out, SAY_TIMESTAMP_MISSING_STACK, ro_stack_name(stack));
}

/* Only timestamps, SACK, MD5, AO and MPTCP have a place on a RST. */
int ro_test_odd_options(const ro_reset *r)
{
    const uint32_t fitting = RO_OPT_TIMESTAMP | RO_OPT_SACK | RO_OPT_MD5 | RO_OPT_AO |
                             RO_OPT_MPTCP | RO_OPT_MP_TCPRST | RO_OPT_FASTCLOSE | SYN_ONLY;

    if (!(r->seg.known & RO_KNOW_OPTIONS)) {
        return RO_NOT_EVALUATED;
    }
    return (r->seg.options & ~fitting) ? 6 : 0;
}

void ro_text_odd_options(const ro_reset *r, GString *out)
{
    (void)r;
    g_string_append(out, SAY_ODD_OPTIONS);
}

/* MSS, window scale and SACK-permitted stand on SYNs alone (RFC 9293 3.2, RFC 7323 2.2, RFC 2018
 * 2): such a RST was a SYN-ACK until a device on the path turned it into one. */
int ro_test_was_syn_ack(const ro_reset *r)
{
    if (!(r->seg.known & RO_KNOW_OPTIONS)) {
        return RO_NOT_EVALUATED;
    }
    return (r->seg.options & SYN_ONLY) ? 24 : 0;
}

void ro_text_was_syn_ack(const ro_reset *r, GString *out)
{
    (void)r;
    g_string_append(out, SAY_WAS_SYN_ACK);
}

/* For the endpoint: an abort that only the socket itself could have written so well, or a device
 * that follows the connection in every field. */
int ro_test_continues_flow(const ro_reset *r)
{
    int weight = 0;

    /* With another number than SND.NXT only the clock tells: a device translates numbers, but a
     * neighbour of the sender may share its IP-ID counter (NAT engines). */
    if (!ro_is_from_socket(r) || r->sender->segments == 0 ||
        (r->shape != RO_SHAPE_ABORT && !ro_continues_timestamp(r))) {
        return RO_NOT_EVALUATED;
    }
    if (ro_continues_ip_id(r) && !r->followup->same_ip_id_frame) {
        weight -= r->ip_id_delta <= 2 ? 11 : 6;
    }
    if (ro_continues_timestamp(r)) {
        weight -= 10;
    }
    if (r->seg.window != 0 && r->seg.window == r->sender->window &&
        !((r->facts & RO_FACT_TRIGGER) && r->trigger.window == r->seg.window)) {
        weight -= 4;
    }
    return weight < -18 ? -18 : weight;
}

void ro_text_continues_flow(const ro_reset *r, GString *out)
{
    const char *sep = "";

    g_string_append(out, SAY_CONTINUES_FLOW);
    if (ro_continues_ip_id(r) && !r->followup->same_ip_id_frame) {
        g_string_append_printf(out, SAY_CONTINUES_IP_ID, r->seg.ip_id, r->sender->ip_id);
        sep = ",";
    }
    if (ro_continues_timestamp(r)) {
        g_string_append_printf(out, SAY_CONTINUES_TIMESTAMP, sep, r->seg.tsval, r->sender->tsval);
        sep = ",";
    }
    if (r->seg.window != 0 && r->seg.window == r->sender->window) {
        g_string_append_printf(out, SAY_CONTINUES_WINDOW, sep, r->seg.window);
    }
}
