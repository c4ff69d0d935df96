/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The facts of a RST: stage, shape, trigger, sequence check, times and distances. */

#include "check.h"
#include "play.h"

static play p;

static void established(void)
{
    play_begin(&p);
    play_handshake(&p);
    play_data(&p, RO_CLIENT, 100);
}

/* --- stage --- */

static void stage_follows_the_conversation(void)
{
    play_begin(&p);
    play_syn(&p);
    CHECK_INT(play_refuse(&p)->stage, RO_STAGE_POST_SYN);
    play_next_stream(&p);
    play_syn(&p);
    play_syn_ack(&p);
    CHECK_INT(play_rst(&p, RO_CLIENT)->stage, RO_STAGE_POST_SYNACK);
    play_ack(&p, RO_CLIENT);
    CHECK_INT(play_abort(&p, RO_CLIENT)->stage, RO_STAGE_POST_ACK);
    play_data(&p, RO_CLIENT, 100);
    CHECK_INT(play_abort(&p, RO_SERVER)->stage, RO_STAGE_POST_PSH);
    play_data(&p, RO_SERVER, 100);
    CHECK_INT(play_abort(&p, RO_SERVER)->stage, RO_STAGE_LATER);
    play_fin(&p, RO_SERVER);
    CHECK_INT(play_abort(&p, RO_CLIENT)->stage, RO_STAGE_CLOSING);
    play_end(&p);
}

static void stage_of_a_lonely_reset(void)
{
    play_begin(&p);
    CHECK_INT(play_rst(&p, RO_SERVER)->stage, RO_STAGE_NO_CONTEXT);
    play_end(&p);
}

/* --- shape and trigger (RFC 9293 3.10.7.1, 3.10.5) --- */

static void refusal_answers_the_syn(void)
{
    play_begin(&p);
    uint32_t syn = play_syn(&p);
    play_wait(&p, 7);
    const ro_reset *r = play_refuse(&p);

    CHECK_INT(r->shape, RO_SHAPE_REPLY_TO_SYN);
    CHECK(r->facts & RO_FACT_TRIGGER);
    CHECK_INT(r->trigger.frame, syn);
    CHECK_INT(r->response_ns, 7000000);
    play_end(&p);
}

static void refusal_answers_the_newest_syn(void)
{
    play_begin(&p);
    play_syn(&p);
    play_wait(&p, 1000);
    p.nxt[RO_CLIENT] = PLAY_ISN_CLIENT;
    uint32_t again = play_syn(&p);
    play_wait(&p, 7);
    CHECK_INT(play_refuse(&p)->trigger.frame, again);
    play_end(&p);
}

static void bare_reset_answers_an_ack(void)
{
    established();
    play_wait(&p, PLAY_FAR_MS);
    play_data(&p, RO_SERVER, 50);
    play_wait(&p, PLAY_NEAR_MS);
    uint32_t request = play_data(&p, RO_CLIENT, 100);
    play_wait(&p, PLAY_FAR_MS);
    const ro_reset *r = play_rst(&p, RO_SERVER);

    CHECK_INT(r->shape, RO_SHAPE_REPLY);
    CHECK_INT(r->trigger.frame, request);
    CHECK_INT(r->response_ns, PLAY_FAR_MS * 1000000);
    play_end(&p);
}

/* A kernel answers each segment once: two equal RSTs answer two segments. */
static void second_reset_answers_another_segment(void)
{
    established();
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, PLAY_FAR_MS);
    const ro_reset *a = play_rst(&p, RO_SERVER);
    const ro_reset *b = play_rst(&p, RO_SERVER);

    CHECK(a->trigger.frame != b->trigger.frame);
    play_end(&p);
}

static void abort_stands_at_snd_nxt(void)
{
    established();
    play_data(&p, RO_SERVER, 300);
    play_ack(&p, RO_CLIENT);
    const ro_reset *r = play_abort(&p, RO_SERVER);

    CHECK_INT(r->shape, RO_SHAPE_ABORT);
    CHECK_INT(r->seq_delta, 0);
    play_end(&p);
}

static void neither_shape_is_other(void)
{
    established();
    ro_segment s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
    s.seq += 77777;
    CHECK_INT(play_reset(&p, &s)->shape, RO_SHAPE_OTHER);
    play_end(&p);
}

