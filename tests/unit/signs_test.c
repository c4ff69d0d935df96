/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each sign of numbers, times and later behaviour, firing and at its nearest harmless neighbour. */

#include "check.h"
#include "judge/weights.h"
#include "sign_check.h"

static void seq_never_sent(void)
{
    talk();
    FIRES(with_seq(RO_RST | RO_ACK, 5000));
    SILENT(with_seq(RO_RST | RO_ACK, 2)); /* a FIN or a probe that was not captured */
    SILENT(with_seq(RO_RST | RO_ACK, 0));
    play_end(&p);
}

static void second_reset_ahead(void)
{
    talk();
    const ro_reset *first = with_seq(RO_RST | RO_ACK, 0);
    SILENT(first);
    FIRES(with_seq(RO_RST | RO_ACK, 1460));
    FIRES(first); /* known by then */
    play_wait(&p, 2500);
    SILENT(with_seq(RO_RST | RO_ACK, 4000)); /* too late to be a pair */
    play_end(&p);

    talk();
    with_seq(RO_RST | RO_ACK, 0);
    SILENT(with_seq(RO_RST | RO_ACK, 2));
    play_end(&p);
}

/* Each answer of a kernel takes its number from the ACK that it answers. Where the capture lost those
 * ACKs the answers seem to run ahead; that must not decide alone. */
static void answers_to_lost_acks_run_ahead(void)
{
    talk();
    play_rst(&p, RO_SERVER);
    const ro_reset *second = with_seq(RO_RST, 13);
    CHECK(weigh("second_reset_ahead", second) < RO_IMPOSSIBLE_FROM);
    CHECK(!play_judge(&p, second)->injected);
    play_end(&p);

    talk(); /* one frame of offloading, and its ACK */
    play_rst(&p, RO_SERVER);
    CHECK(!play_judge(&p, with_seq(RO_RST, 11584))->injected);
    play_end(&p);
}

/* The paper's edges: less than 2 s, more than 2 octets, and no FIN before. */
static void second_reset_ahead_edges(void)
{
    talk();
    with_seq(RO_RST | RO_ACK, 0);
    play_wait(&p, 1999);
    FIRES(with_seq(RO_RST | RO_ACK, 3));
    play_end(&p);

    talk();
    with_seq(RO_RST | RO_ACK, 0);
    play_wait(&p, 2000);
    SILENT(with_seq(RO_RST | RO_ACK, 3));
    play_end(&p);

    talk();
    play_fin(&p, RO_SERVER);
    with_seq(RO_RST | RO_ACK, 0);
    play_wait(&p, 1);
    SILENT(with_seq(RO_RST | RO_ACK, 3));
    play_end(&p);
}

static void behind_data(void)
{
    talk();
    FIRES(with_seq(RO_RST | RO_ACK, -30));
    SILENT(with_seq(RO_RST | RO_ACK, -1)); /* a FIN not counted */
    SILENT(with_seq(RO_RST, -50));         /* answers an older ACK of the client */
    SILENT(with_seq(RO_RST, -30));         /* it may answer an ACK that did not come by */
    play_end(&p);

    talk(); /* BSD takes SND.NXT back when it retransmits */
    int sure = weigh("behind_data", with_seq(RO_RST | RO_ACK, -30));
    play_again(&p, RO_SERVER, p.nxt[RO_SERVER] - 50, 50);
    CHECK(weigh("behind_data", with_seq(RO_RST | RO_ACK, -50)) < sure);
    play_end(&p);
}

static void ack_never_sent(void)
{
    talk();
    FIRES(with_ack(RO_RST | RO_ACK, 5000));
    SILENT(with_ack(RO_RST | RO_ACK, 1));
    SILENT(with_ack(RO_RST | RO_ACK, 0));
    play_end(&p);
}

static void ack_goes_back(void)
{
    talk();
    FIRES(with_ack(RO_RST | RO_ACK, -200)); /* the server had acknowledged the first 100 */
    SILENT(with_ack(RO_RST | RO_ACK, -100));
    play_end(&p);
}

static void ack_without_flag(void)
{
    talk();
    ro_segment s = make(RO_RST);
    s.ack = 12345;
    FIRES(play_reset(&p, &s));
    s.ack = 0;
    SILENT(play_reset(&p, &s));
    s.ack = s.seq; /* Windows */
    SILENT(play_reset(&p, &s));
    play_end(&p);
}

