/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the end of a process or a host looks like. When a process ends its kernel closes all its sockets at
 * once: with unread data by RST, else by FIN (Linux tcp_close), and its port refuses until it is back. */

#include "diagnose/process.h"

#include "base/constants.h"
#include "diagnose/say.h"
#include "diagnose/timers.h"

/* From so many connections on, one moment is no chance; a listener that refuses afterwards needs fewer. */
#define BURST_ALONE   4
#define BURST_REFUSES 2

/* A port that refuses later than this after the burst has another reason. */
#define REFUSES_WITHIN_NS (600 * RO_S)

/* Idle timers are longer than this, as a rule; a host that forgot a connection used so recently restarted. */
#define RECENT_NS (30 * RO_S)

static bool refused_after(const ro_service *s, int64_t ns)
{
    return s->refused_n > 0 && s->refused_last.time_ns >= ns &&
           s->refused_first.time_ns - ns <= REFUSES_WITHIN_NS;
}

/* Whether most of the burst's connections were closed by FIN: a sweep of idle ones does that too. */
static bool closed_by_fin(const ro_reset *r)
{
    return r->ending.fin[0].frame != 0;
}

/* The burst that this RST belongs to, or followed by refusing. */
static const ro_burst *burst_of(const ro_case *c)
{
    const ro_reset *r = c->reset;
    const ro_service *s = ro_shared_service(c->shared, r);
    const ro_burst *latest = NULL;

    if (!s || ro_sender_side(c) != RO_SERVER) {
        return NULL;
    }
    if (r->shape != RO_SHAPE_REPLY_TO_SYN) {
        return ro_shared_burst(c->shared, r);
    }
    for (unsigned i = 0; i < s->bursts_n; i++) {
        const ro_burst *b = &s->bursts[i];

        if (b->n >= BURST_REFUSES && b->last_ns <= r->seg.time_ns &&
            r->seg.time_ns - b->last_ns <= REFUSES_WITHIN_NS &&
            (!latest || b->last_ns > latest->last_ns)) {
            latest = b;
        }
    }
    return latest;
}

/* Timers that were started at one moment run out at one moment. */
static bool same_silence(const ro_case *c, const ro_service *s, const ro_burst *b)
{
    const ro_cluster *same = ro_clusters_at(&s->closed_after, ro_shared_quiet(c->reset), RO_SERVER);

    return same && same->all >= b->n;
}

bool ro_process_ended(const ro_case *c)
{
    const ro_service *s = ro_shared_service(c->shared, c->reset);
    const ro_burst *b = burst_of(c);

    return b && s &&
           ((b->n >= BURST_REFUSES && refused_after(s, b->first_ns)) ||
            (b->n >= BURST_ALONE && !closed_by_fin(c->reset) && !same_silence(c, s, b)));
}

int ro_process_exit_test(const ro_case *c)
{
    const ro_service *s = ro_shared_service(c->shared, c->reset);
    const ro_burst *b = burst_of(c);

    if (ro_from_path(c) || ro_is_consequence(c) || !ro_process_ended(c)) {
        return RO_DIAGNOSIS_NO;
    }
    if (!refused_after(s, b->first_ns)) {
        return ro_sure_of_endpoint(c, RO_DIAGNOSIS_MEDIUM);
    }
    return ro_sure_of_endpoint(c, b->n >= 3 ? RO_DIAGNOSIS_HIGH : RO_DIAGNOSIS_MEDIUM);
}

