/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A NAT, firewall, load balancer or service router keeps a connection in a table for as long as it is used
 * (RFC 5382 5). What comes after its idle timer it resets, drops, or hands to a host that knows nothing of it. */

#include "diagnose/idle_timeout.h"

#include "base/constants.h"
#include "diagnose/path_state.h"
#include "diagnose/say.h"
#include "diagnose/timers.h"

/* One connection alone: a silence this long suggests a timer. Carriers' NATs start at about 30 s (Wang et
 * al., SIGCOMM 2011). */
#define ALONE_NS (30 * RO_S)

/* Half of that: no device that anybody uses forgets an open connection sooner. */
#define SHORTEST_NS (ALONE_NS / 2)

static void timer_of(const ro_case *c, ro_timer *t)
{
    ro_timer_of(c->shared, c->reset, ro_timer_half_closed(c->reset) ? RO_TIMER_HALF : RO_TIMER_PATH,
                t);
}

/* How the device let it be known that it had forgotten the connection. */
typedef enum ro_way {
    WAY_NONE = 0,
    WAY_DEVICE, /* its own reset */
    WAY_HOST,   /* the next segment reached a kernel without the connection */
    WAY_SILENCE, /* the next segment and its retransmissions went unanswered until its sender gave up */
} ro_way;

static ro_way way_of(const ro_case *c)
{
    const ro_reset *r = c->reset;

    if (r->timer_ns < RO_PAUSE_NS || ro_is_consequence(c)) {
        return WAY_NONE;
    }
    if (ro_from_path(c)) {
        return c->verdict->cause == RO_CAUSE_IDLE_TIMEOUT ||
                       c->verdict->cause == RO_CAUSE_STATE_LOSS ||
                       c->verdict->cause == RO_CAUSE_INVALID_STATE
                   ? WAY_DEVICE
                   : WAY_NONE;
    }
    if (r->shape == RO_SHAPE_REPLY && (r->facts & RO_FACT_TRIGGER)) {
        return WAY_HOST;
    }
    if (r->shape == RO_SHAPE_ABORT && (r->sender->repeats >= 2 || r->sender->probes >= 2) &&
        r->receiver->last_ns < r->ending.start.time_ns) {
        return WAY_SILENCE;
    }
    return WAY_NONE;
}

/* A device answers a segment after a pause that is shorter than any timer in the field, and nothing else was
 * forgotten: the pause is chance, and a rule or a flushed table is as likely. */
static bool pause_by_chance(const ro_case *c, const ro_timer *t)
{
    return c->reset->shape == RO_SHAPE_REPLY && !t->bracketed && !t->stands_out &&
           (t->died_n < 2 || ro_lost_whatever_idle(c)) && t->silence_ns < SHORTEST_NS;
}

static int sure_of_device(const ro_case *c, const ro_timer *t)
{
    if (pause_by_chance(c, t)) {
        return RO_DIAGNOSIS_NO;
    }
    if (t->bracketed || t->stands_out || (t->known && t->exact)) {
        return ro_sure_of_path(c, RO_DIAGNOSIS_HIGH);
    }
    return ro_sure_of_path(c, t->died_n >= 2 && t->survived.ns > 0 ? RO_DIAGNOSIS_HIGH
                                                                   : RO_DIAGNOSIS_MEDIUM);
}

/* The host whose segments do not arrive was heard in another connection after the silence had ended. */
static bool peer_is_alive(const ro_reset *r)
{
    const ro_host *h = r->stream->host[!r->d];

    return h && h->last_ns > r->receiver->last_ns + r->timer_ns;
}

/* The same address forgot a connection after a shorter silence than others survived: no timer does that, a restart
 * or a flushed table does. */
static bool forgot_others_sooner(const ro_case *c, const ro_timer *t)
{
    const ro_address *a = ro_shared_address(c->shared, c->reset);

    return a && a->forgot_n >= 2 && a->forgot_idle_min_ns < t->survived.ns;
}

/* Without a device that shows itself, the other connections must tell. */
static int sure_of_rest(const ro_case *c, ro_way way, const ro_timer *t)
{
    if (t->bracketed && t->died_n >= 2) {
        return RO_DIAGNOSIS_HIGH;
    }
    if (t->bracketed || (t->died_n >= 3 && t->survived.ns > 0)) {
        return RO_DIAGNOSIS_MEDIUM;
    }
    if (way == WAY_SILENCE && t->silence_ns >= 2 * ALONE_NS &&
        (t->died_n >= 2 || peer_is_alive(c->reset))) {
        return RO_DIAGNOSIS_MEDIUM;
    }
    return t->silence_ns >= ALONE_NS ? RO_DIAGNOSIS_LOW : RO_DIAGNOSIS_NO;
}

