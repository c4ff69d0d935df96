/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tokens of the field contract: who, how sure, why. */

#include "judge/names.h"

#define NAME(table, value)                                                                         \
    ((unsigned)(value) < sizeof table / sizeof *table && table[value] ? table[value] : "unknown")

const char *ro_source_name(ro_source source)
{
    static const char *const names[] = {"unknown", "client", "server", "intermediary"};

    return NAME(names, source);
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
