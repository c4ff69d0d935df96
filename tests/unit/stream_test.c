/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What moves the state of a stream, and what must not. */

#include "base/seq.h"
#include "check.h"
#include "play.h"

static play p;
static ro_stream *st; /* the stream of the last probe() */

/* State is looked at by a RST, which moves nothing: x is its sender's direction. */
static const ro_reset *probe(ro_side side)
{
    const ro_reset *r = play_abort(&p, side);

    st = r->stream;
    return r;
}

static void handshake_tells_everything(void)
{
    play_begin(&p);
    play_handshake(&p);
    const ro_reset *r = probe(RO_SERVER);

    CHECK(r->claimed_sender_known);
    CHECK_INT(r->claimed_sender, RO_SERVER);
    CHECK_INT(r->sender->isn, PLAY_ISN_SERVER);
    CHECK_INT(r->sender->snd_nxt, PLAY_ISN_SERVER + 1);
    CHECK_INT(r->receiver->rcv_nxt, PLAY_ISN_SERVER + 1);
    CHECK_INT(r->receiver->snd_nxt, PLAY_ISN_CLIENT + 1);
    CHECK_INT(r->sender->rtt_min_ns, PLAY_FAR_MS * 1000000);
    CHECK_INT(r->receiver->rtt_min_ns, PLAY_NEAR_MS * 1000000);
    CHECK_INT(ro_stream_wscale(st, 0), 7);
    CHECK_INT(ro_stream_wscale(st, 1), 7);
    play_end(&p);
}

/* RFC 7323 2.2: the SYN's own window is never scaled, later ones are. */
static void window_is_scaled_after_the_syn(void)
{
    play_begin(&p);
    play_syn(&p);
    play_wait(&p, PLAY_FAR_MS);
    play_syn_ack(&p);
    const ro_reset *before = probe(RO_SERVER);
    play_ack(&p, RO_CLIENT);
    const ro_reset *after = probe(RO_SERVER);

    CHECK_INT(before->sender->right_edge, PLAY_ISN_CLIENT + 1 + 64240);
    CHECK_INT(after->receiver->right_edge, PLAY_ISN_SERVER + 1 + (502 << 7));
    play_end(&p);
}

static void scale_needs_both_syns(void)
{
    play_begin(&p);
    play_syn(&p);
    ro_segment s = play_make(&p, RO_SERVER, RO_SYN | RO_ACK, 0);
    s.options = RO_OPT_MSS;
    s.wscale = 0;
    play_take(&p, &s);
    play_ack(&p, RO_CLIENT);
    probe(RO_SERVER);
    CHECK_INT(ro_stream_wscale(st, 0), 0);
    CHECK_INT(ro_stream_wscale(st, 1), 0);
    play_end(&p);
}

static void scale_is_unknown_in_midstream(void)
{
    play_begin(&p);
    play_data(&p, RO_CLIENT, 100);
    play_ack(&p, RO_SERVER);
    probe(RO_SERVER);
    CHECK_INT(ro_stream_wscale(st, 0), -1);
    CHECK_INT(ro_stream_wscale(st, 1), -1);
    play_end(&p);
}

static void retransmission_moves_nothing(void)
{
    play_begin(&p);
    play_handshake(&p);
    uint32_t start = p.nxt[RO_CLIENT];
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, 250);
    play_again(&p, RO_CLIENT, start, 100);
    const ro_reset *r = probe(RO_CLIENT);

    CHECK_INT(r->sender->snd_nxt, start + 100);
    CHECK_INT(r->sender->data_segments, 1);
    CHECK_INT(r->sender->repeats, 1);
    play_end(&p);
}

/* Karn's rule: the answer to a segment sent twice is no round trip. */
static void retransmission_is_not_timed(void)
{
    play_begin(&p);
    play_syn(&p);
    play_wait(&p, 1000);
    p.nxt[RO_CLIENT] = PLAY_ISN_CLIENT;
    play_syn(&p);
    play_wait(&p, 1);
    play_syn_ack(&p);
    const ro_reset *r = probe(RO_SERVER);

    CHECK_INT(r->sender->rtt_n, 0);
    CHECK(!(r->facts & RO_FACT_RTT));
    play_end(&p);
}

/* The ACK of the SYN-ACK was missed by the capture; what came next waited for the program. */
static void first_word_of_a_program_is_no_round_trip(void)
{
    play_begin(&p);
    play_syn(&p);
    play_wait(&p, PLAY_FAR_MS);
    play_syn_ack(&p);
    play_wait(&p, 50);
    play_data(&p, RO_CLIENT, 100);
    CHECK_INT(probe(RO_CLIENT)->sender->rtt_n, 0);
    CHECK_INT(probe(RO_SERVER)->sender->rtt_n, 1);
    play_end(&p);
}