/* Of a host whose stack is not known only the trigger's own number is odd, and not from Windows. */
static void ack_without_flag_of_an_unknown_stack(void)
{
    static const uint8_t ttls[2] = {64, 128};

    for (unsigned i = 0; i < 2; i++) {
        play_begin(&p);
        p.ttl[RO_SERVER] = (uint8_t)(ttls[i] - 12);
        play_data(&p, RO_CLIENT, 100);
        play_data(&p, RO_SERVER, 50);
        uint32_t request = p.nxt[RO_CLIENT];
        play_data(&p, RO_CLIENT, 100);
        play_wait(&p, PLAY_FAR_MS);
        ro_segment s = make(RO_RST);
        s.ack = request + 7777;
        if (i == 0) {
            FIRES(play_reset(&p, &s));
        } else {
            SILENT(play_reset(&p, &s));
        }
        s.ack = request; /* the trigger's SEQ: nobody writes that */
        FIRES(play_reset(&p, &s));
        play_end(&p);
    }
}

static void bare_to_syn(void)
{
    play_begin(&p);
    play_syn(&p);
    SILENT(play_refuse(&p));
    ro_segment s = make(RO_RST);
    s.seq = 0;
    FIRES(play_reset(&p, &s));
    play_end(&p);
}

static void numbers_swapped(void)
{
    play_begin(&p);
    play_syn(&p);
    play_wait(&p, PLAY_FAR_MS);
    play_refuse(&p);
    p.rcv[RO_CLIENT] = PLAY_ISN_SERVER + 1;
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, PLAY_FAR_MS);
    ro_segment s = make(RO_RST | RO_ACK);
    s.seq = PLAY_ISN_SERVER + 1;
    FIRES(play_reset(&p, &s));
    s.flags = RO_RST;
    s.ack = 0;
    SILENT(play_reset(&p, &s));
    play_end(&p);
    /* the server's direction was not captured: its abort looks the same */
    play_begin(&p);
    play_syn(&p);
    p.rcv[RO_CLIENT] = PLAY_ISN_SERVER + 1;
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, PLAY_FAR_MS);
    s = make(RO_RST | RO_ACK);
    s.seq = PLAY_ISN_SERVER + 1;
    SILENT(play_reset(&p, &s));
    play_end(&p);
}

static void unprompted_in_syn_sent(void)
{
    play_begin(&p);
    play_syn(&p);
    play_wait(&p, 1);
    const ro_reset *r = play_abort(&p, RO_CLIENT);
    SILENT(r); /* the other direction may not have been captured */
    play_wait(&p, PLAY_FAR_MS);
    play_syn_ack(&p);
    FIRES(r); /* it was */
    play_end(&p);
    /* a connect that was cancelled: the late SYN-ACK is answered */
    play_begin(&p);
    play_syn(&p);
    play_wait(&p, PLAY_FAR_MS);
    play_syn_ack(&p);
    play_wait(&p, PLAY_NEAR_MS);
    SILENT(play_rst(&p, RO_CLIENT));
    play_end(&p);
}

static void surplus_answer(void)
{
    play_begin(&p);
    talk_after(PLAY_FAR_MS);
    const ro_reset *first = play_rst(&p, RO_SERVER);
    SILENT(first);
    play_wait(&p, 0.1);
    play_rst(&p, RO_SERVER);
    play_wait(&p, 0.1);
    FIRES(play_rst(&p, RO_SERVER));
    FIRES(first); /* the burst has one maker */
    play_end(&p);
    /* which of two ACKs a RST answers is a guess: three for two are one too many all the same */
    play_begin(&p);
    talk_after(100);
    play_data(&p, RO_CLIENT, 0);
    play_wait(&p, PLAY_FAR_MS);
    for (int i = 0; i < 4; i++) {
        first = play_rst(&p, RO_SERVER);
        play_wait(&p, 0.1);
    }
    FIRES(first);
    play_end(&p);
    /* a flight of three segments draws three */
    play_begin(&p);
    talk_after(1);
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, 1);
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, PLAY_FAR_MS - 2);
    for (int i = 0; i < 3; i++) {
        SILENT(play_rst(&p, RO_SERVER));
        play_wait(&p, 1);
    }
    play_end(&p);
    /* and so does one that offloading put together from three */
    play_begin(&p);
    talk_after(1);
    play_data(&p, RO_CLIENT, 3 * PLAY_MSS - 100);
    play_wait(&p, PLAY_FAR_MS);
    for (int i = 0; i < 3; i++) {
        SILENT(play_rst(&p, RO_SERVER));
        play_wait(&p, 0.1);
    }
    play_end(&p);
}

