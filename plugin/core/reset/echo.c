/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the RST that explains another one. */

#include "reset/echo.h"

#include "base/constants.h"
#include "reset/inference.h"

/* Whether `e`, which has the other side's address, ended the connection of r's sender: it had
 * reached that sender before `r` left, and its number counted there. */
static bool ended_by(const ro_reset *r, const ro_reset *e)
{
    int64_t since = r->seg.time_ns - e->seg.time_ns;
    int64_t there_and_back = ro_rtt_least(r->sender);

    if (e->seq_check == RO_SEQ_ABOVE || e->seq_check == RO_SEQ_IN_WINDOW ||
        (e->seq_check == RO_SEQ_BELOW && e->shape != RO_SHAPE_REPLY)) {
        return false;
    }
    if (ro_has_no_number(e) && e->seq_check != RO_SEQ_EXACT) {
        return false; /* only in SYN-SENT its 0 counts */
    }
    return since * 10 >= there_and_back * 9;
}

const ro_reset *ro_echo_of(const ro_reset *r)
{
    const ro_reset *e;
    int i;

    if (r->shape != RO_SHAPE_REPLY && (r->seg.flags & RO_ACK)) {
        return NULL; /* only a kernel without the connection replies */
    }
    for (e = r->prev_other, i = 0; e && i < RO_BURST_STEPS; e = e->prev_same, i++) {
        if (ended_by(r, e)) {
            return e;
        }
    }
    for (e = r->prev_same, i = 0; e && i < RO_BURST_STEPS; e = e->prev_same, i++) {
        if (e->shape == RO_SHAPE_ABORT && e->seg.ttl == r->seg.ttl) {
            return e; /* its sender had aborted, and now answers what was under way */
        }
    }
    return NULL;
}
