/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Teaches a host what its connections show. */

#include "track/host_learn.h"

bool ro_host_learn(ro_host *h, const ro_dir *sender, const ro_segment *s)
{
    bool accepted = false;

    h->last_ns = s->time_ns;
    if (s->known & RO_KNOW_IP) {
        ro_class class_ = RO_CLASS_DATA;

        if (s->flags & RO_SYN) {
            class_ = (s->flags & RO_ACK) ? RO_CLASS_SYN_ACK : RO_CLASS_SYN;
        }
        ro_host_saw_ttl(h, class_, s->ttl);
    }
    if (s->known & RO_KNOW_IP_ID) {
        *(s->df ? &h->df_set : &h->df_clear) += 1;
    }
    if (s->known & RO_KNOW_FLOW_LABEL) {
        *(s->flow_label ? &h->label_set : &h->label_zero) += 1;
    }
    if (s->known & RO_KNOW_MAC) {
        if (h->mac_n == 0) {
            h->mac = s->mac;
        }
        *(h->mac == s->mac ? &h->mac_n : &h->mac_other) += 1;
    }
    if (s->flags & RO_SYN) {
        if (sender->stack != RO_STACK_UNKNOWN) {
            h->stack = sender->stack;
        }
        if ((s->flags & RO_ACK) && sender->syns == 1) {
            h->accepted++;
            accepted = true;
        }
    }
    return accepted;
}
