/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each cause beside its nearest neighbour, from conversations played as a whole. */

#include "check.h"
#include "play.h"

static play p;

static const char *cause_of(const ro_reset *r)
{
    return ro_cause_name(play_judge(&p, r)->cause);
}

/* Handshake, one request and its answer. */
static void talk(void)
{
    play_begin(&p);
    play_handshake(&p);
    play_wait(&p, 1);
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, PLAY_FAR_MS);
    play_data(&p, RO_SERVER, 50);
    play_wait(&p, PLAY_NEAR_MS);
    play_ack(&p, RO_CLIENT);
}

static void closed_port_or_policy_reject(void)
{
    play_begin(&p);
    play_syn(&p);
    play_wait(&p, PLAY_FAR_MS);
    CHECK_STR(cause_of(play_refuse(&p)), "closed_port");
    play_end(&p);

    talk(); /* the host is known: the refusal comes from nearer by, and too early */
    play_next_stream(&p);
    play_syn(&p);
    play_wait(&p, 1);
    ro_segment s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
    s.seq = 0;
    s.ip_id = 0;
    s.ttl = PLAY_TTL_SERVER + 9;
    s.df = false;
    CHECK_STR(cause_of(play_reset(&p, &s)), "policy_reject");
    play_end(&p);
}

static void abort_or_teardown(void)
{
    talk();
    play_wait(&p, 50);
    CHECK_STR(cause_of(play_abort(&p, RO_SERVER)), "abort");
    play_end(&p);

    talk();
    play_fin(&p, RO_SERVER);
    play_wait(&p, PLAY_NEAR_MS);
    play_ack(&p, RO_CLIENT);
    play_wait(&p, 5);
    CHECK_STR(cause_of(play_abort(&p, RO_SERVER)), "teardown");
    play_end(&p);
}

static void late_data_or_teardown(void)
{
    talk(); /* the client has closed; more data comes */
    play_fin(&p, RO_CLIENT);
    play_wait(&p, PLAY_FAR_MS);
    play_data(&p, RO_SERVER, 300);
    play_wait(&p, PLAY_NEAR_MS);
    CHECK_STR(cause_of(play_rst(&p, RO_CLIENT)), "late_data");
    play_end(&p);

    talk(); /* only the other FIN comes */
    play_fin(&p, RO_CLIENT);
    play_wait(&p, PLAY_FAR_MS);
    play_fin(&p, RO_SERVER);
    play_wait(&p, PLAY_NEAR_MS);
    CHECK_STR(cause_of(play_rst(&p, RO_CLIENT)), "teardown");
    play_end(&p);
}

static void half_open_or_no_socket(void)
{
    talk(); /* the server was restarted meanwhile */
    play_wait(&p, 30000);
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, PLAY_FAR_MS);
    CHECK_STR(cause_of(play_rst(&p, RO_SERVER)), "half_open");
    play_end(&p);

    play_begin(&p); /* a connection that nobody saw beginning, data into nothing */
    p.rcv[RO_CLIENT] = 5001;
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, PLAY_FAR_MS);
    CHECK_STR(cause_of(play_rst(&p, RO_SERVER)), "no_socket");
    play_end(&p);
}

static void scan_or_connect_cancelled(void)
{
    play_begin(&p); /* SYN without the options that every stack writes */
    ro_segment s = play_make(&p, RO_CLIENT, RO_SYN, 0);
    s.options = RO_OPT_MSS;
    s.opt_order = RO_ORDER_MSS;
    s.wscale = 0;
    play_take(&p, &s);
    play_wait(&p, PLAY_FAR_MS);
    play_syn_ack(&p);
    play_wait(&p, PLAY_NEAR_MS);
    CHECK_STR(cause_of(play_rst(&p, RO_CLIENT)), "scan");
    play_end(&p);

    play_begin(&p);
    play_syn(&p);
    play_wait(&p, PLAY_FAR_MS);
    play_syn_ack(&p);
    play_wait(&p, PLAY_NEAR_MS);
    CHECK_STR(cause_of(play_rst(&p, RO_CLIENT)), "connect_cancelled");
    play_end(&p);
}

static void keepalive_failure_or_abort(void)
{
    talk();
    for (unsigned i = 0; i < 9; i++) {
        play_wait(&p, 75000);
        play_again(&p, RO_CLIENT, p.nxt[RO_CLIENT] - 1, 0);
    }
    play_wait(&p, 75000);
    CHECK_STR(cause_of(play_abort(&p, RO_CLIENT)), "keepalive_failure");
    play_end(&p);

    talk(); /* the probe was answered */
    play_wait(&p, 75000);
    play_again(&p, RO_CLIENT, p.nxt[RO_CLIENT] - 1, 0);
    play_wait(&p, PLAY_FAR_MS);
    play_ack(&p, RO_SERVER);
    play_wait(&p, 5000);
    CHECK_STR(cause_of(play_abort(&p, RO_CLIENT)), "abort");
    play_end(&p);
}

