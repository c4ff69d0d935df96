/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When the resets came and who made them, as SVG. */

#ifndef RO_REPORT_PAGE_TIMELINE_H
#define RO_REPORT_PAGE_TIMELINE_H

#include "report/document.h"

/* Nothing where all resets came at one instant. */
void ro_page_timeline(const ro_document *doc, GString *out);

#endif
