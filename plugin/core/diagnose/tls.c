/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How TLS connections end (RFC 8446 6, RFC 5246 7.2). */

#include "diagnose/tls.h"

#include "base/constants.h"
#include "diagnose/say.h"

/* What may be under way behind a close: an alert of TLS 1.2 with a block cipher is 69 octets at most. */
#define ALERT_MAX 80

static bool is_fatal(const ro_message *m)
{
    return m->kind == RO_MESSAGE_TLS_ALERT && m->level == 2;
}

static bool is_alert(const ro_message *m)
{
    return m->kind == RO_MESSAGE_TLS_ENCRYPTED_ALERT || m->kind == RO_MESSAGE_TLS_PROBABLE_ALERT ||
           (m->kind == RO_MESSAGE_TLS_ALERT && m->level == 1 && m->code == 0);
}

/* The side that refused by an alert, in the clear or by an encrypted one before it ever sent data. */
static bool alerted(const ro_case *c, ro_side side)
{
    const ro_words *w = ro_words_of(c, side);

    if (is_fatal(&w->last)) {
        return true;
    }
    return ro_message_protocol(w->first) == RO_PROTOCOL_TLS && !w->application &&
           (w->last.kind == RO_MESSAGE_TLS_ENCRYPTED_ALERT ||
            w->last.kind == RO_MESSAGE_TLS_PROBABLE_ALERT);
}

static bool hello_unanswered(const ro_case *c)
{
    return ro_words_of(c, RO_CLIENT)->last.kind == RO_MESSAGE_TLS_CLIENT_HELLO &&
           ro_words_of(c, RO_SERVER)->first == RO_MESSAGE_NONE &&
           ro_dir_of(c, RO_SERVER)->data_segments == 0;
}

/* An alert names the reason; a ClientHello that the server itself answers with a reset was refused as
 * well: it read the hello, or did not want to, and closed. */
int ro_tls_failure_test(const ro_case *c)
{
    if (!ro_from_endpoint(c)) {
        return RO_DIAGNOSIS_NO;
    }
    if (is_fatal(&ro_words_of(c, RO_SERVER)->last) || is_fatal(&ro_words_of(c, RO_CLIENT)->last)) {
        return ro_sure_of_endpoint(c, RO_DIAGNOSIS_HIGH);
    }
    if (alerted(c, RO_SERVER) || alerted(c, RO_CLIENT)) {
        return ro_sure_of_endpoint(c, RO_DIAGNOSIS_MEDIUM);
    }
    if (hello_unanswered(c) && ro_sender_side(c) == RO_SERVER) {
        return ro_sure_of_endpoint(c, RO_DIAGNOSIS_MEDIUM);
    }
    return RO_DIAGNOSIS_NO;
}

/* The side that refused, where one did by an alert; else the sender. */
static ro_side refuser(const ro_case *c)
{
    if (is_fatal(&ro_words_of(c, RO_SERVER)->last) || alerted(c, RO_SERVER)) {
        return RO_SERVER;
    }
    return alerted(c, RO_CLIENT) ? RO_CLIENT : ro_sender_side(c);
}

static void say_name(const ro_case *c, GString *out)
{
    if (c->reset->stream->server_name) {
        g_string_append_printf(out, " for the name %s", c->reset->stream->server_name);
    }
}

void ro_tls_failure_text(const ro_case *c, GString *out)
{
    ro_side by = refuser(c);
    const ro_message *m = &ro_words_of(c, by)->last;

    ro_say_end(c, by, out);
    g_string_append(out, " refused the TLS handshake with ");
    ro_say_end(c, !by, out);
    say_name(c, out);
    if (hello_unanswered(c)) {
        g_string_append(out, ": it reset the connection after the ClientHello, without an alert");
    } else {
        g_string_append(out, ": ");
        ro_message_text(m, out);
        g_string_append_printf(out, " (frame %u)", m->frame);
    }
}

void ro_tls_failure_evidence(const ro_case *c, GPtrArray *lines)
{
    if (c->reset->stream->server_name) {
        ro_line(lines, "server name asked for: %s", c->reset->stream->server_name);
    }
    ro_story(c, lines);
}

