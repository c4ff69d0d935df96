/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses as people write them: dotted IPv4, and the one short form of IPv6 (RFC 5952). */

#include "base/addr.h"

#define GROUPS 8

static bool is_ipv4(ro_addr addr)
{
    return addr.hi == 0 && addr.lo >> 32 == 0xffff;
}

bool ro_addr_is_loopback(ro_addr addr)
{
    return is_ipv4(addr) ? (addr.lo >> 24 & 0xff) == 127 : addr.hi == 0 && addr.lo == 1;
}

bool ro_addr_share_link(ro_addr a, ro_addr b)
{
    if (is_ipv4(a) || is_ipv4(b)) {
        return is_ipv4(a) && is_ipv4(b) && a.lo >> 8 == b.lo >> 8;
    }
    return a.hi == b.hi;
}

/* The longest run of at least two zero groups, the first one of equals (RFC 5952 4.2). */
static void longest_zeros(const unsigned group[GROUPS], unsigned *at, unsigned *n)
{
    *at = 0;
    *n = 0;
    for (unsigned i = 0; i < GROUPS;) {
        unsigned end = i;

        while (end < GROUPS && group[end] == 0) {
            end++;
        }
        if (end - i > *n && end - i >= 2) {
            *at = i;
            *n = end - i;
        }
        i = end + 1;
    }
}

static void ipv6_text(ro_addr addr, GString *out)
{
    unsigned group[GROUPS];
    unsigned at;
    unsigned n;

    for (unsigned i = 0; i < GROUPS; i++) {
        uint64_t half = i < GROUPS / 2 ? addr.hi : addr.lo;

        group[i] = (unsigned)(half >> (48 - 16 * (i % 4))) & 0xffff;
    }
    longest_zeros(group, &at, &n);
    for (unsigned i = 0; i < GROUPS; i++) {
        if (n && i == at) {
            g_string_append(out, "::");
            i += n - 1;
        } else {
            g_string_append_printf(out, "%s%x", i == 0 || (n && i == at + n) ? "" : ":", group[i]);
        }
    }
}

void ro_addr_text(ro_addr addr, GString *out)
{
    if (is_ipv4(addr)) {
        g_string_append_printf(out, "%u.%u.%u.%u", (unsigned)(addr.lo >> 24) & 255,
                               (unsigned)(addr.lo >> 16) & 255, (unsigned)(addr.lo >> 8) & 255,
                               (unsigned)addr.lo & 255);
    } else {
        ipv6_text(addr, out);
    }
}

void ro_addr_port_text(ro_addr addr, uint16_t port, GString *out)
{
    bool plain = is_ipv4(addr);

    g_string_append(out, plain ? "" : "[");
    ro_addr_text(addr, out);
    g_string_append_printf(out, "%s:%u", plain ? "" : "]", port);
}

int ro_addr_compare(ro_addr a, ro_addr b)
{
    if (is_ipv4(a) != is_ipv4(b)) {
        return is_ipv4(a) ? -1 : 1;
    }
    if (a.hi != b.hi) {
        return a.hi < b.hi ? -1 : 1;
    }
    return (a.lo > b.lo) - (a.lo < b.lo);
}
