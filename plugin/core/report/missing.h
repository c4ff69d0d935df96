/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a capture would have to hold, so that somebody could tell who sent a reset. */

#ifndef RO_REPORT_MISSING_H
#define RO_REPORT_MISSING_H

#include <glib.h>

#include "reset/reset.h"

/* Appends a line (char *) for each thing that is not in the capture, what would decide most first; three at most. */
void ro_missing(const ro_reset *r, GPtrArray *lines);

#endif