static void reordering_fills_the_hole(void)
{
    play_begin(&p);
    play_handshake(&p);
    uint32_t start = p.nxt[RO_SERVER];
    play_again(&p, RO_SERVER, start + 1000, 1000);
    const ro_reset *hole = probe(RO_SERVER);
    play_again(&p, RO_SERVER, start, 1000);
    const ro_reset *whole = probe(RO_SERVER);

    CHECK_INT(hole->sender->snd_nxt, start + 2000);
    CHECK_INT(hole->sender->contig, start);
    CHECK(hole->sender->has & RO_DIR_GAP);
    CHECK_INT(whole->sender->contig, start + 2000);
    CHECK(!(whole->sender->has & RO_DIR_GAP));
    play_end(&p);
}

static void keepalive_is_no_data(void)
{
    play_begin(&p);
    play_handshake(&p);
    play_data(&p, RO_CLIENT, 100);
    play_ack(&p, RO_SERVER);
    for (unsigned i = 0; i < 3; i++) {
        play_wait(&p, 75000);
        play_again(&p, RO_CLIENT, p.nxt[RO_CLIENT] - 1, 1);
    }
    const ro_reset *r = probe(RO_CLIENT);

    CHECK_INT(r->sender->snd_nxt, PLAY_ISN_CLIENT + 101);
    CHECK_INT(r->sender->probes, 3);
    CHECK_INT(r->sender->repeats, 0);
    play_end(&p);
}

static void answer_ends_the_probes(void)
{
    play_begin(&p);
    play_handshake(&p);
    play_data(&p, RO_CLIENT, 100);
    play_ack(&p, RO_SERVER);
    play_wait(&p, 75000);
    play_again(&p, RO_CLIENT, p.nxt[RO_CLIENT] - 1, 0);
    play_wait(&p, PLAY_FAR_MS);
    play_ack(&p, RO_SERVER);
    CHECK_INT(probe(RO_CLIENT)->sender->probes, 0);
    play_end(&p);
}

static void fast_open_data_counts(void)
{
    play_begin(&p);
    ro_segment s = play_make(&p, RO_CLIENT, RO_SYN, 50);
    play_take(&p, &s);
    const ro_reset *r = probe(RO_CLIENT);

    CHECK_INT(r->sender->isn, PLAY_ISN_CLIENT);
    CHECK_INT(r->sender->snd_nxt, PLAY_ISN_CLIENT + 51);
    CHECK_INT(r->sender->data_segments, 1);
    play_end(&p);
}

static void simultaneous_open_has_one_client(void)
{
    play_begin(&p);
    play_syn(&p);
    ro_segment s = play_make(&p, RO_SERVER, RO_SYN, 0);
    play_take(&p, &s);
    s = play_make(&p, RO_CLIENT, RO_SYN | RO_ACK, 0);
    s.seq = PLAY_ISN_CLIENT;
    play_take(&p, &s);
    s = play_make(&p, RO_SERVER, RO_SYN | RO_ACK, 0);
    s.seq = PLAY_ISN_SERVER;
    play_take(&p, &s);
    const ro_reset *r = probe(RO_SERVER);

    CHECK_INT(r->claimed_sender, RO_SERVER);
    CHECK_INT(r->sender->snd_nxt, PLAY_ISN_SERVER + 1);
    CHECK_INT(r->receiver->snd_nxt, PLAY_ISN_CLIENT + 1);
    play_end(&p);
}

static void reset_moves_nothing(void)
{
    play_begin(&p);
    play_handshake(&p);
    play_data(&p, RO_CLIENT, 100);
    ro_segment s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
    s.seq += 5000;
    s.ttl = 200;
    s.ip_id = 0xbeef;
    s.window = 9999;
    play_reset(&p, &s);
    const ro_reset *r = probe(RO_SERVER);

    CHECK_INT(r->sender->snd_nxt, PLAY_ISN_SERVER + 1);
    CHECK_INT(r->sender->ttl_kinds, 1);
    CHECK_INT(r->sender->segments, 1);
    CHECK(r->sender->ip_id != 0xbeef);
    CHECK(r->sender->window != 9999);
    play_end(&p);
}

/* An old duplicate or a forged segment far from the window does not become SND.NXT. */
static void stray_segment_moves_nothing(void)
{
    play_begin(&p);
    play_handshake(&p);
    play_data(&p, RO_SERVER, 100);
    uint32_t nxt = p.nxt[RO_SERVER];
    ro_segment s = play_make(&p, RO_SERVER, RO_ACK, 10);
    s.seq = nxt + 0x20000000;
    play_take(&p, &s);
    p.nxt[RO_SERVER] = p.rcv[RO_CLIENT] = nxt;
    const ro_reset *r = probe(RO_SERVER);

    CHECK_INT(r->sender->snd_nxt, nxt);
    CHECK_INT(r->sender->strays, 1);
    play_end(&p);
}

