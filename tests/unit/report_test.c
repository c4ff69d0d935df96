/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report: counts, timers, rhythms, order, and a JSON document that says the same. */

#include "base/addr.h"
#include "base/constants.h"
#include "check.h"
#include "diagnose/idle_clusters.h"
#include "diagnose/known_timers.h"
#include "play.h"
#include "report/clean.h"
#include "report/report.h"
#include "report/rhythm.h"

static play p;
static ro_document *doc;
static GString *out;

/* A connection that is silent for `ms` and then reset by a box: a bare RST too far away. */
static void idle_then_reset(double ms)
{
    play_next_stream(&p);
    play_wait(&p, 100);
    play_handshake(&p);
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, PLAY_FAR_MS);
    play_ack(&p, RO_SERVER);
    play_wait(&p, ms);
    ro_segment s = play_make(&p, RO_SERVER, RO_RST, 0);
    s.ttl = 251;
    play_reset(&p, &s);
}

static void begin(void)
{
    play_begin(&p);
    out = g_string_new(NULL);
    doc = NULL;
}

static void end(void)
{
    g_string_free(out, TRUE);
    ro_document_free(doc);
    play_end(&p);
}

/* The verdicts are the test's own: what is tested is the gathering. */
static ro_verdict given[64];

static void judge_as_given(const ro_reset *r, ro_verdict *v)
{
    *v = given[r->number - 1];
}

/* All resets from now on get this verdict. */
static void call_them(ro_source source, ro_cause cause)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(given); i++) {
        given[i] =
            (ro_verdict){.source = source, .cause = cause, .confidence = RO_MEDIUM, .score = 12};
    }
}

static uint32_t connections_to(void *capture, uint64_t point, ro_addr addr, uint16_t port)
{
    return ro_capture_connections_to(capture, point, addr, port);
}

static void gather(void)
{
    ro_document_input in = {.shared = ro_capture_shared(p.cap),
                            .judge = judge_as_given,
                            .connections_to = connections_to,
                            .data = p.cap,
                            .read = {.packets = 99, .connections = ro_capture_streams(p.cap)}};

    ro_document_free(doc);
    doc = ro_document_new(&in);
    for (uint32_t i = 0; i < ro_capture_resets(p.cap); i++) {
        ro_document_add(doc, ro_capture_reset(p.cap, i));
    }
    ro_document_close(doc);
}

static void write_text(void)
{
    ro_text_style style = {100, false};

    g_string_truncate(out, 0);
    ro_report_text(doc, &style, out);
}

static void write_json(void)
{
    g_string_truncate(out, 0);
    ro_report_json(doc, out);
}

static bool says(const char *text)
{
    bool found = strstr(out->str, text) != NULL;

    if (!found) {
        printf("  \"%s\" is not in:\n%s\n", text, out->str);
    }
    return found;
}

static void no_reset_says_what_was_read(void)
{
    begin();
    gather();
    write_text();
    CHECK(says("there is no TCP in this capture"));
    CHECK(says("Read: 99 packets, 0 TCP connections."));
    play_handshake(&p);
    gather();
    write_text();
    CHECK(says("No reset: the TCP connection in this capture was not reset."));
    write_json();
    CHECK(says("\"resets\": 0,"));
    CHECK(says("\"findings\": []"));
    end();
}

static void timer_is_found_and_named(void)
{
    begin();
    idle_then_reset(350100);
    idle_then_reset(349900);
    idle_then_reset(350500);
    play_next_stream(&p);
    play_handshake(&p);
    call_them(RO_SOURCE_INTERMEDIARY, RO_CAUSE_IDLE_TIMEOUT);
    gather();
    write_text();
    CHECK(g_str_has_prefix(out->str, "3 of 4 connections to "));
    CHECK(says("were reset by a device between client"));
    CHECK(says("after 350 s"));
    write_json();
    CHECK(says("\"keepalive_seconds\": 175"));
    CHECK(says("\"seconds\": 350.1666"));
    CHECK(says("AWS"));
    end();
}

/* A request after `ms` of silence, and its answer, or the reset of a device that has forgotten the connection. */
static void ask_after(double ms, bool answered)
{
    ro_segment s;

    play_next_stream(&p);
    play_handshake(&p);
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, PLAY_FAR_MS);
    play_data(&p, RO_SERVER, 50);
    play_wait(&p, PLAY_NEAR_MS);
    play_ack(&p, RO_CLIENT);
    play_wait(&p, ms);
    s = play_make(&p, RO_SERVER, RO_RST, 0);
    s.ttl = 251;
    play_data(&p, RO_CLIENT, 300);
    play_wait(&p, answered ? PLAY_FAR_MS : 1);
    if (answered) {
        play_data(&p, RO_SERVER, 50);
        return;
    }
    play_reset(&p, &s);
}

