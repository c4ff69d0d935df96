/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the applications of a connection said: fed with the segments that may begin a message. */

#ifndef RO_TRACK_WORDS_H
#define RO_TRACK_WORDS_H

#include "track/stream.h"

/* Takes in the first octets of a segment of direction `d`, and the server name that it asks for. Called for
 * the first segment after a change of direction, and for short ones. Allocates only where a name is longer
 * than any of the connection before. */
void ro_words_of_segment(ro_stream *st, int d, const ro_segment *s);

#endif
