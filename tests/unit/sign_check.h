/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Helpers of the tests of signs: a conversation under way, resets of its server, and a weighing. */

#ifndef RO_TESTS_SIGN_CHECK_H
#define RO_TESTS_SIGN_CHECK_H

#include <glib.h>

#include "check.h"
#include "judge/signs.h"
#include "play.h"

static play p;
static const char *sign_token; /* the sign under test, by the name of its test */

/* Weight of a sign for a RST, one of the second step too; its text must say something where it
 * fires. */
static inline int weigh(const char *token, const ro_reset *r)
{
    for (unsigned i = 0; i < ro_signs_n; i++) {
        ro_fired fired = {(uint8_t)i, 0, NULL};
        ro_verdict v;

        if (strcmp(ro_signs[i].token, token) != 0) {
            continue;
        }
        if (ro_signs[i].test) {
            fired.weight = (int16_t)ro_signs[i].test(r);
        } else {
            ro_judge(r, &v);
            for (unsigned k = 0; k < v.fired_n; k++) {
                fired = v.fired[k].sign == i ? v.fired[k] : fired;
            }
        }
        if (fired.weight != 0 && fired.weight != RO_NOT_EVALUATED) {
            GString *text = g_string_new(NULL);
            ro_sign_say(r, &fired, text);
            CHECK(text->len > 10);
            g_string_free(text, TRUE);
        }
        return fired.weight;
    }
    check_fail(__FILE__, __LINE__, token);
    return RO_NOT_EVALUATED;
}

/* Each takes the RST once, since making it feeds it to the core. */
static inline bool fires(const ro_reset *r)
{
    return weigh(sign_token, r) >= 2;
}

static inline bool for_endpoint(const ro_reset *r)
{
    int weight = weigh(sign_token, r);

    return weight <= -2 && weight != RO_NOT_EVALUATED;
}

/* Did not fire, or so little that it says nothing, or could not be evaluated. */
static inline bool silent(const ro_reset *r)
{
    int weight = weigh(sign_token, r);

    return weight == RO_NOT_EVALUATED || (weight >= -1 && weight <= 1);
}

#define FIRES(r)        CHECK(fires(r))
#define FOR_ENDPOINT(r) CHECK(for_endpoint(r))
#define SILENT(r)       CHECK(silent(r))
#define RUN_SIGN(test)                                                                             \
    do {                                                                                           \
        sign_token = #test;                                                                        \
        RUN(test);                                                                                 \
    } while (0)

/* A conversation as far as its second request, which the server would answer after 20 ms. */
static inline void talk_after(double ms)
{
    play_handshake(&p);
    play_wait(&p, 1);
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, PLAY_FAR_MS);
    play_data(&p, RO_SERVER, 50);
    play_wait(&p, PLAY_NEAR_MS);
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, ms);
}

static inline void talk(void)
{
    play_begin(&p);
    talk_after(PLAY_FAR_MS);
}

/* A RST of the server, not yet taken in. */
static inline ro_segment make(unsigned flags)
{
    return play_make(&p, RO_SERVER, flags, 0);
}

static inline const ro_reset *with_seq(unsigned flags, int32_t ahead)
{
    ro_segment s = make(flags);

    s.seq += (uint32_t)ahead;
    return play_reset(&p, &s);
}

static inline const ro_reset *with_ack(unsigned flags, int32_t ahead)
{
    ro_segment s = make(flags);

    s.ack += (uint32_t)ahead;
    return play_reset(&p, &s);
}

/* Who is said to have sent it. */
static inline ro_source source_of(const ro_reset *r)
{
    return play_judge(&p, r)->source;
}

/* A bare answer of that side, as a kernel without the connection writes it; not yet taken in. */
static inline ro_segment bare(ro_side side)
{
    ro_segment s = play_make(&p, side, RO_RST, 0);

    s.seq = p.rcv[!side];
    s.ip_id = 0;
    s.window = 0;
    return s;
}

#endif
