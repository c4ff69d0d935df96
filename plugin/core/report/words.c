/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts a verdict into words that the evidence carries, and no further. */

#include "report/words.h"

#include "base/constants.h"
#include "judge/signs.h"
#include "points/path_view.h"
#include "reset/inference.h"

static const char *who(const ro_reset *r, const ro_verdict *v)
{
    switch (v->source) {
    case RO_SOURCE_CLIENT:
        return r->claimed_sender_known ? "the client" : "the client (the likelier side)";
    case RO_SOURCE_SERVER:
        return r->claimed_sender_known ? "the server" : "the server (the likelier side)";
    case RO_SOURCE_INTERMEDIARY:
        return "a box on the path";
    default:
        return "nobody known";
    }
}

static const char *why(ro_cause cause)
{
    static const char *const words[RO_CAUSE_N] = {
        [RO_CAUSE_UNKNOWN] = "cause unknown",
        [RO_CAUSE_CLOSED_PORT] = "nothing listens on that port",
        [RO_CAUSE_POLICY_REJECT] = "a rule refuses the connection",
        [RO_CAUSE_ABORT] = "the application aborted the connection",
        [RO_CAUSE_NO_SOCKET] = "it knows no such connection",
        [RO_CAUSE_LATE_DATA] = "data came after it had closed",
        [RO_CAUSE_TEARDOWN] = "part of the teardown",
        [RO_CAUSE_HALF_OPEN] = "it no longer knows the connection",
        [RO_CAUSE_CONNECT_CANCELLED] = "the connect had been cancelled",
        [RO_CAUSE_SCAN] = "a port scan",
        [RO_CAUSE_KEEPALIVE_FAILURE] = "its keep-alives went unanswered",
        [RO_CAUSE_RETRANSMISSION_TIMEOUT] = "its retransmissions went unanswered",
        [RO_CAUSE_IDLE_TIMEOUT] = "the connection had been idle for too long",
        [RO_CAUSE_STATE_LOSS] = "the box had lost the connection's state",
        [RO_CAUSE_INVALID_STATE] = "the box took a segment for invalid",
        [RO_CAUSE_BLOCKED_CONTENT] = "blocked on what was sent",
        [RO_CAUSE_BLIND_ATTACK] = "somebody guesses sequence numbers",
        [RO_CAUSE_CHALLENGE_ACK] = "it answers a challenge ACK",
        [RO_CAUSE_TIME_WAIT] = "the ports were in TIME-WAIT",
        [RO_CAUSE_ECHO] = "follows from an earlier reset",
        [RO_CAUSE_MPTCP] = "multipath TCP ended a subflow",
    };

    return words[cause];
}

void ro_text_summary(const ro_reset *r, const ro_verdict *v, GString *out)
{
    if (v->source != RO_SOURCE_UNKNOWN) {
        g_string_append_printf(out, "%s: %s (%s)", who(r, v), why(v->cause),
                               ro_confidence_name(v->confidence));
        return;
    }
    g_string_append(out, "not decided who sent it");
    if (v->cause != RO_CAUSE_UNKNOWN) {
        g_string_append_printf(out, "; if the %s did, %s", ro_side_name((ro_side)r->claimed_sender),
                               why(v->cause));
    }
}

void ro_text_facts(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, "RST from %s side", ro_side_name((ro_side)r->claimed_sender));
    if (r->facts & RO_FACT_TRIGGER) {
        g_string_append_printf(out, " answers frame %u", r->trigger.frame);
    }
    if (r->facts & RO_FACT_RESPONSE) {
        g_string_append_printf(out, " after %.2f ms", (double)r->response_ns / (double)RO_MS);
    }
    if (r->seg.known & RO_KNOW_IP) {
        g_string_append_printf(out, ", TTL %u", r->seg.ttl);
    }
    if (r->facts & RO_FACT_TTL_DELTA) {
        g_string_append_printf(out, " where the %s shows %u",
                               ro_side_name((ro_side)r->claimed_sender), r->sender.ttl_last);
    }
}