static void retransmission_timeout_or_abort(void)
{
    talk();
    uint32_t start = p.nxt[RO_CLIENT];
    play_data(&p, RO_CLIENT, 100);
    for (unsigned i = 0; i < 6; i++) {
        play_wait(&p, 300u << i);
        play_again(&p, RO_CLIENT, start, 100);
    }
    play_wait(&p, 20000);
    CHECK_STR(cause_of(play_abort(&p, RO_CLIENT)), "retransmission_timeout");
    play_end(&p);

    talk(); /* one was lost, and answered at the second try */
    start = p.nxt[RO_CLIENT];
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, 300);
    play_again(&p, RO_CLIENT, start, 100);
    play_wait(&p, PLAY_FAR_MS);
    play_data(&p, RO_SERVER, 50);
    play_wait(&p, 50);
    CHECK_STR(cause_of(play_abort(&p, RO_CLIENT)), "abort");
    play_end(&p);
}

static ro_reset *from_a_box(void)
{
    ro_segment s = play_make(&p, RO_SERVER, RO_RST, 0);

    s.seq = p.rcv[RO_CLIENT];
    s.ttl = 250;
    s.df = false;
    s.ip_id = 0x3131;
    return play_reset(&p, &s);
}

static void idle_timeout_or_blocked_content(void)
{
    talk();
    play_wait(&p, 350000);
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, 1);
    CHECK_STR(cause_of(from_a_box()), "idle_timeout");
    play_end(&p);

    talk();
    play_wait(&p, 100);
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, 1);
    CHECK_STR(cause_of(from_a_box()), "blocked_content");
    play_end(&p);
}

/* Written as netfilter's REJECT writes it, in the midst of a conversation, or as nobody does. */
static void policy_reject_or_blocked_content(void)
{
    talk();
    play_wait(&p, 100);
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, 1);
    ro_segment s = play_make(&p, RO_SERVER, RO_RST, 0);
    s.seq = p.rcv[RO_CLIENT];
    s.ttl = PLAY_TTL_SERVER + 9;
    CHECK_STR(cause_of(play_reset(&p, &s)), "policy_reject");
    play_end(&p);

    talk();
    play_wait(&p, 100);
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, 1);
    s = play_make(&p, RO_SERVER, RO_RST, 0);
    s.seq = p.rcv[RO_CLIENT];
    s.ttl = PLAY_TTL_SERVER + 9;
    s.ip_id = 0x3131;
    CHECK_STR(cause_of(play_reset(&p, &s)), "blocked_content");
    play_end(&p);
}

/* A reset that its receiver drops ends nothing, so nothing follows from it. */
static void echo_needs_a_reset_that_counted(void)
{
    talk();
    ro_segment s = play_make(&p, RO_SERVER, RO_RST, 0);
    s.seq += 10000000;
    play_reset(&p, &s);
    play_wait(&p, 30000);
    play_data(&p, RO_SERVER, 100);
    play_wait(&p, PLAY_NEAR_MS);
    CHECK(strcmp(cause_of(play_rst(&p, RO_CLIENT)), "echo") != 0);
    play_end(&p);
}

static void blind_attack_or_abort(void)
{
    talk(); /* guesses across the number space */
    const ro_reset *r = NULL;
    for (unsigned i = 0; i < 5; i++) {
        ro_segment s = play_make(&p, RO_SERVER, RO_RST, 0);
        s.seq += 300000000u * (i + 1);
        s.ttl = 200;
        s.ip_id = (uint16_t)(0x4000 + i);
        play_wait(&p, 1);
        r = play_reset(&p, &s);
    }
    CHECK_STR(cause_of(r), "blind_attack");
    play_end(&p);
}

static void echo_or_half_open(void)
{
    talk(); /* the client was reset, and answers what the server sends on */
    from_a_box();
    play_wait(&p, PLAY_FAR_MS);
    play_data(&p, RO_SERVER, 100);
    play_wait(&p, PLAY_NEAR_MS);
    CHECK_STR(cause_of(play_rst(&p, RO_CLIENT)), "echo");
    play_end(&p);
}

/* Whatever may have reset it elsewhere: no earlier reset was seen, so nothing follows from one. */
static void echo_needs_an_earlier_reset(void)
{
    talk();
    play_data(&p, RO_SERVER, 100);
    play_wait(&p, PLAY_NEAR_MS);
    CHECK_STR(cause_of(play_rst(&p, RO_CLIENT)), "no_socket");
    play_end(&p);
}

