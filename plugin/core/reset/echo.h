/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A RST that follows from an earlier RST of the same connection. */

#ifndef RO_RESET_ECHO_H
#define RO_RESET_ECHO_H

#include "reset/reset.h"

/* The earlier RST that explains `r`: one that ended the connection of its sender, or an abort of the
 * same sender, which then answers what was still under way. NULL where there is none. Looks at
 * RO_BURST_STEPS resets of each direction at most. */
const ro_reset *ro_echo_of(const ro_reset *r);

#endif
