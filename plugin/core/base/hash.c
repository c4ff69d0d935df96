/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SipHash-1-3 with a key of the process. */

#include "base/hash.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

typedef struct sip {
    uint64_t v0;
    uint64_t v1;
    uint64_t v2;
    uint64_t v3;
} sip;

static uint64_t secret[2];
static bool has_secret;

/* GLib seeds its generator from the system's source of randomness. */
static void draw_secret(void)
{
    for (unsigned i = 0; i < 2; i++) {
        secret[i] = (uint64_t)g_random_int() << 32 | g_random_int();
    }
    has_secret = true;
}

static inline uint64_t rotate(uint64_t x, unsigned by)
{
    return x << by | x >> (64 - by);
}

static inline void sip_round(sip *s)
{
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v1;
    s->v0 += s->v3;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 = rotate(s->v2, 32);
}

static inline void sip_word(sip *s, uint64_t word)
{
    s->v3 ^= word;
    sip_round(s);
    s->v0 ^= word;
}

/* The four constants are "somepseudorandomlygeneratedbytes", as in the paper. */
static inline sip sip_start(void)
{
    if (G_UNLIKELY(!has_secret)) {
        draw_secret();
    }
    return (sip){
        secret[0] ^ UINT64_C(0x736f6d6570736575),
        secret[1] ^ UINT64_C(0x646f72616e646f6d),
        secret[0] ^ UINT64_C(0x6c7967656e657261),
        secret[1] ^ UINT64_C(0x7465646279746573),
    };
}

static inline uint64_t sip_end(sip *s, uint64_t last)
{
    sip_word(s, last);
    s->v2 ^= 0xff;
    sip_round(s);
    sip_round(s);
    sip_round(s);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

uint64_t ro_hash_words(const uint64_t *words, size_t n)
{
    sip s = sip_start();

    for (size_t i = 0; i < n; i++) {
        sip_word(&s, words[i]);
    }
    return sip_end(&s, (uint64_t)n << 59); /* eight octets a word, the length in the top octet */
}

uint64_t ro_hash_octets(const void *octets, size_t n)
{
    const unsigned char *p = octets;
    sip s = sip_start();
    uint64_t last = (uint64_t)n << 56;
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        uint64_t word;

        memcpy(&word, p + i, 8);
        sip_word(&s, word);
    }
    for (unsigned shift = 0; i < n; i++, shift += 8) {
        last |= (uint64_t)p[i] << shift;
    }
    return sip_end(&s, last);
}

unsigned ro_hash_number(const void *number)
{
    uint64_t word = GPOINTER_TO_SIZE(number);

    return ro_hash_fold(ro_hash_words(&word, 1));
}

unsigned ro_hash_string(const void *string)
{
    return ro_hash_fold(ro_hash_octets(string, strlen(string)));
}
