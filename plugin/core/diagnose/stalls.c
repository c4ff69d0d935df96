/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transfers that stood still before the reset. */

#include "diagnose/stalls.h"

#include "base/constants.h"
#include "base/seq.h"
#include "diagnose/say.h"

/* ---- closed window ---- */

/* Readers are slow for a moment all the time; senders give up after many seconds (RFC 9293 3.8.6.1). */
#define ZERO_LONG      RO_S
#define ZERO_VERY_LONG (10 * RO_S)

/* The side whose window was closed; false where none was. */
static bool stuck(const ro_case *c, ro_side *side, int64_t *for_ns)
{
    for (int i = 0; i < 2; i++) {
        const ro_dir *x = ro_dir_of(c, (ro_side)i);

        if (x->transfer.zero_frame) {
            *side = (ro_side)i;
            *for_ns = c->reset->seg.time_ns - x->transfer.zero_ns;
            return true;
        }
    }
    return false;
}

int ro_zero_window_test(const ro_case *c)
{
    ro_side side;
    int64_t for_ns;

    if (!ro_from_endpoint(c) || !stuck(c, &side, &for_ns) || for_ns < ZERO_LONG ||
        ro_dir_of(c, !side)->data_segments == 0 || (ro_dir_of(c, side)->has & RO_DIR_FIN)) {
        return RO_DIAGNOSIS_NO;
    }
    return ro_sure_of_endpoint(c,
                               for_ns >= ZERO_VERY_LONG ? RO_DIAGNOSIS_HIGH : RO_DIAGNOSIS_MEDIUM);
}

void ro_zero_window_text(const ro_case *c, GString *out)
{
    ro_side side = RO_CLIENT;
    int64_t for_ns = 0;

    stuck(c, &side, &for_ns);
    ro_say_end(c, side, out);
    g_string_append(out, " had not read for ");
    ro_say_span(for_ns, out);
    g_string_append(out, " (window 0) what ");
    ro_say_end(c, !side, out);
    g_string_append_printf(out, " sends, until the %s gave the connection up",
                           ro_side_name(ro_sender_side(c)));
}

void ro_zero_window_evidence(const ro_case *c, GPtrArray *lines)
{
    ro_side side = RO_CLIENT;
    int64_t for_ns = 0;
    const ro_dir *x;

    stuck(c, &side, &for_ns);
    x = ro_dir_of(c, side);
    ro_line(lines, "frame %u: the %s offers window 0, and from then on no other",
            x->transfer.zero_frame, ro_side_name(side));
    ro_story(c, lines);
    ro_line(lines, "%.3f s from the first window 0 to the reset", (double)for_ns / (double)RO_S);
}

void ro_zero_window_advice(const ro_case *c, GString *out)
{
    ro_side side = RO_CLIENT;
    int64_t for_ns = 0;

    stuck(c, &side, &for_ns);
    g_string_append_printf(out,
                           "look at the program of the %s at this time: it is stuck, stopped, or "
                           "slower than the %s; a larger buffer only delays it",
                           ro_side_name(side), ro_side_name(!side));
}

void ro_zero_window_commands(const ro_case *c, GArray *commands)
{
    ro_side side = RO_CLIENT;
    int64_t for_ns = 0;

    if (stuck(c, &side, &for_ns) && ro_may_be_linux(c, side)) {
        ro_command_add(commands, RO_PLATFORM_LINUX, "ss -tnpm '( sport = :%u or dport = :%u )'",
                       ro_service_port(c), ro_service_port(c));
    }
    ro_command_add(commands, RO_PLATFORM_ANY, "tshark -r CAPTURE -Y tcp.analysis.zero_window");
}

/* ---- MTU ---- */

/* A segment that a smaller MTU can stop: IPv6 carries 1280 octets everywhere (RFC 8200 5), and tunnels take
 * off no more than that from 1500. */
#define LARGE 1100

/* An Ethernet segment's data, where the other side's MSS is not known; and what options take of it. */
#define SEGMENT 1460
#define OPTIONS 40

/* Repetitions from which a segment does not get through, rather than being lost by chance. */
#define REPEATS 3

/* The side whose large segments do not get through, seen where it sends them. */
static bool repeats_large(const ro_case *c, ro_side side)
{
    const ro_dir *x = ro_dir_of(c, side);
    const ro_transfer *t = &x->transfer;

    /* a sender that leaves cutting to its card shows longer segments than it sends */
    uint32_t full =
        MIN(t->flight_max, ro_dir_of(c, !side)->mss ? ro_dir_of(c, !side)->mss : SEGMENT);

    return x->repeats >= REPEATS && t->flight_max >= LARGE && t->passed_max + OPTIONS < full &&
           (x->has & RO_DIR_ISN);
}

/* Octets of a side that are missing before what arrived last, 0 where there is no hole. */
static uint32_t hole(const ro_case *c, ro_side side)
{
    const ro_stream *st = c->reset->stream;
    int d = side == c->reset->claimed_sender ? c->reset->d : !c->reset->d;
    const ro_dir_work *w = &st->work[d];

    return w->ooo_left == w->ooo_right ? 0 : w->ooo_left - st->dir[d]->contig;
}

/* The same seen beyond the narrow place: a hole of full size that is never filled, with small segments behind
 * it, and none of that size ever arrived. */
