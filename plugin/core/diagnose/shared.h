/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the connections of a capture share: silences survived and died of, ages, moments. Bounded; fed by
 * the door as segments and resets come. */

#ifndef RO_DIAGNOSE_SHARED_H
#define RO_DIAGNOSE_SHARED_H

#include "reset/reset.h"

typedef struct ro_shared ro_shared;

ro_shared *ro_shared_new(void);
void ro_shared_free(ro_shared *shared); /* NULL is allowed */

/* A RST with its facts. */
void ro_shared_add_reset(ro_shared *shared, const ro_reset *r);

#endif
