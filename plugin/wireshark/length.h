/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a segment's length and checksum can be believed. */

#ifndef RO_WIRESHARK_LENGTH_H
#define RO_WIRESHARK_LENGTH_H

#include "compat.h"

#include "core/track/segment.h"

/* True if the reported length of the TCP tvbuff is the segment's length on the wire. Sets
 * *fragmented where it was put together from IP fragments. */
bool ro_length_believable(tvbuff_t *tvb, const packet_info *pinfo, const void *iph,
                          bool *fragmented);

/* Sets bad_checksum and its RO_KNOW bit where the whole segment was captured. */
void ro_checksum_judge(ro_segment *s, tvbuff_t *tvb, const packet_info *pinfo);

#endif
