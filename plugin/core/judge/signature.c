/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names the published tampering signature that the RSTs of one direction of a stream match.
 *
 * The table is that of Sundara Raman et al., "Global, Passive Detection of Connection Tampering",
 * SIGCOMM 2023, table 1, without the rows that end in silence: those have no RST to hang a name
 * on. The paper looks at what arrives at a server with the client's address; this file also names
 * RSTs that bear the server's address, by what the client had sent before them. */

#include "judge/signature.h"

/* The paper looks at the first ten packets from the client, the RST included. */
#define PACKETS_LOOKED_AT 10

/* RSTs of a direction that are counted: no row asks for more than two, and a host that answers a
 * whole flight of segments sends dozens. */
#define RESETS_COUNTED 16

typedef struct counts {
    const ro_reset *first;
    unsigned bare;
    unsigned with_ack;
    bool acks_differ; /* the acknowledgment fields of the bare ones */
    bool ack_zero;    /* one of them is 0 */
} counts;

static counts count_direction(const ro_reset *r)
{
    const ro_reset *at = r->stream != NULL ? r->stream->last_reset[r->d] : NULL;
    counts c = {0};
    uint32_t ack = 0;

    if (at == NULL)
        at = r;
    for (unsigned i = 0; at != NULL && i < RESETS_COUNTED; i++, at = at->prev_same) {
        /* A frame that the capture holds twice is one RST on the wire. */
        if ((at->facts & RO_FACT_DUPLICATE) && at->capture_doubled)
            continue;
        c.first = at;
        if (at->seg.flags & RO_ACK) {
            c.with_ack++;
            continue;
        }
        if (c.bare > 0 && at->seg.ack != ack)
            c.acks_differ = true;
        if (at->seg.ack == 0)
            c.ack_zero = true;
        ack = at->seg.ack;
        c.bare++;
    }
    return c;
}

static const char *after_syn(const counts *c)
{
    if (c->bare > 0 && c->with_ack > 0)
        return "SYN → RST; RST+ACK";
    return c->bare > 0 ? "SYN → RST" : "SYN → RST+ACK";
}

static const char *after_ack(const counts *c)
{
    if (c->bare > 0 && c->with_ack > 0)
        return NULL;
    if (c->bare > 0)
        return c->bare > 1 ? "SYN; ACK → RST; RST" : "SYN; ACK → RST";
    return c->with_ack > 1 ? "SYN; ACK → RST+ACK; RST+ACK" : "SYN; ACK → RST+ACK";
}

static const char *after_psh(const counts *c)
{
    if (c->bare > 0 && c->with_ack > 0)
        return "PSH+ACK → RST; RST+ACK";
    if (c->with_ack > 0)
        return c->with_ack > 1 ? "PSH+ACK → RST+ACK; RST+ACK" : "PSH+ACK → RST+ACK";
    if (c->bare == 1)
        return "PSH+ACK → RST";
    if (!c->acks_differ)
        return "PSH+ACK → RST = RST";
    return c->ack_zero ? "PSH+ACK → RST; RST₀" : "PSH+ACK → RST ≠ RST";
}

/* Both rows ask for "at least one"; where both kinds came, the first one names the pair. */
static const char *after_data(const counts *c)
{
    return (c->first->seg.flags & RO_ACK) ? "PSH+ACK; Data → RST+ACK" : "PSH+ACK; Data → RST";
}

const char *ro_signature(const ro_reset *r)
{
    counts c = count_direction(r);

    if (c.first == NULL)
        return NULL;

    const ro_dir *client =
        c.first->claimed_sender == RO_CLIENT ? c.first->sender : c.first->receiver;
    if (client->segments >= PACKETS_LOOKED_AT)
        return NULL;

    switch ((ro_stage)c.first->stage) {
    case RO_STAGE_POST_SYN:
    case RO_STAGE_POST_SYNACK: /* the client's packets are the same: a SYN and nothing else */
        return after_syn(&c);
    case RO_STAGE_POST_ACK:
        return after_ack(&c);
    case RO_STAGE_POST_PSH:
        return after_psh(&c);
    case RO_STAGE_LATER:
        return after_data(&c);
    case RO_STAGE_CLOSING: /* a FIN: the paper counts these as ordinary endings */
    case RO_STAGE_NO_CONTEXT:
        break;
    }
    return NULL;
}
