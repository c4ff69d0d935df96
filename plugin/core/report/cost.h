/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reset cost, and the order of findings that follows from it. */

#ifndef RO_REPORT_COST_H
#define RO_REPORT_COST_H

#include "judge/verdict.h"
#include "report/finding.h"

/* Whether the RST ended a connection that was in use: after its handshake, before its end, and its
 * receiver did not go on. */
bool ro_cost_broke(const ro_reset *r);

/* Whether the receiver dropped the RST or asked back about it, and kept its connection if it had one. */
bool ro_cost_dropped(const ro_reset *r);

/* Octets that the RST took with it. None where a device made it and its receiver dropped it, for then the
 * connection goes on; none where it follows from an earlier RST, which took them. */
uint32_t ro_cost_lost(const ro_reset *r, const ro_verdict *v);

/* Compares two findings (ro_finding **): what lost data or broke connections first, then what cost
 * most, harmless ones last. For g_ptr_array_sort. */
int ro_cost_compare(const void *a, const void *b);

#endif
