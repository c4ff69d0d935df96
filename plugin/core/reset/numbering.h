/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells whether one IP-ID counter numbers both directions of a connection. */

#ifndef RO_RESET_NUMBERING_H
#define RO_RESET_NUMBERING_H

#include "reset/reset.h"

/* Whether the packets of both directions before the RST, and the RST, take their IP-IDs from one counter: then one
 * machine writes for both ends. IPv4 only; false between two programs of one host that show it by their addresses,
 * and where too few packets are remembered. Cost: at most 2 * RO_HISTORY_MAX segments. */
bool ro_one_counter(const ro_reset *r);

#endif