/* Silences differ, the timer between them is one; requests are counted, not their octets. */
static void timer_between_is_named_first(void)
{
    begin();
    ask_after(345000, true);
    ask_after(360000, false);
    ask_after(1200000, false);
    call_them(RO_SOURCE_INTERMEDIARY, RO_CAUSE_IDLE_TIMEOUT);
    gather();
    write_json();
    CHECK(says("after 350 s without traffic"));
    CHECK(says("2 requests were lost"));
    CHECK(strstr(out->str, "to 1200 s") == NULL);
    end();

    begin(); /* nothing lived: no timer is known, so the silences are told */
    ask_after(360000, false);
    ask_after(1200000, false);
    call_them(RO_SOURCE_INTERMEDIARY, RO_CAUSE_IDLE_TIMEOUT);
    gather();
    write_json();
    CHECK(says("after 360 s to 1200 s without traffic"));
    end();
}

/* No timer that several resets share. */
static void no_timer(ro_cause cause)
{
    call_them(RO_SOURCE_INTERMEDIARY, cause);
    gather();
    write_json();
    CHECK(says("\"idle_timers\": []"));
}

static void two_silences_are_no_timer(void)
{
    begin();
    idle_then_reset(350000);
    idle_then_reset(350000);
    no_timer(RO_CAUSE_IDLE_TIMEOUT);
    end();
}

static void scattered_silences_are_no_timer(void)
{
    begin();
    for (int i = 0; i < 40; i++) {
        idle_then_reset(300000 + 2000.0 * i);
    }
    no_timer(RO_CAUSE_IDLE_TIMEOUT);
    end();
}

static void pauses_of_a_program_are_no_timer(void)
{
    begin();
    for (int i = 0; i < 5; i++) {
        idle_then_reset(3000);
    }
    no_timer(RO_CAUSE_BLOCKED_CONTENT);
    end();
}

static void timer_of_one_reset(void)
{
    ro_idle *idle = ro_idle_new();

    begin();
    idle_then_reset(240000);
    idle_then_reset(241000);
    idle_then_reset(2000);
    CHECK_INT(ro_idle_timer_of(idle, ro_capture_reset(p.cap, 0)), 0);
    for (uint32_t i = 0; i < 3; i++) {
        ro_idle_add(idle, ro_capture_reset(p.cap, i));
    }
    CHECK_INT(ro_idle_timer_of(idle, ro_capture_reset(p.cap, 0)), 0);
    idle_then_reset(239000);
    ro_idle_add(idle, ro_capture_reset(p.cap, 3));
    CHECK_INT(ro_idle_timer_of(idle, ro_capture_reset(p.cap, 0)), 240);
    CHECK_INT(ro_idle_timer_of(idle, ro_capture_reset(p.cap, 2)), 0);
    end();
    ro_idle_free(idle);
}

static void rhythm_is_told(void)
{
    begin();
    for (int i = 0; i < 6; i++) {
        idle_then_reset(300000 + (i % 2 ? 1500 : 0));
    }
    call_them(RO_SOURCE_INTERMEDIARY, RO_CAUSE_STATE_LOSS);
    gather();
    write_text();
    CHECK(says("every 302 s (5"));
    end();
}

static void rhythm_needs_regular_intervals(void)
{
    int64_t regular[] = {0, 300 * RO_S, 601 * RO_S, 899 * RO_S, 1200 * RO_S};
    int64_t irregular[] = {0, 300 * RO_S, 400 * RO_S, 900 * RO_S, 1900 * RO_S};
    int64_t burst[] = {0, 10 * RO_MS, 20 * RO_MS, 30 * RO_MS, 40 * RO_MS};
    ro_rhythm rhythm;

    CHECK(ro_rhythm_of(regular, 5, &rhythm));
    CHECK_INT(rhythm.period_ns / RO_S, 301);
    CHECK_INT(rhythm.spread_ns / RO_S, 3);
    CHECK_INT(rhythm.intervals, 4);
    CHECK(!ro_rhythm_of(irregular, 5, &rhythm));
    CHECK(!ro_rhythm_of(burst, 5, &rhythm));
    CHECK(!ro_rhythm_of(regular, 4, &rhythm));
}

