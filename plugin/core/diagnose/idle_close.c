/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A side closes an idle connection by its own timer. If the other side's next request is on its way, it is
 * lost (RFC 9112 9.3.1, 9.5); if that side ignores the FIN and asks much later, it is lost as well. */

#include "diagnose/idle_close.h"

#include "base/constants.h"
#include "diagnose/idle_timeout.h"
#include "diagnose/idle_words.h"
#include "diagnose/lost_request.h"
#include "diagnose/process.h"
#include "diagnose/say.h"

/* A program needs this long to notice a FIN that its kernel has taken in. A request sent before that still
 * crossed it. */
#define NOTICE_NS (50 * RO_MS)

/* A close that finds the request unread follows its arrival at once. */
#define UNREAD_NS (250 * RO_MS)

/* ---- idle_close_race ---- */

static int race_by_fin(const ro_case *c)
{
    const ro_ending *e = &c->reset->ending;
    int64_t later = e->request.time_ns - e->fin[0].time_ns;
    ro_timer t;

    if (e->request_knew_fin ? later > NOTICE_NS : later > NOTICE_NS + ro_rtt_of_both(c->reset)) {
        return RO_DIAGNOSIS_NO;
    }
    ro_program_timer_of(c, &t);
    return t.stands_out || t.known || e->quiet_ns >= RO_PAUSE_NS ? RO_DIAGNOSIS_HIGH
                                                                 : RO_DIAGNOSIS_MEDIUM;
}

/* The server closed other connections in the same moment: that is an event, no timer of this one. */
static bool ended_together(const ro_case *c)
{
    return ro_shared_burst(c->shared, c->reset) != NULL;
}

/* Without a FIN only the timer tells this from a program that fails over the request. */
static int race_by_abort(const ro_case *c)
{
    const ro_reset *r = c->reset;
    ro_timer t;

    if (r->shape != RO_SHAPE_ABORT || !(r->ending.request_taken || (r->seg.flags & RO_ACK)) ||
        r->seg.time_ns - r->ending.request.time_ns > UNREAD_NS + 2 * ro_rtt_of_both(c->reset)) {
        return RO_DIAGNOSIS_NO;
    }
    ro_program_timer_of(c, &t);
    if (t.stands_out) {
        return t.known || t.same->n >= 3 ? RO_DIAGNOSIS_HIGH : RO_DIAGNOSIS_MEDIUM;
    }
    return t.known                                                   ? RO_DIAGNOSIS_MEDIUM
           : r->ending.quiet_ns >= RO_PAUSE_NS && !ended_together(c) ? RO_DIAGNOSIS_LOW
                                                                     : RO_DIAGNOSIS_NO;
}

int ro_idle_close_race_test(const ro_case *c)
{
    if (!ro_lost_a_request(c) || !ro_was_idle(c)) {
        return RO_DIAGNOSIS_NO;
    }
    return ro_sure_of_endpoint(c,
                               c->reset->ending.fin[0].frame ? race_by_fin(c) : race_by_abort(c));
}

void ro_idle_close_race_text(const ro_case *c, GString *out)
{
    const ro_ending *e = &c->reset->ending;
    ro_side by = ro_sender_side(c);

    ro_say_end_first(c, by, out);
    g_string_append(out, " closed the idle connection ");
    ro_say_silence(c, out);
    g_string_append(out, " while ");
    ro_say_end(c, !by, out);
    g_string_append_printf(out, " was sending its next %s (frame %u, %u octet%s): it is lost",
                           by == RO_SERVER ? "request" : "message", e->request.frame,
                           e->request_octets, ro_s(e->request_octets));
    if (!e->fin[0].frame) {
        g_string_append(out, ", and because it lay unread the close became a reset");
    }
    g_string_append_c(out, '.');
}

