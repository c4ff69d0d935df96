/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Helpers of the tests of witness records: a record of the server's host, a request without an answer, a sign's weight. */

#ifndef RO_TESTS_WITNESS_CHECK_H
#define RO_TESTS_WITNESS_CHECK_H

#include <string.h>

#include "diagnosis_check.h"
#include "judge/signs.h"
#include "points/witness.h"

static uint64_t number;

static inline ro_witness_record record(ro_witness_kind kind)
{
    ro_witness_record rec = {.time_ns = p.now_ns, .frame = ++p.frame, .session = 7, .host = "web1"};

    rec.kind = (uint8_t)kind;
    rec.number = ++number;
    return rec;
}

static inline int weight_of(const ro_reset *r, const char *token)
{
    for (unsigned i = 0; i < ro_signs_n; i++) {
        if (strcmp(ro_signs[i].token, token) == 0) {
            return ro_signs[i].test(r);
        }
    }
    check_fail(__FILE__, __LINE__, token);
    return 0;
}

static inline void begin(void)
{
    number = 0;
    hands(80);
    play_text(&p, RO_CLIENT, REQUEST);
    play_wait(&p, PLAY_FAR_MS);
}

#endif
