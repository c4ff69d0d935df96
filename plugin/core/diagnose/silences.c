/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Brackets a timer at constant cost. */

#include "diagnose/silences.h"

#include <string.h>

void ro_silences_survived(ro_silences *s, int64_t ns, uint32_t frame)
{
    s->survived_n++;
    if (ns > s->survived.ns) {
        s->survived = (ro_silence){ns, frame};
    }
}

void ro_silences_died(ro_silences *s, int64_t ns, uint32_t frame)
{
    unsigned at = s->died_kept;

    s->died_n++;
    while (at > 0 && s->died[at - 1].ns > ns) {
        at--;
    }
    if (at == RO_SILENCES_DIED) {
        return;
    }
    if (s->died_kept < RO_SILENCES_DIED) {
        s->died_kept++;
    }
    memmove(&s->died[at + 1], &s->died[at], (s->died_kept - at - 1) * sizeof *s->died);
    s->died[at] = (ro_silence){ns, frame};
}

ro_silence ro_silences_shortest(const ro_silences *s)
{
    for (unsigned i = 0; i < s->died_kept; i++) {
        if (s->died[i].ns > s->survived.ns) {
            return s->died[i];
        }
    }
    return (ro_silence){0, 0};
}