/* Fifteen resets that cost nothing, then one that took a request with it. */
static void what_was_lost_goes_first(void)
{
    const ro_finding *first;

    begin();
    for (int i = 0; i < 15; i++) {
        play_next_stream(&p);
        play_handshake(&p);
        ro_segment s = play_make(&p, RO_CLIENT, RO_RST | RO_ACK, 0);
        play_reset(&p, &s);
        play_wait(&p, 3000);
    }
    call_them(RO_SOURCE_CLIENT, RO_CAUSE_CONNECT_CANCELLED);
    play_next_stream(&p);
    play_handshake(&p);
    play_data(&p, RO_CLIENT, 100);
    ro_segment s = play_make(&p, RO_SERVER, RO_RST, 0);
    play_reset(&p, &s);
    given[15] = (ro_verdict){.source = RO_SOURCE_SERVER, .cause = RO_CAUSE_LATE_DATA};
    gather();
    CHECK_INT(doc->findings->len, 2);
    first = g_ptr_array_index(doc->findings, 0);
    CHECK_INT(first->cause, RO_CAUSE_LATE_DATA);
    CHECK_INT(first->lost_octets, 100);
    CHECK_INT(first->group, RO_GROUP_ENDPOINT);
    write_text();
    CHECK(says("100 octets were lost: sent, but never acknowledged"));
    CHECK(says("Harmless:\n   - "));
    CHECK(strstr(out->str, "2. ") == NULL); /* one line, no finding of its own */
    end();
}

static void harmless_ones_ask_for_nothing(void)
{
    begin();
    play_handshake(&p);
    ro_segment s = play_make(&p, RO_CLIENT, RO_RST | RO_ACK, 0);
    play_reset(&p, &s);
    call_them(RO_SOURCE_CLIENT, RO_CAUSE_TEARDOWN);
    gather();
    write_text();
    CHECK(g_str_has_prefix(
        out->str,
        "Nothing to do: the reset in this capture is harmless, and no data was lost by it."));
    CHECK(strstr(out->str, "What to do") == NULL);
    end();
}

/* An abort and what follows from it are one event, so one finding. */
static void one_event_is_one_finding(void)
{
    begin();
    play_handshake(&p);
    play_data(&p, RO_CLIENT, 100);
    ro_segment s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
    play_reset(&p, &s);
    s = play_make(&p, RO_CLIENT, RO_RST, 0);
    play_reset(&p, &s);
    given[0] = (ro_verdict){.source = RO_SOURCE_SERVER, .cause = RO_CAUSE_ABORT};
    given[1] = (ro_verdict){.source = RO_SOURCE_CLIENT, .cause = RO_CAUSE_ECHO};
    gather();
    CHECK_INT(doc->findings->len, 1);
    write_json();
    CHECK(says("\"cause\": \"echo\",\n          \"resets\": 1"));
    end();
}

static void many_services_are_one_finding(void)
{
    begin();
    for (int i = 0; i <= RO_FINDING_SERVICES; i++) {
        play_next_stream(&p);
        p.port[RO_SERVER] = (uint16_t)(1000 + i);
        play_handshake(&p);
        ro_segment s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
        play_reset(&p, &s);
        call_them(RO_SOURCE_SERVER, RO_CAUSE_ABORT);
        gather();
        CHECK_INT(doc->findings->len, i == RO_FINDING_SERVICES ? 1 : i + 1);
    }
    end();
}

static void writing_twice_gives_the_same(void)
{
    GString *again = g_string_new(NULL);

    begin();
    for (int i = 0; i < 9; i++) {
        idle_then_reset(5000);
    }
    call_them(RO_SOURCE_UNKNOWN, RO_CAUSE_UNKNOWN);
    gather();
    write_json();
    ro_report_json(doc, again);
    CHECK_STR(out->str, again->str);
    end();
    g_string_free(again, TRUE);
}

/* A command stands on a line of its own, seven columns in, and is copied as a whole: no break may go into it. */
static bool is_command(const char *line)
{
    return g_str_has_prefix(line, "       ") && line[7] != ' ';
}

static void lines_keep_to_the_width(void)
{
    ro_text_style style = {60, false};
    char **lines;

    begin();
    idle_then_reset(350000);
    call_them(RO_SOURCE_INTERMEDIARY, RO_CAUSE_IDLE_TIMEOUT);
    gather();
    ro_report_text(doc, &style, out);
    lines = g_strsplit(out->str, "\n", -1);
    for (unsigned i = 0; lines[i]; i++) {
        CHECK(is_command(lines[i]) || g_utf8_strlen(lines[i], -1) <= 60);
    }
    CHECK(
        says("\n       sysctl -w net.ipv4.tcp_keepalive_time=175 net.ipv4.tcp_keepalive_intvl=43"));
    CHECK(strchr(out->str, '\033') == NULL);
    g_strfreev(lines);
    end();
}

