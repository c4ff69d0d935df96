/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the headers of a direction show of its sender: TTL, IP-ID, DF, DSCP, flow label, MAC address,
 * timestamps. */

#ifndef RO_TRACK_HEADERS_H
#define RO_TRACK_HEADERS_H

#include "track/segment.h"
#include "track/stream.h"

/* Takes in the IP and link-layer headers of a segment that is no RST. Constant cost. */
void ro_dir_take_headers(ro_dir *x, ro_dir_work *w, const ro_segment *s);

/* And its TCP options. */
void ro_dir_take_options(ro_dir *x, const ro_segment *s);

#endif
