/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The segments around a reset, as rungs of a ladder between client and server. */

#ifndef RO_REPORT_LADDER_H
#define RO_REPORT_LADDER_H

#include "report/document.h"

/* Rungs of one ladder: what fits a screen and a printed page. */
#define RO_LADDER_MAX 20

typedef struct ro_rung {
    int64_t time_ns;
    uint32_t frame;
    uint32_t octets; /* of data; 0 for a RST */
    uint16_t flags;
    uint8_t from;    /* ro_side whose address it carries */
    bool by_device;  /* a RST that a device in between made */
    bool lost;       /* data that the claimed sender never acknowledged */
    bool repeat;     /* a retransmission */
    bool probe;      /* a keep-alive probe */
    bool is_trigger; /* what the reset answers */
    bool is_example; /* the reset that the ladder is about */
} ro_rung;

typedef struct ro_ladder {
    unsigned n;
    ro_rung rung[RO_LADDER_MAX]; /* in the order of frames */
    bool more_before;            /* earlier ones were left out */
    bool more_after;
    bool device; /* one of the resets was made in between */
} ro_ladder;

/* What the stream of `e` still remembers around its reset. */
void ro_ladder_of(const ro_document *doc, const ro_entry *e, ro_ladder *out);

/* "PSH, ACK", "RST". */
void ro_ladder_flags(uint16_t flags, GString *out);

#endif