/* Who sees the connection guesses near to it: windows ahead of its own number, none of them exact. */
static void keyword_injector_is_no_blind_attack(void)
{
    for (int far = 0; far < 2; far++) {
        const ro_reset *r = NULL;

        talk();
        for (unsigned i = 0; i < 4; i++) {
            ro_segment s = play_make(&p, RO_SERVER, RO_RST, 0);
            s.seq += (far ? 300000000u : 1460u) * (i + 1);
            s.ttl = 200;
            s.ip_id = (uint16_t)(0x4000 + i);
            r = play_reset(&p, &s);
        }
        CHECK_STR(cause_of(r), far ? "blind_attack" : "blocked_content");
        play_end(&p);
    }
}

/* Without an octet of data nobody can have read any. */
static void blocked_content_needs_content(void)
{
    for (int data = 0; data < 2; data++) {
        play_begin(&p);
        p.rcv[RO_CLIENT] = PLAY_ISN_SERVER;
        p.rcv[RO_SERVER] = PLAY_ISN_CLIENT;
        for (int i = 0; i < 3; i++) {
            play_ack(&p, RO_SERVER);
            play_wait(&p, PLAY_NEAR_MS);
            ro_segment s = play_make(&p, RO_CLIENT, RO_ACK, data ? 100 : 0);
            play_take(&p, &s);
            play_wait(&p, PLAY_FAR_MS);
        }
        ro_segment s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
        s.ttl = 200;
        s.df = false;
        s.seq += 5000;
        s.window = 4242;
        const ro_reset *r = play_reset(&p, &s);
        bool blocked = strcmp(cause_of(r), "blocked_content") == 0;
        CHECK_INT(play_judge(&p, r)->source, RO_SOURCE_INTERMEDIARY);
        CHECK_INT(blocked, data);
        play_end(&p);
    }
}

/* RFC 8684 3.5: who receives MP_FASTCLOSE answers with a RST. */
static void fastclose_is_answered(void)
{
    for (int fastclose = 0; fastclose < 2; fastclose++) {
        talk();
        ro_segment s = play_make(&p, RO_SERVER, RO_ACK, 0);
        s.options = RO_OPT_MPTCP | (fastclose ? RO_OPT_FASTCLOSE : 0u);
        play_take(&p, &s);
        play_wait(&p, PLAY_NEAR_MS);
        CHECK_INT(strcmp(cause_of(play_rst(&p, RO_CLIENT)), "mptcp") == 0, fastclose);
        play_end(&p);
    }
}

static void challenge_ack(void)
{
    talk();
    ro_segment s = play_make(&p, RO_SERVER, RO_RST, 0);
    s.seq += 10;
    play_reset(&p, &s);
    play_wait(&p, PLAY_NEAR_MS);
    play_ack(&p, RO_CLIENT);
    play_wait(&p, PLAY_FAR_MS);
    CHECK_STR(cause_of(play_rst(&p, RO_SERVER)), "challenge_ack");
    play_end(&p);
}

static void mptcp_or_abort(void)
{
    talk();
    ro_segment s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
    s.options = RO_OPT_MPTCP | RO_OPT_MP_TCPRST;
    CHECK_STR(cause_of(play_reset(&p, &s)), "mptcp");
    play_end(&p);
}

/* Without anything to go by, no cause is made up. */
static void lone_reset_has_no_cause(void)
{
    play_begin(&p);
    const ro_verdict *v = play_judge(&p, play_rst(&p, RO_SERVER));
    CHECK_STR(ro_source_name(v->source), "unknown");
    CHECK_STR(ro_cause_name(v->cause), "unknown");
    play_end(&p);
}

static void every_cause_has_its_own_name(void)
{
    for (int i = 0; i < RO_CAUSE_N; i++) {
        CHECK(ro_cause_name((ro_cause)i) != NULL);
        for (int j = 0; j < i; j++) {
            CHECK(strcmp(ro_cause_name((ro_cause)i), ro_cause_name((ro_cause)j)) != 0);
        }
    }
}

int main(void)
{
    RUN(closed_port_or_policy_reject);
    RUN(abort_or_teardown);
    RUN(late_data_or_teardown);
    RUN(half_open_or_no_socket);
    RUN(scan_or_connect_cancelled);
    RUN(keepalive_failure_or_abort);
    RUN(retransmission_timeout_or_abort);
    RUN(idle_timeout_or_blocked_content);
    RUN(policy_reject_or_blocked_content);
    RUN(echo_needs_a_reset_that_counted);
    RUN(blind_attack_or_abort);
    RUN(echo_or_half_open);
    RUN(echo_needs_an_earlier_reset);
    RUN(keyword_injector_is_no_blind_attack);
    RUN(blocked_content_needs_content);
    RUN(fastclose_is_answered);
    RUN(challenge_ack);
    RUN(mptcp_or_abort);
    RUN(lone_reset_has_no_cause);
    RUN(every_cause_has_its_own_name);
    return check_done();
}
