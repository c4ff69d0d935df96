/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Joins events of a kernel with resets of the capture. */

#ifndef RO_POINTS_WITNESS_MATCH_H
#define RO_POINTS_WITNESS_MATCH_H

#include "points/witness.h"

/* An event, or a reset that its copies are known of, was just taken in. */
void ro_witness_match_event(const ro_witnesses *w, ro_testimony *t);
void ro_witness_match_reset(const ro_witnesses *w, ro_reset *r);

/* Sorts out what is traced as a received reset and was none; before `t`, the newest event, is matched. */
void ro_witness_set_aside(const ro_witnesses *w, const ro_testimony *t);

/* Whether the capture has a reset that the event may tell of, whoever else tells of it. */
bool ro_witness_has_reset(const ro_witnesses *w, const ro_testimony *t);

#endif
