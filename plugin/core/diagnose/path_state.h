/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices on the path that keep state of connections, and guesses of somebody who has none. */

#ifndef RO_DIAGNOSE_PATH_STATE_H
#define RO_DIAGNOSE_PATH_STATE_H

#include "diagnose/rows.h"

RO_DIAGNOSIS(invalid_state);
RO_DIAGNOSIS(state_loss);
RO_DIAGNOSIS(blind_attack);

#endif
