/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tree of counts over the resets of a capture: -z rst_origin,tree, and in the Statistics menu. */

#ifndef RO_WIRESHARK_STATS_H
#define RO_WIRESHARK_STATS_H

#include "compat.h"

void ro_stats_handoff(void);

#endif
