/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections refused before they carried anything: no program listens, a scanner looks for open ports, a balancer checks
 * the health of a service, or the service has a limit. */

#include "diagnose/refusals.h"

#include "base/constants.h"
#include "diagnose/counts.h"
#include "diagnose/say.h"
#include "reset/inference.h"

static const ro_tally *count(const ro_case *c, ro_tally_kind kind)
{
    return ro_count_of(ro_shared_tallies(c->shared), c->reset, kind);
}

/* ---- closed port ---- */

/* passt and pasta (rootless containers) answer a SYN to a closed port by a RST that lacks the ACK flag and carries the
 * number nevertheless. The client must ignore it in SYN-SENT (RFC 9293 3.10.7.3), and sends its SYN again. */
static bool refused_without_ack(const ro_case *c)
{
    const ro_reset *r = c->reset;

    return r->stage == RO_STAGE_POST_SYN && r->claimed_sender == RO_SERVER &&
           !(r->seg.flags & RO_ACK) && r->seg.payload_len == 0 && (r->receiver->has & RO_DIR_ISN) &&
           r->seg.ack == r->receiver->isn + 1 && r->sender->segments == 0 &&
           r->followup->active_n == 0;
}

/* RFC 9293 3.5.2 group 1. A filter that rejects looks the same but for its place: the verdict tells. */
int ro_closed_port_test(const ro_case *c)
{
    if (!ro_from_path(c) && refused_without_ack(c)) {
        return RO_DIAGNOSIS_LOW;
    }
    if (!ro_from_endpoint(c) || c->reset->shape != RO_SHAPE_REPLY_TO_SYN ||
        !(c->reset->facts & RO_FACT_TRIGGER) || !(c->reset->trigger.flags & RO_SYN) ||
        c->verdict->cause != RO_CAUSE_CLOSED_PORT) {
        return RO_DIAGNOSIS_NO;
    }
    if (c->verdict->source == RO_SOURCE_UNKNOWN) {
        return RO_DIAGNOSIS_LOW;
    }
    /* a port that has served may come back: the process ended, perhaps */
    return c->verdict->confidence == RO_LOW || count(c, RO_TALLY_SPOKE) ? RO_DIAGNOSIS_MEDIUM
                                                                        : RO_DIAGNOSIS_HIGH;
}

void ro_closed_port_text(const ro_case *c, GString *out)
{
    const ro_tally *spoke = count(c, RO_TALLY_SPOKE);

    g_string_append(out, "nothing listens on ");
    ro_say_end(c, RO_SERVER, out);
    if (c->verdict->source == RO_SOURCE_UNKNOWN) {
        g_string_append(out, ", or a filter before it rejects; it refuses the connection of ");
        ro_say_end(c, RO_CLIENT, out);
        return;
    }
    g_string_append(out, ", which refuses the connection of ");
    ro_say_end(c, RO_CLIENT, out);
    if (spoke) {
        g_string_append_printf(out, "; it served %u connection%s of this capture at other times",
                               spoke->n, ro_s(spoke->n));
    }
}

void ro_closed_port_evidence(const ro_case *c, GPtrArray *lines)
{
    const ro_tally *spoke = count(c, RO_TALLY_SPOKE);

    ro_story(c, lines);
    if (refused_without_ack(c)) {
        ro_line(lines,
                "frame %u: a reset without the ACK flag does not end a connect: the client must "
                "ignore it "
                "and waits until its own timeout",
                c->reset->seg.frame);
    }
    if (spoke) {
        ro_line(lines, "frames %u to %u: the port served %u connection%s", spoke->first_frame,
                spoke->last_frame, spoke->n, ro_s(spoke->n));
    }
    if (c->reset->followup->retry_frame) {
        ro_line(lines, "frame %u: the client tries again", c->reset->followup->retry_frame);
    }
}

