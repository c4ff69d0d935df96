/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The same RST twice in one capture. */

#ifndef RO_RESET_COPY_H
#define RO_RESET_COPY_H

#include "reset/reset.h"

/* The earlier RST that `r` is the same packet as, or NULL. A kernel answers each of several segments under way
 * with a RST like the others, so equal headers alone make no copy: the IP-ID must be counted, or the capture
 * must hold ordinary packets twice as well (r->capture_doubled). Looks at a few resets back, as copies come in
 * batches. Needs r->surplus where the RST answers a segment. */
const ro_reset *ro_copy_find(const ro_reset *r);

/* What the sender's kernel (or, with `taken`, the receiver's) said of this RST, of a copy of it at another capture
 * point, or of the RST that it is a copy of; NULL where none spoke. See points/witness.h. */
struct ro_testimony *ro_copy_word(const ro_reset *r, bool taken);

#endif