void ro_text_reason(const ro_reset *r, const ro_verdict *v, unsigned i, GString *out)
{
    if (i < v->fired_n) {
        ro_sign_say(r, &v->fired[i], out);
    }
}

static void advise_box(const ro_reset *r, const ro_verdict *v, GString *out)
{
    double idle = (double)r->idle_ns / (double)RO_S;

    switch (v->cause) {
    case RO_CAUSE_IDLE_TIMEOUT:
        g_string_append_printf(out,
                               "raise the idle timer of the box above %.0f s, or send keep-alives "
                               "more often than that",
                               idle);
        break;
    case RO_CAUSE_POLICY_REJECT:
        g_string_append(out,
                        "look for a reject rule for this port on the firewalls in front of the "
                        "server");
        break;
    case RO_CAUSE_INVALID_STATE:
        g_string_append(out,
                        "on netfilter, drop INVALID before any REJECT --reject-with tcp-reset");
        break;
    case RO_CAUSE_STATE_LOSS:
        g_string_append(out, "look for a flushed or failed-over state table, or for asymmetric "
                             "routing around the box");
        break;
    case RO_CAUSE_BLIND_ATTACK:
        g_string_append(out, "look for the origin of the forged packets at the network's edge; "
                             "receivers that follow RFC 5961 survive them");
        break;
    default:
        if (ro_path_view_of(r) && ro_path_view_of(r)->absent_at >= 0) {
            g_string_append(out, "look at the boxes ");
            ro_path_view_segment(r, out);
            break;
        }
        g_string_append_printf(out,
                               "capture at the %s too: if this RST is not seen leaving there, the "
                               "box lies between",
                               ro_side_name((ro_side)r->claimed_sender));
        break;
    }
}

static void advise_endpoint(const ro_reset *r, const ro_verdict *v, GString *out)
{
    const char *side = ro_side_name((ro_side)r->claimed_sender);

    switch (v->cause) {
    case RO_CAUSE_CLOSED_PORT:
        g_string_append_printf(out, "check that a program listens on port %u of the server",
                               r->seg.sport);
        break;
    case RO_CAUSE_ECHO:
        if (r->echo_of) {
            g_string_append_printf(out, "no event of its own: look at the reset in frame %u",
                                   r->echo_of->seg.frame);
        } else {
            g_string_append_printf(out,
                                   "an earlier reset of this connection did not come by here: "
                                   "capture at the %s to see what reset it",
                                   side);
        }
        break;
    case RO_CAUSE_HALF_OPEN:
        g_string_append_printf(out,
                               "look for a restart of the %s's program or host, or for a failover "
                               "to another host",
                               side);
        break;
    case RO_CAUSE_KEEPALIVE_FAILURE:
    case RO_CAUSE_RETRANSMISSION_TIMEOUT:
        g_string_append_printf(
            out, "the other side stopped answering the %s before this: look there", side);
        break;
    case RO_CAUSE_TEARDOWN:
    case RO_CAUSE_LATE_DATA:
    case RO_CAUSE_TIME_WAIT:
        g_string_append(out, "harmless where the data had been exchanged");
        break;
    case RO_CAUSE_SCAN:
    case RO_CAUSE_CONNECT_CANCELLED:
        g_string_append(out, "the client did not want the connection: nothing to mend on the path");
        break;
    default:
        g_string_append_printf(out,
                               "look at the log of the %s's program at this time, or trace "
                               "tcp:tcp_send_reset there",
                               side);
        break;
    }
}

void ro_text_advice(const ro_reset *r, const ro_verdict *v, GString *out)
{
    if (v->source == RO_SOURCE_INTERMEDIARY) {
        advise_box(r, v, out);
    } else if (v->source == RO_SOURCE_UNKNOWN) {
        g_string_append_printf(out, "capture at the %s as well: the signs do not decide",
                               ro_side_name((ro_side)r->claimed_sender));
    } else {
        advise_endpoint(r, v, out);
    }
}