void ro_process_exit_text(const ro_case *c, GString *out)
{
    const ro_service *s = ro_shared_service(c->shared, c->reset);
    const ro_burst *b = burst_of(c);

    g_string_append(out, "The process behind ");
    ro_say_end(c, RO_SERVER, out);
    g_string_append_printf(out, " ended: %u of its connections were closed at once, within ", b->n);
    ro_say_span(b->last_ns - b->first_ns, out);
    g_string_append_printf(out, " (frames %u to %u; one of them from ", b->first_frame,
                           b->last_frame);
    ro_say_end(c, RO_CLIENT, out);
    g_string_append_c(out, ')');
    if (refused_after(s, b->first_ns)) {
        g_string_append(out, "; its port refused from ");
        ro_say_span(s->refused_first.time_ns - b->last_ns, out);
        g_string_append(out, " after that");
        if (s->accepted_again.frame) {
            g_string_append(out, " and accepted again ");
            ro_say_span(s->accepted_again.time_ns - b->last_ns, out);
            g_string_append_printf(out, " after it (frame %u)", s->accepted_again.frame);
        }
    }
    g_string_append_c(out, '.');
}

static void say_refusals(const ro_service *s, GPtrArray *lines)
{
    if (s->refused_n == 1) {
        ro_line(lines, "frame %u: the port refused once", s->refused_first.frame);
    } else {
        ro_line(lines, "frames %u to %u: the port refused %u times", s->refused_first.frame,
                s->refused_last.frame, s->refused_n);
    }
}

void ro_process_exit_evidence(const ro_case *c, GPtrArray *lines)
{
    const ro_service *s = ro_shared_service(c->shared, c->reset);
    const ro_burst *b = burst_of(c);
    GString *span = g_string_new(NULL);

    ro_say_span(b->last_ns - b->first_ns, span);
    ro_line(lines, "frames %u to %u: %u connections of one listener were closed within %s",
            b->first_frame, b->last_frame, b->n, span->str);
    if (refused_after(s, b->first_ns)) {
        say_refusals(s, lines);
        if (s->accepted_again.frame) {
            g_string_truncate(span, 0);
            ro_say_span(s->accepted_again.time_ns - b->last_ns, span);
            ro_line(lines, "frame %u: it accepted again, %s after the end", s->accepted_again.frame,
                    span->str);
        }
    } else {
        ro_line(lines, "no SYN to that port was refused in this capture");
    }
    g_string_free(span, TRUE);
}

void ro_process_exit_advice(const ro_case *c, GString *out)
{
    (void)c;
    g_string_append(
        out, "Look at the server's log and exit code at that time: crash, kill, out of memory, "
             "deployment. For a planned one, drain first: stop accepting, finish what is under "
             "way, close by FIN, and only then end (preStop hook, graceful shutdown).");
}

void ro_process_exit_commands(const ro_case *c, GArray *commands)
{
    ro_command_show(c, commands);
    if (ro_may_be_linux(c, RO_SERVER)) {
        ro_command_add(commands, RO_PLATFORM_LINUX,
                       "journalctl -k --grep 'Out of memory|segfault' --since -1h");
        ro_command_add(
            commands, RO_PLATFORM_KUBERNETES,
            "kubectl get events --field-selector reason=Killing; kubectl describe pod POD | "
            "grep -A5 'Last State'");
    }
}

/* ---- host_restarted ---- */

/* Unanswered retransmissions after which a host's silence may be that of one that gave up. */
#define GAVE_UP 2

/* The first retransmission comes after 0.2 s at least and each next one after twice as long (RFC 6298 2, 5.5;
 * Linux's least): whoever was heard a moment ago cannot have given up. */
#define NO_TIME_TO_GIVE_UP_NS (2 * RO_S)

/* The claimed sender answers as if the connection had never been, though it took part in it, and the reply
 * comes from as far away as before. */
static bool forgot(const ro_reset *r)
{
    bool same_machine = !(r->facts & RO_FACT_TTL_DELTA) || r->ttl_delta == 0 ||
                        ro_ttl_same_hops(r->seg.ttl, r->sender->ttl_last);

    return r->shape == RO_SHAPE_REPLY && (r->facts & RO_FACT_TRIGGER) &&
           !(r->sender->has & RO_DIR_FIN) && r->sender->segments > r->sender->syns &&
           same_machine && r->sender->repeats < GAVE_UP && r->since_sender_ns > RO_RESTART_NS;
}