/* The steps in the order of the capture. */
static void lines_of_lost_request(const ro_case *c, GPtrArray *lines)
{
    const ro_reset *r = c->reset;
    const ro_ending *e = &r->ending;
    bool fin_first = e->fin[0].frame && e->fin[0].frame < e->request.frame;
    const char *fin = ro_sender_side(c) == RO_SERVER ? "FIN of the server" : "FIN of the client";
    GString *request = g_string_new(NULL);

    g_string_printf(request, "%u octet%s from the %s that nothing answered", e->request_octets,
                    ro_s(e->request_octets), ro_side_name(!ro_sender_side(c)));
    ro_line_last_data(c, lines);
    if (fin_first) {
        ro_line_after(lines, e->fin[0].frame, fin, ro_shared_quiet(r), "the last data");
        ro_line_after(lines, e->request.frame, request->str, e->request.time_ns - e->fin[0].time_ns,
                      "the FIN");
    } else {
        ro_line_after(lines, e->request.frame, request->str, e->quiet_ns, "the last data");
        if (e->fin[0].frame) {
            ro_line_after(lines, e->fin[0].frame, fin, e->fin[0].time_ns - e->request.time_ns,
                          "the request");
        }
    }
    if (e->fin[0].frame) {
        ro_line(lines, "frame %u acknowledges %s: its sender %s when it sent it", e->request.frame,
                e->request_knew_fin ? "the FIN" : "only what came before the FIN",
                e->request_knew_fin ? "had the FIN" : "did not know of the FIN");
    }
    ro_line_after(lines, r->seg.frame, "reset", r->seg.time_ns - e->request.time_ns, "the request");
    g_string_free(request, TRUE);
}

void ro_idle_close_race_evidence(const ro_case *c, GPtrArray *lines)
{
    lines_of_lost_request(c, lines);
    ro_line_timer(c, lines);
}

/* Which timer to raise above which. */
static void say_setting(const ro_case *c, GString *out)
{
    ro_timer t;

    ro_program_timer_of(c, &t);
    if (ro_sender_side(c) == RO_SERVER) {
        g_string_append(out,
                        "Raise the server's keep-alive (idle) timeout above the idle timeout of "
                        "the client, proxy or load balancer that asks it, or lower theirs below ");
    } else {
        g_string_append(out,
                        "Raise the idle timeout of the client's connection pool above the longest "
                        "pause of the server, or let the server end idle connections before ");
    }
    if (t.length_ns > 0) {
        ro_timer_text(&t, out);
    } else {
        ro_say_span(ro_shared_quiet(c->reset), out);
    }
}

void ro_idle_close_race_advice(const ro_case *c, GString *out)
{
    say_setting(c, out);
    g_string_append(out,
                    ", so that the side that asks is the one that closes. Let it repeat a request "
                    "that was reset before any octet of an answer came (safe for idempotent "
                    "requests). The same idle time before each such reset would confirm it.");
}

void ro_idle_close_race_commands(const ro_case *c, GArray *commands)
{
    ro_idle_commands(c, commands);
}

/* ---- stale_connection ---- */

int ro_stale_connection_test(const ro_case *c)
{
    const ro_ending *e = &c->reset->ending;
    int64_t later = e->request.time_ns - e->fin[0].time_ns;

    if (!ro_lost_a_request(c) || !e->fin[0].frame || !e->request_knew_fin || later <= NOTICE_NS ||
        (ro_sender_side(c) == RO_CLIENT && (e->owed || ro_half_closed_timeout_test(c))) ||
        ro_process_ended(c)) {
        return RO_DIAGNOSIS_NO;
    }
    return ro_sure_of_endpoint(c, later >= 10 * NOTICE_NS || ro_was_idle(c) ? RO_DIAGNOSIS_HIGH
                                                                            : RO_DIAGNOSIS_MEDIUM);
}

void ro_stale_connection_text(const ro_case *c, GString *out)
{
    const ro_ending *e = &c->reset->ending;
    ro_side by = ro_sender_side(c);

    ro_say_end_first(c, !by, out);
    g_string_append_printf(out, " sent %u octet%s (frame %u) on a connection that ",
                           e->request_octets, ro_s(e->request_octets), e->request.frame);
    ro_say_end(c, by, out);
    g_string_append(out, " had closed ");
    ro_say_span(e->request.time_ns - e->fin[0].time_ns, out);
    g_string_append_printf(out, " before (frame %u)", e->fin[0].frame);
    if (ro_was_idle(c)) {
        g_string_append(out, ", ");
        ro_say_silence(c, out);
    }
    g_string_append(out, e->request_octets == 1 ? ": it is lost." : ": they are lost.");
}

void ro_stale_connection_evidence(const ro_case *c, GPtrArray *lines)
{
    lines_of_lost_request(c, lines);
    if (ro_was_idle(c)) {
        ro_line_timer(c, lines);
    }
}