int ro_idle_timeout_test(const ro_case *c)
{
    ro_way way = way_of(c);
    ro_timer t;

    if (way == WAY_NONE || ro_timer_half_closed(c->reset)) {
        return RO_DIAGNOSIS_NO;
    }
    timer_of(c, &t);
    /* several connections forgotten at one moment, after pauses shorter than any timer: a restart or a flush */
    if (way == WAY_HOST && ro_lost_at_once(c) && t.silence_ns < SHORTEST_NS) {
        return RO_DIAGNOSIS_NO;
    }
    if (t.contradicted || forgot_others_sooner(c, &t)) {
        return RO_DIAGNOSIS_NO;
    }
    return way == WAY_DEVICE ? sure_of_device(c, &t) : sure_of_rest(c, way, &t);
}

int64_t ro_idle_timeout_length(const ro_case *c)
{
    ro_timer t;

    timer_of(c, &t);
    return t.length_ns;
}

static void say_timer(const ro_timer *t, GString *out)
{
    g_string_append(out, " Its idle timer is ");
    ro_timer_text(t, out);
    if (t->known && (t->length_ns > 0 || t->died.ns > 0)) {
        if (t->length_ns > 0) {
            g_string_append_printf(out, " (%s)", t->known->owner);
        } else {
            g_string_append_printf(out, "; %u s would fit (%s)", t->known->seconds,
                                   t->known->owner);
        }
    }
    g_string_append_c(out, '.');
}

static void say_who(const ro_case *c, ro_way way, GString *out)
{
    ro_side by = ro_sender_side(c);

    switch (way) {
    case WAY_DEVICE:
        g_string_append(out, "A device on the path between ");
        ro_say_ends(c, out);
        g_string_append(out, " forgot the connection");
        break;
    case WAY_HOST:
        g_string_append(out, "The connection between ");
        ro_say_ends(c, out);
        g_string_append_printf(out,
                               " was forgotten on the way or at the %s (a NAT, a firewall, a "
                               "service router such as IPVS)",
                               ro_side_name(by));
        break;
    default:
        g_string_append(out, "A device on the path between ");
        ro_say_ends(c, out);
        g_string_append_printf(
            out,
            " forgot the connection and drops its segments in silence, until the %s "
            "gave up",
            ro_side_name(by));
        break;
    }
}

static void say_forgotten(const ro_case *c, GString *out)
{
    ro_timer t;

    timer_of(c, &t);
    say_who(c, way_of(c), out);
    g_string_append(out, ": it had been silent for ");
    ro_say_span(t.silence_ns, out);
    g_string_append_c(out, '.');
    say_timer(&t, out);
}

void ro_idle_timeout_text(const ro_case *c, GString *out)
{
    say_forgotten(c, out);
}

static void lines_of_silence(const ro_case *c, GPtrArray *lines)
{
    const ro_reset *r = c->reset;
    GString *span = g_string_new(NULL);
    uint32_t tries = r->sender->repeats + r->sender->probes;
    bool by_itself = r->ending.start.frame == r->seg.frame;
    ro_timer t;

    timer_of(c, &t);
    ro_say_span(t.silence_ns, span);
    ro_line(lines,
            by_itself ? "frame %u: reset after a silence of %s" : "frame %u: ended a silence of %s",
            r->ending.start.frame, span->str);
    if (way_of(c) == WAY_SILENCE) {
        ro_line(lines, "up to frame %u: it was sent again %u time%s and never answered",
                r->ending.last[0].frame, tries, ro_s(tries));
    }
    if (!by_itself) {
        ro_line(lines, "frame %u: reset", r->seg.frame);
    }
    if (t.survived.ns > 0) {
        g_string_truncate(span, 0);
        ro_say_span(t.survived.ns, span);
        ro_line(lines, "frame %u: the longest silence that a connection survived: %s",
                t.survived.frame, span->str);
    }
    if (t.died.ns > 0 && t.died.frame != r->ending.start.frame) {
        g_string_truncate(span, 0);
        ro_say_span(t.died.ns, span);
        ro_line(lines, "frame %u: the shortest silence after which one was reset: %s (%u in all)",
                t.died.frame, span->str, t.died_n);
    }
    if (t.stands_out) {
        ro_line(lines, "%u connections were ended after the same silence (frames %u to %u)",
                t.same->n, t.same->first_frame, t.same->last_frame);
    }
    g_string_free(span, TRUE);
}

void ro_idle_timeout_evidence(const ro_case *c, GPtrArray *lines)
{
    lines_of_silence(c, lines);
}

void ro_idle_timeout_advice(const ro_case *c, GString *out)
{
    ro_timer t;

    timer_of(c, &t);
    g_string_append_printf(out,
                           "Send something at least every %u s: TCP keep-alive on the socket, or "
                           "the application's own ping; "
                           "or let the client drop connections that were idle for longer. "
                           "Otherwise raise the idle timer of the "
                           "NAT, firewall or load balancer between the two",
                           ro_timer_probe_seconds(&t));
    if (t.known && t.known->setting) {
        g_string_append_printf(out, " (%s)", t.known->setting);
    }
    g_string_append(out,
                    ". Connections that stay idle a little less and a little more than that would "
                    "confirm it.");
    if (way_of(c) == WAY_HOST && !t.bracketed) {
        g_string_append_printf(out, " A restart of the %s would look the same: compare its uptime.",
                               ro_side_name(ro_sender_side(c)));
    }
}

