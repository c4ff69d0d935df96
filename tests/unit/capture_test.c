/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Streams and events of a capture: which segments belong together, and which do not. */

#include "check.h"
#include "play.h"
#include "reset/inference.h"

static play p;

static void two_directions_are_one_stream(void)
{
    play_begin(&p);
    play_handshake(&p);
    play_data(&p, RO_CLIENT, 10);
    CHECK_INT(ro_capture_streams(p.cap), 1);
    CHECK_INT(ro_capture_resets(p.cap), 0);
    play_end(&p);
}

static void ports_tell_streams_apart(void)
{
    play_begin(&p);
    play_handshake(&p);
    play_next_stream(&p);
    play_handshake(&p);
    CHECK_INT(ro_capture_streams(p.cap), 2);
    play_end(&p);
}

static void capture_points_tell_streams_apart(void)
{
    play_begin(&p);
    play_handshake(&p);
    p.point = 1;
    p.nxt[RO_CLIENT] = PLAY_ISN_CLIENT;
    play_syn(&p);
    CHECK_INT(ro_capture_streams(p.cap), 2);
    play_end(&p);
}

static void port_reuse_is_a_new_stream(void)
{
    play_begin(&p);
    play_handshake(&p);
    const ro_reset *first = play_abort(&p, RO_SERVER);
    p.stream++;
    p.nxt[RO_CLIENT] = 900000000;
    p.nxt[RO_SERVER] = 3000000000u;
    play_handshake(&p);
    const ro_reset *second = play_abort(&p, RO_SERVER);

    CHECK_INT(ro_capture_streams(p.cap), 2);
    CHECK(first->stream != second->stream);
    CHECK_INT(second->seq_delta, 0);
    CHECK(second->prev_same == NULL);
    CHECK_INT(second->sender->isn, 3000000000u);
    CHECK(first->followup->retry_frame != 0);
    play_end(&p);
}

/* Without Wireshark's number another ISN tells. */
static void port_reuse_without_a_stream_number(void)
{
    play_begin(&p);
    ro_segment s = play_make(&p, RO_CLIENT, RO_SYN, 0);
    s.known &= ~(uint32_t)RO_KNOW_STREAM;
    play_take(&p, &s);
    play_take(&p, &s);
    CHECK_INT(ro_capture_streams(p.cap), 1);
    s.seq += 123456;
    play_take(&p, &s);
    CHECK_INT(ro_capture_streams(p.cap), 2);
    play_end(&p);
}

/* Ports used again and again: the connections before are given up, but counted, and but for those that a reset
 * asks for. */
static void reused_ports_keep_few_streams(void)
{
    unsigned n = 0;

    play_begin(&p);
    for (unsigned i = 0; i < 101; i++) {
        p.stream++;
        p.nxt[RO_CLIENT] += 900000000;
        p.nxt[RO_SERVER] += 700000000;
        play_wait(&p, 70000);
        ro_segment syn = play_make(&p, RO_CLIENT, RO_SYN, 0);
        syn.known |= RO_KNOW_ALONE;
        play_take(&p, &syn);
        play_wait(&p, PLAY_FAR_MS);
        play_syn_ack(&p);
        play_ack(&p, RO_CLIENT);
        if (i == 10) {
            play_abort(&p, RO_SERVER);
        }
    }
    const ro_reset *r = ro_capture_reset(p.cap, 0);
    ro_segment s = play_make(&p, RO_CLIENT, RO_ACK, 0);
    for (const ro_stream *st = ro_capture_place(p.cap, &s).stream; st; st = st->previous) {
        n++;
    }
    CHECK_INT(n, 5); /* the newest three, the one that was reset and the one before it */
    CHECK(r->stream->previous && r->stream->previous->number == r->stream->number - 1);
    CHECK_INT(ro_capture_streams(p.cap), 101);
    CHECK_INT(ro_capture_connections_to(p.cap, 0, p.addr[RO_SERVER], p.port[RO_SERVER]), 101);
    CHECK_INT(ro_capture_connections_to(p.cap, 0, p.addr[RO_CLIENT], p.port[RO_CLIENT]), 0);
    play_end(&p);
}

static void place_is_known_once_a_stream_began(void)
{
    play_begin(&p);
    ro_segment s = play_make(&p, RO_CLIENT, RO_SYN, 0);
    CHECK(!ro_capture_place(p.cap, &s).stream);
    play_handshake(&p);
    s = play_make(&p, RO_CLIENT, RO_ACK, 10);
    CHECK(ro_capture_place(p.cap, &s).stream);
    play_end(&p);
}

