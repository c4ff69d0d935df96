/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The median interval, and how many intervals keep to it. */

#include "report/rhythm.h"

#include <stdlib.h>

#include <glib.h>

#include "base/constants.h"

#define FIT_PERCENT 5

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

bool ro_rhythm_of(int64_t *times, size_t n, ro_rhythm *out)
{
    size_t gaps_n = n ? n - 1 : 0;
    int64_t *gaps;

    *out = (ro_rhythm){0};
    if (gaps_n < RO_RHYTHM_MIN) {
        return false;
    }
    qsort(times, n, sizeof *times, by_value);
    gaps = g_new(int64_t, gaps_n);
    for (size_t i = 0; i < gaps_n; i++) {
        gaps[i] = times[i + 1] - times[i];
    }
    qsort(gaps, gaps_n, sizeof *gaps, by_value);
    out->period_ns = gaps[gaps_n / 2];
    for (size_t i = 0; i < gaps_n; i++) {
        int64_t off = ABS(gaps[i] - out->period_ns);

        if (off <= out->period_ns / 100 * FIT_PERCENT) {
            out->intervals++;
            out->spread_ns = MAX(out->spread_ns, off);
        }
    }
    g_free(gaps);
    return out->period_ns >= RO_S && out->intervals >= RO_RHYTHM_MIN &&
           (size_t)out->intervals * 5 >= gaps_n * 4;
}