static void wrap_is_no_stray(void)
{
    play_begin(&p);
    p.nxt[RO_SERVER] = 0xffffff00;
    play_handshake(&p);
    play_data(&p, RO_SERVER, 1000);
    const ro_reset *r = probe(RO_SERVER);

    CHECK_INT(r->sender->snd_nxt, (uint32_t)(0xffffff01u + 1000u));
    CHECK_INT(r->sender->strays, 0);
    play_end(&p);
}

static void acknowledged_but_unseen_is_noted(void)
{
    play_begin(&p);
    play_handshake(&p);
    p.rcv[RO_CLIENT] += 3000;
    play_ack(&p, RO_CLIENT);
    const ro_reset *r = probe(RO_SERVER);

    CHECK(r->sender->has & RO_DIR_ACK_UNSEEN);
    CHECK_INT(r->sender->snd_nxt, PLAY_ISN_SERVER + 3001);
    play_end(&p);
}

static void doubled_frames_are_one(void)
{
    play_begin(&p);
    play_handshake(&p);
    ro_segment s = play_make(&p, RO_CLIENT, RO_PSH | RO_ACK, 100);
    play_take(&p, &s);
    s.time_ns += 3000;
    play_take(&p, &s);
    probe(RO_CLIENT);
    CHECK_INT(st->duplicates, 1);
    CHECK_INT(st->dir[st->client]->repeats, 0);
    CHECK_INT(st->dir[st->client]->segments, 3);
    play_end(&p);
}

/* Linux probes that carry no IP-ID and no data are not copies of each other. */
static void duplicate_acks_are_not_doubled_frames(void)
{
    play_begin(&p);
    play_handshake(&p);
    ro_segment s = play_make(&p, RO_SERVER, RO_ACK, 0);
    s.ip_id = 0;
    play_take(&p, &s);
    s.time_ns += 3000;
    play_take(&p, &s);
    probe(RO_SERVER);
    CHECK_INT(st->duplicates, 0);
    play_end(&p);
}

static void unknown_length_moves_nothing(void)
{
    play_begin(&p);
    play_handshake(&p);
    ro_segment s = play_make(&p, RO_SERVER, RO_ACK, 0);
    s.known &= ~(uint32_t)RO_KNOW_LEN;
    play_take(&p, &s);
    const ro_reset *r = probe(RO_SERVER);

    CHECK_INT(r->sender->snd_nxt, PLAY_ISN_SERVER + 1);
    play_end(&p);
}

static void super_segment_is_one_segment(void)
{
    play_begin(&p);
    play_handshake(&p);
    play_data(&p, RO_CLIENT, 60000);
    const ro_reset *r = probe(RO_CLIENT);

    CHECK_INT(r->sender->snd_nxt, PLAY_ISN_CLIENT + 1 + 60000);
    CHECK_INT(r->sender->data_segments, 1);
    play_end(&p);
}

static void stack_is_told_by_option_order(void)
{
    ro_segment s = {.known = RO_KNOW_OPTIONS | RO_KNOW_IP, .options = RO_OPT_MSS, .ttl = 64};

    s.opt_order = 0x25431;
    CHECK_INT(ro_stack_of(&s), RO_STACK_LINUX);
    s.opt_order = 0x355251;
    CHECK_INT(ro_stack_of(&s), RO_STACK_WINDOWS);
    s.opt_order = 0x3455251;
    CHECK_INT(ro_stack_of(&s), RO_STACK_APPLE);
    s.opt_order = 0x1;
    CHECK_INT(ro_stack_of(&s), RO_STACK_UNKNOWN);
    s.options = 0;
    s.opt_order = 0;
    CHECK_INT(ro_stack_of(&s), RO_STACK_BARE);
    s.known = 0;
    CHECK_INT(ro_stack_of(&s), RO_STACK_UNKNOWN);
}

/* The bound that the documentation states; a test, so that nobody lifts it unnoticed. */
static void memory_per_stream_is_bounded(void)
{
    CHECK(sizeof(ro_stream) <= 2048);
}

int main(void)
{
    RUN(handshake_tells_everything);
    RUN(window_is_scaled_after_the_syn);
    RUN(scale_needs_both_syns);
    RUN(scale_is_unknown_in_midstream);
    RUN(retransmission_moves_nothing);
    RUN(retransmission_is_not_timed);
    RUN(first_word_of_a_program_is_no_round_trip);
    RUN(reordering_fills_the_hole);
    RUN(keepalive_is_no_data);
    RUN(answer_ends_the_probes);
    RUN(fast_open_data_counts);
    RUN(simultaneous_open_has_one_client);
    RUN(reset_moves_nothing);
    RUN(stray_segment_moves_nothing);
    RUN(wrap_is_no_stray);
    RUN(acknowledged_but_unseen_is_noted);
    RUN(doubled_frames_are_one);
    RUN(duplicate_acks_are_not_doubled_frames);
    RUN(unknown_length_moves_nothing);
    RUN(super_segment_is_one_segment);
    RUN(stack_is_told_by_option_order);
    RUN(memory_per_stream_is_bounded);
    return check_done();
}
