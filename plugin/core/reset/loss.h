/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the application of the receiver lost by a RST. */

#ifndef RO_RESET_LOSS_H
#define RO_RESET_LOSS_H

#include "reset/reset.h"

/* Octets of data that had been sent to the claimed sender when the RST came, and that it had not
 * acknowledged before. SYN and FIN are not counted. The RST's own acknowledgment does not count either:
 * a device that answers a segment acknowledges what nobody has read, and so does a socket that is closed
 * with data unread (RFC 9293 3.6.1). 0 where it cannot be known, see below. */
uint32_t ro_lost_octets(const ro_reset *r);

/* False where the capture holds too little to tell: the receiver sent nothing that was captured, or the
 * acknowledgments of the claimed sender were not captured. */
bool ro_lost_octets_known(const ro_reset *r);

#endif
