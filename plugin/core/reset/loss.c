/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts what was sent and not acknowledged. */

#include "reset/loss.h"

#include "base/seq.h"

/* First octet of data that the claimed sender has not acknowledged. */
static bool first_unacked(const ro_reset *r, uint32_t *from)
{
    if (r->sender->has & RO_DIR_ACK) {
        *from = r->sender->rcv_nxt;
        if ((r->receiver->has & RO_DIR_ISN) && *from == r->receiver->isn) {
            *from = r->receiver->isn + 1;
        }
        return true;
    }
    /* It acknowledged nothing here. If the receiver acknowledges, it heard something: then that
     * direction was not captured. */
    if ((r->receiver->has & RO_DIR_ISN) && !(r->receiver->has & RO_DIR_ACK)) {
        *from = r->receiver->isn + 1;
        return true;
    }
    /* The capture began with the segment that the RST answers. */
    if (r->receiver->segments == 1 && (r->facts & RO_FACT_TRIGGER)) {
        *from = r->trigger.seq + ((r->trigger.flags & RO_SYN) ? 1 : 0);
        return true;
    }
    return false;
}

static bool count(const ro_reset *r, uint32_t *octets)
{
    const ro_dir *receiver = r->receiver;
    uint32_t from;
    uint32_t end = receiver->snd_nxt;

    *octets = 0;
    if (!(receiver->has & RO_DIR_SEQ) || !first_unacked(r, &from)) {
        return false;
    }
    if ((receiver->has & RO_DIR_FIN) && end == receiver->fin_end) {
        end--;
    }
    if (ro_seq_gt(end, from)) {
        *octets = end - from;
    }
    return true;
}

uint32_t ro_lost_octets(const ro_reset *r)
{
    uint32_t octets;

    count(r, &octets);
    return octets;
}

bool ro_lost_octets_known(const ro_reset *r)
{
    uint32_t octets;

    return count(r, &octets);
}
