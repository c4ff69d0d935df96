/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The judgement of one RST: who sent it, why, how sure, by which signs. A pure function of the
 * record, so it may be asked again at any time and gives the same answer for the same knowledge. */

#ifndef RO_JUDGE_VERDICT_H
#define RO_JUDGE_VERDICT_H

#include <glib.h>

#include "judge/names.h"
#include "reset/reset.h"
#include "reset/reset_names.h"

/* Signs that can fire for one RST; signs.c asserts that the table is not longer. */
#define RO_SIGNS_MAX 72

/* One sign that fired. */
typedef struct ro_fired {
    uint8_t sign;           /* row of the table, see signs.h */
    int16_t weight;         /* decibans, positive speaks for a device on the path */
    const ro_reset *beside; /* of a sign of the second step: the other RST it rests on */
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

#endif
