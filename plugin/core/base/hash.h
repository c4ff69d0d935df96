/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hash of a few 64-bit words for GHashTable keys: one multiplication a word. */

#ifndef RO_BASE_HASH_H
#define RO_BASE_HASH_H

#include <stdint.h>

/* Folds `word` into `hash`: multiplication by 2^64 / golden ratio spreads low bits upwards, the
 * shift brings them back (Knuth, TAOCP 6.4). */
static inline uint64_t ro_hash_mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ (hash >> 29);
}

/* 32 bits of it, for glib. */
static inline uint32_t ro_hash_fold(uint64_t hash)
{
    return (uint32_t)(hash ^ (hash >> 32));
}

#endif
