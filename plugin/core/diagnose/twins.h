/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds another connection that shares one end, or both ports, with a given one: where addresses are
 * translated, one conversation shows up under two pairs of addresses. */

#ifndef RO_DIAGNOSE_TWINS_H
#define RO_DIAGNOSE_TWINS_H

#include "reset/reset.h"

/* Places in the index, each with the two newest connections that fall there: 128 kB. */
#define RO_TWINS_PLACES 8192

typedef struct ro_twins ro_twins;

ro_twins *ro_twins_new(void);
void ro_twins_free(ro_twins *t); /* NULL is allowed */

/* Notes a connection that has begun, and forgets one that is about to be freed. */
void ro_twins_add(ro_twins *t, const ro_stream *st);
void ro_twins_forget(ro_twins *t, const ro_stream *st);

/* The connection under other addresses that carries the numbers that the RST answers or has, in the
 * same seconds; NULL where none is known. */
const ro_stream *ro_twin_of(const ro_twins *t, const ro_reset *r);

#endif
