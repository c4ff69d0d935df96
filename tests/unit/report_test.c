/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report: counts, timers, rhythms, order, and a JSON document that says the same. */

#include "base/addr.h"
#include "base/constants.h"
#include "check.h"
#include "diagnose/idle_clusters.h"
#include "diagnose/known_timers.h"
#include "play.h"
#include "report/report.h"
#include "report/rhythm.h"

static play p;
static ro_report *report;
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
    report = ro_report_new(NULL);
    out = g_string_new(NULL);
}

static void end(void)
{
    g_string_free(out, TRUE);
    ro_report_free(report);
    play_end(&p);
}

/* Takes in all resets with a verdict of the test's own: what is tested is the gathering. */
static void gather(ro_source source, ro_cause cause)
{
    for (uint32_t i = 0; i < ro_capture_resets(p.cap); i++) {
        ro_verdict v = {.source = source, .cause = cause, .confidence = RO_MEDIUM, .score = 12};

        ro_report_add(report, ro_capture_reset(p.cap, i), &v);
    }
}

static bool says(const char *text)
{
    bool found = strstr(out->str, text) != NULL;

    if (!found) {
        printf("  \"%s\" is not in:\n%s\n", text, out->str);
    }
    return found;
}

static void empty_report_says_so(void)
{
    begin();
    ro_report_text(report, out);
    CHECK(says("No reset.\n"));
    g_string_truncate(out, 0);
    ro_report_json(report, NULL, NULL, out);
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
    gather(RO_SOURCE_INTERMEDIARY, RO_CAUSE_IDLE_TIMEOUT);
    ro_report_text(report, out);
    CHECK(says("3 came after 350 s of silence (349.9 to 350.5 s): a timer"));
    CHECK(says("AWS"));
    CHECK(says("net.ipv4.tcp_keepalive_time=175"));
    CHECK(says("MADE ON THE PATH"));
    g_string_truncate(out, 0);
    ro_report_json(report, NULL, NULL, out);
    CHECK(says("\"keepalive_seconds\": 175"));
    CHECK(says("\"seconds\": 350.1666"));
    end();
}

static void two_silences_are_no_timer(void)
{
    begin();
    idle_then_reset(350000);
    idle_then_reset(350000);
    gather(RO_SOURCE_INTERMEDIARY, RO_CAUSE_IDLE_TIMEOUT);
    ro_report_text(report, out);
    CHECK(strstr(out->str, "a timer") == NULL);
    end();
}

static void scattered_silences_are_no_timer(void)
{
    begin();
    for (int i = 0; i < 40; i++) {
        idle_then_reset(300000 + 2000.0 * i);
    }
    gather(RO_SOURCE_INTERMEDIARY, RO_CAUSE_IDLE_TIMEOUT);
    ro_report_text(report, out);
    CHECK(strstr(out->str, "a timer") == NULL);
    end();
}

static void pauses_of_a_program_are_no_timer(void)
{
    begin();
    for (int i = 0; i < 5; i++) {
        idle_then_reset(3000);
    }
    gather(RO_SOURCE_INTERMEDIARY, RO_CAUSE_BLOCKED_CONTENT);
    ro_report_text(report, out);
    CHECK(strstr(out->str, "a timer") == NULL);
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
    gather(RO_SOURCE_INTERMEDIARY, RO_CAUSE_STATE_LOSS);
    ro_report_text(report, out);
    CHECK(says(", every 30"));
    CHECK(says("(5 intervals)"));
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

static void groups_come_in_order(void)
{
    const char *path;
    const char *endpoint;
    const char *ordinary;

    begin();
    idle_then_reset(10);
    gather(RO_SOURCE_SERVER, RO_CAUSE_TEARDOWN);
    gather(RO_SOURCE_SERVER, RO_CAUSE_CLOSED_PORT);
    gather(RO_SOURCE_INTERMEDIARY, RO_CAUSE_BLOCKED_CONTENT);
    ro_report_text(report, out);
    path = strstr(out->str, "MADE ON THE PATH");
    endpoint = strstr(out->str, "\nBY AN ENDPOINT, WORTH A LOOK");
    ordinary = strstr(out->str, "\nORDINARY");
    CHECK(path && endpoint && ordinary && path < endpoint && endpoint < ordinary);
    CHECK(says("3 resets in 1 connection,"));
    CHECK(strstr(out->str, "UNDECIDED") == NULL);
    end();
}

static void clients_and_services_are_named(void)
{
    begin();
    idle_then_reset(10);
    idle_then_reset(10);
    gather(RO_SOURCE_CLIENT, RO_CAUSE_ABORT);
    ro_report_text(report, out);
    CHECK(says("Client:"));
    CHECK(says("2 resets"));
    CHECK(says("1 came after another reset of that client there"));
    end();
}

static void writing_twice_gives_the_same(void)
{
    GString *again = g_string_new(NULL);

    begin();
    for (int i = 0; i < 9; i++) {
        idle_then_reset(5000);
    }
    gather(RO_SOURCE_UNKNOWN, RO_CAUSE_UNKNOWN);
    ro_report_json(report, NULL, NULL, out);
    ro_report_json(report, NULL, NULL, again);
    CHECK_STR(out->str, again->str);
    end();
    g_string_free(again, TRUE);
}

static void filter_is_escaped(void)
{
    begin();
    ro_report_free(report);
    report = ro_report_new("http.host == \"a\\b\"");
    ro_report_json(report, NULL, NULL, out);
    CHECK(says("\"filter\": \"http.host == \\\"a\\\\b\\\"\""));
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

int main(void)
{
    RUN(empty_report_says_so);
    RUN(timer_is_found_and_named);
    RUN(two_silences_are_no_timer);
    RUN(scattered_silences_are_no_timer);
    RUN(pauses_of_a_program_are_no_timer);
    RUN(timer_of_one_reset);
    RUN(rhythm_is_told);
    RUN(rhythm_needs_regular_intervals);
    RUN(groups_come_in_order);
    RUN(clients_and_services_are_named);
    RUN(writing_twice_gives_the_same);
    RUN(filter_is_escaped);
    RUN(addresses_are_short);
    RUN(keepalive_stays_below_the_timer);
    return check_done();
}
