/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keyed hash: same for the same, else spread, and another in each process. */

#include "base/hash.h"

#include <glib.h>

#include "check.h"

static void octets_and_words_agree(void)
{
    const uint64_t words[] = {1, UINT64_C(0x8000000000000000), 77};

    if (G_BYTE_ORDER == G_LITTLE_ENDIAN) {
        CHECK(ro_hash_words(words, 3) == ro_hash_octets(words, sizeof words));
    }
    CHECK(ro_hash_words(words, 3) == ro_hash_words(words, 3));
    CHECK(ro_hash_words(words, 2) != ro_hash_words(words, 3));
    CHECK(ro_hash_string("a") != ro_hash_string("b"));
    CHECK(ro_hash_octets("abc\0", 4) != ro_hash_octets("abc", 3));
}

/* Numbers in arithmetic progression, and words that met under the hash without a key: of 4096, no
 * bucket of 1024 may hold more than chance allows (mean 4; more than 24 is one in 10^10). */
static void crafted_keys_spread(void)
{
    unsigned buckets[2][1024] = {{0}};

    for (unsigned i = 0; i < 4096; i++) {
        /* the inverse of one step of ro_mix_plain: every pair ends in 0 there */
        const uint64_t pair[] = {i, ro_mix_plain(0, i)};

        CHECK(ro_mix_plain(ro_mix_plain(0, pair[0]), pair[1]) == 0);
        buckets[0][ro_hash_fold(ro_hash_words(pair, 2)) % 1024]++;
        buckets[1][ro_hash_number(GUINT_TO_POINTER(i * 1024)) % 1024]++;
    }
    for (unsigned i = 0; i < 1024; i++) {
        CHECK(buckets[0][i] <= 24);
        CHECK(buckets[1][i] <= 24);
    }
}

/* Another process, another key: this program is run again and prints a hash. */
static void keys_differ_between_processes(const char *self)
{
    char *argv[] = {(char *)self, (char *)"print", NULL};
    char *out[2] = {NULL, NULL};

    for (unsigned i = 0; i < 2; i++) {
        CHECK(
            g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out[i], NULL, NULL, NULL));
    }
    CHECK(out[0] && out[1] && *out[0] && strcmp(out[0], out[1]) != 0);
    g_free(out[0]);
    g_free(out[1]);
}

static const char *self;

static void no_two_processes_share_a_key(void)
{
    keys_differ_between_processes(self);
}

int main(int argc, char **argv)
{
    self = argv[0];
    if (argc > 1) {
        printf("%016llx\n", (unsigned long long)ro_hash_octets("x", 1));
        return 0;
    }
    RUN(octets_and_words_agree);
    RUN(crafted_keys_spread);
    RUN(no_two_processes_share_a_key);
    return check_done();
}
