/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TTL sets and distances. */

#include "base/ttl.h"

#include <stdlib.h>

uint8_t ro_ttl_count_add(ro_ttl_count set[RO_TTLS], uint8_t *kinds, uint8_t ttl)
{
    uint8_t at = 0;

    for (uint8_t i = 0; i < *kinds; i++) {
        if (set[i].ttl == ttl) {
            ro_ttl_count_more(&set[i]);
            return i;
        }
        if (set[i].n < set[at].n) {
            at = i;
        }
    }
    if (*kinds < RO_TTLS) {
        at = (*kinds)++;
    }
    set[at].ttl = ttl;
    set[at].n = 1;
    return at;
}

uint32_t ro_ttl_count_n(const ro_ttl_count set[RO_TTLS], uint8_t kinds)
{
    uint32_t n = 0;

    for (uint8_t i = 0; i < kinds; i++) {
        n += set[i].n;
    }
    return n;
}

int ro_ttl_count_delta(const ro_ttl_count set[RO_TTLS], uint8_t kinds, uint8_t ttl)
{
    int below = -256; /* nearest value below and above, as distances */
    int above = 256;

    for (uint8_t i = 0; i < kinds; i++) {
        int delta = (int)ttl - (int)set[i].ttl;

        if (delta == 0) {
            return 0;
        }
        if (delta > 0 && delta < above) {
            above = delta;
        }
        if (delta < 0 && delta > below) {
            below = delta;
        }
    }
    /* Between two values of one path: only where they are close, as ECMP's are. Values that lie
     * further apart are two populations, and a third in the middle is neither. */
    if (above != 256 && below != -256 && above - below <= 4) {
        return 0;
    }
    return abs(below) < above ? below : above;
}

uint8_t ro_ttl_initial(uint8_t ttl)
{
    if (ttl <= 32) {
        return 32;
    }
    if (ttl <= 64) {
        return 64;
    }
    return ttl <= 128 ? 128 : 255;
}

uint8_t ro_ttl_hops(uint8_t ttl)
{
    return (uint8_t)(ro_ttl_initial(ttl) - ttl);
}

bool ro_ttl_same_hops(uint8_t a, uint8_t b)
{
    return ro_ttl_initial(a) != ro_ttl_initial(b) && abs(ro_ttl_hops(a) - ro_ttl_hops(b)) <= 1;
}
