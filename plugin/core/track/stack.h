/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose TCP a SYN comes from, by the order of its options (p0f's idea). */

#ifndef RO_TRACK_STACK_H
#define RO_TRACK_STACK_H

#include "track/segment.h"

typedef enum ro_stack {
    RO_STACK_UNKNOWN = 0,
    RO_STACK_LINUX,
    RO_STACK_WINDOWS,
    RO_STACK_APPLE,
    RO_STACK_FREEBSD,
    RO_STACK_BARE /* no option at all: scanners and raw-socket tools */
} ro_stack;

/* The stack that wrote this SYN or SYN-ACK; unknown where the options were not captured whole or
 * fit none of the known orders. */
ro_stack ro_stack_of(const ro_segment *s);

/* As users know it, e.g. "Linux". */
const char *ro_stack_name(ro_stack stack);

#endif
