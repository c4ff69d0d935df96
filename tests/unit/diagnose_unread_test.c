/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Closes with data unread, waits, flights, first words and wrong protocols, each beside a neighbour that is silent. */

#include "diagnosis_check.h"

static bool says(const ro_reset *r, const char *words)
{
    ro_case c;
    ro_diagnosis d;
    GString *all = g_string_new(NULL);
    GPtrArray *lines;
    GArray *commands;
    bool found;

    ro_capture_case(p.cap, r, play_judge(&p, r), &c);
    d = ro_diagnose(&c);
    ro_diagnosis_text(&c, &d, all);
    ro_diagnosis_advice(&c, &d, all);
    lines = ro_diagnosis_evidence(&c, &d);
    commands = ro_diagnosis_commands(&c, &d);
    for (guint i = 0; i < lines->len; i++) {
        g_string_append_printf(all, "\n%s", (const char *)g_ptr_array_index(lines, i));
    }
    for (guint i = 0; i < commands->len; i++) {
        g_string_append_printf(all, "\n%s", g_array_index(commands, ro_command, i).text);
    }
    found = strstr(all->str, words) != NULL;
    g_string_free(all, TRUE);
    g_ptr_array_free(lines, TRUE);
    g_array_free(commands, TRUE);
    return found;
}

static void request_or_nothing_asked(void)
{
    ro_reset *r;

    hands(80); /* the server takes the request, and aborts without an answer */
    exchange();
    play_wait(&p, 500);
    play_text(&p, RO_CLIENT, REQUEST);
    acked(RO_SERVER);
    play_wait(&p, 700);
    r = play_abort(&p, RO_SERVER);
    DIAGNOSED(r, "unread_data");
    CHECK(says(r, "The server"));
    CHECK(says(r, "SO_LINGER"));
    play_end(&p);

    hands(80); /* it had answered */
    exchange();
    play_wait(&p, 500);
    NOT_DIAGNOSED(play_abort(&p, RO_SERVER), "unread_data");
    play_end(&p);
}

static void abort_behind_the_clients_fin(void)
{
    hands(80);
    exchange();
    play_wait(&p, 500);
    play_text(&p, RO_CLIENT, REQUEST);
    acked(RO_SERVER);
    play_wait(&p, 300);
    play_fin(&p, RO_CLIENT);
    play_wait(&p, PLAY_FAR_MS);
    NOT_DIAGNOSED(play_abort(&p, RO_SERVER), "teardown");
    play_end(&p);

    hands(80); /* Windows' way to end a finished exchange */
    exchange();
    play_wait(&p, 300);
    play_fin(&p, RO_CLIENT);
    play_wait(&p, PLAY_FAR_MS);
    DIAGNOSED(play_abort(&p, RO_SERVER), "teardown");
    play_end(&p);
}

/* The server offers the window `window` after 40 segments. */
static ro_reset *filled(uint16_t window)
{
    ro_segment s;

    hands(80);
    for (unsigned i = 0; i < 40; i++) {
        play_data(&p, RO_CLIENT, PLAY_MSS);
    }
    play_wait(&p, PLAY_FAR_MS);
    s = play_make(&p, RO_SERVER, RO_ACK, 0);
    s.window = window;
    play_take(&p, &s);
    play_wait(&p, 600);
    return play_abort(&p, RO_SERVER);
}

static void full_buffer_or_room(void)
{
    ro_reset *r = filled(0);

    DIAGNOSED(r, "unread_data");
    CHECK(says(r, "window 0"));
    CHECK(!says(r, "nginx")); /* nothing says that it speaks HTTP */
    play_end(&p);
    NOT_DIAGNOSED(filled(500), "unread_data");
    play_end(&p);
}

/* A client gives up after `ms` without an answer. */
static ro_reset *waits(double ms)
{
    hands_again();
    play_text(&p, RO_CLIENT, REQUEST);
    acked(RO_SERVER);
    play_wait(&p, ms);
    return play_abort(&p, RO_CLIENT);
}

static void busy_clock_or_people(void)
{
    play_begin(&p);
    waits(2330);
    waits(2440);
    waits(2380);
    DIAGNOSED(waits(2470), "response_timeout");
    play_end(&p);

    play_begin(&p);
    waits(1730);
    waits(2440);
    waits(3380);
    NOT_DIAGNOSED(waits(2470), "response_timeout");
    play_end(&p);
}

