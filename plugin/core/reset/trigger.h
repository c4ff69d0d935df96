/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which segment a RST answers, and which of the RFC's shapes it has. */

#ifndef RO_RESET_TRIGGER_H
#define RO_RESET_TRIGGER_H

#include "reset/reset.h"

/* Sets shape, trigger, response time, mirrors, and how old the newest thing is that the RST knows
 * of. r->sender, r->receiver and the round trips must be set. Marks the segment found as answered. */
void ro_trigger_find(ro_reset *r);

#endif