static void hostile_words_are_escaped(void)
{
    static const char hostile[] = "a\"<b>\n\033[2J\xff\xe2\x80\xae&'\\";

    begin();
    ro_clean_text(out, hostile);
    CHECK_STR(out->str, "a\"<b>\\n\\x1b[2J\\xff\\u{202e}&'\\");
    g_string_truncate(out, 0);
    ro_clean_html(out, hostile);
    CHECK_STR(out->str, "a&quot;&lt;b&gt;\\n\\x1b[2J\\xff\\u{202e}&amp;&#39;\\");
    g_string_truncate(out, 0);
    ro_clean_json(out, "</script>\"\\");
    CHECK_STR(out->str, "\"\\u003c/script\\u003e\\\"\\\\\"");
    end();
}

static void addresses_are_short(void)
{
    static const struct {
        ro_addr addr;
        const char *text;
    } rows[] = {
        {{0, 0xffffc0000201}, "192.0.2.1"},
        {{0x20010db800000000, 1}, "2001:db8::1"},
        {{0, 0}, "::"},
        {{0, 1}, "::1"},
        {{0x20010db800000001, 0x0001000100010001}, "2001:db8:0:1:1:1:1:1"},
        {{0x2001000000000001, 0x0000000000000001}, "2001:0:0:1::1"},
        {{0x0001000200030004, 0x0005000600000000}, "1:2:3:4:5:6::"},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        GString *text = g_string_new(NULL);

        ro_addr_text(rows[i].addr, text);
        CHECK_STR(text->str, rows[i].text);
        g_string_free(text, TRUE);
    }
}

static void keepalive_stays_below_the_timer(void)
{
    CHECK_INT(ro_timer_keepalive(350 * RO_S), 175);
    CHECK_INT(ro_timer_keepalive(RO_S), 1);
    CHECK(ro_timer_owner(350 * RO_S + RO_S) != NULL);
    CHECK(ro_timer_owner(100 * RO_S) == NULL);
}

/* A lone reset to a SYN: nothing of the server is there to compare with. */
static void unknown_says_what_is_missing(void)
{
    begin();
    play_syn(&p);
    ro_segment s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, 0);
    play_reset(&p, &s);
    call_them(RO_SOURCE_UNKNOWN, RO_CAUSE_ABORT);
    gather();
    write_text();
    CHECK(says("but the capture does not show by whom"));
    CHECK(says("What is missing to tell who sent it:"));
    CHECK(says("another packet of the server"));
    CHECK(says("tcpdump -i any -w at-server.pcap 'host 192.0.2.10 and tcp port 80'"));
    call_them(RO_SOURCE_SERVER, RO_CAUSE_ABORT);
    gather();
    write_text();
    CHECK(strstr(out->str, "What is missing") == NULL);
    end();
}

/* Far outside the window, in a connection with data under way: the receiver drops it and nothing is lost. */
static void dropped_resets_cost_nothing(void)
{
    begin();
    play_handshake(&p);
    play_data(&p, RO_CLIENT, 100);
    ro_segment s = play_make(&p, RO_SERVER, RO_RST, 0);
    s.seq += 500000000;
    play_reset(&p, &s);
    call_them(RO_SOURCE_INTERMEDIARY, RO_CAUSE_BLOCKED_CONTENT);
    gather();
    write_text();
    CHECK(says("got a reset from a device between client and server, without"));
    CHECK(strstr(out->str, "lost") == NULL);
    call_them(RO_SOURCE_SERVER, RO_CAUSE_ABORT); /* its own end is gone, whatever the client did */
    gather();
    write_text();
    CHECK(strstr(out->str, "without effect") == NULL);
    CHECK(says("100 octets were lost"));
    end();
}

int main(void)
{
    RUN(no_reset_says_what_was_read);
    RUN(timer_is_found_and_named);
    RUN(timer_between_is_named_first);
    RUN(two_silences_are_no_timer);
    RUN(scattered_silences_are_no_timer);
    RUN(pauses_of_a_program_are_no_timer);
    RUN(timer_of_one_reset);
    RUN(rhythm_is_told);
    RUN(rhythm_needs_regular_intervals);
    RUN(what_was_lost_goes_first);
    RUN(harmless_ones_ask_for_nothing);
    RUN(one_event_is_one_finding);
    RUN(many_services_are_one_finding);
    RUN(writing_twice_gives_the_same);
    RUN(lines_keep_to_the_width);
    RUN(hostile_words_are_escaped);
    RUN(addresses_are_short);
    RUN(keepalive_stays_below_the_timer);
    RUN(unknown_says_what_is_missing);
    RUN(dropped_resets_cost_nothing);
    return check_done();
}
