/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a connection ended: what was asked and not answered, who closed before, and how quiet
 * the connection had been until then. */

#ifndef RO_RESET_ENDING_H
#define RO_RESET_ENDING_H

#include <stdbool.h>
#include <stdint.h>

struct ro_reset;

/* A segment that counts. Seven of them stand in each record: without the gap behind the frame they take 24 octets
 * less. */
#pragma pack(push, 4)
typedef struct ro_moment {
    int64_t time_ns;
    uint32_t frame; /* 0: there is none, or it is not remembered */
} ro_moment;
#pragma pack(pop)

typedef struct ro_ending {
    ro_moment fin[2]; /* first FIN of the claimed sender, and of the receiver */
    ro_moment
        last[2]; /* newest segment of the claimed sender before the RST, and of the receiver */
    ro_moment request;   /* first data of the receiver that no data of the claimed sender knew of */
    ro_moment last_data; /* newest data of either side before `start` */
    ro_moment start; /* what ended the quiet: that request, the claimed sender's FIN, or the RST */
    int64_t before_request_ns; /* since its sender's data before it; 0: not known, or no other */
    int64_t quiet_ns; /* from last_data, or from the handshake, to start; probes are no data */
    uint32_t request_octets;  /* from the request on */
    uint32_t request_ack;     /* what the request acknowledged */
    bool request_knew_fin;    /* its sender had taken in the claimed sender's FIN when it sent it */
    bool request_goes_on;     /* it is the next piece of a longer message, as far as can be told */
    bool request_taken;       /* the claimed sender's kernel acknowledged it */
    bool owed;                /* the claimed sender had asked itself, and had no answer yet */
    bool last_data_by_sender; /* last_data came from the claimed sender */
} ro_ending;

/* Fills in r->ending from the newest segments of both sides. Needs r->sender and r->receiver; cost is
 * constant. */
void ro_ending_find(struct ro_reset *r);

#endif
