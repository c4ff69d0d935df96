/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the receiver did with a RST. */

#ifndef RO_RESET_EFFECT_H
#define RO_RESET_EFFECT_H

#include "reset/reset.h"

typedef enum ro_effect {
    RO_EFFECT_UNKNOWN = 0,
    RO_EFFECT_RESET,      /* it gave up the connection */
    RO_EFFECT_CHALLENGED, /* it asked back with a challenge ACK (RFC 5961 3.2) */
    RO_EFFECT_IGNORED     /* it went on, or had no connection any more */
} ro_effect;

/* What the receiver does next decides; where nothing of it was captured, the rules that its stack
 * follows (RFC 9293 3.10.7, RFC 5961 3.2, RFC 2385, RFC 5925). Unknown where neither decides. Looks at
 * RO_BURST_STEPS earlier resets at most. A copy made by the capture has the effect of the first. */
ro_effect ro_effect_of(const ro_reset *r);

const char *ro_effect_name(ro_effect effect);

#endif
