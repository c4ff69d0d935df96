/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts what is known of a frame's resets into its tree, its expert information and the tap. */

#ifndef RO_WIRESHARK_ATTACH_H
#define RO_WIRESHARK_ATTACH_H

#include "compat.h"

#include "core/judge/verdict.h"
#include "core/reset/reset.h"

/* What listeners of the tap "rst_origin" get, once for each RST. Lives as long as the packet. */
typedef struct ro_tap_info {
    const ro_reset *reset;
    ro_verdict verdict;
} ro_tap_info;

#define RO_TAP "rst_origin"

void ro_attach_register(void);

/* Adds the results of this frame that its present dissection has not added yet, at the root of `tree` (NULL
 * where there is none). `tvb` is the segment's. */
void ro_attach(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree);

/* The verdict as the fields show it: the core's, held back by the preference min_score. */
void ro_attach_judge(const ro_reset *r, ro_verdict *v);

#endif
