/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who, how sure and why, and the tokens of the field contract for them. */

#ifndef RO_JUDGE_NAMES_H
#define RO_JUDGE_NAMES_H

typedef enum ro_source {
    RO_SOURCE_UNKNOWN = 0,
    RO_SOURCE_CLIENT,
    RO_SOURCE_SERVER,
    RO_SOURCE_INTERMEDIARY
} ro_source;

typedef enum ro_confidence { RO_LOW = 0, RO_MEDIUM, RO_HIGH } ro_confidence;

typedef enum ro_cause {
    RO_CAUSE_UNKNOWN = 0,
    RO_CAUSE_CLOSED_PORT,
    RO_CAUSE_POLICY_REJECT,
    RO_CAUSE_ABORT,
    RO_CAUSE_NO_SOCKET,
    RO_CAUSE_LATE_DATA,
    RO_CAUSE_TEARDOWN,
    RO_CAUSE_HALF_OPEN,
    RO_CAUSE_CONNECT_CANCELLED,
    RO_CAUSE_SCAN,
    RO_CAUSE_KEEPALIVE_FAILURE,
    RO_CAUSE_RETRANSMISSION_TIMEOUT,
    RO_CAUSE_IDLE_TIMEOUT,
    RO_CAUSE_STATE_LOSS,
    RO_CAUSE_INVALID_STATE,
    RO_CAUSE_BLOCKED_CONTENT,
    RO_CAUSE_BLIND_ATTACK,
    RO_CAUSE_CHALLENGE_ACK,
    RO_CAUSE_TIME_WAIT,
    RO_CAUSE_ECHO,
    RO_CAUSE_MPTCP,
    RO_CAUSE_N
} ro_cause;

const char *ro_source_name(ro_source source);
const char *ro_confidence_name(ro_confidence confidence);
const char *ro_cause_name(ro_cause cause);

#endif
