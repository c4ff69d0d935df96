/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keyed hashes for GHashTable. The key is drawn once per process, so that nobody can make a capture
 * whose keys all meet in one bucket. Nothing that is shown may depend on a hash or on the order of a
 * table. */

#ifndef RO_BASE_HASH_H
#define RO_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* SipHash-1-3 (Aumasson and Bernstein, 2012) of `n` 64-bit words under the process's key. */
uint64_t ro_hash_words(const uint64_t *words, size_t n);

/* The same of `n` octets. */
uint64_t ro_hash_octets(const void *octets, size_t n);

/* 32 bits of it, for glib. */
static inline uint32_t ro_hash_fold(uint64_t hash)
{
    return (uint32_t)(hash ^ (hash >> 32));
}

/* GHashFunc of keys that are numbers (GUINT_TO_POINTER), to be used with g_direct_equal. */
unsigned ro_hash_number(const void *number);

/* GHashFunc of strings, to be used with g_str_equal. */
unsigned ro_hash_string(const void *string);

/* A hash without a key, for what must come out the same in every run: folds `word` into `hash` by
 * multiplication with 2^64 / golden ratio (Knuth, TAOCP 6.4). Never for a table. */
static inline uint64_t ro_mix_plain(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ (hash >> 29);
}

#endif