static bool misses_large(const ro_case *c, ro_side side)
{
    const ro_dir *x = ro_dir_of(c, side);
    const ro_dir *y = ro_dir_of(c, !side);
    uint32_t missing = hole(c, side);

    if (!(x->has & RO_DIR_GAP) || !(x->has & RO_DIR_ISN) || x->mss == 0) {
        return false;
    }
    return missing >= LARGE && missing < (1u << 20) && x->transfer.sent_max < LARGE &&
           (y->has & RO_DIR_ACK) && y->rcv_nxt == x->contig &&
           c->reset->seg.time_ns - x->last_data_ns >= RO_S;
}

/* The other side still spoke after the last new data, or gives up now: it is there, and hears small ones. */
static bool alive(const ro_case *c, ro_side side)
{
    return ro_dir_of(c, !side)->last_ns > ro_dir_of(c, side)->last_data_ns ||
           ro_sender_side(c) != side;
}

static bool narrow(const ro_case *c, ro_side *side)
{
    for (int i = 0; i < 2; i++) {
        if (repeats_large(c, (ro_side)i) || misses_large(c, (ro_side)i)) {
            *side = (ro_side)i;
            return true;
        }
    }
    return false;
}

/* Full-size segments are dropped where the MTU is smaller and the ICMP message that would say so is filtered
 * (RFC 2923 2.1, RFC 4821). Something of that side must have passed, or it is the other end that is gone. */
int ro_path_mtu_test(const ro_case *c)
{
    ro_side side;
    const ro_dir *x;

    if (ro_from_path(c) || ro_is_consequence(c) || !narrow(c, &side)) {
        return RO_DIAGNOSIS_NO;
    }
    x = ro_dir_of(c, side);
    if (!(ro_dir_of(c, !side)->has & RO_DIR_ACK)) {
        return RO_DIAGNOSIS_NO;
    }
    if (!repeats_large(c, side)) {
        return RO_DIAGNOSIS_MEDIUM;
    }
    /* the other side still speaks, or small data passed before */
    if (!alive(c, side)) {
        return RO_DIAGNOSIS_NO; /* the other end may be gone */
    }
    return x->transfer.passed_max > 0 || (ro_dir_of(c, !side)->has & RO_DIR_SACK)
               ? RO_DIAGNOSIS_HIGH
               : RO_DIAGNOSIS_MEDIUM;
}

void ro_path_mtu_text(const ro_case *c, GString *out)
{
    ro_side side = RO_CLIENT;
    const ro_transfer *t;

    narrow(c, &side);
    t = &ro_dir_of(c, side)->transfer;
    g_string_append(out, "segments of full size from ");
    ro_say_end(c, side, out);
    g_string_append(out, " do not reach ");
    ro_say_end(c, !side, out);
    if (repeats_large(c, side)) {
        g_string_append_printf(out,
                               ": %u octets were sent again and again and never acknowledged, "
                               "while smaller ones passed",
                               t->flight_max);
    } else {
        g_string_append(out, ": only small ones arrive");
    }
    g_string_append(out, "; a link on the path has a smaller MTU, and no ICMP message says so");
}

void ro_path_mtu_evidence(const ro_case *c, GPtrArray *lines)
{
    ro_side side = RO_CLIENT;
    const ro_dir *x;

    narrow(c, &side);
    x = ro_dir_of(c, side);
    if (x->mss) {
        ro_line(lines, "MSS that the %s offered: %u, the %s: %u", ro_side_name(RO_CLIENT),
                ro_dir_of(c, RO_CLIENT)->mss, ro_side_name(RO_SERVER),
                ro_dir_of(c, RO_SERVER)->mss);
    }
    if (repeats_large(c, side)) {
        ro_line(lines,
                "%u octets of the %s repeated %u time%s in a row without an answer; the longest "
                "that passed had %u",
                x->transfer.flight_max, ro_side_name(side), x->repeats, ro_s(x->repeats),
                x->transfer.passed_max);
    } else {
        ro_line(lines,
                "%u octets of the %s never arrived here; its longest segment that did had %u",
                hole(c, side), ro_side_name(side), x->transfer.sent_max);
    }
    ro_story(c, lines);
}

void ro_path_mtu_advice(const ro_case *c, GString *out)
{
    (void)c;
    g_string_append(out,
                    "let ICMP \"fragmentation needed\" (IPv6: \"packet too big\") pass the "
                    "firewalls, or clamp the MSS to the path's MTU on the router before the "
                    "tunnel, or lower the interface's MTU; pings of 1472 octets that may not be "
                    "fragmented find the size that passes");
}

void ro_path_mtu_commands(const ro_case *c, GArray *commands)
{
    ro_side side = RO_CLIENT;

    narrow(c, &side);
    if (ro_may_be_windows(c, side)) {
        ro_command_add(commands, RO_PLATFORM_WINDOWS, "ping -f -l 1472 OTHER-END");
    } else {
        ro_command_add(commands, RO_PLATFORM_LINUX, "ping -M do -s 1472 OTHER-END");
        ro_command_add(commands, RO_PLATFORM_LINUX, "sysctl -w net.ipv4.tcp_mtu_probing=1");
    }
    ro_command_add(commands, RO_PLATFORM_NETFILTER,
                   "iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS "
                   "--clamp-mss-to-pmtu");
}