/* No host and no network stack is back sooner after it was last heard. */
#define ALONE_LEAST_NS RO_S

int ro_host_restarted_test(const ro_case *c)
{
    const ro_address *a = ro_shared_address(c->shared, c->reset);
    ro_timer t;

    if (ro_from_path(c) || ro_is_consequence(c) || ro_came_too_soon(c) || !forgot(c->reset) || !a ||
        c->reset->followup->active_n) {
        return RO_DIAGNOSIS_NO;
    }
    ro_timer_of(c->shared, c->reset, RO_TIMER_PATH, &t);
    if (a->forgot_n >= 2 && (t.contradicted || a->forgot_idle_min_ns < RECENT_NS)) {
        return ro_sure_of_endpoint(c, a->forgot_n >= 3 && t.contradicted ? RO_DIAGNOSIS_HIGH
                                                                         : RO_DIAGNOSIS_MEDIUM);
    }
    /* one connection of a client that was silent for longer: it may as well have sent in vain and given up */
    if (ro_sender_side(c) == RO_CLIENT && c->reset->since_sender_ns > NO_TIME_TO_GIVE_UP_NS) {
        return RO_DIAGNOSIS_NO;
    }
    /* one connection alone: whoever took part in it a moment ago did not restart since */
    if (c->reset->since_sender_ns < ALONE_LEAST_NS) {
        return RO_DIAGNOSIS_NO;
    }
    return t.contradicted || c->reset->timer_ns < RECENT_NS ? RO_DIAGNOSIS_LOW : RO_DIAGNOSIS_NO;
}

void ro_host_restarted_text(const ro_case *c, GString *out)
{
    const ro_address *a = ro_shared_address(c->shared, c->reset);
    ro_side by = ro_sender_side(c);

    ro_say_end_first(c, by, out);
    g_string_append(out, " knew nothing any more of the connection with ");
    ro_say_end(c, !by, out);
    if (a->forgot_n >= 2) {
        g_string_append_printf(out, ", and of %u other%s", a->forgot_n - 1, ro_s(a->forgot_n - 1));
    }
    g_string_append(
        out, ": the host or its network stack was restarted (or another one took its address "
             "over), or a filter there flushed its table.");
}

void ro_host_restarted_evidence(const ro_case *c, GPtrArray *lines)
{
    const ro_reset *r = c->reset;
    const ro_address *a = ro_shared_address(c->shared, r);
    GString *span = g_string_new(NULL);
    ro_timer t;

    ro_timer_of(c->shared, r, RO_TIMER_PATH, &t);
    ro_say_span(r->since_sender_ns, span);
    ro_line(
        lines,
        "frame %u: reset as for an unknown connection; its sender had taken part in it %s before",
        r->seg.frame, span->str);
    if (a->forgot_n >= 2) {
        ro_line(lines, "frames %u to %u: the same host did so with %u connections",
                a->forgot_first.frame, a->forgot_last.frame, a->forgot_n);
    }
    if (t.contradicted) {
        g_string_truncate(span, 0);
        ro_say_span(t.survived.ns, span);
        ro_line(lines, "frame %u: a longer silence (%s) was survived, so no idle timer explains it",
                t.survived.frame, span->str);
    }
    g_string_free(span, TRUE);
}

void ro_host_restarted_advice(const ro_case *c, GString *out)
{
    g_string_append_printf(
        out,
        "Compare the uptime of the %s with the time of the last segment that it still "
        "knew of. If it did not restart, look for a failover of its address, and for a "
        "connection table that was flushed there.",
        ro_side_name(ro_sender_side(c)));
}

void ro_host_restarted_commands(const ro_case *c, GArray *commands)
{
    ro_side by = ro_sender_side(c);

    ro_command_show(c, commands);
    if (ro_may_be_windows(c, by)) {
        ro_command_add(commands, RO_PLATFORM_WINDOWS,
                       "powershell \"(Get-CimInstance Win32_OperatingSystem).LastBootUpTime\"");
    } else if (ro_may_be_linux(c, by)) {
        ro_command_add(commands, RO_PLATFORM_LINUX, "uptime -s; last -x reboot | head -3");
    }
}