static const ro_reset *second_of_two(uint8_t ttl_first, uint8_t ttl_second)
{
    talk_after(2); /* far too early for the server */
    ro_segment s = make(RO_RST);
    s.seq = p.rcv[RO_CLIENT];
    s.ack = 0;
    s.ttl = ttl_first;
    play_reset(&p, &s);
    play_wait(&p, 900);
    s = make(RO_RST);
    s.seq = p.rcv[RO_CLIENT];
    s.ack = 0;
    s.ttl = ttl_second;
    return play_reset(&p, &s);
}

static void same_maker(void)
{
    play_begin(&p);
    FIRES(second_of_two(60, 60));
    play_end(&p);
    play_begin(&p);
    SILENT(second_of_two(60, PLAY_TTL_SERVER)); /* the server's own, after a forged one */
    play_end(&p);
}

static void syn_reply_seq(void)
{
    play_begin(&p);
    play_syn(&p);
    SILENT(play_refuse(&p));
    ro_segment s = make(RO_RST | RO_ACK);
    s.seq = 777;
    FIRES(play_reset(&p, &s));
    play_end(&p);
}

static void faster_than_path(void)
{
    play_begin(&p);
    talk_after(1);
    FIRES(play_rst(&p, RO_SERVER));
    play_end(&p);
    play_begin(&p);
    talk_after(PLAY_FAR_MS);
    SILENT(play_rst(&p, RO_SERVER));
    play_end(&p);
}

/* A lone round trip of a few milliseconds may have been a slow one. */
static void one_short_round_trip_says_little(void)
{
    play_begin(&p);
    play_syn(&p);
    play_wait(&p, 4);
    play_syn_ack(&p);
    play_ack(&p, RO_CLIENT);
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, 1);
    CHECK(weigh("faster_than_path", play_rst(&p, RO_SERVER)) < RO_FAMILY_SPEAKS);
    play_end(&p);
}

/* The capture joined a moment ago: what the RSTs answer may have gone by before. */
static void joined_in_midstream_nothing_is_surplus(void)
{
    for (int late = 0; late < 2; late++) {
        play_begin(&p);
        play_data(&p, RO_CLIENT, 100);
        play_wait(&p, 20 + late * 300);
        play_data(&p, RO_CLIENT, 100);
        play_wait(&p, 20);
        const ro_reset *r = NULL;
        for (int i = 0; i < 5; i++) {
            r = play_rst(&p, RO_SERVER);
            play_wait(&p, 0.1);
        }
        CHECK_INT(weigh("surplus_answer", r) > 2, late);
        r = with_seq(RO_RST, 77);
        CHECK_INT(weigh("answers_nothing", r) > 2, late);
        play_end(&p);
    }
}

/* No round trip, no verdict by time: the sign is not evaluated, which is not "false". */
static void faster_than_path_needs_a_round_trip(void)
{
    play_begin(&p);
    play_data(&p, RO_CLIENT, 100);
    CHECK_INT(weigh("faster_than_path", play_rst(&p, RO_SERVER)), RO_NOT_EVALUATED);
    play_end(&p);
}

static void in_step(void)
{
    play_begin(&p);
    talk_after(PLAY_FAR_MS);
    FOR_ENDPOINT(play_rst(&p, RO_SERVER));
    play_end(&p);
    play_begin(&p);
    talk_after(500);
    SILENT(play_rst(&p, RO_SERVER));
    play_end(&p);
}

static void answers_nothing(void)
{
    talk();
    FIRES(with_seq(RO_RST, 7));
    SILENT(with_seq(RO_RST, 0));
    SILENT(with_seq(RO_RST | RO_ACK, 7)); /* an abort answers nothing either */
    play_end(&p);
}

/* A later segment of the server that has not taken in the request which its RST refuses. */
static void server_goes_on(unsigned flags, uint32_t len)
{
    ro_segment s = play_make(&p, RO_SERVER, flags, len);

    s.ack -= 100;
    play_take(&p, &s);
}

static void data_after_rst(void)
{
    talk();
    const ro_reset *r = play_rst(&p, RO_SERVER);
    SILENT(r);
    play_wait(&p, 0.1);
    server_goes_on(RO_PSH | RO_ACK, 50);
    SILENT(r); /* may have been on the way */
    play_wait(&p, 200);
    server_goes_on(RO_PSH | RO_ACK, 50);
    FIRES(r);
    play_end(&p);
}

