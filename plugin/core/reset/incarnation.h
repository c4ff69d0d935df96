/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of several connections on the same ports a segment belongs to (RFC 9293 3.4.3, RFC 6056). */

#ifndef RO_RESET_INCARNATION_H
#define RO_RESET_INCARNATION_H

#include "reset/reset.h"

/* Whether `s`, in direction `d`, starts a new connection on the ports of `st`. */
bool ro_starts_anew(const ro_stream *st, const ro_segment *s, int d);

/* Whether the RST `s`, in direction `d`, belongs to the connection on the ports of `st` before it. */
bool ro_belongs_before(const ro_stream *st, const ro_segment *s, int d);

/* Whether the segment `s` of direction `d`, the newest of the stream, fits the connection that `r` belongs to.
 * Its clock, its numbers and the time gone by are asked together: after a long silence, or far away in
 * sequence space, it is taken for another connection on the same ports whose SYN was not captured. */
bool ro_fits_connection(const ro_reset *r, int d, const ro_segment *s);

#endif
