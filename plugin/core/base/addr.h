/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses as people write them. */

#ifndef RO_BASE_ADDR_H
#define RO_BASE_ADDR_H

#include <glib.h>

#include "track/segment.h"

/* 192.0.2.1, or IPv6 as in RFC 5952. */
void ro_addr_text(ro_addr addr, GString *out);

/* The same with a port: 192.0.2.1:80, [2001:db8::1]:80 (RFC 5952 6). */
void ro_addr_port_text(ro_addr addr, uint16_t port, GString *out);

/* An order for stable lists: IPv4 first, then by value. */
int ro_addr_compare(ro_addr a, ro_addr b);

#endif
