/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a transfer goes: closed windows, the sizes that pass, signatures. */

#ifndef RO_TRACK_TRANSFER_H
#define RO_TRACK_TRANSFER_H

#include "track/stream.h"

/* Takes in a segment of direction `d` that the stream has taken in. Constant cost. */
void ro_transfer_follow(ro_stream *st, int d, const ro_segment *s);

#endif