/* A server ends connections `quiet_ms` after its last answer. */
static ro_reset *ended(double busy_ms, double quiet_ms)
{
    hands_again();
    exchange();
    play_wait(&p, busy_ms);
    exchange();
    play_wait(&p, quiet_ms - PLAY_NEAR_MS);
    return play_abort(&p, RO_SERVER);
}

/* Two closes after the same silence are a timer, unless others came sooner. */
static void shorter_silence_speaks_against(void)
{
    play_begin(&p);
    ended(1100, 420);
    play_wait(&p, 300);
    DIAGNOSED(ended(300, 421), "idle_close");
    play_end(&p);

    play_begin(&p);
    ended(1100, 420);
    play_wait(&p, 300);
    ended(900, 130);
    play_wait(&p, 300);
    NOT_DIAGNOSED(ended(300, 421), "idle_close");
    play_end(&p);
}

/* A program whose port is registered for another protocol closes on HTTP without a word. */
static void http_on_the_port_of_another(void)
{
    ro_reset *r;

    hands(22);
    play_text(&p, RO_CLIENT, REQUEST);
    play_wait(&p, PLAY_FAR_MS);
    r = play_abort(&p, RO_SERVER);
    CHECK(says(r, "SSH"));
    CHECK(says(r, "ssh -v -p 22 SERVER"));
    CHECK(!says(r, "curl"));
    play_end(&p);
}

/* passt's refusal: RST without the ACK flag, the number filled in. */
static ro_reset *refused_by_passt(uint32_t ack)
{
    ro_segment s;

    play_begin(&p);
    play_syn(&p);
    play_wait(&p, PLAY_FAR_MS);
    s = play_make(&p, RO_SERVER, RO_RST, 0);
    s.seq = 77777;
    s.ack = ack;
    s.window = 14600;
    return play_reset(&p, &s);
}

static void refused_without_ack_flag(void)
{
    ro_reset *r = refused_by_passt(PLAY_ISN_CLIENT + 1);

    CHECK(says(r, "must ignore it"));
    play_end(&p);
    r = refused_by_passt(4711);
    CHECK(!says(r, "must ignore it"));
    play_end(&p);
}

/* A receiver in the middle of a long flight resets one segment of it and goes on acknowledging. */
static ro_reset *in_flight(unsigned segments, double after_ms)
{
    ro_segment rst;
    uint32_t acked_to;
    ro_reset *r;

    hands(80);
    exchange();
    play_text(&p, RO_CLIENT, REQUEST);
    play_wait(&p, PLAY_FAR_MS);
    acked_to = p.nxt[RO_SERVER];
    for (unsigned i = 0; i < segments; i++) {
        play_data(&p, RO_SERVER, PLAY_MSS);
    }
    rst = play_make(&p, RO_CLIENT, RO_RST, 0);
    rst.seq = p.rcv[RO_SERVER];
    rst.window = 0;
    rst.ip_id = 0;
    play_wait(&p, after_ms);
    rst.time_ns = p.now_ns;
    if (after_ms > PLAY_NEAR_MS) {
        p.rcv[RO_CLIENT] = acked_to + 2 * PLAY_MSS;
        play_ack(&p, RO_CLIENT);
    }
    r = play_reset(&p, &rst);
    play_wait(&p, after_ms > PLAY_NEAR_MS ? 0.05 : PLAY_NEAR_MS);
    p.rcv[RO_CLIENT] = acked_to + segments * PLAY_MSS;
    play_ack(&p, RO_CLIENT);
    return r;
}

static void flight_or_forged(void)
{
    DIAGNOSED(in_flight(30, PLAY_NEAR_MS + 0.05), "untranslated");
    play_end(&p);
    NOT_DIAGNOSED(in_flight(2, PLAY_NEAR_MS + 0.05), "untranslated");
    play_end(&p);
    NOT_DIAGNOSED(in_flight(30, 1), "untranslated"); /* sooner than that host can answer */
    play_end(&p);
}

int main(void)
{
    RUN(request_or_nothing_asked);
    RUN(abort_behind_the_clients_fin);
    RUN(full_buffer_or_room);
    RUN(busy_clock_or_people);
    RUN(shorter_silence_speaks_against);
    RUN(http_on_the_port_of_another);
    RUN(refused_without_ack_flag);
    RUN(flight_or_forged);
    return check_done();
}
