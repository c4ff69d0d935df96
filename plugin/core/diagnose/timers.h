/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The idle timer that a RST may be due to: bracketed by what the capture's other connections survived. */

#ifndef RO_DIAGNOSE_TIMERS_H
#define RO_DIAGNOSE_TIMERS_H

#include <glib.h>

#include "diagnose/known_timers.h"
#include "diagnose/shared.h"

typedef struct ro_timer {
    int64_t silence_ns;     /* before this RST's exchange, or before its sender closed; 0: none */
    ro_silence survived;    /* longest silence survived by connections of the same kind */
    ro_silence died;        /* shortest that was not */
    uint32_t died_n;        /* connections that ended after a silence */
    const ro_cluster *same; /* closed by the same side after the same silence; NULL: no others */
    bool only;              /* no other connection of the listener was closed so by that side */
    bool alike;             /* all of them after the same silence, however few */
    bool exact;             /* the silence is the timer: it ran out by itself */
    bool stands_out;        /* `same` is no chance */
    bool contradicted;      /* a longer silence was survived: no timer of that length */
    bool bracketed;         /* survived and died lie close together */
    int64_t length_ns; /* the timer: measured, or that of `known`; 0 where only bounds are known */
    const ro_known_timer *known; /* NULL where none fits */
} ro_timer;

/* Looks the timer up for a RST; `where` is RO_TIMER_*. Constant cost. */
void ro_timer_of(const ro_shared *shared, const ro_reset *r, unsigned where, ro_timer *out);

/* Whether any FIN had been seen: half-closed connections have timers of their own. */
bool ro_timer_half_closed(const ro_reset *r);

/* "350 s", "between 347.0 s and 360.0 s", "at most 360.0 s": what is known of the timer. */
void ro_timer_text(const ro_timer *t, GString *out);

/* Seconds for a keep-alive that stays below the timer. */
uint32_t ro_timer_probe_seconds(const ro_timer *t);

#endif
