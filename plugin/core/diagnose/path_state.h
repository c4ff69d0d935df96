/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices on the path that keep state of connections, and guesses of a sender that has none. */

#ifndef RO_DIAGNOSE_PATH_STATE_H
#define RO_DIAGNOSE_PATH_STATE_H

#include "diagnose/rows.h"

/* Whether it is one of a series of guesses at sequence numbers. */
bool ro_is_blind(const ro_case *c);

/* Whether several connections in use of the claimed sender were answered by a bare reset at one moment. */
bool ro_lost_at_once(const ro_case *c);

/* The same, and they had been silent for times that differ: no timer of theirs ran out. */
bool ro_lost_whatever_idle(const ro_case *c);

RO_DIAGNOSIS(invalid_state);
RO_DIAGNOSIS(state_loss);
RO_DIAGNOSIS(blind_attack);

#endif