void ro_closed_port_advice(const ro_case *c, GString *out)
{
    g_string_append_printf(
        out,
        "start the service that belongs on port %u of the server, or correct the "
        "address or port that the client uses%s",
        ro_service_port(c),
        c->verdict->source == RO_SOURCE_UNKNOWN
            ? "; if the server's own capture shows no such reset, a filter before it refuses"
            : "; the host itself answers");
}

void ro_closed_port_commands(const ro_case *c, GArray *commands)
{
    if (ro_may_be_windows(c, RO_SERVER)) {
        ro_command_add(commands, RO_PLATFORM_WINDOWS, "netstat -ano -p tcp | findstr :%u",
                       ro_service_port(c));
        return;
    }
    ro_command_add(commands, RO_PLATFORM_LINUX, "ss -ltnp '( sport = :%u )'", ro_service_port(c));
}

/* ---- scan ---- */

/* Different services that one host tried in vain: people and programs have a handful, scanners hundreds. */
#define SCAN_SERVICES      8
#define SCAN_MANY_SERVICES 16

/* Ports that got a lone ACK each: what is left of old connections goes to one or two. */
#define PROBED_SERVICES 3

int ro_port_scan_test(const ro_case *c)
{
    const ro_reset *r = c->reset;
    unsigned different = ro_tally_different(count(c, RO_TALLY_REFUSED));
    bool scanner = ro_is_scanner(ro_dir_of(c, RO_CLIENT));

    if (ro_from_path(c) || ro_is_consequence(c)) {
        return RO_DIAGNOSIS_NO;
    }
    if (ro_answers_lone_probe(r) && different >= PROBED_SERVICES) {
        return RO_DIAGNOSIS_MEDIUM;
    }
    if (r->stage != RO_STAGE_POST_SYN && r->stage != RO_STAGE_POST_SYNACK) {
        return c->verdict->cause == RO_CAUSE_SCAN ? RO_DIAGNOSIS_MEDIUM : RO_DIAGNOSIS_NO;
    }
    if (different >= SCAN_MANY_SERVICES || (scanner && different >= SCAN_SERVICES)) {
        return RO_DIAGNOSIS_HIGH;
    }
    if (scanner || different >= SCAN_SERVICES) {
        return RO_DIAGNOSIS_MEDIUM;
    }
    return c->verdict->cause == RO_CAUSE_SCAN ? RO_DIAGNOSIS_MEDIUM : RO_DIAGNOSIS_NO;
}

void ro_port_scan_text(const ro_case *c, GString *out)
{
    unsigned different = ro_tally_different(count(c, RO_TALLY_REFUSED));

    ro_say_end(c, RO_CLIENT, out);
    g_string_append(out, " looks for open ports; here it tried ");
    ro_say_end(c, RO_SERVER, out);
    if (different > 1) {
        g_string_append_printf(out, ", one of at least %u services", different);
    }
}

void ro_port_scan_evidence(const ro_case *c, GPtrArray *lines)
{
    const ro_tally *t = count(c, RO_TALLY_REFUSED);

    if (t) {
        ro_line(lines,
                "frames %u to %u: %u attempt%s of this client at %u or more services %s reset",
                t->first_frame, t->last_frame, t->n, ro_s(t->n), ro_tally_different(t),
                t->n == 1 ? "was" : "were");
    }
    if (ro_is_scanner(ro_dir_of(c, RO_CLIENT))) {
        ro_line(lines,
                "its SYN lacks window scale, SACK and timestamps: a program wrote it, no kernel");
    }
    ro_story(c, lines);
}

void ro_port_scan_advice(const ro_case *c, GString *out)
{
    (void)c;
    g_string_append(out, "nothing is broken; find out whether this host is meant to scan here "
                         "(inventory, monitoring), and block it if not");
}

void ro_port_scan_commands(const ro_case *c, GArray *commands)
{
    (void)c;
    (void)commands;
}

/* ---- health check ---- */

#define OFTEN            3
#define HALF_OPEN_CHECKS 5

