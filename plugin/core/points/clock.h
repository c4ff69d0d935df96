/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clocks of two capture points: offset and drift, from the connections that both saw. */

#ifndef RO_POINTS_CLOCK_H
#define RO_POINTS_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Offsets kept: enough for a line through hours, whatever the number of connections. */
#define RO_CLOCK_SAMPLES 64

typedef struct ro_clock_sample {
    int64_t time_ns;   /* at the first point */
    int64_t offset_ns; /* the second point's clock minus the first's */
    int64_t way_ns;    /* there and back between them: the less, the surer */
} ro_clock_sample;

typedef struct ro_clock {
    unsigned n;
    unsigned every; /* one in so many connections is kept */
    unsigned skipped;
    ro_clock_sample sample[RO_CLOCK_SAMPLES];
    bool fitted;
    int64_t base_ns; /* time that the line is drawn from */
    double offset_ns;
    double drift; /* seconds per second */
} ro_clock;

void ro_clock_add(ro_clock *c, ro_clock_sample s);

/* The offset at a time of the first point's clock; false where nothing is known. */
bool ro_clock_offset(ro_clock *c, int64_t time_ns, int64_t *offset_ns);

#endif
