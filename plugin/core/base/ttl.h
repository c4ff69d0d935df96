/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TTL and hop limit: small counted sets of the values seen, and what they say of distance. */

#ifndef RO_BASE_TTL_H
#define RO_BASE_TTL_H

#include <stdbool.h>
#include <stdint.h>

/* Distinct values remembered per set. Four: ECMP and a route change rarely show more. */
#define RO_TTLS 4

typedef struct ro_ttl_count {
    uint32_t n : 24; /* packets that had it; stops at RO_TTL_COUNT_MAX */
    uint32_t ttl : 8;
} ro_ttl_count;

#define RO_TTL_COUNT_MAX 0xffffffu

static inline void ro_ttl_count_more(ro_ttl_count *count)
{
    if (count->n < RO_TTL_COUNT_MAX) {
        count->n++;
    }
}

/* Counts `ttl` in a set of RO_TTLS entries of which *kinds are used, giving up the rarest when it
 * is full. Returns the entry. */
uint8_t ro_ttl_count_add(ro_ttl_count set[RO_TTLS], uint8_t *kinds, uint8_t ttl);

/* Packets counted in a set. */
uint32_t ro_ttl_count_n(const ro_ttl_count set[RO_TTLS], uint8_t kinds);

/* Signed distance of `ttl` to the nearest value of a set that is not empty; 0 where it is one of
 * them or lies between two of them. */
int ro_ttl_count_delta(const ro_ttl_count set[RO_TTLS], uint8_t kinds, uint8_t ttl);

/* Where the TTL of a packet probably started: the next of 32, 64, 128, 255 (p0f's rule). */
uint8_t ro_ttl_initial(uint8_t ttl);

/* Hops gone since then. */
uint8_t ro_ttl_hops(uint8_t ttl);

/* True where the two differ only by the value they started with (64, 128, 255): the same distance,
 * give or take one hop. Ordinary hosts do that (NDSS 2009, appendix C). */
bool ro_ttl_same_hops(uint8_t a, uint8_t b);

#endif