/* --- sequence check (RFC 5961 3.2) --- */

static const ro_reset *at_offset(int32_t ahead)
{
    ro_segment s = play_make(&p, RO_SERVER, RO_RST, 0);

    s.seq = p.rcv[RO_CLIENT] + (uint32_t)ahead;
    return play_reset(&p, &s);
}

static void sequence_against_the_window(void)
{
    const int32_t window = 502 << 7;

    established();
    CHECK_INT(at_offset(0)->seq_check, RO_SEQ_EXACT);
    CHECK_INT(at_offset(1)->seq_check, RO_SEQ_IN_WINDOW);
    CHECK_INT(at_offset(window - 1)->seq_check, RO_SEQ_IN_WINDOW);
    CHECK_INT(at_offset(window)->seq_check, RO_SEQ_ABOVE);
    CHECK_INT(at_offset(-1)->seq_check, RO_SEQ_BELOW);
    CHECK_INT(at_offset(-1)->seq_delta, -1);
    CHECK(!at_offset(window)->seq_in_window);
    CHECK(at_offset(window - 1)->seq_in_window);
    play_end(&p);
}

/* Behind is behind whatever the window; ahead cannot be judged without the scale. */
static void window_of_unknown_scale(void)
{
    play_begin(&p);
    play_data(&p, RO_CLIENT, 100);
    play_data(&p, RO_SERVER, 100);
    play_ack(&p, RO_CLIENT);
    CHECK_INT(at_offset(100)->seq_check, RO_SEQ_IN_WINDOW);
    CHECK_INT(at_offset(-1)->seq_check, RO_SEQ_BELOW);
    const ro_reset *far = at_offset(100000);
    CHECK_INT(far->seq_check, RO_SEQ_UNKNOWN);
    CHECK(!(far->facts & RO_FACT_SEQ_IN_WINDOW));
    CHECK_INT(far->seq_delta, 100000);
    play_end(&p);
}

static void zero_window_takes_the_exact_number(void)
{
    established();
    play_data(&p, RO_SERVER, 100);
    ro_segment s = play_make(&p, RO_CLIENT, RO_ACK, 0);
    s.window = 0;
    play_take(&p, &s);
    CHECK_INT(at_offset(0)->seq_check, RO_SEQ_EXACT);
    play_end(&p);
}

/* SYN-SENT: the acknowledgment decides (RFC 9293 3.10.7.3). */
static void syn_sent_judges_the_ack(void)
{
    play_begin(&p);
    play_syn(&p);
    CHECK(play_refuse(&p)->seq_in_window);
    ro_segment s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
    s.seq = 0;
    s.ack += 5;
    CHECK(!play_reset(&p, &s)->seq_in_window);
    s = play_make(&p, RO_SERVER, RO_RST, 0);
    CHECK(!play_reset(&p, &s)->seq_in_window);
    play_end(&p);
}

static void nothing_seen_nothing_known(void)
{
    play_begin(&p);
    const ro_reset *r = play_rst(&p, RO_SERVER);

    CHECK_INT(r->seq_check, RO_SEQ_UNKNOWN);
    CHECK_INT(r->facts &
                  (RO_FACT_SEQ_DELTA | RO_FACT_SEQ_IN_WINDOW | RO_FACT_TRIGGER | RO_FACT_TTL_DELTA |
                   RO_FACT_IP_ID_DELTA | RO_FACT_RTT | RO_FACT_SINCE_LAST | RO_FACT_SINCE_SENDER),
              0);
    play_end(&p);
}

/* --- distances and times --- */

static void ttl_is_held_against_its_sender(void)
{
    established();
    ro_segment s = play_make(&p, RO_SERVER, RO_RST, 0);
    s.ttl = PLAY_TTL_SERVER + 9;
    CHECK_INT(play_reset(&p, &s)->ttl_delta, 9);
    s = play_make(&p, RO_CLIENT, RO_RST, 0);
    CHECK_INT(play_reset(&p, &s)->ttl_delta, 0);
    play_end(&p);
}

