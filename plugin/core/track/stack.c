/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells network stacks apart by the option order of their SYNs. */

#include "track/stack.h"

#include "base/ttl.h"

/* The order of the options in a SYN is fixed by the code that writes them: Linux
 * tcp_options_write(); the others as p0f.fp and nmap-os-db record them. Nibbles as in segment.h,
 * first option lowest. */
ro_stack ro_stack_of(const ro_segment *s)
{
    static const struct {
        uint32_t order;
        uint32_t mask;
        uint8_t stack;
    } known[] = {
        {0x25431, 0xfffff, RO_STACK_LINUX},     /* MSS SACK-OK TS NOP WS */
        {0x253551, 0xffffff, RO_STACK_LINUX},   /* MSS NOP NOP SACK-OK NOP WS: timestamps off */
        {0x254551, 0xffffff, RO_STACK_LINUX},   /* MSS NOP NOP TS NOP WS: SACK off */
        {0x431, UINT32_MAX, RO_STACK_LINUX},    /* MSS SACK-OK TS: no window scale */
        {0x4551, UINT32_MAX, RO_STACK_LINUX},   /* MSS NOP NOP TS: nor SACK */
        {0x355251, 0xffffff, RO_STACK_WINDOWS}, /* MSS NOP WS NOP NOP SACK-OK */
        {0x3455251, 0xfffffff, RO_STACK_APPLE}, /* MSS NOP WS NOP NOP TS SACK-OK EOL */
    };

    if (!(s->known & RO_KNOW_OPTIONS)) {
        return RO_STACK_UNKNOWN;
    }
    if (s->options == 0) {
        return RO_STACK_BARE;
    }
    for (unsigned i = 0; i < sizeof known / sizeof *known; i++) {
        if ((s->opt_order & known[i].mask) == known[i].order) {
            return (ro_stack)known[i].stack;
        }
    }
    if ((s->opt_order & 0xfffff) == 0x43251 && (s->known & RO_KNOW_IP)) {
        /* MSS NOP WS SACK-OK TS: FreeBSD, and Windows with timestamps on */
        return ro_ttl_initial(s->ttl) == 128 ? RO_STACK_WINDOWS : RO_STACK_FREEBSD;
    }
    return RO_STACK_UNKNOWN;
}

const char *ro_stack_name(ro_stack stack)
{
    switch (stack) {
    case RO_STACK_LINUX:
        return "Linux";
    case RO_STACK_WINDOWS:
        return "Windows";
    case RO_STACK_APPLE:
        return "macOS or iOS";
    case RO_STACK_FREEBSD:
        return "FreeBSD";
    case RO_STACK_BARE:
        return "a raw-socket tool";
    default:
        return "unknown";
    }
}