int ro_health_check_test(const ro_case *c)
{
    const ro_tally *t = count(c, RO_TALLY_CHECK);
    int64_t period;

    if (!ro_from_endpoint(c) || ro_prev_any(c->reset) || !ro_looks_like_check(c->reset)) {
        return RO_DIAGNOSIS_NO;
    }
    if (ro_tally_is_regular(t, &period)) {
        if (c->reset->shape == RO_SHAPE_ABORT) {
            return ro_sure_of_endpoint(c, RO_DIAGNOSIS_HIGH);
        }
        /* a check by half a handshake, or attempts that something else ended: those are few */
        return t->n >= HALF_OPEN_CHECKS ? ro_sure_of_endpoint(c, RO_DIAGNOSIS_MEDIUM)
                                        : RO_DIAGNOSIS_NO;
    }
    /* connected and reset without a word, more than once. A bare RST for the SYN-ACK is the kernel's: that attempt
     * was given up before, by nobody knows whom */
    if (t && t->n >= 2 && c->reset->shape == RO_SHAPE_ABORT &&
        ro_dir_of(c, RO_CLIENT)->data_segments == 0) {
        return ro_sure_of_endpoint(c, RO_DIAGNOSIS_MEDIUM);
    }
    /* one small HTTP request each time, and a reset as soon as its answer is there, at no regular distance */
    if (t && t->n >= OFTEN && ro_dir_of(c, RO_CLIENT)->data_segments == 1 &&
        c->reset->shape == RO_SHAPE_ABORT && c->verdict->source == RO_SOURCE_CLIENT &&
        ro_words_of(c, RO_CLIENT)->last.kind == RO_MESSAGE_HTTP_REQUEST &&
        ro_words_of(c, RO_SERVER)->last.kind == RO_MESSAGE_HTTP_ANSWER) {
        return RO_DIAGNOSIS_LOW;
    }
    return RO_DIAGNOSIS_NO;
}

void ro_health_check_text(const ro_case *c, GString *out)
{
    const ro_tally *t = count(c, RO_TALLY_CHECK);
    int64_t period;

    ro_say_end(c, RO_CLIENT, out);
    g_string_append(out, " checks the health of ");
    ro_say_end(c, RO_SERVER, out);
    g_string_append(out, ro_dir_of(c, RO_CLIENT)->data_segments
                             ? ": one small request, its answer, a reset"
                             : ": it connects and resets without a word");
    if (ro_tally_is_regular(t, &period)) {
        g_string_append(out, ", every ");
        ro_say_span(period, out);
    }
}

void ro_health_check_evidence(const ro_case *c, GPtrArray *lines)
{
    const ro_tally *t = count(c, RO_TALLY_CHECK);

    ro_story(c, lines);
    if (t) {
        ro_line(lines, "frames %u to %u: %u such connections between the two", t->first_frame,
                t->last_frame, t->n);
    }
}

void ro_health_check_advice(const ro_case *c, GString *out)
{
    (void)c;
    g_string_append(out,
                    "nothing to do: a load balancer or monitor checks the service and closes in "
                    "the quickest way; where the server's log complains, let the check close with "
                    "FIN, or silence that line");
}

void ro_health_check_commands(const ro_case *c, GArray *commands)
{
    (void)c;
    (void)commands;
}

/* ---- connection limit ---- */

/* A program accepts what the kernel has shaken hands with, and closes what is over its limit (sshd_config,
 * MaxStartups; max_connections of proxies and databases) or not allowed (TCP wrappers). */
