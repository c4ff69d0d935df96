/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connection tracking that takes a segment for INVALID (out of its window, late, or for an entry that is gone;
 * Linux nf_conntrack_proto_tcp.c, tcp_in_window) does not translate it. It goes on with its inner addresses to
 * the other host, whose kernel has no such connection there and resets it. */

#include "diagnose/untranslated.h"

#include "base/constants.h"
#include "diagnose/say.h"
#include "reset/inference.h"

/* The escaped segment is all that was seen under these addresses, while the whole conversation stands under
 * others. Where a translator is captured on both sides, each connection has a twin, but a whole one. */
static bool has_translated_twin(const ro_reset *r)
{
    return r->twin && !r->stream->syn_seen && r->sender->segments == 0 &&
           r->shape == RO_SHAPE_REPLY && r->twin->segments > r->stream->segments;
}

/* Its sender's segments after it, whether or not they can have been under way already. */
static bool sent_more(const ro_reset *r)
{
    const ro_followup *l = ro_activity_witness(r)->followup;

    return l->active != RO_ACTIVE_NO || l->under_way_n > 0;
}

/* A kernel's reply as for an unknown connection, from the same distance, though its sender was busy in that
 * very connection a moment before and is after it. A socket that closes says so first, by FIN or by RST+ACK: so
 * the reset was made for a segment that came under other addresses. */
static bool goes_on(const ro_reset *r)
{
    bool same_machine = !(r->facts & RO_FACT_TTL_DELTA) || r->ttl_delta == 0 ||
                        ro_ttl_same_hops(r->seg.ttl, r->sender->ttl_last);

    return r->shape == RO_SHAPE_REPLY && r->seg.window == 0 && r->seg.options == 0 &&
           (r->facts & RO_FACT_TRIGGER) && !(r->trigger.flags & (RO_SYN | RO_FIN)) &&
           r->sender->segments > r->sender->syns && (r->sender->has & RO_DIR_ACK) &&
           !((r->sender->has | r->receiver->has) & RO_DIR_FIN) && same_machine &&
           r->since_sender_ns < RO_RESTART_NS && sent_more(r);
}

/* A long flight was under way when its receiver reset a segment of it, in the time of a round trip and as its kernel
 * writes it, and went on acknowledging the rest: who forges a reset to stop a transfer needs no such flight, and
 * writes other headers or comes sooner. */
#define FLIGHT_SEGMENTS 10
#define FLIGHT_OCTETS   2920 /* two segments of usual size */

static bool in_a_flight(const ro_case *c)
{
    const ro_reset *r = c->reset;
    uint8_t active = ro_activity_witness(r)->followup->active;

    return r->receiver->data_segments >= FLIGHT_SEGMENTS && ro_unacknowledged(c) >= FLIGHT_OCTETS &&
           r->trigger.end != r->trigger.seq && (r->facts & RO_FACT_TTL_DELTA) &&
           r->ttl_delta == 0 && (!(r->seg.known & RO_KNOW_IP_ID) || r->seg.ip_id == 0) &&
           r->sender->rtt_n > 0 && (r->facts & RO_FACT_RESPONSE) &&
           r->response_ns >= r->sender->rtt_min_ns &&
           r->response_ns <= r->sender->rtt_min_ns + RO_REPLY_SLACK_NS &&
           (active == RO_ACTIVE_ACKS || active == RO_ACTIVE_PURE_ACK);
}

/* Half a round trip is not enough for that host to have had the segment. */
static bool too_soon(const ro_case *c)
{
    const ro_reset *r = c->reset;

    return ro_came_too_soon(c) || ((r->facts & RO_FACT_RESPONSE) && r->sender->rtt_n > 0 &&
                                   r->response_ns < r->sender->rtt_min_ns / 2);
}

int ro_untranslated_test(const ro_case *c)
{
    const ro_reset *r = c->reset;

    if (ro_from_path(c) || r->echo_of || too_soon(c)) {
        return RO_DIAGNOSIS_NO;
    }
    if (has_translated_twin(r)) {
        return RO_DIAGNOSIS_HIGH;
    }
    if (!goes_on(r)) {
        return RO_DIAGNOSIS_NO;
    }
    return c->verdict->source == RO_SOURCE_UNKNOWN && in_a_flight(c)
               ? RO_DIAGNOSIS_LOW
               : ro_sure_of_endpoint(c, RO_DIAGNOSIS_MEDIUM);
}

