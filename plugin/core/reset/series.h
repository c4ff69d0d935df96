/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Series of RSTs that injectors are known to fire: what the resets of one burst are to each other. Each
 * is asked of any RST of the burst, and looks at those known so far. */

#ifndef RO_RESET_SERIES_H
#define RO_RESET_SERIES_H

#include "reset/reset.h"

/* Three RST+ACKs with a window that are equal to the octet, IP-ID included, within 50 ms ("The GFW vs
 * Henan", S&P 2025: type II). Three, since two are what a SPAN port makes of a genuine abort. */
bool ro_series_gfw_copies(const ro_reset *r);

/* RST+ACKs of one number whose TTL and window rise by the same step, within 50 ms. */
bool ro_series_gfw_in_step(const ro_reset *r);

/* RST+ACKs that climb by 1460, 2920 or 4380 beyond anything sent (Clayton 2006; NDSS 2009). Bare RSTs are
 * left out: a host without the socket answers a flight of ACKs with just such steps. */
bool ro_series_gfw_steps(const ro_reset *r);

/* Two RSTs of one TTL whose numbers are 12503 apart (NDSS 2009, table 1). */
bool ro_series_sandvine(const ro_reset *r);

#endif
