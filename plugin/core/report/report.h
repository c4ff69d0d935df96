/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answer to "which resets matter, and who makes them": resets gathered into findings, as text
 * that a person reads and as one JSON document. */

#ifndef RO_REPORT_REPORT_H
#define RO_REPORT_REPORT_H

#include <glib.h>

#include "judge/verdict.h"
#include "points/points.h"
#include "reset/reset.h"

/* Grows when something in the JSON document changes its meaning or goes away; additions leave it. */
#define RO_REPORT_VERSION 1

typedef struct ro_report ro_report;

/* `filter` is the display filter that chose the resets, or NULL; it is only printed. */
ro_report *ro_report_new(const char *filter);
void ro_report_free(ro_report *report); /* NULL is allowed */

/* Takes in one reset with its verdict; in capture order. */
void ro_report_add(ro_report *report, const ro_reset *r, const ro_verdict *v);

/* Both may be called at any time and as often as wanted. The order of everything is settled by
 * counts and names, so that equal captures give equal reports. */
void ro_report_text(ro_report *report, GString *out);

/* With the capture points, and where resets are made, where there is more than one; `points` may
 * be NULL. `resets` are all of the capture (ro_reset). */
void ro_report_json(ro_report *report, ro_points *points, const GPtrArray *resets, GString *out);

#endif
