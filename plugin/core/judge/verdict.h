/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The judgement of one RST: who sent it, why, how sure, by which signs. A pure function of the
 * record, so it may be asked again at any time and gives the same answer for the same knowledge. */

#ifndef RO_JUDGE_VERDICT_H
#define RO_JUDGE_VERDICT_H

#include <glib.h>

#include "reset/reset.h"

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

/* Signs that can fire for one RST; the table in signs.c is shorter. */
#define RO_SIGNS_MAX 64

/* One sign that fired. */
typedef struct ro_fired {
    uint8_t sign;   /* row of the table, see signs.h */
    int16_t weight; /* decibans, positive speaks for a box on the path */
} ro_fired;

typedef struct ro_verdict {
    ro_source source;
    ro_confidence confidence;
    ro_cause cause;
    bool injected;   /* source is intermediary */
    bool suspicious; /* signs speak against the endpoint but do not decide */
    bool lookahead;  /* frames after the RST were taken into account */
    int32_t score;   /* decibans, prior included */
    unsigned fired_n;
    ro_fired fired[RO_SIGNS_MAX]; /* strongest first */
} ro_verdict;

void ro_judge(const ro_reset *r, ro_verdict *v);

/* The same without the signs that rest on the judgement of other RSTs, and without a cause. */
void ro_judge_alone(const ro_reset *r, ro_verdict *v);

/* Tokens of the field contract. */
const char *ro_source_name(ro_source source);
const char *ro_side_name(ro_side side);
const char *ro_confidence_name(ro_confidence confidence);
const char *ro_cause_name(ro_cause cause);
const char *ro_stage_name(ro_stage stage);
const char *ro_shape_name(ro_shape shape);
const char *ro_seq_check_name(ro_seq_check check);

#endif
