/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the table says of lookahead is true: a sign that rests on what was known when the RST came says
 * the same whatever comes afterwards. */

#include "sign_check.h"

/* Weights of all signs of the first step for one RST. */
typedef struct weights {
    int of[RO_SIGNS_MAX];
} weights;

static weights weigh_all(const ro_reset *r)
{
    weights w = {{0}};

    for (unsigned i = 0; i < ro_signs_n; i++) {
        w.of[i] = ro_signs[i].test ? ro_signs[i].test(r) : 0;
    }
    return w;
}

/* Whatever may come after a RST: both ends go on, with odd headers; more resets, other connections. */
static void much_happens(void)
{
    ro_segment s;

    play_wait(&p, 40);
    play_data(&p, RO_SERVER, 50);
    play_wait(&p, 40);
    play_data(&p, RO_CLIENT, 70);
    s = play_make(&p, RO_SERVER, RO_ACK | RO_PSH, 10);
    s.ttl = 33;
    s.df = false;
    s.tos = 0x40;
    play_take(&p, &s);
    s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
    s.seq += 12503;
    s.ttl = 99;
    s.window = 777;
    play_reset(&p, &s);
    play_abort(&p, RO_CLIENT);
    play_rst(&p, RO_SERVER);
    for (int i = 0; i < 3; i++) {
        play_next_stream(&p);
        play_handshake(&p);
        play_wait(&p, 3);
        play_data(&p, RO_CLIENT, 100);
        play_wait(&p, 3);
        play_data(&p, RO_SERVER, 100);
    }
}

static unsigned changed_later; /* signs that did say something else, over all plots */

static void compare(const ro_reset *r)
{
    weights before = weigh_all(r);
    weights after;

    much_happens();
    after = weigh_all(r);
    for (unsigned i = 0; i < ro_signs_n; i++) {
        if (ro_signs[i].lookahead == RO_KNOWN_AT_RESET && before.of[i] != after.of[i]) {
            check_fail(__FILE__, __LINE__, ro_signs[i].token);
        }
        if (ro_signs[i].lookahead == RO_ONLY_LATER) {
            CHECK(before.of[i] == 0 || before.of[i] == RO_NOT_EVALUATED);
        }
        changed_later += before.of[i] != after.of[i];
    }
    play_end(&p);
}

static ro_reset *forged(unsigned flags)
{
    ro_segment s = play_make(&p, RO_SERVER, flags, 0);

    s.ttl = 57;
    s.ip_id = 4711;
    s.window = 512;
    s.df = false;
    return play_reset(&p, &s);
}

static void signs_known_at_the_reset_do_not_change(void)
{
    talk();
    compare(play_rst(&p, RO_SERVER));
    talk();
    compare(play_abort(&p, RO_SERVER));
    talk();
    compare(play_abort(&p, RO_CLIENT));
    play_begin(&p);
    talk_after(3);
    compare(forged(RO_RST));
    play_begin(&p);
    talk_after(3);
    compare(forged(RO_RST | RO_ACK));
    play_begin(&p);
    play_syn(&p);
    play_wait(&p, PLAY_FAR_MS);
    compare(play_refuse(&p));
    play_begin(&p);
    compare(forged(RO_RST));
    CHECK(changed_later > 10);
}

int main(void)
{
    RUN(signs_known_at_the_reset_do_not_change);
    return check_done();
}
