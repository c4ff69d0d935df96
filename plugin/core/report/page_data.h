/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of all resets, as the data from which the page's script makes its rows. */

#ifndef RO_REPORT_PAGE_DATA_H
#define RO_REPORT_PAGE_DATA_H

#include "report/document.h"

/* Rows of the table: what a browser still sorts at once, and about 2 MB. */
#define RO_PAGE_ROWS 20000

void ro_page_data(const ro_document *doc, GString *out);

#endif