/* One frame that certainly left after the abort of its own socket is no stray. */
static void data_proved_to_follow(void)
{
    static const struct {
        unsigned flags;
        double ms;
        bool more;
    } cases[] = {
        {RO_RST | RO_ACK, 300, true}, /* no path reorders by that much */
        {RO_RST | RO_ACK, 30, true},  /* the counter says so */
        {RO_RST, 300, false},         /* the host's own firewall may have answered */
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        talk();
        play_data(&p, RO_SERVER, 50);
        ro_segment s = make(cases[i].flags);
        const ro_reset *r = play_reset(&p, &s);
        play_wait(&p, cases[i].ms);
        play_data(&p, RO_SERVER, 50);
        CHECK_INT(weigh("data_after_rst", r) > 28, cases[i].more);
        play_end(&p);
    }

    play_begin(&p); /* IPv6 has no counter, and 30 ms are too little */
    p.flow_label[RO_CLIENT] = p.flow_label[RO_SERVER] = 77;
    talk_after(PLAY_FAR_MS);
    ro_segment s = make(RO_RST | RO_ACK);
    const ro_reset *r = play_reset(&p, &s);
    play_wait(&p, 30);
    play_data(&p, RO_SERVER, 50);
    CHECK_INT(weigh("data_after_rst", r), 28);
    play_end(&p);
}

static void fin_after_rst(void)
{
    talk();
    const ro_reset *r = play_rst(&p, RO_SERVER);
    play_wait(&p, 200);
    play_ack(&p, RO_CLIENT);
    SILENT(r); /* the other side's */
    server_goes_on(RO_FIN | RO_ACK, 0);
    FIRES(r);
    play_end(&p);
}

static void acks_after_rst(void)
{
    talk();
    const ro_reset *r = play_rst(&p, RO_SERVER);
    play_wait(&p, 200);
    server_goes_on(RO_ACK, 0);
    SILENT(r); /* of what was sent before */
    play_data(&p, RO_CLIENT, 70);
    play_wait(&p, 20);
    play_ack(&p, RO_SERVER);
    FIRES(r);
    play_end(&p);
}

/* A kernel that refuses a request by a bare RST has not taken it in. */
static void acks_what_it_refused(void)
{
    sign_token = "acks_after_rst";
    talk();
    const ro_reset *r = play_rst(&p, RO_SERVER);
    play_wait(&p, 0.1);
    play_ack(&p, RO_SERVER);
    FIRES(r);
    play_end(&p);

    talk(); /* an abort acknowledges it itself */
    r = play_abort(&p, RO_SERVER);
    play_wait(&p, 0.1);
    play_ack(&p, RO_SERVER);
    SILENT(r);
    play_end(&p);
}

static void repeats_after_rst(void)
{
    talk();
    uint32_t seq = p.nxt[RO_SERVER];
    play_data(&p, RO_SERVER, 50);
    ro_segment s = play_make(&p, RO_SERVER, RO_RST, 0);
    s.seq = seq;
    const ro_reset *r = play_reset(&p, &s);
    play_wait(&p, 0.1);
    play_again(&p, RO_SERVER, seq, 50);
    SILENT(r); /* may have been on the way */
    play_wait(&p, 1000);
    play_again(&p, RO_SERVER, PLAY_ISN_SERVER + 1, 50);
    SILENT(r); /* sent before the RST, whenever it arrives */
    play_wait(&p, 300);
    play_again(&p, RO_SERVER, seq, 50);
    FIRES(r);
    play_end(&p);
}

static void ack_after_rst(void)
{
    talk();
    const ro_reset *r = play_rst(&p, RO_SERVER);
    play_wait(&p, 0.1);
    server_goes_on(RO_ACK, 0);
    SILENT(r);
    play_wait(&p, 300);
    server_goes_on(RO_ACK, 0);
    FIRES(r);
    play_end(&p);
}

static void challenge_drawn(void)
{
    talk();
    const ro_reset *r = with_seq(RO_RST, 10);
    play_wait(&p, PLAY_NEAR_MS);
    play_ack(&p, RO_CLIENT);
    SILENT(r); /* asked back, no more */
    play_wait(&p, 1);
    play_data(&p, RO_CLIENT, 100);
    FIRES(r);
    play_end(&p);
}

static void challenge_answered(void)
{
    talk();
    const ro_reset *r = with_seq(RO_RST, 10);
    play_wait(&p, PLAY_NEAR_MS);
    play_ack(&p, RO_CLIENT);
    SILENT(r);
    play_wait(&p, PLAY_FAR_MS);
    play_rst(&p, RO_SERVER);
    FOR_ENDPOINT(r);
    play_end(&p);
}

