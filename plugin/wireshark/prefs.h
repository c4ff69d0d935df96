/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Preferences under Protocols -> TCP Reset Origin. */

#ifndef RO_WIRESHARK_PREFS_H
#define RO_WIRESHARK_PREFS_H

#include "compat.h"

typedef struct ro_preferences {
    ro_pref_bool expert_plain; /* expert info on resets that nothing speaks against */
    ro_pref_bool sign_sources; /* show where each sign comes from */
    ro_pref_bool info_column;  /* append the verdict to the Info column */
    const char *point_names;   /* of capture points, in the order of their interfaces */
    unsigned min_score;        /* decibans below which `intermediary` is held back */
} ro_preferences;

extern ro_preferences ro_prefs;

/* Largest value that min_score can usefully have: 100 decibans are 10^10 to 1. */
#define RO_MIN_SCORE_MAX 100

void ro_prefs_register(void);

#endif
