/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tokens of the field contract. */

#include "judge/verdict.h"

#define NAME(table, value)                                                                         \
    ((unsigned)(value) < sizeof table / sizeof *table && table[value] ? table[value] : "unknown")

const char *ro_source_name(ro_source source)
{
    static const char *const names[] = {"unknown", "client", "server", "intermediary"};

    return NAME(names, source);
}

const char *ro_side_name(ro_side side)
{
    return side == RO_CLIENT ? "client" : "server";
}

const char *ro_confidence_name(ro_confidence confidence)
{
    static const char *const names[] = {"low", "medium", "high"};

    return NAME(names, confidence);
}

const char *ro_cause_name(ro_cause cause)
{
    static const char *const names[RO_CAUSE_N] = {
        [RO_CAUSE_UNKNOWN] = "unknown",
        [RO_CAUSE_CLOSED_PORT] = "closed_port",
        [RO_CAUSE_POLICY_REJECT] = "policy_reject",
        [RO_CAUSE_ABORT] = "abort",
        [RO_CAUSE_NO_SOCKET] = "no_socket",
        [RO_CAUSE_LATE_DATA] = "late_data",
        [RO_CAUSE_TEARDOWN] = "teardown",
        [RO_CAUSE_HALF_OPEN] = "half_open",
        [RO_CAUSE_CONNECT_CANCELLED] = "connect_cancelled",
        [RO_CAUSE_SCAN] = "scan",
        [RO_CAUSE_KEEPALIVE_FAILURE] = "keepalive_failure",
        [RO_CAUSE_RETRANSMISSION_TIMEOUT] = "retransmission_timeout",
        [RO_CAUSE_IDLE_TIMEOUT] = "idle_timeout",
        [RO_CAUSE_STATE_LOSS] = "state_loss",
        [RO_CAUSE_INVALID_STATE] = "invalid_state",
        [RO_CAUSE_BLOCKED_CONTENT] = "blocked_content",
        [RO_CAUSE_BLIND_ATTACK] = "blind_attack",
        [RO_CAUSE_CHALLENGE_ACK] = "challenge_ack",
        [RO_CAUSE_TIME_WAIT] = "time_wait",
        [RO_CAUSE_ECHO] = "echo",
        [RO_CAUSE_MPTCP] = "mptcp",
    };

    return NAME(names, cause);
}

const char *ro_stage_name(ro_stage stage)
{
    static const char *const names[] = {
        [RO_STAGE_NO_CONTEXT] = "no_context",   [RO_STAGE_POST_SYN] = "post_syn",
        [RO_STAGE_POST_SYNACK] = "post_synack", [RO_STAGE_POST_ACK] = "post_ack",
        [RO_STAGE_POST_PSH] = "post_psh",       [RO_STAGE_LATER] = "later",
        [RO_STAGE_CLOSING] = "closing",
    };

    return NAME(names, stage);
}

const char *ro_shape_name(ro_shape shape)
{
    static const char *const names[] = {"other", "reply", "reply_to_syn", "abort"};

    return NAME(names, shape);
}

const char *ro_seq_check_name(ro_seq_check check)
{
    static const char *const names[] = {"unknown", "exact", "in_window", "below", "above"};

    return NAME(names, check);
}
