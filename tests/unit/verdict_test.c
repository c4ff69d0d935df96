/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict: named where the signs carry it, unknown where they do not, the same when asked
 * again. */

#include "check.h"
#include "judge/signs.h"
#include "judge/weights.h"
#include "play.h"
#include "report/words.h"

static play p;

static void talk_on(void)
{
    play_handshake(&p);
    play_wait(&p, 1);
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, PLAY_FAR_MS);
    play_data(&p, RO_SERVER, 50);
    play_wait(&p, PLAY_NEAR_MS);
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, 1);
}

static void talk(void)
{
    play_begin(&p);
    talk_on();
}

static ro_segment bare(void)
{
    return play_make(&p, RO_SERVER, RO_RST, 0);
}

static const ro_verdict *judge(const ro_segment *s)
{
    return play_judge(&p, play_reset(&p, s));
}

static void genuine_reset_is_its_sender_s(void)
{
    talk();
    play_wait(&p, PLAY_FAR_MS);
    const ro_verdict *v = play_judge(&p, play_rst(&p, RO_SERVER));
    CHECK_INT(v->source, RO_SOURCE_SERVER);
    CHECK(!v->injected && !v->suspicious);
    CHECK(v->score < 0);
    v = play_judge(&p, play_abort(&p, RO_CLIENT));
    CHECK_INT(v->source, RO_SOURCE_CLIENT);
    play_end(&p);
}

/* TTL differs in a quarter of genuine resets; window 0, IP-ID 0 and no timestamp are ordinary. */
static void one_header_sign_convicts_nobody(void)
{
    talk();
    play_wait(&p, PLAY_FAR_MS);
    ro_segment s = bare();
    s.ttl = PLAY_TTL_SERVER + 9;
    CHECK(!judge(&s)->injected);
    s = bare();
    s.df = false;
    CHECK(!judge(&s)->injected);
    s = bare();
    s.window = 8192;
    CHECK(!judge(&s)->injected);
    play_end(&p);
}

static void signs_of_one_header_are_not_independent(void)
{
    talk();
    play_wait(&p, PLAY_FAR_MS);
    ro_segment s = bare();
    s.df = false;
    s.window = 8192;
    s.tos = 0xa0;
    const ro_verdict *v = judge(&s);
    int sum = 0;
    for (unsigned i = 0; i < v->fired_n; i++) {
        sum += v->fired[i].weight;
    }
    CHECK(v->score < sum);
    CHECK(v->confidence != RO_HIGH);
    play_end(&p);
}

static void two_families_convict(void)
{
    talk(); /* a millisecond after the request: too fast, and from another distance */
    ro_segment s = bare();
    s.ttl = PLAY_TTL_SERVER + 9;
    const ro_verdict *v = judge(&s);
    CHECK_INT(v->source, RO_SOURCE_INTERMEDIARY);
    CHECK(v->injected && !v->suspicious);
    play_end(&p);
}

static void what_is_impossible_convicts_alone(void)
{
    talk();
    play_wait(&p, PLAY_FAR_MS);
    const ro_reset *r = play_abort(&p, RO_SERVER);
    CHECK(!play_judge(&p, r)->injected);
    CHECK(!p.verdict.lookahead);
    play_wait(&p, 200);
    play_data(&p, RO_SERVER, 300);
    play_wait(&p, 50);
    play_data(&p, RO_SERVER, 300);
    CHECK(play_judge(&p, r)->injected);
    CHECK(p.verdict.lookahead);
    CHECK_STR(ro_signs[p.verdict.fired[0].sign].token, "data_after_rst");
    play_end(&p);
}

/* A bare RST as netfilter writes it, from as far as the host: the host's own firewall may have sent it
 * while the socket lives. From elsewhere, or with another form, it did not. */
static void own_firewall_is_no_box(void)
{
    for (int elsewhere = 0; elsewhere < 2; elsewhere++) {
        talk();
        play_wait(&p, PLAY_FAR_MS);
        ro_segment s = bare();
        s.ttl = (uint8_t)(PLAY_TTL_SERVER + 5 * elsewhere);
        const ro_reset *r = play_reset(&p, &s);
        play_wait(&p, 200);
        play_data(&p, RO_SERVER, 300);
        play_wait(&p, 50);
        play_data(&p, RO_SERVER, 300);
        CHECK_INT(play_judge(&p, r)->injected, elsewhere);
        CHECK_INT(p.verdict.suspicious, !elsewhere);
        play_end(&p);
    }
}

