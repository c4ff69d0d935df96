/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps the sample of a stream's segments. */

#include "points/sample.h"

#include "base/hash.h"

/* ECN bits are rewritten on the way. */
#define KEPT_FLAGS (RO_FIN | RO_SYN | RO_PSH | RO_ACK | RO_URG)

/* Where timestamps are in use they tell segments apart better than sequence numbers, and a device that
 * moves sequence numbers leaves them alone. The handshake is always kept. */
static uint32_t key_of(const ro_segment *s)
{
    uint64_t h = ro_mix_plain((uint64_t)(s->flags & KEPT_FLAGS), s->payload_len);

    if (s->flags & RO_SYN) {
        return 0;
    }
    if (s->options & RO_OPT_TIMESTAMP) {
        h = ro_mix_plain(h, (uint64_t)s->tsval << 32 | s->tsecr);
    } else {
        h = ro_mix_plain(h, (uint64_t)s->seq << 32 | s->ack);
    }
    h = ro_hash_fold(h);
    return (uint32_t)h ? (uint32_t)h : 1;
}

static bool is_again(const ro_sampled *p, const ro_segment *s)
{
    return p->seq == s->seq && p->ack == s->ack && p->len == s->payload_len &&
           p->flags == (s->flags & KEPT_FLAGS) && p->tsval == s->tsval;
}

static unsigned largest(const ro_sampled p[RO_SAMPLE_MAX])
{
    unsigned at = 0;

    for (unsigned i = 1; i < RO_SAMPLE_MAX; i++) {
        at = p[i].key > p[at].key ? i : at;
    }
    return at;
}

void ro_sample_add(ro_sample *t, int d, const ro_segment *s)
{
    bool full = t->n[d] == RO_SAMPLE_MAX;
    ro_sampled *p = t->kept[d];
    uint32_t key;
    uint64_t mark;

    if (!(s->known & RO_KNOW_LEN)) {
        return;
    }
    t->shorts[d] += s->payload_len == 0 && !(s->flags & RO_FIN);
    key = key_of(s);
    if (full && key > t->most[d]) {
        return;
    }
    mark = UINT64_C(1) << (key % 64);
    for (unsigned i = 0; (t->marks[d] & mark) && i < t->n[d]; i++) {
        if (p[i].key == key && is_again(&p[i], s)) {
            p[i].times += p[i].times < UINT8_MAX;
            return;
        }
    }
    t->marks[d] |= mark;
    p[full ? largest(p) : t->n[d]++] = (ro_sampled){
        .time_ns = s->time_ns,
        .key = key,
        .seq = s->seq,
        .ack = s->ack,
        .len = s->payload_len,
        .tsval = s->tsval,
        .flags = s->flags & KEPT_FLAGS,
        .ip_id = s->ip_id,
        .ttl = s->ttl,
        .times = 1,
        .has_ts = (s->options & RO_OPT_TIMESTAMP) != 0,
    };
    if (t->n[d] == RO_SAMPLE_MAX) {
        t->most[d] = p[largest(p)].key;
    }
}

uint32_t ro_sample_whole(const ro_sample *t, int d)
{
    return t->n[d] < RO_SAMPLE_MAX ? UINT32_MAX : t->most[d];
}
