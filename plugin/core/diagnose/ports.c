/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A SYN that meets an old connection on its ports draws an ACK (RFC 9293 3.5.1 figure 9, RFC 5961 4), and a
 * full accept queue makes Linux drop the ACK that ends the handshake (tcp_v4_syn_recv_sock). */

#include "diagnose/ports.h"

#include "base/constants.h"
#include "base/seq.h"
#include "diagnose/say.h"
#include "reset/inference.h"

/* TIME-WAIT lasts 60 s in Linux, 120 s in Windows, 240 s by the RFC (twice the MSL of two minutes). */
#define TIME_WAIT_NS (240 * RO_S)

/* ---- port_reuse ---- */

/* The client, in SYN-SENT, was answered by an ACK of an older connection, and reset that. */
static bool met_old_connection(const ro_reset *r)
{
    return r->claimed_sender == RO_CLIENT && r->shape == RO_SHAPE_REPLY &&
           (r->sender->has & RO_DIR_ISN) && r->sender->segments == r->sender->syns &&
           (r->facts & RO_FACT_TRIGGER) && !(r->trigger.flags & RO_SYN) &&
           r->trigger.ack != r->sender->isn + 1;
}

/* The SYN was refused although the connection before on these ports ended a moment ago: some stacks refuse
 * a SYN in TIME-WAIT. */
static bool refused_in_time_wait(const ro_reset *r)
{
    const ro_stream *old = r->stream->previous;

    return r->shape == RO_SHAPE_REPLY_TO_SYN && old &&
           ((old->dir[0]->has & old->dir[1]->has) & RO_DIR_FIN) &&
           r->seg.time_ns - old->last_ns < TIME_WAIT_NS;
}

/* Others reach the same port. */
static bool listens(const ro_case *c)
{
    const ro_reset *r = c->reset;
    const ro_host *h = ro_host_now(r);

    return h->accepted > 0 && h->refused <= h->accepted;
}

/* As sure as the older connection is known: seen here, or told by the SYN that is taken once the old one is reset. */
static int sure_of_old(const ro_case *c)
{
    int sure = ro_sure_of_endpoint(c, RO_DIAGNOSIS_HIGH);

    return c->reset->stream->previous ? sure : MIN(sure, RO_DIAGNOSIS_MEDIUM);
}

int ro_port_reuse_test(const ro_case *c)
{
    if (ro_from_path(c) || c->reset->echo_of) {
        return RO_DIAGNOSIS_NO;
    }
    if (met_old_connection(c->reset)) {
        /* the ACK may be a middlebox's or SYN proxy's where no older connection was captured */
        return sure_of_old(c);
    }
    return refused_in_time_wait(c->reset) && listens(c) ? RO_DIAGNOSIS_MEDIUM : RO_DIAGNOSIS_NO;
}

void ro_port_reuse_text(const ro_case *c, GString *out)
{
    const ro_reset *r = c->reset;

    ro_say_end_first(c, RO_CLIENT, out);
    if (met_old_connection(r)) {
        g_string_append(out, " opened a connection to ");
        ro_say_end(c, RO_SERVER, out);
        g_string_append_printf(out,
                               " that still holds an older one on the same ports: it answered the "
                               "SYN by an ACK of the "
                               "old connection (frame %u), which the client reset. The SYN sent "
                               "again can then succeed.",
                               r->trigger.frame);
        return;
    }
    g_string_append(out, " used its port again ");
    ro_say_span(r->seg.time_ns - r->stream->previous->last_ns, out);
    g_string_append(out, " after the connection before had ended, and ");
    ro_say_end(c, RO_SERVER, out);
    g_string_append(out, " refused it, still in TIME-WAIT.");
}

void ro_port_reuse_evidence(const ro_case *c, GPtrArray *lines)
{
    const ro_reset *r = c->reset;
    const ro_stream *old = r->stream->previous;
    GString *span = g_string_new(NULL);

    if (old) {
        ro_say_span(r->stream->first_ns - old->last_ns, span);
        ro_line(lines,
                "frame %u: last segment of the connection before on the same ports, %s before "
                "the SYN",
                old->last_frame, span->str);
    }
    if (met_old_connection(r)) {
        ro_line(
            lines,
            "frame %u: answer to the SYN without SYN flag; it acknowledges %u, not the SYN's %u",
            r->trigger.frame, r->trigger.ack, r->sender->isn + 1);
        ro_line(lines, "frame %u: the client resets that number, as a host in SYN-SENT does",
                r->seg.frame);
    } else {
        ro_line(lines, "frame %u: SYN refused, though this host accepts others", r->seg.frame);
    }
    if (r->followup->retry_frame) {
        ro_line(lines, "frame %u: SYN again", r->followup->retry_frame);
    }
    g_string_free(span, TRUE);
}

void ro_port_reuse_advice(const ro_case *c, GString *out)
{
    (void)c;
    g_string_append(out, "Let ports rest for as long as the other end holds connections in "
                         "TIME-WAIT or idle (60 to 240 s): "
                         "more source ports or addresses for the client, SNAT or NAT gateway, "
                         "random instead of sequential "
                         "port selection, connections that are kept and reused instead of opened "
                         "anew. A device on the way "
                         "must not drop the old connection earlier than its ends do, and "
                         "timestamps on both ends let a new SYN "
                         "replace one in TIME-WAIT (RFC 6191).");
}

void ro_port_reuse_commands(const ro_case *c, GArray *commands)
{
    ro_command_show(c, commands);
    if (ro_may_be_linux(c, RO_CLIENT)) {
        ro_command_add(
            commands, RO_PLATFORM_LINUX,
            "sysctl net.ipv4.ip_local_port_range net.ipv4.tcp_timestamps; nstat -az | grep "
            "-iE 'ChallengeACK|TWRecycled'");
        ro_command_add(
            commands, RO_PLATFORM_NETFILTER,
            "iptables -t nat -S POSTROUTING | grep -E 'SNAT|MASQUERADE' # --random-fully");
    }
}