static void ip_id_is_held_against_comparable_packets(void)
{
    established();
    play_data(&p, RO_SERVER, 10);
    const ro_reset *r = play_abort(&p, RO_SERVER);

    CHECK(r->facts & RO_FACT_IP_ID_DELTA);
    CHECK_INT(r->ip_id_delta, 1);
    r = play_rst(&p, RO_SERVER); /* IP-ID 0: Linux replies so, it is nobody's counter */
    CHECK(!(r->facts & RO_FACT_IP_ID_DELTA));
    play_end(&p);
}

static void syn_ack_is_no_base_for_the_ip_id(void)
{
    play_begin(&p);
    play_handshake(&p);
    play_data(&p, RO_CLIENT, 100);
    CHECK(!(play_abort(&p, RO_SERVER)->facts & RO_FACT_IP_ID_DELTA));
    play_end(&p);
}

static void times_are_taken_from_both_sides(void)
{
    established();
    play_wait(&p, PLAY_FAR_MS);
    play_data(&p, RO_SERVER, 10);
    play_wait(&p, PLAY_NEAR_MS);
    play_ack(&p, RO_CLIENT);
    play_wait(&p, 500);
    const ro_reset *r = play_abort(&p, RO_SERVER);

    CHECK_INT(r->since_last_ns, 500000000);
    CHECK_INT(r->since_sender_ns, 504000000);
    CHECK_INT(r->sender->rtt_min_ns, PLAY_FAR_MS * 1000000);
    play_end(&p);
}

static void clock_that_steps_back_leaves_no_time(void)
{
    established();
    play_wait(&p, -10000);
    const ro_reset *r = play_rst(&p, RO_SERVER);

    CHECK(!(r->facts & RO_FACT_SINCE_LAST) || r->since_last_ns >= 0);
    CHECK(!(r->facts & RO_FACT_SINCE_SENDER) || r->since_sender_ns >= 0);
    CHECK(!(r->facts & RO_FACT_TRIGGER) || r->response_ns >= 0);
    play_end(&p);
}

static void clipped_header_gives_fewer_facts(void)
{
    established();
    ro_segment s = play_make(&p, RO_SERVER, RO_RST, 0);
    s.known = RO_KNOW_STREAM;
    s.ttl = 0;
    s.ip_id = 0;
    const ro_reset *r = play_reset(&p, &s);

    CHECK_INT(r->seq_check, RO_SEQ_EXACT);
    CHECK(!(r->facts & (RO_FACT_TTL_DELTA | RO_FACT_IP_ID_DELTA)));
    play_end(&p);
}

/* The server's next connection is judged with what the first one taught. */
static void host_teaches_the_next_connection(void)
{
    established();
    play_wait(&p, PLAY_FAR_MS);
    play_data(&p, RO_SERVER, 10);
    play_next_stream(&p);
    play_syn(&p);
    const ro_reset *r = play_refuse(&p);

    CHECK(r->facts & RO_FACT_HOST_RTT);
    CHECK_INT(r->host_rtt_ns, PLAY_FAR_MS * 1000000);
    CHECK(!(r->facts & RO_FACT_RTT));
    CHECK(ro_host_ttl_n(r->host, RO_CLASS_SYN_ACK) > 0);
    play_end(&p);
}

/* Some devices do not count the length of what they answer: ACK = SEG.SEQ. An abort whose peer's segment is
 * still under way has the same numbers, and answers nothing. */
static void mirror_that_counts_no_length(void)
{
    for (int abort = 0; abort < 2; abort++) {
        established();
        play_wait(&p, PLAY_FAR_MS);
        play_data(&p, RO_SERVER, 50);
        play_wait(&p, PLAY_NEAR_MS);
        uint32_t request = play_data(&p, RO_CLIENT, 100);
        if (!abort) { /* data that the request had not acknowledged */
            p.nxt[RO_SERVER] += 70;
            ro_segment more = play_make(&p, RO_SERVER, RO_PSH | RO_ACK, 30);
            more.ack -= 100;
            play_take(&p, &more);
        }
        ro_segment s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
        s.seq = PLAY_ISN_SERVER + 51;
        s.ack = PLAY_ISN_CLIENT + 101;
        const ro_reset *r = play_reset(&p, &s);
        CHECK_INT(r->mirrors, !abort);
        CHECK_INT(r->facts & RO_FACT_TRIGGER ? r->trigger.frame : 0, abort ? 0 : request);
        play_end(&p);
    }
}

