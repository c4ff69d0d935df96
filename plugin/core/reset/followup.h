/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What frames after a RST say about it. */

#ifndef RO_RESET_FOLLOWUP_H
#define RO_RESET_FOLLOWUP_H

#include "reset/reset.h"

/* A later segment of the stream that is not a RST; `step` is what the stream made of it. RSTs that
 * it speaks against are added to `out`. Looks at the four newest resets of each direction at most. */
void ro_followup_segment(ro_stream *st, int d, const ro_segment *s, const ro_step *step,
                         ro_observed *out);

/* A later RST of the same stream; `r` has its facts and its links to earlier ones. */
void ro_followup_reset(ro_reset *r);

/* Frames of the connection that came after the RST, both ways, as far as the capture has been read. Copies
 * and strays are not counted. */
uint32_t ro_later_frames(const ro_reset *r);

#endif