/* ---- accept_queue ---- */

/* The server never sent anything but its SYN-ACK, although the client had acknowledged that. */
static bool stuck_in_handshake(const ro_reset *r)
{
    return r->claimed_sender == RO_SERVER && (r->sender->has & RO_DIR_SYN_ACK) &&
           r->sender->segments == r->sender->syns && (r->receiver->has & RO_DIR_ACK) &&
           r->receiver->rcv_nxt == r->sender->isn + 1 && r->seg.seq == r->sender->isn + 1 &&
           r->shape == RO_SHAPE_REPLY;
}

/* It repeated its SYN-ACK after it must have had the client's ACK. */
static bool repeated_syn_ack(const ro_reset *r)
{
    return r->sender->syns >= 2 && r->sender->last_ns > r->receiver->rcv_nxt_ns;
}

/* The ACK that ends the handshake was itself reset, once and for all: tcp_abort_on_overflow. Where a
 * SYN-ACK follows the reset, another machine holds the half-open connection. */
static bool ack_was_reset(const ro_reset *r)
{
    return r->sender->syns == 1 && (r->facts & RO_FACT_TRIGGER) &&
           r->trigger.end == r->trigger.seq && r->receiver->data_segments == 0 &&
           r->followup->active == RO_ACTIVE_NO;
}

int ro_accept_queue_test(const ro_case *c)
{
    const ro_reset *r = c->reset;

    if (ro_from_path(c) || r->echo_of || !stuck_in_handshake(r)) {
        return RO_DIAGNOSIS_NO;
    }
    if (r->facts & RO_FACT_TTL_DELTA && r->ttl_delta != 0 &&
        !ro_ttl_same_hops(r->seg.ttl, r->sender->ttl_last)) {
        return RO_DIAGNOSIS_NO;
    }
    if (repeated_syn_ack(r)) {
        return ro_sure_of_endpoint(c, r->sender->syns >= 3 || r->receiver->data_segments
                                          ? RO_DIAGNOSIS_HIGH
                                          : RO_DIAGNOSIS_MEDIUM);
    }
    return ack_was_reset(r) ? ro_sure_of_endpoint(c, RO_DIAGNOSIS_MEDIUM) : RO_DIAGNOSIS_NO;
}

void ro_accept_queue_text(const ro_case *c, GString *out)
{
    const ro_reset *r = c->reset;

    ro_say_end_first(c, RO_SERVER, out);
    g_string_append(out, " did not take the finished handshake of ");
    ro_say_end(c, RO_CLIENT, out);
    if (repeated_syn_ack(r)) {
        g_string_append_printf(
            out,
            ": it sent its SYN-ACK %u times though the client had acknowledged it, and at "
            "last reset what the client sent. The accept queue (backlog) of the listener "
            "is full: its program accepts too slowly.",
            r->sender->syns);
    } else {
        g_string_append(out,
                        " and reset it: the accept queue (backlog) of the listener is full and "
                        "tcp_abort_on_overflow is set.");
    }
}

void ro_accept_queue_evidence(const ro_case *c, GPtrArray *lines)
{
    const ro_reset *r = c->reset;
    GString *span = g_string_new(NULL);

    ro_say_span(r->sender->last_ns - r->stream->first_ns, span);
    if (repeated_syn_ack(r)) {
        ro_line(lines,
                "up to frame %u: %u SYN-ACKs within %s of the SYN, the later ones after the "
                "client's ACK",
                r->ending.last[0].frame, r->sender->syns, span->str);
    } else {
        ro_line(lines, "frame %u: SYN-ACK; frame %u: the client's ACK of it",
                r->ending.last[0].frame, r->trigger.frame);
    }
    if (r->receiver->data_segments) {
        ro_line(lines, "%u data segment%s of the client, sent again %u time%s, %s never answered",
                r->receiver->data_segments, ro_s(r->receiver->data_segments), r->receiver->repeats,
                ro_s(r->receiver->repeats), r->receiver->data_segments == 1 ? "was" : "were");
    }
    ro_line(lines,
            "frame %u: reset with the number that the client acknowledged, as for an unknown "
            "connection",
            r->seg.frame);
    if (!repeated_syn_ack(r)) {
        ro_line(
            lines,
            "a load balancer that sends SYN and ACK to different machines looks alike, but then "
            "the SYN-ACK is sent again after the reset; here it was not, as far as was captured");
    }
    g_string_free(span, TRUE);
}

void ro_accept_queue_advice(const ro_case *c, GString *out)
{
    (void)c;
    g_string_append(
        out, "Raise the listener's backlog (the program's listen() argument and "
             "net.core.somaxconn, the lesser of the two counts), and find out why its program "
             "accepts so slowly: too few workers, a blocked event loop. Rising counters "
             "ListenOverflows and ListenDrops on the server would confirm it.");
}

void ro_accept_queue_commands(const ro_case *c, GArray *commands)
{
    ro_command_show(c, commands);
    if (ro_may_be_linux(c, RO_SERVER)) {
        ro_command_add(commands, RO_PLATFORM_LINUX,
                       "ss -ltn '( sport = :%u )' # Recv-Q above Send-Q", ro_service_port(c));
        ro_command_add(
            commands, RO_PLATFORM_LINUX,
            "nstat -az TcpExtListenOverflows TcpExtListenDrops; sysctl net.core.somaxconn "
            "net.ipv4.tcp_abort_on_overflow");
    }
}
