/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Idle timers that products are known to have, and the keep-alive that stays below one. */

#ifndef RO_DIAGNOSE_KNOWN_TIMERS_H
#define RO_DIAGNOSE_KNOWN_TIMERS_H

#include <stdint.h>

/* Who is known to give up a connection after that much silence, in words; NULL where nobody is.
 * Two percent either way count as the same. */
const char *ro_timer_owner(int64_t idle_ns);

/* Seconds of silence after which a keep-alive should be sent so that the timer never runs out, even
 * where one keep-alive is lost: half of it, and 1 at least. */
uint32_t ro_timer_keepalive(int64_t idle_ns);

#endif
