/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The chains of resets: of a connection, and of a host. */

#ifndef RO_RESET_LINKS_H
#define RO_RESET_LINKS_H

#include "reset/reset.h"

/* Links a new RST with the ones before it in its connection, in both directions, and of its claimed sender.
 * r->stream, r->d, r->number and r->host must be set. */
void ro_reset_link(ro_reset *r);

#endif
