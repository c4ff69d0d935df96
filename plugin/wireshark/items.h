/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Adds the items of one reset to a tree: its facts, and what later frames showed. */

#ifndef RO_WIRESHARK_ITEMS_H
#define RO_WIRESHARK_ITEMS_H

#include "compat.h"

#include "core/diagnose/diagnosis.h"
#include "core/reset/reset.h"

/* Where items go. All of them are generated: they have no bytes of their own. */
typedef struct ro_tree_pos {
    proto_tree *tree;
    tvbuff_t *tvb;
} ro_tree_pos;

proto_item *ro_item_string(ro_tree_pos at, int hf, const char *value);

/* A sentence, over as many lines as it needs in a window; `head` stands before it there. */
proto_item *ro_item_sentence(ro_tree_pos at, int hf, const char *head, const char *text);
proto_item *ro_item_int(ro_tree_pos at, int hf, int32_t value);
proto_item *ro_item_uint(ro_tree_pos at, int hf, uint32_t value);
proto_item *ro_item_flag(ro_tree_pos at, int hf, bool value);
proto_item *ro_item_span(ro_tree_pos at, int hf, int64_t ns);

/* A link to frame `n`; nothing where n is 0 or the frame of that time is gone. */
proto_item *ro_item_frame(ro_tree_pos at, int hf, uint32_t n, int64_t time_ns);

void ro_items_facts(ro_tree_pos at, const ro_reset *r);
void ro_items_later(ro_tree_pos at, const ro_reset *r);
void ro_items_diagnosis(ro_tree_pos at, const ro_case *c, const ro_diagnosis *d);
void ro_items_vantage(ro_tree_pos at, const ro_reset *r);

#endif