/* ---- peer_vanished ---- */

/* Linux ends a connection that timed out without a word (tcp_write_err); its kernel then resets what still
 * comes from the peer. */
static bool had_given_up(const ro_reset *r)
{
    return r->shape == RO_SHAPE_REPLY && r->sender->repeats >= GAVE_UP &&
           !(r->sender->has & RO_DIR_FIN) && r->sender->segments > r->sender->syns;
}

static bool gives_up(const ro_case *c)
{
    return c->reset->shape == RO_SHAPE_ABORT &&
           (c->verdict->cause == RO_CAUSE_KEEPALIVE_FAILURE ||
            c->verdict->cause == RO_CAUSE_RETRANSMISSION_TIMEOUT);
}

int ro_peer_vanished_test(const ro_case *c)
{
    const ro_reset *r = c->reset;
    uint32_t tries = r->sender->repeats + r->sender->probes;

    if (ro_from_path(c) || r->echo_of || c->verdict->suspicious ||
        r->receiver->segments == 0 || /* never heard: its direction may not have been captured */
        !(gives_up(c) || had_given_up(r))) {
        return RO_DIAGNOSIS_NO;
    }
    return ro_sure_of_endpoint(c, tries >= 3 ? RO_DIAGNOSIS_MEDIUM : RO_DIAGNOSIS_LOW);
}

static const char *tries_of(const ro_reset *r)
{
    return r->sender->probes || r->after_probe ? "keep-alive probes" : "retransmissions";
}

static uint32_t tries_n(const ro_reset *r)
{
    return r->sender->probes || r->after_probe ? MAX(r->sender->probes, 1) : r->sender->repeats;
}

void ro_peer_vanished_text(const ro_case *c, GString *out)
{
    const ro_reset *r = c->reset;
    ro_side by = ro_sender_side(c);

    ro_say_end_first(c, by, out);
    g_string_append_printf(out, " gave up after %u %s that ", tries_n(r), tries_of(r));
    ro_say_end(c, !by, out);
    g_string_append(out, " did not answer; that one was last heard ");
    ro_say_span(r->seg.time_ns - r->receiver->last_ns, out);
    g_string_append(out, " before.");
}

void ro_peer_vanished_evidence(const ro_case *c, GPtrArray *lines)
{
    const ro_reset *r = c->reset;
    GString *span = g_string_new(NULL);

    ro_say_span(r->seg.time_ns - r->receiver->last_ns, span);
    ro_line(lines, "frame %u: last segment from the %s, %s before the reset",
            r->ending.last[1].frame, ro_side_name(!ro_sender_side(c)), span->str);
    ro_line(lines, "up to frame %u: %u %s without an answer", r->ending.last[0].frame, tries_n(r),
            tries_of(r));
    ro_line(lines, "frame %u: reset by the side that waited", r->seg.frame);
    g_string_free(span, TRUE);
}

void ro_peer_vanished_advice(const ro_case *c, GString *out)
{
    ro_side gone = !ro_sender_side(c);

    g_string_append_printf(
        out,
        "Find out whether the %s was down, or the path to it: capture there too. If it "
        "still holds the connection as established, the path dropped the segments (a "
        "route, a tunnel, or a device that forgot the connection and drops in silence); "
        "if it does not know it, it went away without a word.",
        ro_side_name(gone));
}

void ro_peer_vanished_commands(const ro_case *c, GArray *commands)
{
    ro_command_show(c, commands);
    if (ro_may_be_linux(c, !ro_sender_side(c))) {
        ro_command_add(commands, RO_PLATFORM_LINUX, "ss -tnoi '( sport = :%u or dport = :%u )'",
                       ro_service_port(c), ro_service_port(c));
    }
}
