/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expert information: what the Expert dialog and its colours say of a reset. */

#ifndef RO_WIRESHARK_EXPERT_H
#define RO_WIRESHARK_EXPERT_H

#include "compat.h"

#include "core/judge/verdict.h"

void ro_expert_register(void);

/* Whether anybody reads expert information of this frame: its tap, its column, a filter on its fields, a tree
 * that is shown, or the light in the window's status bar, which asks nobody. */
bool ro_expert_is_read(const packet_info *pinfo, proto_tree *tree);

/* Adds the one note that fits the verdict; `item` may be NULL. */
void ro_expert_reset(packet_info *pinfo, proto_item *item, const ro_verdict *v, const char *text);

/* On the later frame: this frame speaks against the RST of frame `reset_frame`. */
void ro_expert_contradicts(packet_info *pinfo, proto_item *item, uint32_t reset_frame,
                           const char *side);

#endif
