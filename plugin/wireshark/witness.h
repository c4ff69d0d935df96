/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The protocol rst_witness: what a kernel said of a reset, as extcap/rst-witness records it. */

#ifndef RO_WIRESHARK_WITNESS_H
#define RO_WIRESHARK_WITNESS_H

#include "items.h"

void ro_witness_register(void);

/* On a reset: what the kernels of its two ends said of it. */
void ro_items_witness(ro_tree_pos at, const ro_reset *r);

#endif
