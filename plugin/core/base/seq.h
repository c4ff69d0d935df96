/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sequence number arithmetic: 32-bit numbers compared modulo 2^32 (RFC 9293 3.4). */

#ifndef RO_BASE_SEQ_H
#define RO_BASE_SEQ_H

#include <stdbool.h>
#include <stdint.h>

/* Distance from `from` to `to`, in octets: positive when `to` lies ahead, -2^31 .. 2^31-1. */
static inline int32_t ro_seq_diff(uint32_t to, uint32_t from)
{
    return (int32_t)(to - from);
}

/* The same without its sign: 2^31 has no positive int32_t. */
static inline uint32_t ro_seq_distance(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0 ? b - a : a - b;
}

static inline bool ro_seq_lt(uint32_t a, uint32_t b)
{
    return ro_seq_diff(a, b) < 0;
}

static inline bool ro_seq_le(uint32_t a, uint32_t b)
{
    return ro_seq_diff(a, b) <= 0;
}

static inline bool ro_seq_gt(uint32_t a, uint32_t b)
{
    return ro_seq_diff(a, b) > 0;
}

static inline bool ro_seq_ge(uint32_t a, uint32_t b)
{
    return ro_seq_diff(a, b) >= 0;
}

static inline uint32_t ro_seq_max(uint32_t a, uint32_t b)
{
    return ro_seq_ge(a, b) ? a : b;
}

#endif
