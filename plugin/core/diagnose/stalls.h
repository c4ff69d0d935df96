/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transfers that stood still: a closed window, segments too large for the path. */

#ifndef RO_DIAGNOSE_STALLS_H
#define RO_DIAGNOSE_STALLS_H

#include "diagnose/rows.h"

RO_DIAGNOSIS(zero_window);
RO_DIAGNOSIS(path_mtu);

#endif