static void burst_is_one_event(void)
{
    play_begin(&p);
    play_handshake(&p);
    const ro_reset *a = play_abort(&p, RO_SERVER);
    play_wait(&p, 1);
    const ro_reset *b = play_rst(&p, RO_CLIENT);
    play_wait(&p, 60000);
    const ro_reset *c = play_rst(&p, RO_CLIENT);

    CHECK_INT(a->event, 1);
    CHECK_INT(b->event, 1);
    CHECK_INT(b->in_event, 2);
    CHECK_INT(c->event, 2);
    CHECK_INT(c->in_event, 1);
    CHECK_INT(ro_capture_resets(p.cap), 3);
    CHECK(ro_capture_reset(p.cap, 1) == b);
    CHECK(ro_capture_reset(p.cap, 3) == NULL);
    play_end(&p);
}

/* Headers cut off before byte 20 leave Wireshark 4.4 and older without a stream number. */
static void events_without_stream_numbers_are_told_apart(void)
{
    const ro_reset *r[3];

    play_begin(&p);
    for (int i = 0; i < 3; i++) {
        ro_segment s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
        if (i > 0) {
            s.known &= ~(uint32_t)RO_KNOW_STREAM;
            s.stream = 0;
        }
        r[i] = play_reset(&p, &s);
        play_next_stream(&p);
    }
    CHECK_INT(r[0]->event, 1);
    CHECK_INT(r[1]->event, 2);
    CHECK_INT(r[2]->event, 3);
    play_end(&p);
}

/* The client opens its ports anew and resets what is left of the old connection (RFC 5961 4). Where
 * only its own direction was captured, the number tells that the RST is the old connection's, and
 * what the client goes on to send in the new one does not speak against it. */
static void reset_of_the_connection_before(void)
{
    play_begin(&p);
    play_syn(&p);
    play_wait(&p, 25);
    play_data(&p, RO_CLIENT, 100);
    uint32_t old = p.nxt[RO_CLIENT];
    p.stream++;
    p.nxt[RO_CLIENT] = 900000000;
    play_wait(&p, 300);
    play_syn(&p);
    play_wait(&p, 25);
    ro_segment s = play_make(&p, RO_CLIENT, RO_RST, 0);
    s.seq = old;
    const ro_reset *r = play_reset(&p, &s);
    s.seq = p.nxt[RO_CLIENT];
    const ro_reset *of_new = play_reset(&p, &s);
    play_wait(&p, 300);
    play_data(&p, RO_CLIENT, 100);

    CHECK(r->stream != of_new->stream);
    CHECK_INT(r->followup->active_n, 0);
    CHECK_INT(of_new->followup->active_n, 1);
    play_end(&p);
}

/* The same where nothing of the connection before was captured: its number lies before the new ISN. */
static void reset_of_a_connection_not_seen(void)
{
    play_begin(&p);
    play_syn(&p);
    play_wait(&p, 1);
    ro_segment s = play_make(&p, RO_SERVER, RO_RST, 0);
    s.seq = p.nxt[RO_SERVER] - 2000;
    const ro_reset *r = play_reset(&p, &s);
    play_wait(&p, PLAY_FAR_MS);
    play_syn_ack(&p);
    play_ack(&p, RO_CLIENT);
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, PLAY_FAR_MS);
    play_data(&p, RO_SERVER, 100);
    CHECK(!play_judge(&p, r)->injected);
    play_end(&p);
}

/* A flood of resets costs no copies of what the stream showed; what comes later changes none of it. */
static void resets_hold_their_stream(void)
{
    play_begin(&p);
    play_handshake(&p);
    play_data(&p, RO_CLIENT, 100);
    const ro_reset *a = play_abort(&p, RO_SERVER);
    const ro_reset *b = play_rst(&p, RO_SERVER);
    uint32_t nxt = a->receiver->snd_nxt;

    CHECK(a->sender == b->sender && a->receiver == b->receiver);
    play_data(&p, RO_CLIENT, 50);
    const ro_reset *c = play_rst(&p, RO_SERVER);

    CHECK_INT(a->receiver->snd_nxt, nxt);
    CHECK_INT(c->receiver->snd_nxt, nxt + 50);
    CHECK_INT(a->receiver->data_segments, 1);
    CHECK_INT(c->receiver->data_segments, 2);
    play_end(&p);
}

/* A SYN that is refused shows one direction, and its reset is followed by nothing. */
static void a_refused_syn_takes_one_direction(void)
{
    play_begin(&p);
    play_syn(&p);
    const ro_reset *a = play_refuse(&p);

    play_next_stream(&p);
    play_syn(&p);
    const ro_reset *b = play_refuse(&p);

    CHECK(a->sender == b->sender && a->sender->segments == 0);
    CHECK(a->receiver != b->receiver && a->receiver->syns == 1);
    CHECK(a->followup == b->followup && a->stream->exchange == b->stream->exchange);
    play_end(&p);
}