void ro_stale_connection_advice(const ro_case *c, GString *out)
{
    g_string_append_printf(
        out,
        "Let the %s's connection pool look whether the other side has closed before it uses a "
        "connection again (test on borrow, eviction of closed connections), or drop idle "
        "connections "
        "before the %s does. ",
        ro_side_name(!ro_sender_side(c)), ro_side_name(ro_sender_side(c)));
    if (ro_was_idle(c)) {
        say_setting(c, out);
        g_string_append(out, ". ");
    }
    g_string_append(out, "A request that was reset before any answer can be repeated on a new "
                         "connection.");
}

void ro_stale_connection_commands(const ro_case *c, GArray *commands)
{
    if (ro_was_idle(c)) { /* else no timer closed it: its settings would help nobody */
        ro_idle_commands(c, commands);
    }
    if (ro_may_be_linux(c, !ro_sender_side(c))) {
        ro_command_add(commands, RO_PLATFORM_LINUX, "ss -tnpo state close-wait '( dport = :%u )'",
                       ro_service_port(c));
    }
}

/* ---- idle_close ---- */

bool ro_killed_behind_fin(const ro_reset *r)
{
    return r->shape == RO_SHAPE_ABORT && r->ending.fin[0].frame && !r->ending.fin[1].frame &&
           r->seg.time_ns - r->ending.fin[0].time_ns < RO_FAREWELL_NS &&
           r->receiver->last_ns < r->ending.fin[0].time_ns;
}

int ro_idle_close_test(const ro_case *c)
{
    const ro_reset *r = c->reset;
    bool behind_fin = ro_killed_behind_fin(r);
    ro_timer t;

    if (!ro_from_endpoint(c) || (r->ending.fin[0].frame && !behind_fin) ||
        !ro_shared_closed_by_itself(r) || r->ending.request.frame || r->sender->repeats ||
        r->sender->probes || r->after_probe || !ro_was_idle(c)) {
        return RO_DIAGNOSIS_NO;
    }
    ro_program_timer_of(c, &t);
    if (t.contradicted) {
        return RO_DIAGNOSIS_NO;
    }
    if (t.stands_out) {
        return ro_sure_of_endpoint(c, t.same->n >= 3 || t.known ? RO_DIAGNOSIS_HIGH
                                                                : RO_DIAGNOSIS_MEDIUM);
    }
    if (!t.known && ended_together(c) && !t.alike) {
        return RO_DIAGNOSIS_NO;
    }
    return (t.alike && (behind_fin || t.silence_ns >= RO_PAUSE_NS)) || t.known ||
                   (t.only && t.silence_ns >= RO_PAUSE_NS)
               ? RO_DIAGNOSIS_LOW
               : RO_DIAGNOSIS_NO;
}

void ro_idle_close_text(const ro_case *c, GString *out)
{
    ro_side by = ro_sender_side(c);

    ro_say_end_first(c, by, out);
    g_string_append(out, " ended the connection to ");
    ro_say_end(c, !by, out);
    g_string_append(out, " by itself ");
    ro_say_silence(c, out);
    g_string_append_printf(out, ", by %s; nothing was under way.",
                           ro_killed_behind_fin(c->reset) ? "a FIN and a reset right behind it"
                                                          : "a reset instead of a FIN");
}

void ro_idle_close_evidence(const ro_case *c, GPtrArray *lines)
{
    const ro_reset *r = c->reset;

    ro_line_last_data(c, lines);
    ro_line_after(lines, r->seg.frame, "reset at the sender's next sequence number",
                  ro_shared_quiet(r), "the last data");
    ro_line_timer(c, lines);
}

void ro_idle_close_advice(const ro_case *c, GString *out)
{
    g_string_append(out, "If the connections should live longer: ");
    if (ro_sender_side(c) == RO_SERVER) {
        g_string_append(out,
                        "raise the idle timeout of the server, or of the proxy that answers in its "
                        "place, or let the application send something sooner");
    } else {
        g_string_append(out,
                        "raise the idle timeout of the client's program or pool, or let the server "
                        "send something sooner");
    }
    g_string_append(out,
                    " (TCP keep-alives do not count as use there). Otherwise nothing is lost; a "
                    "close by FIN would be the cleaner way.");
}

void ro_idle_close_commands(const ro_case *c, GArray *commands)
{
    ro_idle_commands(c, commands);
}
