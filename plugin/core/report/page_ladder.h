/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ladder diagram of one finding as SVG. */

#ifndef RO_REPORT_PAGE_LADDER_H
#define RO_REPORT_PAGE_LADDER_H

#include "report/document.h"

/* A figure with its SVG, which also tells its content to a screen reader. Nothing where there is
 * but the reset itself. */
void ro_page_ladder(const ro_document *doc, const ro_finding *f, GString *out);

#endif
