/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Silences of one kind of connection: which were survived, and which were not. A timer lies between. */

#ifndef RO_DIAGNOSE_SILENCES_H
#define RO_DIAGNOSE_SILENCES_H

#include <stdint.h>

/* Shortest deadly silences that are kept. Later survivors may speak against some of them. */
#define RO_SILENCES_DIED 8

typedef struct ro_silence {
    int64_t ns;
    uint32_t frame; /* that ended it: the answered segment, or the RST */
} ro_silence;

typedef struct ro_silences {
    ro_silence survived;               /* the longest */
    ro_silence died[RO_SILENCES_DIED]; /* shortest first */
    uint32_t died_kept;
    uint32_t survived_n;
    uint32_t died_n;
} ro_silences;

void ro_silences_survived(ro_silences *s, int64_t ns, uint32_t frame);
void ro_silences_died(ro_silences *s, int64_t ns, uint32_t frame);

/* The shortest deadly silence that is longer than all that were survived; ns is 0 where there is none. */
ro_silence ro_silences_shortest(const ro_silences *s);

#endif