static void as_ipv6(void)
{
    play_begin(&p);
    p.flow_label[RO_CLIENT] = 0x12345;
    p.flow_label[RO_SERVER] = 0x54321;
}

/* Linux in SYN-SENT resets a SYN-ACK whose timestamp echo it does not believe, and goes on waiting
 * (tcp_rcv_synsent_state_process, LINUX_MIB_PAWSACTIVEREJECTED). */
static void reset_in_syn_sent_may_be_the_host_s(void)
{
    as_ipv6();
    play_syn(&p);
    play_wait(&p, PLAY_FAR_MS);
    play_syn_ack(&p);
    play_wait(&p, PLAY_NEAR_MS);
    const ro_reset *r = play_rst(&p, RO_CLIENT);
    play_wait(&p, 1000);
    p.nxt[RO_CLIENT] = PLAY_ISN_CLIENT;
    play_syn(&p);
    play_wait(&p, PLAY_FAR_MS);
    p.nxt[RO_SERVER] = PLAY_ISN_SERVER;
    play_syn_ack(&p);
    play_wait(&p, PLAY_NEAR_MS);
    play_ack(&p, RO_CLIENT);
    play_data(&p, RO_CLIENT, 100);
    CHECK(!play_judge(&p, r)->injected);
    play_end(&p);
}

/* lwIP and others answer a segment by turning it round, RST+ACK behind what the host had sent. */
static void swapped_answers_are_no_aborts(void)
{
    as_ipv6();
    talk_on();
    uint32_t acked = p.nxt[RO_SERVER];
    for (int i = 0; i < 4; i++) {
        play_data(&p, RO_SERVER, PLAY_MSS);
    }
    const ro_reset *r = NULL;
    for (unsigned i = 0; i < 2; i++) {
        ro_segment s = play_make(&p, RO_CLIENT, RO_ACK, 0);
        s.ack = acked + (i + 1) * PLAY_MSS;
        s.window = (uint16_t)(500 - 20 * i);
        play_take(&p, &s);
        play_wait(&p, PLAY_FAR_MS);
        ro_segment answer = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
        answer.seq = s.ack;
        answer.ack = s.seq;
        answer.window = s.window;
        r = play_reset(&p, &answer);
    }
    CHECK(!play_judge(&p, r)->injected);
    CHECK(!play_judge(&p, r->prev_same)->injected);
    play_end(&p);
}

/* The network held a copy of a segment for longer than its paths reorder. */
static void late_copy_does_not_convict(void)
{
    as_ipv6();
    talk_on();
    uint32_t from = p.nxt[RO_SERVER];
    for (int i = 0; i < 20; i++) {
        play_data(&p, RO_SERVER, 1000);
    }
    ro_segment s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
    s.window = p.window[RO_SERVER];
    const ro_reset *r = play_reset(&p, &s);
    play_wait(&p, 130);
    play_again(&p, RO_SERVER, from + 5000, 1000);
    CHECK(!play_judge(&p, r)->injected);
    play_end(&p);
}

/* The capture lost what the abort acknowledges, and shows the ACK before it after it. */
static void swapped_ack_does_not_convict(void)
{
    talk();
    p.rcv[RO_SERVER] += 300;
    ro_segment s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
    p.ip_id[RO_SERVER]++;
    const ro_reset *r = play_reset(&p, &s);
    play_wait(&p, 0.3);
    p.ip_id[RO_SERVER] -= 2;
    play_ack(&p, RO_SERVER);
    CHECK(!play_judge(&p, r)->injected);
    play_end(&p);
}

/* A forger who copies the TTL copies IP-ID and timestamps with it: however much is alike, it is one
 * reason, and one reason is never "high". */
static void likeness_is_one_reason(void)
{
    play_begin(&p);
    p.timestamps = true;
    play_handshake(&p);
    play_wait(&p, 1);
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, PLAY_FAR_MS);
    play_data(&p, RO_SERVER, 50);
    play_data(&p, RO_SERVER, 50);
    play_data(&p, RO_SERVER, 50);
    ro_segment s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
    s.options = RO_OPT_TIMESTAMP;
    s.tsval = 200030;
    s.window = 64240;
    const ro_verdict *v = judge(&s);
    int sum = 0;
    for (unsigned i = 0; i < v->fired_n; i++) {
        sum += v->fired[i].weight;
    }
    CHECK(v->fired_n >= 2);
    CHECK(v->score > RO_PRIOR + sum);
    CHECK_INT(v->source, RO_SOURCE_SERVER);
    CHECK(v->confidence != RO_HIGH);
    play_end(&p);
}

