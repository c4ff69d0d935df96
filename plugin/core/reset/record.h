/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes and frees the record of a RST. */

#ifndef RO_RESET_RECORD_H
#define RO_RESET_RECORD_H

#include "reset/reset.h"

/* A record of `s` with nothing else known. Never NULL. */
ro_reset *ro_reset_new(const ro_segment *s);

/* Frees a ro_reset; for GPtrArray. */
void ro_reset_free(void *reset);

#endif
