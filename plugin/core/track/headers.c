/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Remembers how a direction's sender writes its headers. */

#include "track/headers.h"

#include "base/seq.h"
#include "base/ttl.h"

static void take_ip_id(ro_dir *x, const ro_segment *s)
{
    if (s->flags & RO_SYN) {
        x->ip_id_syn = s->ip_id;
        return;
    }
    if (s->ip_id == 0) {
        /* Linux writes 0 into ACKs sent without the socket; its counter goes on elsewhere. */
        if (x->has & RO_DIR_IP_ID) {
            return;
        }
    } else if ((x->has & RO_DIR_IP_ID) && x->ip_id != 0) {
        uint16_t step = (uint16_t)(s->ip_id - x->ip_id);

        if (step >= 1 && step <= 64) {
            x->has |= RO_DIR_ID_MOVED;
            if (x->ip_id_steps < 255) {
                x->ip_id_steps++;
            }
        } else if (step != 0 && step < 0xff00) { /* a little back is reordering */
            if (x->ip_id_jumps < 255) {
                x->ip_id_jumps++;
            }
        }
    }
    x->has |= RO_DIR_IP_ID;
    x->ip_id = s->ip_id;
}

void ro_dir_take_headers(ro_dir *x, ro_dir_work *w, const ro_segment *s)
{
    if (s->known & RO_KNOW_IP) {
        if (s->ttl == x->ttl_last && x->ttl_kinds > 0) {
            ro_ttl_count_more(&x->ttls[w->ttl_at]);
        } else {
            w->ttl_at = ro_ttl_count_add(x->ttls, &x->ttl_kinds, s->ttl);
            x->ttl_last = s->ttl;
        }
        x->tos_last = s->tos;
        x->dscp_seen |= UINT64_C(1) << (s->tos >> 2);
    }
    if (s->known & RO_KNOW_IP_ID) {
        x->has |= s->df ? RO_DIR_DF_SET : RO_DIR_DF_CLEAR;
        if (!s->fragmented) {
            take_ip_id(x, s);
        }
    }
    if (s->known & RO_KNOW_FLOW_LABEL) {
        if ((x->has & RO_DIR_LABEL) && x->flow_label != s->flow_label) {
            x->has |= RO_DIR_LABEL_MANY;
        }
        x->has |= RO_DIR_LABEL;
        x->flow_label = s->flow_label;
    }
    if (s->known & RO_KNOW_MAC) {
        if ((x->has & RO_DIR_MAC) && x->mac != s->mac) {
            x->has |= RO_DIR_MAC_MANY;
        }
        x->has |= RO_DIR_MAC;
        x->mac = s->mac;
    }
    if (s->known & RO_KNOW_DIRECTION) {
        x->has |= s->sent_here ? RO_DIR_SENT : RO_DIR_RECEIVED;
    }
}

void ro_dir_take_options(ro_dir *x, const ro_segment *s)
{
    if (!(s->known & RO_KNOW_OPTIONS)) {
        return;
    }
    if (s->options & RO_OPT_TIMESTAMP) {
        if (!(x->has & RO_DIR_TS) || ro_seq_ge(s->tsval, x->tsval)) {
            x->tsval = s->tsval;
            x->ts_time_ns = s->time_ns;
        }
        x->tsecr = s->tsecr;
        x->has |= RO_DIR_TS;
    } else if (!(s->flags & RO_SYN)) {
        x->has |= RO_DIR_NO_TS;
    }
    if (s->options & (RO_OPT_MD5 | RO_OPT_AO)) {
        x->has |= RO_DIR_SIGNED;
    }
    if (s->options & RO_OPT_FASTCLOSE) {
        x->has |= RO_DIR_FASTCLOSE;
    }
    if (s->options & RO_OPT_SACK) {
        if (!(x->has & RO_DIR_SACK) || ro_seq_gt(s->sack_right, x->sack_right)) {
            x->sack_right = s->sack_right;
        }
        x->has |= RO_DIR_SACK;
    }
}
