/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices on the path that act on names, ports and rules. */

#ifndef RO_DIAGNOSE_FILTERS_H
#define RO_DIAGNOSE_FILTERS_H

#include "diagnose/rows.h"

RO_DIAGNOSIS(blocked_content);
RO_DIAGNOSIS(unconditional_block);
RO_DIAGNOSIS(policy_reject);

#endif
