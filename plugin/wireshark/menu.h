/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entries in Wireshark's menu Tools; programs without a window take no notice of them. */

#ifndef RO_WIRESHARK_MENU_H
#define RO_WIRESHARK_MENU_H

#include "compat.h"

void ro_menu_register(void);

#endif