void ro_idle_timeout_commands(const ro_case *c, GArray *commands)
{
    ro_timer t;
    uint32_t every;

    timer_of(c, &t);
    every = ro_timer_probe_seconds(&t);
    ro_command_show(c, commands);
    if (ro_may_be_linux(c, RO_CLIENT)) {
        ro_command_add(commands, RO_PLATFORM_LINUX,
                       "sysctl -w net.ipv4.tcp_keepalive_time=%u net.ipv4.tcp_keepalive_intvl=%u",
                       every, MAX(every / 4, 1));
    } else if (ro_may_be_windows(c, RO_CLIENT)) {
        ro_command_add(
            commands, RO_PLATFORM_WINDOWS,
            "reg add HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters /v KeepAliveTime "
            "/t REG_DWORD /d %u",
            every * 1000);
    }
    if (way_of(c) == WAY_HOST) {
        ro_command_add(commands, RO_PLATFORM_NETFILTER, "ipvsadm -l --timeout");
    }
    if (way_of(c) != WAY_DEVICE || t.length_ns == 0) {
        ro_command_add(commands, RO_PLATFORM_NETFILTER,
                       "sysctl net.netfilter.nf_conntrack_tcp_timeout_established");
    }
}

/* ---- half_closed_timeout ---- */

/* One side had closed before the silence, and not both: a FIN of the other that came with what ended the silence
 * leaves the connection half closed until then, on a device. An endpoint that has closed for good resets what still
 * comes at once, so its own reset tells of no timer. */
static bool silent_while_half_closed(const ro_reset *r, ro_way way)
{
    const ro_dir *one = (r->sender->has & RO_DIR_FIN) ? r->sender : r->receiver;
    const ro_dir *other = one == r->sender ? r->receiver : r->sender;
    int64_t begun = one->fin_ns;

    if (other->has & RO_DIR_FIN) {
        int64_t closed = MAX(one->fin_ns, other->fin_ns);

        if (way != WAY_DEVICE || r->seg.time_ns - closed >= RO_PAUSE_NS) {
            return false;
        }
        begun = MIN(one->fin_ns, other->fin_ns);
    }
    return r->seg.time_ns - begun >= r->timer_ns;
}

/* The half-closed connection may have worked on for a while. */
int ro_half_closed_timeout_test(const ro_case *c)
{
    const ro_reset *r = c->reset;
    ro_way way = way_of(c);
    ro_timer t;

    if (way == WAY_NONE || !ro_timer_half_closed(r) || !silent_while_half_closed(r, way)) {
        return RO_DIAGNOSIS_NO;
    }
    timer_of(c, &t);
    if (t.contradicted) {
        return RO_DIAGNOSIS_NO;
    }
    if (way == WAY_DEVICE) {
        /* two that a device does not know any more after a pause have outlived a timer, whatever its length */
        return t.died_n >= 2 ? MAX(sure_of_device(c, &t), RO_DIAGNOSIS_LOW) : sure_of_device(c, &t);
    }
    return t.survived.ns > 0 && t.bracketed ? RO_DIAGNOSIS_MEDIUM : RO_DIAGNOSIS_NO;
}

void ro_half_closed_timeout_text(const ro_case *c, GString *out)
{
    say_forgotten(c, out);
    g_string_append_printf(
        out,
        " The connection was half closed: the %s had sent its FIN, the other side "
        "had not.",
        ro_side_name((c->reset->sender->has & RO_DIR_FIN) ? ro_sender_side(c)
                                                          : !ro_sender_side(c)));
}

void ro_half_closed_timeout_evidence(const ro_case *c, GPtrArray *lines)
{
    const ro_ending *e = &c->reset->ending;

    ro_line(lines, "frame %u: FIN of one side",
            e->fin[0].frame ? e->fin[0].frame : e->fin[1].frame);
    lines_of_silence(c, lines);
}

void ro_half_closed_timeout_advice(const ro_case *c, GString *out)
{
    (void)c;
    g_string_append(
        out, "Half-closed connections have a short timer of their own in most devices (often 60 or "
             "120 s). Answer faster, or let the asking side keep its direction open until the "
             "answer has come; otherwise raise the half-closed timer of the device.");
}

void ro_half_closed_timeout_commands(const ro_case *c, GArray *commands)
{
    ro_command_show(c, commands);
    ro_command_add(commands, RO_PLATFORM_NETFILTER,
                   "sysctl net.netfilter.nf_conntrack_tcp_timeout_close_wait "
                   "net.netfilter.nf_conntrack_tcp_timeout_fin_wait");
}
