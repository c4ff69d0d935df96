/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Turns a TCP segment in a tvbuff into the core's plain values. */

#ifndef RO_WIRESHARK_SEGMENT_H
#define RO_WIRESHARK_SEGMENT_H

#include "compat.h"

#include "core/track/segment.h"

/* Capture time of the frame in nanoseconds since 1970, within 1970 to 2106; 0 where it has none. */
int64_t ro_capture_time(const packet_info *pinfo);

/* Least captured bytes of a TCP header to know its ports, numbers and flags (RFC 9293 3.1). */
#define RO_TCP_FLAGS_END 14

/* Fills `s` from the TCP header at the start of `tvb`; `iph` is what the IP dissector hands on
 * (ws_ip4, ws_ip6 or NULL). What was not captured or cannot be believed stays unknown. Returns
 * false where this is no segment to reason about: flags not captured, or a data offset that no
 * receiver would accept on anything but a RST. */
bool ro_segment_read(ro_segment *s, tvbuff_t *tvb, packet_info *pinfo, const void *iph);

#endif