static void say_stream(const ro_stream *st, GString *out)
{
    ro_addr_port_text(st->end[st->client].addr, st->end[st->client].port, out);
    g_string_append(out, " and ");
    ro_addr_port_text(st->end[!st->client].addr, st->end[!st->client].port, out);
}

void ro_untranslated_text(const ro_case *c, GString *out)
{
    const ro_reset *r = c->reset;
    ro_side by = ro_sender_side(c);

    if (has_translated_twin(r)) {
        g_string_append_printf(out, "The segment in frame %u belongs to the connection between ",
                               r->trigger.frame);
        say_stream(r->twin, out);
        g_string_append(out, ", but it reached ");
        ro_say_end(c, by, out);
        g_string_append(out, " from ");
        ro_say_end(c, !by, out);
        g_string_append(
            out, ", without address translation. That kernel knows nothing of such a connection "
                 "and reset it.");
        return;
    }
    ro_say_end_first(c, by, out);
    g_string_append_printf(out, " reset the segment in frame %u of ", r->trigger.frame);
    ro_say_end(c, !by, out);
    g_string_append(out, " as if there were no connection, though it was busy in it a moment "
                         "before and goes on after "
                         "it: most likely the segment escaped address translation (conntrack "
                         "INVALID) and reached its "
                         "kernel under another address.");
}

void ro_untranslated_evidence(const ro_case *c, GPtrArray *lines)
{
    const ro_reset *r = c->reset;
    const ro_followup *l = ro_activity_witness(r)->followup;
    GString *ends = g_string_new(NULL);

    ro_line(lines, "frame %u: the segment that drew the reset: SEQ %u, ACK %u", r->trigger.frame,
            r->trigger.seq, r->trigger.ack);
    ro_line(lines,
            "frame %u: bare reset with SEQ %u, the segment's ACK number, and window 0, as a kernel "
            "writes it for an unknown connection",
            r->seg.frame, r->seg.seq);
    if (has_translated_twin(r)) {
        say_stream(r->twin, ends);
        ro_line(
            lines,
            "the same ports or end, and the same numbers, are those of the connection between %s",
            ends->str);
        ro_line(lines,
                "no SYN and nothing else of the claimed sender was seen under these addresses");
    } else {
        ro_line(lines,
                "up to frame %u: the same host had taken part in the connection with %u segment%s",
                r->ending.last[0].frame, r->sender->segments, ro_s(r->sender->segments));
        if (l->active_frame) {
            ro_line(lines, "frame %u: and it goes on in it after the reset", l->active_frame);
        } else {
            ro_line(lines, "%u more segment%s of it %s the reset at once", l->under_way_n,
                    ro_s(l->under_way_n), l->under_way_n == 1 ? "follows" : "follow");
        }
        ro_line(lines,
                "no FIN and no RST+ACK came before: no program there had closed the connection");
        ro_line(
            lines,
            "only one end was captured. A forged reset would also leave the connection alive, but "
            "this one has the distance and the form of that host's own kernel; a rule there that "
            "rejects INVALID segments by tcp-reset would look the same");
    }
    g_string_free(ends, TRUE);
}

void ro_untranslated_advice(const ro_case *c, GString *out)
{
    (void)c;
    g_string_append(out, "On the node or router that translates (kube-proxy, Docker, a NAT "
                         "gateway): drop INVALID segments "
                         "before they are forwarded, or let conntrack be liberal about windows. A "
                         "capture at the other end that "
                         "shows the same sequence numbers under another address, or a rising count "
                         "of invalid segments, would "
                         "confirm it. If that host accepts RELATED,ESTABLISHED and rejects the "
                         "rest by tcp-reset, drop INVALID "
                         "before that rule instead.");
}

void ro_untranslated_commands(const ro_case *c, GArray *commands)
{
    (void)c;
    ro_command_add(commands, RO_PLATFORM_NETFILTER,
                   "iptables -I FORWARD -m conntrack --ctstate INVALID -j DROP");
    ro_command_add(commands, RO_PLATFORM_NETFILTER,
                   "sysctl -w net.netfilter.nf_conntrack_tcp_be_liberal=1");
    ro_command_add(commands, RO_PLATFORM_NETFILTER,
                   "conntrack -S | grep -o 'invalid=[0-9]*'; sysctl -w "
                   "net.netfilter.nf_conntrack_log_invalid=6");
    ro_command_add(
        commands, RO_PLATFORM_NETFILTER,
        "iptables -S INPUT | grep -nE 'INVALID|ESTABLISHED|tcp-reset' # INVALID must be dropped "
        "first");
}
