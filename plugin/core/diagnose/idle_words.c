/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What diagnoses of idle connections say alike. */

#include "diagnose/idle_words.h"

#include "base/constants.h"
#include "diagnose/say.h"

void ro_program_timer_of(const ro_case *c, ro_timer *t)
{
    ro_timer_of(c->shared, c->reset, RO_TIMER_PROGRAM, t);
}

/* "after 5 s of silence", with the timer where it is known. */
void ro_say_silence(const ro_case *c, GString *out)
{
    ro_timer t;
    int64_t quiet = ro_shared_quiet(c->reset);

    ro_program_timer_of(c, &t);
    g_string_append(out, "after ");
    ro_say_span(quiet, out);
    g_string_append(out, " of silence");
    if (t.length_ns > 0) {
        g_string_append(out, " (its idle timer: ");
        ro_timer_text(&t, out);
        if (t.stands_out) {
            g_string_append_printf(out, ", the same in %u connections", t.same->n);
        }
        g_string_append(out, ")");
    }
}

void ro_line_last_data(const ro_case *c, GPtrArray *lines)
{
    const ro_ending *e = &c->reset->ending;
    ro_side by = e->last_data_by_sender ? ro_sender_side(c) : !ro_sender_side(c);

    if (e->last_data.frame) {
        ro_line(lines, "frame %u: last data before the silence, from the %s", e->last_data.frame,
                ro_side_name(by));
    }
}

void ro_line_after(GPtrArray *lines, uint32_t frame, const char *what, int64_t ns,
                   const char *since)
{
    GString *span = g_string_new(NULL);

    ro_say_span(ns < 0 ? -ns : ns, span);
    ro_line(lines, "frame %u: %s, %s %s %s", frame, what, span->str, ns < 0 ? "before" : "after",
            since);
    g_string_free(span, TRUE);
}

void ro_line_timer(const ro_case *c, GPtrArray *lines)
{
    GString *text = g_string_new(NULL);
    ro_timer t;

    ro_program_timer_of(c, &t);
    if (t.stands_out) {
        ro_line(
            lines,
            "%u connections of this listener were closed after the same silence (frames %u to %u)",
            t.same->n, t.same->first_frame, t.same->last_frame);
    }
    if (t.survived.ns > 0 && !t.contradicted) {
        ro_say_span(t.survived.ns, text);
        ro_line(lines, "frame %u: a silence of %s was survived", t.survived.frame, text->str);
    }
    if (t.known) {
        ro_line(lines, "%u s is %s%s%s", t.known->seconds, t.known->owner,
                t.known->setting ? ": " : "", t.known->setting ? t.known->setting : "");
    }
    g_string_free(text, TRUE);
}

void ro_idle_commands(const ro_case *c, GArray *commands)
{
    ro_command_show(c, commands);
    if (ro_sender_side(c) != RO_SERVER) {
        return;
    }
    ro_command_add(commands, RO_PLATFORM_NGINX,
                   "nginx -T | grep -E 'keepalive_(timeout|requests)'");
    ro_command_add(commands, RO_PLATFORM_HAPROXY,
                   "grep -E 'timeout (client|server|http-keep-alive)' /etc/haproxy/haproxy.cfg");
    ro_command_add(
        commands, RO_PLATFORM_ENVOY,
        "curl -s localhost:9901/config_dump | grep -E 'idle_timeout|max_connection_duration'");
}