/* What the commonest alerts mean to whoever must act. */
static const char *alert_advice(unsigned code)
{
    switch (code) {
    case 40:
    case 71:
        return "the two have no cipher suite, group or signature algorithm in common: compare what "
               "the ClientHello offers with what the other side accepts";
    case 42:
    case 43:
    case 46:
        return "the certificate was not accepted: check its chain, its names and its key usage";
    case 44:
    case 45:
        return "the certificate has expired or was revoked: renew it, and check the clocks of both";
    case 48:
        return "the certificate's issuer is not trusted: send the intermediate certificates, or "
               "add "
               "the issuer to the trust store of the side that refused";
    case 70:
    case 86:
        return "the two have no TLS version in common: enable one on both sides";
    case 112:
        return "the server has no certificate for the name asked for: correct the name (SNI) or "
               "configure it";
    case 116:
        return "the server wants a client certificate: configure one at the client";
    case 120:
        return "the two have no application protocol (ALPN) in common";
    default:
        return NULL;
    }
}

void ro_tls_failure_advice(const ro_case *c, GString *out)
{
    const ro_message *m = &ro_words_of(c, refuser(c))->last;
    const char *advice = is_fatal(m) ? alert_advice(m->code) : NULL;

    if (advice) {
        g_string_append(out, advice);
    } else if (hello_unanswered(c)) {
        g_string_append(out,
                        "look in the server's log; usual reasons are a server name that it does "
                        "not serve, no TLS version in common, or a port that speaks no TLS; try "
                        "the same server with another name and another TLS version");
    } else {
        g_string_append_printf(
            out,
            "the alert is encrypted: look in the log of the %s; before the first data it mostly "
            "means a certificate that was refused, or a client certificate that is missing",
            ro_side_name(refuser(c)));
    }
}

void ro_tls_failure_commands(const ro_case *c, GArray *commands)
{
    const char *name = ro_name_for_command(c);

    ro_command_add(commands, RO_PLATFORM_ANY, "openssl s_client -connect SERVER:%u%s%s -tls1_2",
                   ro_service_port(c), name ? " -servername " : "", name ? name : "");
    ro_command_add(commands, RO_PLATFORM_ANY, "openssl s_client -connect SERVER:%u%s%s -tls1_3",
                   ro_service_port(c), name ? " -servername " : "", name ? name : "");
}

/* ---- harmless close ---- */

/* The handshake was over, one side said goodbye, and only that, or a FIN, was under way when the other had
 * closed already. RFC 8446 6.1: either side may close; what the other still sends finds nobody. */
int ro_tls_close_test(const ro_case *c)
{
    const ro_words *client = ro_words_of(c, RO_CLIENT);
    const ro_words *server = ro_words_of(c, RO_SERVER);
    const ro_dir *sender = c->reset->sender;

    if (!ro_from_endpoint(c) || (!is_alert(&client->last) && !is_alert(&server->last)) ||
        client->count < 2 || server->count < 2 || alerted(c, RO_CLIENT) || alerted(c, RO_SERVER)) {
        return RO_DIAGNOSIS_NO;
    }
    if (ro_unacknowledged(c) > ALERT_MAX || ro_trigger_octets(c) > ALERT_MAX) {
        return RO_DIAGNOSIS_NO; /* an answer was on its way */
    }
    if (!(sender->has & RO_DIR_FIN) && !is_alert(&sender->words.last) &&
        !is_alert(&c->reset->receiver->words.last)) {
        return RO_DIAGNOSIS_NO;
    }
    return ro_sure_of_endpoint(c, RO_DIAGNOSIS_HIGH);
}

void ro_tls_close_text(const ro_case *c, GString *out)
{
    const char *sender = ro_side_name(ro_sender_side(c));

    ro_say_ends(c, out);
    g_string_append_printf(
        out,
        " had said goodbye (TLS close_notify); the %s had closed, and reset what "
        "the other side still sent: nothing was lost",
        sender);
}

void ro_tls_close_evidence(const ro_case *c, GPtrArray *lines)
{
    ro_story(c, lines);
    ro_line(lines, "under way: %u octet%s, no more than an alert", ro_unacknowledged(c),
            ro_s(ro_unacknowledged(c)));
}

void ro_tls_close_advice(const ro_case *c, GString *out)
{
    (void)c;
    g_string_append(out, "nothing to do: the exchange was over");
}

void ro_tls_close_commands(const ro_case *c, GArray *commands)
{
    (void)c;
    (void)commands;
}