static void both_directions(void)
{
    talk();
    const ro_reset *r = play_abort(&p, RO_SERVER);
    play_wait(&p, 0.1);
    FIRES(play_abort(&p, RO_CLIENT));
    FIRES(r);
    play_end(&p);

    talk(); /* both ends abort, one after the other */
    play_abort(&p, RO_SERVER);
    play_wait(&p, 500);
    SILENT(play_abort(&p, RO_CLIENT));
    play_end(&p);

    talk(); /* the client's kernel answers what came after its abort */
    play_abort(&p, RO_CLIENT);
    play_wait(&p, 1);
    play_data(&p, RO_SERVER, 50);
    play_wait(&p, PLAY_NEAR_MS);
    SILENT(play_rst(&p, RO_CLIENT));
    play_end(&p);
}

/* Each row of the table is whole: a token, a source, a test and a text. */
/* What the table says of lookahead: such a sign has nothing to say when the RST has just come. */
static void lookahead_waits_for_frames(void)
{
    talk();
    const ro_reset *resets[] = {play_rst(&p, RO_SERVER), play_abort(&p, RO_SERVER),
                                play_rst(&p, RO_CLIENT)};
    const ro_reset *newest = resets[2];
    unsigned n = 0;
    for (unsigned i = 0; i < ro_signs_n; i++) {
        if (ro_signs[i].lookahead == RO_ONLY_LATER) {
            int weight = ro_signs[i].test(newest);
            CHECK(weight == 0 || weight == RO_NOT_EVALUATED);
            n++;
        }
    }
    CHECK(n > 5);
    play_end(&p);
}

static void table_is_whole(void)
{
    for (unsigned i = 0; i < ro_signs_n; i++) {
        const ro_sign *s = &ro_signs[i];
        CHECK(s->token && s->source);
        CHECK((s->test && s->text) != (s->beside && s->text_beside));
        CHECK(strlen(s->source) > 3);
        for (unsigned j = 0; j < i; j++) {
            CHECK(strcmp(s->token, ro_signs[j].token) != 0);
        }
    }
}

/* Nothing was seen before: no sign may fire for a lone RST but those of its own header. */
static void lone_reset_convicts_nobody(void)
{
    play_begin(&p);
    const ro_reset *r = play_rst(&p, RO_SERVER);
    for (unsigned i = 0; i < ro_signs_n; i++) {
        if (ro_signs[i].test && ro_signs[i].test(r) > 0) {
            check_fail(__FILE__, __LINE__, ro_signs[i].token);
        }
    }
    play_end(&p);
}

int main(void)
{
    RUN_SIGN(seq_never_sent);
    RUN_SIGN(second_reset_ahead);
    sign_token = "second_reset_ahead";
    RUN(second_reset_ahead_edges);
    RUN(answers_to_lost_acks_run_ahead);
    RUN_SIGN(behind_data);
    RUN_SIGN(ack_never_sent);
    RUN_SIGN(ack_goes_back);
    RUN_SIGN(ack_without_flag);
    sign_token = "ack_without_flag";
    RUN(ack_without_flag_of_an_unknown_stack);
    RUN_SIGN(bare_to_syn);
    RUN_SIGN(numbers_swapped);
    RUN_SIGN(unprompted_in_syn_sent);
    RUN_SIGN(surplus_answer);
    RUN_SIGN(syn_reply_seq);
    RUN_SIGN(faster_than_path);
    RUN(one_short_round_trip_says_little);
    RUN(joined_in_midstream_nothing_is_surplus);
    RUN(faster_than_path_needs_a_round_trip);
    RUN_SIGN(in_step);
    RUN_SIGN(answers_nothing);
    RUN_SIGN(data_after_rst);
    RUN(data_proved_to_follow);
    RUN_SIGN(fin_after_rst);
    RUN_SIGN(acks_after_rst);
    RUN(acks_what_it_refused);
    RUN_SIGN(repeats_after_rst);
    RUN_SIGN(ack_after_rst);
    RUN_SIGN(challenge_drawn);
    RUN_SIGN(challenge_answered);
    RUN_SIGN(both_directions);
    RUN_SIGN(same_maker);
    RUN(lookahead_waits_for_frames);
    RUN(table_is_whole);
    RUN(lone_reset_convicts_nobody);
    return check_done();
}