static void lone_reset_is_unknown(void)
{
    play_begin(&p);
    const ro_verdict *v = play_judge(&p, play_rst(&p, RO_SERVER));
    CHECK_INT(v->source, RO_SOURCE_UNKNOWN);
    CHECK_INT(v->confidence, RO_LOW);
    CHECK(!v->injected && !v->suspicious);
    play_end(&p);
}

static void asked_again_it_says_the_same(void)
{
    talk();
    const ro_reset *r = play_rst(&p, RO_SERVER);
    ro_verdict first = *play_judge(&p, r);
    const ro_verdict *again = play_judge(&p, r);
    CHECK(memcmp(&first, again, sizeof first) == 0);
    play_end(&p);
}

static void strongest_sign_stands_first(void)
{
    talk();
    ro_segment s = bare();
    s.ttl = PLAY_TTL_SERVER + 9;
    s.df = false;
    s.window = 8192;
    const ro_verdict *v = judge(&s);
    CHECK(v->fired_n >= 3);
    for (unsigned i = 1; i < v->fired_n; i++) {
        int before = v->fired[i - 1].weight < 0 ? -v->fired[i - 1].weight : v->fired[i - 1].weight;
        int after = v->fired[i].weight < 0 ? -v->fired[i].weight : v->fired[i].weight;
        CHECK(before >= after);
    }
    play_end(&p);
}

static void texts_name_who_and_why(void)
{
    GString *text = g_string_new(NULL);

    talk();
    ro_segment s = bare();
    s.ttl = PLAY_TTL_SERVER + 9;
    const ro_reset *r = play_reset(&p, &s);
    const ro_verdict *v = play_judge(&p, r);
    ro_text_summary(r, v, text);
    CHECK(strstr(text->str, "device on the path") != NULL);
    g_string_truncate(text, 0);
    ro_text_reason(r, v, 0, text);
    CHECK(text->len > 10);
    g_string_truncate(text, 0);
    ro_text_advice(r, v, text);
    CHECK(text->len > 10 && strchr(text->str, '\n') == NULL);
    g_string_free(text, TRUE);
    play_end(&p);
}

/* Tokens of the field contract: changing one breaks users' filters. */
static void tokens_are_the_contract_s(void)
{
    CHECK_STR(ro_source_name(RO_SOURCE_INTERMEDIARY), "intermediary");
    CHECK_STR(ro_source_name(RO_SOURCE_UNKNOWN), "unknown");
    CHECK_STR(ro_side_name(RO_CLIENT), "client");
    CHECK_STR(ro_side_name(RO_SERVER), "server");
    CHECK_STR(ro_confidence_name(RO_MEDIUM), "medium");
    CHECK_STR(ro_stage_name(RO_STAGE_POST_SYNACK), "post_synack");
    CHECK_STR(ro_stage_name(RO_STAGE_NO_CONTEXT), "no_context");
    CHECK_STR(ro_shape_name(RO_SHAPE_REPLY_TO_SYN), "reply_to_syn");
    CHECK_STR(ro_seq_check_name(RO_SEQ_IN_WINDOW), "in_window");
    CHECK_STR(ro_cause_name(RO_CAUSE_RETRANSMISSION_TIMEOUT), "retransmission_timeout");
}

int main(void)
{
    RUN(genuine_reset_is_its_sender_s);
    RUN(one_header_sign_convicts_nobody);
    RUN(signs_of_one_header_are_not_independent);
    RUN(two_families_convict);
    RUN(what_is_impossible_convicts_alone);
    RUN(own_firewall_is_no_box);
    RUN(reset_in_syn_sent_may_be_the_host_s);
    RUN(swapped_answers_are_no_aborts);
    RUN(late_copy_does_not_convict);
    RUN(swapped_ack_does_not_convict);
    RUN(likeness_is_one_reason);
    RUN(lone_reset_is_unknown);
    RUN(asked_again_it_says_the_same);
    RUN(strongest_sign_stands_first);
    RUN(texts_name_who_and_why);
    RUN(tokens_are_the_contract_s);
    return check_done();
}