static void resets_are_linked(void)
{
    play_begin(&p);
    play_handshake(&p);
    const ro_reset *a = play_abort(&p, RO_SERVER);
    play_wait(&p, 5);
    const ro_reset *b = play_rst(&p, RO_CLIENT);
    play_wait(&p, 5);
    const ro_reset *c = play_rst(&p, RO_SERVER);

    CHECK(c->prev_same == a && c->prev_other == b && ro_prev_any(c) == b);
    CHECK(a->next_same == c && a->next_other == b);
    play_end(&p);
}

/* A kernel answers two segments under way with two like RSTs; where it does not count, only a capture that
 * holds its other packets twice shows which is a copy. */
static void two_answers_are_no_copies(void)
{
    for (int doubled = 0; doubled < 2; doubled++) {
        play_begin(&p);
        play_handshake(&p);
        for (int i = 0; i < 12; i++) { /* enough to show the capture's habit */
            ro_segment s = play_make(&p, RO_CLIENT, RO_PSH | RO_ACK, 10);
            play_take(&p, &s);
            for (int k = 0; k < doubled; k++) {
                s.time_ns += 1000;
                play_take(&p, &s);
            }
            play_wait(&p, 30);
            play_data(&p, RO_SERVER, 10);
        }
        play_data(&p, RO_CLIENT, 100);
        play_wait(&p, PLAY_FAR_MS);
        ro_segment s = play_make(&p, RO_SERVER, RO_RST, 0);
        s.seq = p.rcv[RO_CLIENT];
        const ro_reset *first = play_reset(&p, &s);
        s.time_ns += 1000;
        const ro_reset *second = play_reset(&p, &s);
        CHECK(!first->copy_of);
        CHECK(second->copy_of == (doubled ? first : NULL));
        play_end(&p);
    }
}

/* A device that repeats its reset sends it several times in a row. */
static void repeated_in_a_row(void)
{
    play_begin(&p);
    play_handshake(&p);
    play_data(&p, RO_CLIENT, 100);
    const ro_reset *r[3];
    for (int i = 0; i < 3; i++) {
        ro_segment s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
        s.ip_id = 0x4001;
        s.time_ns += 1000 * i;
        r[i] = play_reset(&p, &s);
    }
    CHECK(!ro_is_repeated_by_sender(r[0]));
    CHECK(ro_is_repeated_by_sender(r[1]) && ro_is_repeated_by_sender(r[2]));
    play_end(&p);
}

/* R1 R2 R1' R2', with the time going back once. */
static void copies_in_a_batch(void)
{
    play_begin(&p);
    play_handshake(&p);
    play_data(&p, RO_CLIENT, 100);
    play_data(&p, RO_CLIENT, 100);
    const ro_reset *r[4];
    for (int i = 0; i < 4; i++) {
        ro_segment s = play_make(&p, RO_SERVER, RO_RST, 0);
        s.seq = p.rcv[RO_CLIENT];
        s.ip_id = (uint16_t)(0x4001 + i % 2);
        s.time_ns += 1000 * (i % 2);
        r[i] = play_reset(&p, &s);
    }
    CHECK(!r[0]->copy_of && !r[1]->copy_of);
    CHECK(r[2]->copy_of == r[0] && r[3]->copy_of == r[1]);
    CHECK(!ro_is_repeated_by_sender(r[2]) && !ro_is_repeated_by_sender(r[3]));
    play_end(&p);
}

static void copy_of_a_reset_is_marked(void)
{
    play_begin(&p);
    play_handshake(&p);
    ro_segment s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
    play_reset(&p, &s);
    s.time_ns += 3000;
    CHECK(play_reset(&p, &s)->facts & RO_FACT_DUPLICATE);
    s.time_ns += 50000000;
    CHECK(!(play_reset(&p, &s)->facts & RO_FACT_DUPLICATE));
    play_end(&p);
}

int main(void)
{
    RUN(two_directions_are_one_stream);
    RUN(ports_tell_streams_apart);
    RUN(capture_points_tell_streams_apart);
    RUN(port_reuse_is_a_new_stream);
    RUN(port_reuse_without_a_stream_number);
    RUN(reused_ports_keep_few_streams);
    RUN(place_is_known_once_a_stream_began);
    RUN(burst_is_one_event);
    RUN(events_without_stream_numbers_are_told_apart);
    RUN(reset_of_the_connection_before);
    RUN(reset_of_a_connection_not_seen);
    RUN(resets_hold_their_stream);
    RUN(a_refused_syn_takes_one_direction);
    RUN(resets_are_linked);
    RUN(copy_of_a_reset_is_marked);
    RUN(two_answers_are_no_copies);
    RUN(repeated_in_a_row);
    RUN(copies_in_a_batch);
    return check_done();
}
