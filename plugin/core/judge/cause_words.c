/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words for every cause, to be read in one go. */

#include "judge/cause_words.h"

#include <string.h>

#include "base/constants.h"

/* ---- where the endpoint sent the reset, or may have ---- */

#define LOOK_AT_PROGRAM                                                                            \
    "Look at the log of the {side}'s program at this time; a trace of its kernel shows whether "   \
    "the program, a segment or a timer caused the reset."
#define HARMLESS   "Nothing to do if all data had been exchanged before."
#define NOT_WANTED "The client did not want the connection: there is nothing to repair on the path."
#define UNANSWERED                                                                                 \
    "The other side had stopped answering the {side}: look there, and at the path to it."

static const ro_cause_words of_endpoint[RO_CAUSE_N] = {
    [RO_CAUSE_UNKNOWN] = {"cause not known", "cause not known", LOOK_AT_PROGRAM},
    [RO_CAUSE_CLOSED_PORT] = {"nothing listens on the port", "nothing listens on that port",
                              "Check that a program listens on {port} of the server."},
    [RO_CAUSE_POLICY_REJECT] = {"a rule refuses the connection", "a rule refuses the connection",
                                "Look for a reject rule for {port} on the {side} itself."},
    [RO_CAUSE_ABORT] = {"the program aborted the connection", "the program aborted the connection",
                        LOOK_AT_PROGRAM},
    [RO_CAUSE_NO_SOCKET] = {"the host knows no such connection", "it knows no such connection",
                            LOOK_AT_PROGRAM},
    [RO_CAUSE_LATE_DATA] = {"data arrived after the close", "data arrived after it had closed",
                            "Data that the {side} received after its close was lost: let the other "
                            "side close first where that matters."},
    [RO_CAUSE_TEARDOWN] = {"part of the normal end of the connection",
                           "part of the normal end of the connection", HARMLESS},
    [RO_CAUSE_HALF_OPEN] = {"the host had forgotten the connection",
                            "it had forgotten the connection",
                            "Look for a restart of the {side}'s program or host, or for a failover "
                            "to another host."},
    [RO_CAUSE_CONNECT_CANCELLED] = {"the client had given up connecting",
                                    "the client had given up connecting", NOT_WANTED},
    [RO_CAUSE_SCAN] = {"part of a port scan", "part of a port scan", NOT_WANTED},
    [RO_CAUSE_KEEPALIVE_FAILURE] = {"keep-alives went unanswered",
                                    "its keep-alives went unanswered", UNANSWERED},
    [RO_CAUSE_RETRANSMISSION_TIMEOUT] = {"retransmissions went unanswered",
                                         "its retransmissions went unanswered", UNANSWERED},
    [RO_CAUSE_IDLE_TIMEOUT] =
        {"the connection had been idle for too long", "the connection had been idle for too long",
         "Raise the idle timeout of the {side}'s program above {idle}, or let "
         "the other side close idle connections first."},
    [RO_CAUSE_STATE_LOSS] = {"the connection's state was lost",
                             "it had lost the connection's state", LOOK_AT_PROGRAM},
    [RO_CAUSE_INVALID_STATE] = {"a segment was taken for invalid", "it took a segment for invalid",
                                LOOK_AT_PROGRAM},
    [RO_CAUSE_BLOCKED_CONTENT] = {"blocked because of what was sent",
                                  "blocked because of what was sent", LOOK_AT_PROGRAM},
    [RO_CAUSE_BLIND_ATTACK] =
        {"sequence numbers are guessed by a sender that does not see the connection",
         "sequence numbers are guessed by a sender that does not see the connection",
         LOOK_AT_PROGRAM},
    [RO_CAUSE_CHALLENGE_ACK] = {"the answer to a challenge ACK", "it answers a challenge ACK",
                                "Look at the earlier reset that drew the challenge ACK."},
    [RO_CAUSE_TIME_WAIT] = {"the ports were still in TIME-WAIT",
                            "the ports were still in TIME-WAIT", HARMLESS},
    [RO_CAUSE_ECHO] = {"follows from an earlier reset", "follows from an earlier reset",
                       "Not an event of its own: look at {frame}."},
    [RO_CAUSE_MPTCP] = {"multipath TCP closed a subflow", "multipath TCP closed a subflow",
                        LOOK_AT_PROGRAM},
};

