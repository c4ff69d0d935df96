/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why we think so and what to do: the lists below a finding's sentence. */

#ifndef RO_REPORT_REASONS_H
#define RO_REPORT_REASONS_H

#include "report/document.h"

/* Reasons named for the source, beside the diagnosis's own evidence. */
#define RO_REASONS_SIGNS 4

typedef struct ro_reasons {
    GPtrArray *evidence; /* char * */
    GPtrArray *missing;  /* char *: what would decide who sent it; empty where that is decided */
    GString *advice;     /* sentences, each with its full stop */
    GArray *commands;    /* ro_command */
} ro_reasons;

/* Of the plainest reset of a finding. */
void ro_reasons_of(const ro_document *doc, const ro_finding *f, ro_reasons *out);
void ro_reasons_clear(ro_reasons *reasons);

#endif
