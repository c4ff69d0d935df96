/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Draws a line through the clock offsets of many connections. */

#include "points/clock.h"

#include "base/constants.h"

/* A drift is told from samples that lie at least this far apart, and a quartz is off by less than
 * 500 ppm; beyond it the samples are at fault. */
#define DRIFT_SPAN_NS (10 * RO_S)
#define DRIFT_MAX     500e-6

void ro_clock_add(ro_clock *c, ro_clock_sample s)
{
    if (c->every == 0) {
        c->every = 1;
    }
    if (++c->skipped < c->every) {
        return;
    }
    c->skipped = 0;
    c->fitted = false;
    if (c->n == RO_CLOCK_SAMPLES) { /* keep every second one, and add half as often from now on */
        for (unsigned i = 0; i < RO_CLOCK_SAMPLES / 2; i++) {
            c->sample[i] = c->sample[2 * i];
        }
        c->n = RO_CLOCK_SAMPLES / 2;
        c->every *= 2;
    }
    c->sample[c->n++] = s;
}

/* The middle one of the offsets, once `drift` is taken off. */
static double middle(const ro_clock *c, double drift)
{
    double v[RO_CLOCK_SAMPLES];

    for (unsigned i = 0; i < c->n; i++) {
        double x =
            (double)c->sample[i].offset_ns - drift * (double)(c->sample[i].time_ns - c->base_ns);
        unsigned k = i;

        for (; k > 0 && v[k - 1] > x; k--) {
            v[k] = v[k - 1];
        }
        v[k] = x;
    }
    return v[c->n / 2];
}

/* Theil and Sen: the middle one of the slopes between far samples withstands single wrong ones. */
static double slope(const ro_clock *c)
{
    double v[RO_CLOCK_SAMPLES * RO_CLOCK_SAMPLES / 2];
    unsigned n = 0;

    for (unsigned i = 0; i < c->n; i++) {
        for (unsigned k = i + 1; k < c->n; k++) {
            int64_t dt = c->sample[k].time_ns - c->sample[i].time_ns;
            double x;
            unsigned at = n;

            if (dt < DRIFT_SPAN_NS && dt > -DRIFT_SPAN_NS) {
                continue;
            }
            x = (double)(c->sample[k].offset_ns - c->sample[i].offset_ns) / (double)dt;
            for (; at > 0 && v[at - 1] > x; at--) {
                v[at] = v[at - 1];
            }
            v[at] = x;
            n++;
        }
    }
    if (n == 0 || v[n / 2] > DRIFT_MAX || v[n / 2] < -DRIFT_MAX) {
        return 0;
    }
    return v[n / 2];
}

bool ro_clock_offset(ro_clock *c, int64_t time_ns, int64_t *offset_ns)
{
    if (c->n == 0) {
        return false;
    }
    if (!c->fitted) {
        c->base_ns = c->sample[0].time_ns;
        c->drift = slope(c);
        c->offset_ns = middle(c, c->drift);
        c->fitted = true;
    }
    *offset_ns = (int64_t)(c->offset_ns + c->drift * (double)(time_ns - c->base_ns));
    return true;
}