/* Its old connection answers the new SYN; the RST to that is exact for it. */
static void reset_of_an_old_connection(void)
{
    play_begin(&p);
    play_syn(&p);
    ro_segment s = play_make(&p, RO_SERVER, RO_ACK, 0);
    s.ack = 900000000;
    play_take(&p, &s);
    s = play_make(&p, RO_CLIENT, RO_RST, 0);
    s.seq = 900000000;
    const ro_reset *r = play_reset(&p, &s);
    CHECK_INT(r->seq_check, RO_SEQ_EXACT);
    CHECK_INT(r->seq_delta, 0);
    play_end(&p);
}

/* --- which side is the client --- */

static void guess_of_the_client(void)
{
    static const struct {
        uint16_t from, to;
        unsigned flags;
        ro_side sender;
    } cases[] = {
        {40000, 443, RO_ACK, RO_CLIENT},   {443, 40000, RO_ACK, RO_SERVER},
        {8080, 50000, RO_ACK, RO_SERVER},  {40000, 60000, RO_ACK, RO_CLIENT},
        {60000, 40000, RO_ACK, RO_CLIENT}, {60000, 40000, RO_RST, RO_SERVER},
        {20, 21, RO_FIN, RO_CLIENT},       {3306, 8080, RO_ACK, RO_SERVER},
    };

    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        play_begin(&p);
        p.port[RO_CLIENT] = cases[i].from;
        p.port[RO_SERVER] = cases[i].to;
        ro_segment s = play_make(&p, RO_CLIENT, cases[i].flags, 0);
        play_take(&p, &s);
        s = play_make(&p, RO_CLIENT, RO_RST, 0);
        const ro_reset *r = play_reset(&p, &s);
        CHECK_INT(r->claimed_sender, cases[i].sender);
        CHECK(!r->claimed_sender_known);
        play_end(&p);
    }
}

/* An ACK scan between ports that tell nothing: who tries many is the client. Harmless: one connection that is
 * joined in the middle, of which the lower port is the better guess. */
static void who_probes_many_is_the_client(void)
{
    play_begin(&p);
    for (unsigned i = 0; i < 6; i++) {
        play_next_stream(&p);
        p.port[RO_CLIENT] = 1025; /* of a lower number than what it tries */
        p.port[RO_SERVER] = (uint16_t)(8000 + i);
        ro_segment s = play_make(&p, RO_CLIENT, RO_ACK, 0);
        s.ack = 4711;
        play_take(&p, &s);
        s = play_make(&p, RO_SERVER, RO_RST, 0);
        s.seq = 4711;
        const ro_reset *r = play_reset(&p, &s);
        CHECK(!r->claimed_sender_known);
        CHECK_INT(r->claimed_sender, i < 2 ? RO_CLIENT : RO_SERVER);
        play_wait(&p, 5);
    }
    play_end(&p);
}

int main(void)
{
    RUN(stage_follows_the_conversation);
    RUN(stage_of_a_lonely_reset);
    RUN(refusal_answers_the_syn);
    RUN(refusal_answers_the_newest_syn);
    RUN(bare_reset_answers_an_ack);
    RUN(second_reset_answers_another_segment);
    RUN(abort_stands_at_snd_nxt);
    RUN(neither_shape_is_other);
    RUN(sequence_against_the_window);
    RUN(window_of_unknown_scale);
    RUN(zero_window_takes_the_exact_number);
    RUN(syn_sent_judges_the_ack);
    RUN(nothing_seen_nothing_known);
    RUN(ttl_is_held_against_its_sender);
    RUN(ip_id_is_held_against_comparable_packets);
    RUN(syn_ack_is_no_base_for_the_ip_id);
    RUN(times_are_taken_from_both_sides);
    RUN(clock_that_steps_back_leaves_no_time);
    RUN(clipped_header_gives_fewer_facts);
    RUN(host_teaches_the_next_connection);
    RUN(mirror_that_counts_no_length);
    RUN(reset_of_an_old_connection);
    RUN(guess_of_the_client);
    RUN(who_probes_many_is_the_client);
    return check_done();
}
