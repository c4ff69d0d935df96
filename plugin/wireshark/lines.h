/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sentences in the packet details of a window: broken into lines, so that none leaves it on the right. */

#ifndef RO_WIRESHARK_LINES_H
#define RO_WIRESHARK_LINES_H

#include "items.h"

/* Shows "head: text" as the line of `item`, which stands in `at`, and as further lines below it. False, and
 * nothing is done, where the program has no window or the tree is not shown: programs read one line. */
bool ro_lines_show(ro_tree_pos at, proto_item *item, const char *head, const char *text);

/* Whether this program has a window: tshark, rawshark and sharkd have none. */
bool ro_has_window(void);

#endif