/* ---- where a device on the path sent it ---- */

#define LOOK_BETWEEN                                                                               \
    "Look at the devices {where}: capture at the {side} too; a reset that is not seen leaving "    \
    "there was made on the way."

static const ro_cause_words of_path[RO_CAUSE_N] = {
    [RO_CAUSE_POLICY_REJECT] = {"a rule refuses the connection", "a rule refuses the connection",
                                "Look for a reject rule for {port} on the firewalls in front of "
                                "the server."},
    [RO_CAUSE_IDLE_TIMEOUT] = {"the connection had been idle for too long",
                               "the connection had been idle for too long",
                               "Send keep-alives more often than every {idle}, or raise the idle "
                               "timer of the device above that."},
    [RO_CAUSE_STATE_LOSS] = {"the device had lost the connection's state",
                             "it had lost the connection's state",
                             "Look for a flushed, full or failed-over state table, or for a route "
                             "that passes the device in one direction only."},
    [RO_CAUSE_INVALID_STATE] = {"the device took a segment for invalid",
                                "it took a segment for invalid",
                                "On netfilter, drop INVALID segments before any REJECT "
                                "--reject-with tcp-reset."},
    [RO_CAUSE_BLOCKED_CONTENT] = {"blocked because of what was sent", "it blocks what was sent",
                                  LOOK_BETWEEN},
    [RO_CAUSE_BLIND_ATTACK] =
        {"sequence numbers are guessed by a sender that does not see the connection",
         "sequence numbers are guessed by a sender that does not see the connection",
         "Look for the origin of the forged packets at the edge of the "
         "network. Receivers that follow RFC 5961 survive them."},
    [RO_CAUSE_UNKNOWN] = {"a device on the path reset the connection", "cause not known",
                          LOOK_BETWEEN},
};

/* ---- where it is not decided ---- */

static const char undecided_advice[] = "The signs do not decide. Capture at the {side} as well: a "
                                       "reset that is not seen leaving there "
                                       "was made on the way.";

ro_cause_words ro_cause_words_of(ro_cause cause, ro_source source)
{
    unsigned c = (unsigned)cause < RO_CAUSE_N ? (unsigned)cause : RO_CAUSE_UNKNOWN;
    ro_cause_words words = of_endpoint[c];

    if (source == RO_SOURCE_INTERMEDIARY) {
        return of_path[c].title ? of_path[c] : of_path[RO_CAUSE_UNKNOWN];
    }
    if (source == RO_SOURCE_UNKNOWN) {
        words.advice = undecided_advice;
    }
    return words;
}

/* Appends the value that a name in braces stands for, or words for one that is not known. */
static void append_value(const char *name, size_t n, const ro_cause_values *values, GString *out)
{
    if (strncmp(name, "side", n) == 0) {
        g_string_append(out, values->side ? values->side : "claimed sender");
    } else if (strncmp(name, "where", n) == 0) {
        g_string_append(out, values->where ? values->where : "on the path");
    } else if (strncmp(name, "idle", n) == 0) {
        if (values->idle_ns > 0) {
            g_string_append_printf(out, "%.0f s", (double)values->idle_ns / (double)RO_S);
        } else {
            g_string_append(out, "the silence before the reset");
        }
    } else if (strncmp(name, "frame", n) == 0) {
        if (values->frame) {
            g_string_append_printf(out, "the reset in frame %u", values->frame);
        } else {
            g_string_append(out, "the reset of this connection before it");
        }
    } else if (values->port) {
        g_string_append_printf(out, "port %u", values->port);
    } else {
        g_string_append(out, "that port");
    }
}

void ro_cause_advise(const ro_cause_words *words, const ro_cause_values *values, GString *out)
{
    const char *at = words->advice;
    const char *open;

    while ((open = strchr(at, '{')) != NULL) {
        const char *close = strchr(open, '}');

        if (!close) {
            break;
        }
        g_string_append_len(out, at, open - at);
        append_value(open + 1, (size_t)(close - open - 1), values, out);
        at = close + 1;
    }
    g_string_append(out, at);
}
