/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses as people write them. */

#ifndef RO_BASE_ADDR_H
#define RO_BASE_ADDR_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* An IPv4 or IPv6 address as two numbers. IPv4 is held as ::ffff:a.b.c.d (RFC 4291 2.5.5.2); any
 * other address type a capture may carry TCP over is folded into the same 128 bits by the caller. */
typedef struct ro_addr {
    uint64_t hi;
    uint64_t lo;
} ro_addr;

static inline bool ro_addr_equal(ro_addr a, ro_addr b)
{
    return a.hi == b.hi && a.lo == b.lo;
}

/* 192.0.2.1, or IPv6 as in RFC 5952. */
void ro_addr_text(ro_addr addr, GString *out);

/* The same with a port: 192.0.2.1:80, [2001:db8::1]:80 (RFC 5952 6). */
void ro_addr_port_text(ro_addr addr, uint16_t port, GString *out);

/* 127.0.0.0/8 or ::1 (RFC 1122 3.2.1.3, RFC 4291 2.5.3): no packet of it leaves its host. */
bool ro_addr_is_loopback(ro_addr addr);

/* Whether two addresses probably share a link: the same IPv4 /24 or IPv6 /64, the usual sizes. */
bool ro_addr_share_link(ro_addr a, ro_addr b);

/* An order for stable lists: IPv4 first, then by value. */
int ro_addr_compare(ro_addr a, ro_addr b);

#endif
