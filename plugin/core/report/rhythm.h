/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether something happens at regular intervals. */

#ifndef RO_REPORT_RHYTHM_H
#define RO_REPORT_RHYTHM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ro_rhythm {
    int64_t period_ns;
    int64_t spread_ns;  /* furthest that a counted interval is from it */
    uint32_t intervals; /* that fit */
} ro_rhythm;

/* Intervals from which on a rhythm is believed. */
#define RO_RHYTHM_MIN 4

/* `times` are sorted in place. True where at least four of five intervals are within 5 % of their
 * median, and that is a second or more: bursts have no rhythm worth telling. */
bool ro_rhythm_of(int64_t *times, size_t n, ro_rhythm *out);

#endif