int ro_connection_limit_test(const ro_case *c)
{
    const ro_tally *dropped = count(c, RO_TALLY_DROPPED);
    const ro_tally *spoke = count(c, RO_TALLY_SPOKE);
    ro_protocol asked = ro_message_protocol(ro_words_of(c, RO_CLIENT)->first);

    if (!ro_from_endpoint(c) || c->verdict->source != RO_SOURCE_SERVER) {
        return RO_DIAGNOSIS_NO;
    }
    if (ro_words_of(c, RO_SERVER)->last.kind == RO_MESSAGE_TOO_MANY) {
        return RO_DIAGNOSIS_HIGH; /* its own words */
    }
    if (!ro_is_dropped_early(c->reset) || asked == RO_PROTOCOL_TLS) {
        return RO_DIAGNOSIS_NO; /* a ClientHello may be the reason itself */
    }
    if (spoke && dropped && dropped->n >= 2) {
        return ro_sure_of_endpoint(c, asked == RO_PROTOCOL_HTTP ? RO_DIAGNOSIS_MEDIUM
                                                                : RO_DIAGNOSIS_HIGH);
    }
    if (asked == RO_PROTOCOL_HTTP) {
        return RO_DIAGNOSIS_NO; /* so may the request */
    }
    if (dropped && dropped->n >= 2) {
        return RO_DIAGNOSIS_MEDIUM;
    }
    return ro_dir_of(c, RO_CLIENT)->data_segments == 0 ? RO_DIAGNOSIS_LOW : RO_DIAGNOSIS_NO;
}

void ro_connection_limit_text(const ro_case *c, GString *out)
{
    const ro_tally *dropped = count(c, RO_TALLY_DROPPED);
    const ro_tally *spoke = count(c, RO_TALLY_SPOKE);

    ro_say_end(c, RO_SERVER, out);
    g_string_append(out, " accepted the connection of ");
    ro_say_end(c, RO_CLIENT, out);
    if (ro_words_of(c, RO_SERVER)->last.kind == RO_MESSAGE_TOO_MANY) {
        g_string_append_printf(out,
                               ", said that there are too many (frame %u), and dropped it: a "
                               "limit on connections",
                               ro_words_of(c, RO_SERVER)->last.frame);
        return;
    }
    g_string_append(out, " and dropped it before its first octet");
    if (dropped && spoke) {
        g_string_append_printf(out, ", as it did with %u in all while it served %u other%s",
                               dropped->n, spoke->n, ro_s(spoke->n));
    }
    g_string_append(out, ": a limit on connections, or a rule of the program on who may connect");
}

void ro_connection_limit_evidence(const ro_case *c, GPtrArray *lines)
{
    const ro_tally *dropped = count(c, RO_TALLY_DROPPED);
    const ro_tally *spoke = count(c, RO_TALLY_SPOKE);

    ro_story(c, lines);
    if (ro_dir_of(c, RO_SERVER)->data_segments == 0) {
        ro_line(lines, "%.1f ms from the SYN to the end, and no data of the server",
                (double)(ro_closed_ns(c, RO_SERVER) - c->reset->stream->first_ns) / (double)RO_MS);
    }
    if (dropped) {
        ro_line(lines, "frames %u to %u: %u connection%s to this service dropped so",
                dropped->first_frame, dropped->last_frame, dropped->n, ro_s(dropped->n));
    }
    if (spoke) {
        ro_line(lines, "frames %u to %u: %u connection%s in which the service spoke",
                spoke->first_frame, spoke->last_frame, spoke->n, ro_s(spoke->n));
    }
}

void ro_connection_limit_advice(const ro_case *c, GString *out)
{
    g_string_append_printf(
        out,
        "look in the log of the program on port %u at this time for a limit "
        "(maximum of connections, per address or not yet logged in) or an access "
        "list; raise it, or let fewer clients connect at once",
        ro_service_port(c));
}

void ro_connection_limit_commands(const ro_case *c, GArray *commands)
{
    if (!ro_may_be_linux(c, RO_SERVER)) {
        return;
    }
    if (ro_service_port(c) == 22) {
        ro_command_add(commands, RO_PLATFORM_LINUX, "sshd -T | grep -i -E 'maxstartups|persource'");
    }
    ro_command_add(commands, RO_PLATFORM_LINUX,
                   "ss -tn state established '( sport = :%u )' | wc -l", ro_service_port(c));
}
