/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Published tampering signatures (Sundara Raman et al., SIGCOMM 2023, table 1). */

#ifndef RO_JUDGE_SIGNATURE_H
#define RO_JUDGE_SIGNATURE_H

#include "reset/reset.h"

/* The name of the signature that the RSTs of this direction match so far, e.g.
 * "PSH+ACK → RST+ACK"; NULL where none does. Follows later RSTs of the same direction. */
const char *ro_signature(const ro_reset *r);

#endif
