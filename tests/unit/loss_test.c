/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Octets that were sent to the claimed sender and never acknowledged. */

#include "check.h"
#include "play.h"
#include "reset/loss.h"

static play p;

static void established(void)
{
    play_begin(&p);
    play_handshake(&p);
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, PLAY_FAR_MS);
    play_data(&p, RO_SERVER, 50);
    play_wait(&p, PLAY_NEAR_MS);
    play_ack(&p, RO_CLIENT);
}

#define CHECK_LOST(r, n)                                                                           \
    do {                                                                                           \
        const ro_reset *r_ = (r);                                                                  \
        CHECK(ro_lost_octets_known(r_));                                                           \
        CHECK_INT(ro_lost_octets(r_), n);                                                          \
    } while (0)

static void all_acknowledged_nothing_lost(void)
{
    established();
    CHECK_LOST(play_abort(&p, RO_SERVER), 0);
    play_end(&p);
}

static void request_that_drew_the_reset_is_lost(void)
{
    established();
    play_data(&p, RO_CLIENT, 300);
    CHECK_LOST(play_rst(&p, RO_SERVER), 300);
    play_end(&p);
}

/* It is acknowledged only by the reset: nobody read it. */
static void acknowledgment_of_the_reset_does_not_count(void)
{
    established();
    play_data(&p, RO_CLIENT, 300);
    CHECK_LOST(play_abort(&p, RO_SERVER), 300);
    play_end(&p);
}

static void data_beyond_the_fin_of_the_sender(void)
{
    established();
    play_fin(&p, RO_SERVER);
    play_ack(&p, RO_CLIENT);
    play_data(&p, RO_CLIENT, 70);
    CHECK_LOST(play_rst(&p, RO_SERVER), 70);
    play_end(&p);
}

static void retransmission_counts_once(void)
{
    established();
    uint32_t seq = p.nxt[RO_CLIENT];
    play_data(&p, RO_CLIENT, 300);
    play_wait(&p, 300);
    play_again(&p, RO_CLIENT, seq, 300);
    CHECK_LOST(play_rst(&p, RO_SERVER), 300);
    play_end(&p);
}

static void syn_and_fin_are_no_octets(void)
{
    play_begin(&p);
    play_syn(&p);
    CHECK_LOST(play_refuse(&p), 0);
    play_end(&p);
    established();
    play_fin(&p, RO_CLIENT);
    CHECK_LOST(play_rst(&p, RO_SERVER), 0);
    play_end(&p);
}

static void capture_that_began_with_the_request(void)
{
    play_begin(&p);
    play_data(&p, RO_CLIENT, 300);
    CHECK_LOST(play_rst(&p, RO_SERVER), 300);
    play_end(&p);
}

/* The client acknowledges a server of which nothing was captured. */
static void one_direction_tells_nothing(void)
{
    play_begin(&p);
    play_syn(&p);
    p.rcv[RO_CLIENT] = PLAY_ISN_SERVER + 1;
    play_ack(&p, RO_CLIENT);
    play_data(&p, RO_CLIENT, 300);
    const ro_reset *r = play_rst(&p, RO_SERVER);
    CHECK(!ro_lost_octets_known(r));
    CHECK_INT(ro_lost_octets(r), 0);
    play_end(&p);
}

static void lonely_reset_tells_nothing(void)
{
    play_begin(&p);
    CHECK(!ro_lost_octets_known(play_rst(&p, RO_SERVER)));
    play_end(&p);
}

int main(void)
{
    RUN(all_acknowledged_nothing_lost);
    RUN(request_that_drew_the_reset_is_lost);
    RUN(acknowledgment_of_the_reset_does_not_count);
    RUN(data_beyond_the_fin_of_the_sender);
    RUN(retransmission_counts_once);
    RUN(syn_and_fin_are_no_octets);
    RUN(capture_that_began_with_the_request);
    RUN(one_direction_tells_nothing);
    RUN(lonely_reset_tells_nothing);
    return check_done();
}
