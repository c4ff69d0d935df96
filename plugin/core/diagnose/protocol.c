/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two programs that speak different protocols: each side's first octets tell. */

#include "diagnose/protocol.h"

#include "diagnose/counts.h"
#include "diagnose/say.h"

/* Ports on which a client that does not begin with TLS is wrong (IANA, Service Names; 2376, 6443, 10250:
 * Docker and Kubernetes). */
static bool is_tls_port(uint16_t port)
{
    static const uint16_t ports[] = {443,  465,  563,  636,  853,  989,  990,  992,
                                     993,  995,  2376, 3269, 5061, 5671, 5986, 6443,
                                     6514, 6697, 8443, 8883, 9443, 10250};

    for (unsigned i = 0; i < sizeof ports / sizeof *ports; i++) {
        if (ports[i] == port) {
            return true;
        }
    }
    return false;
}

/* Ports of which the plain protocol is so common that TLS there is a mistake. */
static bool is_plain_port(uint16_t port)
{
    static const uint16_t ports[] = {21, 22, 23, 25, 80, 110, 143, 179, 389, 3306, 6379, 8080};

    for (unsigned i = 0; i < sizeof ports / sizeof *ports; i++) {
        if (ports[i] == port) {
            return true;
        }
    }
    return false;
}

static ro_protocol first_of(const ro_case *c, ro_side side)
{
    return ro_message_protocol(ro_words_of(c, side)->first);
}

/* Both sides' first octets are those of known protocols, and not of the same. POP3's and Redis' answers look
 * alike, and so do the three-digit codes of many protocols: only a client of a protocol that has neither
 * is taken to differ from them. */
static bool differ(ro_protocol client, ro_protocol server)
{
    if (client == RO_PROTOCOL_UNKNOWN || server == RO_PROTOCOL_UNKNOWN || client == server) {
        return false;
    }
    if (server == RO_PROTOCOL_MAIL || server == RO_PROTOCOL_POP3) {
        return client == RO_PROTOCOL_TLS || client == RO_PROTOCOL_HTTP || client == RO_PROTOCOL_SSH;
    }
    return true;
}

static bool counted(const ro_case *c, ro_tally_kind kind)
{
    return ro_count_of(ro_shared_tallies(c->shared), c->reset, kind) != NULL;
}

/* Whether the service speaks TLS: its other connections tell, else its port. */
static bool wants_tls(const ro_case *c)
{
    return counted(c, RO_TALLY_SPOKE_TLS) ||
           (is_tls_port(ro_service_port(c)) && !counted(c, RO_TALLY_SPOKE));
}

static bool wants_plain(const ro_case *c)
{
    return !counted(c, RO_TALLY_SPOKE_TLS) &&
           (counted(c, RO_TALLY_SPOKE) || is_plain_port(ro_service_port(c)));
}

/* What the port is registered for, where a client of HTTP is wrong there (IANA, Service Names). */
static ro_protocol port_of_others(const ro_case *c)
{
    switch (ro_service_port(c)) {
    case 22:
        return RO_PROTOCOL_SSH;
    case 3306:
        return RO_PROTOCOL_MYSQL;
    case 5432:
        return RO_PROTOCOL_POSTGRES;
    case 6379:
        return RO_PROTOCOL_REDIS;
    case 5672:
        return RO_PROTOCOL_AMQP;
    default:
        return RO_PROTOCOL_UNKNOWN;
    }
}

/* What the server would have to be spoken to in. */
static ro_protocol expected(const ro_case *c)
{
    ro_protocol server = first_of(c, RO_SERVER);

    if (server != RO_PROTOCOL_UNKNOWN && server != first_of(c, RO_CLIENT)) {
        return server;
    }
    if (wants_tls(c) || is_tls_port(ro_service_port(c))) {
        return RO_PROTOCOL_TLS;
    }
    return first_of(c, RO_CLIENT) == RO_PROTOCOL_HTTP ? port_of_others(c) : RO_PROTOCOL_UNKNOWN;
}

/* Web servers tell a client of plain HTTP on their TLS port so, with 400 in plain HTTP, as their first and
 * only words (nginx: 497; Go's net/http). */
static bool refused_plainly(const ro_case *c)
{
    const ro_words *server = ro_words_of(c, RO_SERVER);

    return server->count == 1 && server->last.kind == RO_MESSAGE_HTTP_ANSWER &&
           server->last.code == 400;
}

static bool wants_tls_by_port(const ro_case *c)
{
    return is_tls_port(ro_service_port(c)) || counted(c, RO_TALLY_SPOKE_TLS);
}

