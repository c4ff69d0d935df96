/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The format of the records of extcap/rst-witness, as docs/witness.md describes it: a head of 16 octets, then
 * values of one octet tag, one octet length each, in network byte order. */

#ifndef RO_WIRESHARK_WITNESS_RECORD_H
#define RO_WIRESHARK_WITNESS_RECORD_H

#include "compat.h"

#include "core/points/witness.h"

#define RO_WITNESS_FORMAT 1
#define RO_WITNESS_HEAD   16

enum {
    RO_TAG_HOST = 1,
    RO_TAG_KERNEL,
    RO_TAG_LOCAL,
    RO_TAG_LOCAL_PORT,
    RO_TAG_PEER,
    RO_TAG_PEER_PORT,
    RO_TAG_STATE,
    RO_TAG_REASON,
    RO_TAG_PROCESS,
    RO_TAG_PID,
    RO_TAG_THREAD,
    RO_TAG_LOST,
    RO_TAG_SINCE,
    RO_TAG_LIMIT,
    RO_TAG_OWN,
    RO_TAG_FORWARDS,
    RO_TAG_CLOCK,
    RO_TAG_FILTER,
    RO_TAGS_N
};

/* A record that was read. Its texts live as long as the packet. */
typedef struct ro_witness_parsed {
    ro_witness_record rec;
    bool has[RO_TAGS_N];
    int local_at; /* offsets of the addresses, and their lengths */
    int peer_at;
    int local_len;
    int peer_len;
} ro_witness_parsed;

/* Reads a record of at least RO_WITNESS_HEAD octets. Returns why it cannot be used, or NULL. */
const char *ro_witness_parse(ro_witness_parsed *p, packet_info *pinfo, tvbuff_t *tvb);

/* The value at offset `at`: its tag and length, and whether it is whole and can be so long. */
bool ro_witness_value(tvbuff_t *tvb, int at, unsigned *tag, int *len);

/* A text of the record as it may be shown: no control characters, at most RO_NAME_SHOWN long. Lives as long as the
 * packet. */
const char *ro_witness_text(packet_info *pinfo, tvbuff_t *tvb, int at, int len);

#endif
