/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells whether a capture point is the sender's own interface. */

#include "points/placement.h"

#include "base/constants.h"
#include "base/ttl.h"

bool ro_point_is_next_to(const ro_stream *st, int d)
{
    const ro_dir *sender = st->dir[d];

    if (sender->ttl_kinds == 0 || (sender->rtt_n > 0 && sender->rtt_min_ns >= RO_NEXT_TO_NS)) {
        return false;
    }
    for (unsigned i = 0; i < sender->ttl_kinds; i++) {
        if (sender->ttls[i].ttl < 64 ||
            ro_ttl_initial(sender->ttls[i].ttl) != sender->ttls[i].ttl) {
            return false;
        }
    }
    return true;
}