int ro_protocol_mismatch_test(const ro_case *c)
{
    ro_protocol client = first_of(c, RO_CLIENT);
    bool silent = ro_dir_of(c, RO_SERVER)->data_segments == 0;

    if (!ro_from_endpoint(c) || !(ro_dir_of(c, RO_CLIENT)->has & RO_DIR_ISN)) {
        return RO_DIAGNOSIS_NO;
    }
    if (differ(client, first_of(c, RO_SERVER))) {
        return ro_sure_of_endpoint(c, RO_DIAGNOSIS_HIGH);
    }
    if (client == RO_PROTOCOL_HTTP && wants_tls_by_port(c) && refused_plainly(c)) {
        return ro_sure_of_endpoint(c, RO_DIAGNOSIS_HIGH);
    }
    if (!silent || ro_sender_side(c) != RO_SERVER || c->verdict->source != RO_SOURCE_SERVER) {
        return RO_DIAGNOSIS_NO; /* a device that blocks leaves the server silent, too */
    }
    if (client != RO_PROTOCOL_UNKNOWN && client != RO_PROTOCOL_TLS && wants_tls(c)) {
        return RO_DIAGNOSIS_HIGH;
    }
    if (client == RO_PROTOCOL_TLS && wants_plain(c)) {
        return RO_DIAGNOSIS_MEDIUM;
    }
    return client == RO_PROTOCOL_HTTP && port_of_others(c) != RO_PROTOCOL_UNKNOWN &&
                   !counted(c, RO_TALLY_SPOKE)
               ? RO_DIAGNOSIS_LOW
               : RO_DIAGNOSIS_NO;
}

void ro_protocol_mismatch_text(const ro_case *c, GString *out)
{
    ro_protocol wanted = expected(c);

    ro_say_end(c, RO_CLIENT, out);
    g_string_append(out, first_of(c, RO_CLIENT) == RO_PROTOCOL_HTTP ? " sent plain HTTP to "
                                                                    : " spoke ");
    if (first_of(c, RO_CLIENT) != RO_PROTOCOL_HTTP) {
        g_string_append_printf(out, "%s to ", ro_protocol_name(first_of(c, RO_CLIENT)));
    }
    ro_say_end(c, RO_SERVER, out);
    if (first_of(c, RO_SERVER) == RO_PROTOCOL_HTTP && first_of(c, RO_CLIENT) == RO_PROTOCOL_HTTP) {
        g_string_append(out, ", a port that expects TLS; the server answered 400 in plain text");
    } else if (first_of(c, RO_SERVER) != RO_PROTOCOL_UNKNOWN) {
        g_string_append_printf(out, ", which speaks %s", ro_protocol_name(wanted));
    } else if (wanted == RO_PROTOCOL_TLS) {
        g_string_append(out, ", a port that expects TLS; the server reset it without an answer");
    } else if (wanted != RO_PROTOCOL_UNKNOWN) {
        g_string_append_printf(out,
                               ", the port of %s; the server closed without an answer, as a "
                               "program does that expects another protocol",
                               ro_protocol_name(wanted));
    } else {
        g_string_append(out, ", a port of a protocol without TLS; the server reset it without an "
                             "answer");
    }
}

void ro_protocol_mismatch_evidence(const ro_case *c, GPtrArray *lines)
{
    ro_line(lines, "first octets of the client: %s; of the server: %s",
            ro_protocol_name(first_of(c, RO_CLIENT)),
            ro_dir_of(c, RO_SERVER)->data_segments == 0 ? "none"
                                                        : ro_protocol_name(first_of(c, RO_SERVER)));
    ro_story(c, lines);
}

void ro_protocol_mismatch_advice(const ro_case *c, GString *out)
{
    if (expected(c) == RO_PROTOCOL_TLS) {
        g_string_append_printf(
            out,
            "make the client speak TLS to port %u (https:// instead of http://, or TLS towards the "
            "backend in the proxy or health check), or give it the port without TLS",
            ro_service_port(c));
    } else if (first_of(c, RO_CLIENT) == RO_PROTOCOL_TLS) {
        g_string_append_printf(
            out,
            "turn TLS off in the client for port %u (http:// instead of https://, "
            "STARTTLS instead of TLS), or give it the port with TLS",
            ro_service_port(c));
    } else {
        g_string_append_printf(out,
                               "correct the port or the protocol that the client uses: port %u "
                               "is that of %s",
                               ro_service_port(c), ro_protocol_name(expected(c)));
    }
}

void ro_protocol_mismatch_commands(const ro_case *c, GArray *commands)
{
    uint16_t port = ro_service_port(c);

    switch (expected(c)) {
    case RO_PROTOCOL_SSH:
        ro_command_add(commands, RO_PLATFORM_ANY, "ssh -v -p %u SERVER", port);
        break;
    case RO_PROTOCOL_TLS:
        ro_command_add(commands, RO_PLATFORM_ANY, "openssl s_client -connect SERVER:%u", port);
        break;
    case RO_PROTOCOL_HTTP:
        ro_command_add(commands, RO_PLATFORM_ANY, "curl -v http://SERVER:%u/", port);
        break;
    case RO_PROTOCOL_UNKNOWN: /* TLS or not is the question */
        ro_command_add(commands, RO_PLATFORM_ANY, "openssl s_client -connect SERVER:%u", port);
        ro_command_add(commands, RO_PLATFORM_ANY, "curl -v http://SERVER:%u/", port);
        break;
    default: /* what it greets with shows what it speaks */
        ro_command_add(commands, RO_PLATFORM_ANY, "nc -v SERVER %u", port);
        break;
    }
}
