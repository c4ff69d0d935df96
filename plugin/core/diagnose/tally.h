/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What resets of one pair of hosts, one service or one host have in common: how many, when, of what length. */

#ifndef RO_DIAGNOSE_TALLY_H
#define RO_DIAGNOSE_TALLY_H

#include "base/addr.h"

/* Tallies kept: beyond them new ones are not begun. 8192 of about 150 octets are 1.2 MB. */
#define RO_TALLIES_MAX 8192

/* Newest values that are kept of each. */
#define RO_TALLY_VALUES 8

typedef enum ro_tally_kind {
    RO_TALLY_CHECK,      /* connections of a client to a service that it reset itself, by time */
    RO_TALLY_REFUSED,    /* refusals that a client met, over all services */
    RO_TALLY_DROPPED,    /* connections that a service ended before its first octet */
    RO_TALLY_SPOKE,      /* connections in which a service spoke */
    RO_TALLY_SPOKE_TLS,  /* and of them, those in which it spoke TLS */
    RO_TALLY_WAITED_SYN, /* the same, since the SYN */
    RO_TALLY_WAITED      /* how long a client waited for a service before it gave up */
} ro_tally_kind;

/* What is counted: a client, a service (an address with its port), or both. */
typedef struct ro_tally_key {
    ro_addr client;
    ro_addr server;
    uint16_t port;
    uint16_t kind; /* ro_tally_kind */
} ro_tally_key;

typedef struct ro_tally {
    ro_tally_key key;
    uint32_t n;
    uint32_t first_frame;
    uint32_t last_frame;
    uint64_t
        kinds; /* a bit for each of 64 classes of the values: a lower bound of how many differ */
    int64_t value[RO_TALLY_VALUES]; /* newest at (n - 1) % RO_TALLY_VALUES */
} ro_tally;

typedef struct ro_tallies ro_tallies;

ro_tallies *ro_tallies_new(void);
void ro_tallies_free(ro_tallies *all); /* NULL is allowed */

void ro_tally_add(ro_tallies *all, const ro_tally_key *key, int64_t value, uint32_t frame);

/* NULL where nothing was counted. */
const ro_tally *ro_tally_of(const ro_tallies *all, const ro_tally_key *key);

/* Different values, at least; at most 64. */
unsigned ro_tally_different(const ro_tally *t);

/* Of the values kept, how many are `value` within `percent` and, at least, `slack`. */
unsigned ro_tally_like(const ro_tally *t, int64_t value, int percent, int64_t slack);

/* Whether the values kept are moments at equal distances, within a quarter; the distance in *period. Three
 * moments at least. */
bool ro_tally_is_regular(const ro_tally *t, int64_t *period);

#endif
