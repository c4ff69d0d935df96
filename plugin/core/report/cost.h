/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reset cost, and the order of findings that follows from it. */

#ifndef RO_REPORT_COST_H
#define RO_REPORT_COST_H

#include "report/finding.h"

/* Whether the RST ended a connection that was in use: after its handshake, before its end, and its
 * receiver did not go on. */
bool ro_cost_broke(const ro_reset *r);

/* Compares two findings (ro_finding **): what lost data or broke connections first, then what cost
 * most, harmless ones last. For g_ptr_array_sort. */
int ro_cost_compare(const void *a, const void *b);

#endif
