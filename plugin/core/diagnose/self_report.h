/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reset says of itself, and what its missing signature says. */

#ifndef RO_DIAGNOSE_SELF_REPORT_H
#define RO_DIAGNOSE_SELF_REPORT_H

#include "diagnose/rows.h"

RO_DIAGNOSIS(self_report);
RO_DIAGNOSIS(unsigned_reset);

#endif
