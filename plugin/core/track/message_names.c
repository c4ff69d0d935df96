/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages in words. */

#include "track/message.h"

static const struct {
    const char *text;
    ro_protocol protocol;
} kinds[RO_MESSAGE_KINDS] = {
    [RO_MESSAGE_DATA] = {"data", RO_PROTOCOL_UNKNOWN},
    [RO_MESSAGE_TLS_CLIENT_HELLO] = {"TLS ClientHello", RO_PROTOCOL_TLS},
    [RO_MESSAGE_TLS_SERVER_HELLO] = {"TLS ServerHello", RO_PROTOCOL_TLS},
    [RO_MESSAGE_TLS_HANDSHAKE] = {"TLS handshake", RO_PROTOCOL_TLS},
    [RO_MESSAGE_TLS_CHANGE_CIPHER] = {"TLS ChangeCipherSpec", RO_PROTOCOL_TLS},
    [RO_MESSAGE_TLS_ALERT] = {"TLS alert", RO_PROTOCOL_TLS},
    [RO_MESSAGE_TLS_ENCRYPTED_ALERT] = {"TLS alert (encrypted)", RO_PROTOCOL_TLS},
    [RO_MESSAGE_TLS_PROBABLE_ALERT] = {"TLS alert (encrypted, by its length)", RO_PROTOCOL_TLS},
    [RO_MESSAGE_TLS_DATA] = {"TLS application data", RO_PROTOCOL_TLS},
    [RO_MESSAGE_HTTP_REQUEST] = {"HTTP", RO_PROTOCOL_HTTP},
    [RO_MESSAGE_HTTP_ANSWER] = {"HTTP", RO_PROTOCOL_HTTP},
    [RO_MESSAGE_HTTP2] = {"HTTP/2 preface", RO_PROTOCOL_HTTP},
    [RO_MESSAGE_SSH_BANNER] = {"SSH banner", RO_PROTOCOL_SSH},
    [RO_MESSAGE_REPLY_CODE] = {"SMTP or FTP", RO_PROTOCOL_MAIL},
    [RO_MESSAGE_SMTP_HELLO] = {"SMTP hello", RO_PROTOCOL_MAIL},
    [RO_MESSAGE_FTP_COMMAND] = {"FTP or POP3 login", RO_PROTOCOL_UNKNOWN},
    [RO_MESSAGE_POP3] = {"POP3 answer", RO_PROTOCOL_POP3},
    [RO_MESSAGE_IMAP] = {"IMAP greeting", RO_PROTOCOL_IMAP},
    [RO_MESSAGE_MYSQL_GREETING] = {"MySQL greeting", RO_PROTOCOL_MYSQL},
    [RO_MESSAGE_MYSQL_ERROR] = {"MySQL error", RO_PROTOCOL_MYSQL},
    [RO_MESSAGE_POSTGRES_STARTUP] = {"PostgreSQL startup", RO_PROTOCOL_POSTGRES},
    [RO_MESSAGE_POSTGRES_SSL_REQUEST] = {"PostgreSQL SSLRequest", RO_PROTOCOL_POSTGRES},
    [RO_MESSAGE_POSTGRES_ERROR] = {"PostgreSQL error", RO_PROTOCOL_POSTGRES},
    [RO_MESSAGE_REDIS_COMMAND] = {"Redis command", RO_PROTOCOL_REDIS},
    [RO_MESSAGE_REDIS_ANSWER] = {"Redis answer", RO_PROTOCOL_REDIS},
    [RO_MESSAGE_TOO_MANY] = {"too many connections", RO_PROTOCOL_UNKNOWN},
    [RO_MESSAGE_BGP] = {"BGP", RO_PROTOCOL_BGP},
    [RO_MESSAGE_AMQP] = {"AMQP header", RO_PROTOCOL_AMQP},
    [RO_MESSAGE_SMB] = {"SMB", RO_PROTOCOL_SMB},
};

ro_protocol ro_message_protocol(uint8_t kind)
{
    return kind < RO_MESSAGE_KINDS ? kinds[kind].protocol : RO_PROTOCOL_UNKNOWN;
}

const char *ro_protocol_name(ro_protocol protocol)
{
    static const char *const names[] = {
        [RO_PROTOCOL_UNKNOWN] = "another protocol",
        [RO_PROTOCOL_TLS] = "TLS",
        [RO_PROTOCOL_HTTP] = "HTTP",
        [RO_PROTOCOL_SSH] = "SSH",
        [RO_PROTOCOL_MAIL] = "SMTP or FTP",
        [RO_PROTOCOL_POP3] = "POP3",
        [RO_PROTOCOL_IMAP] = "IMAP",
        [RO_PROTOCOL_MYSQL] = "MySQL",
        [RO_PROTOCOL_POSTGRES] = "PostgreSQL",
        [RO_PROTOCOL_REDIS] = "Redis",
        [RO_PROTOCOL_BGP] = "BGP",
        [RO_PROTOCOL_AMQP] = "AMQP",
        [RO_PROTOCOL_SMB] = "SMB",
    };

    return names[protocol];
}

/* IANA, "TLS Alerts". */
const char *ro_tls_alert_name(unsigned description)
{
    static const struct {
        uint8_t number;
        const char *name;
    } alerts[] = {
        {0, "close_notify"},
        {10, "unexpected_message"},
        {20, "bad_record_mac"},
        {21, "decryption_failed"},
        {22, "record_overflow"},
        {30, "decompression_failure"},
        {40, "handshake_failure"},
        {41, "no_certificate"},
        {42, "bad_certificate"},
        {43, "unsupported_certificate"},
        {44, "certificate_revoked"},
        {45, "certificate_expired"},
        {46, "certificate_unknown"},
        {47, "illegal_parameter"},
        {48, "unknown_ca"},
        {49, "access_denied"},
        {50, "decode_error"},
        {51, "decrypt_error"},
        {60, "export_restriction"},
        {70, "protocol_version"},
        {71, "insufficient_security"},
        {80, "internal_error"},
        {86, "inappropriate_fallback"},
        {90, "user_canceled"},
        {100, "no_renegotiation"},
        {109, "missing_extension"},
        {110, "unsupported_extension"},
        {111, "certificate_unobtainable"},
        {112, "unrecognized_name"},
        {113, "bad_certificate_status_response"},
        {114, "bad_certificate_hash_value"},
        {115, "unknown_psk_identity"},
        {116, "certificate_required"},
        {120, "no_application_protocol"},
    };

    for (unsigned i = 0; i < sizeof alerts / sizeof *alerts; i++) {
        if (alerts[i].number == description) {
            return alerts[i].name;
        }
    }
    return NULL;
}

/* RFC 8446 4, "Handshake Protocol". */
static const char *handshake_name(unsigned type)
{
    switch (type) {
    case 4:
        return "NewSessionTicket";
    case 11:
        return "Certificate";
    case 12:
        return "ServerKeyExchange";
    case 13:
        return "CertificateRequest";
    case 14:
        return "ServerHelloDone";
    case 16:
        return "ClientKeyExchange";
    default:
        return NULL;
    }
}

static void alert_text(const ro_message *m, GString *out)
{
    const char *name = ro_tls_alert_name(m->code);

    g_string_append(out, m->level == 2 ? " fatal " : " warning ");
    if (name) {
        g_string_append(out, name);
    } else {
        g_string_append_printf(out, "%u", m->code);
    }
}

static void bgp_text(const ro_message *m, GString *out)
{
    static const char *const types[] = {"", "OPEN", "UPDATE", "NOTIFICATION", "KEEPALIVE"};

    if (m->level >= 1 && m->level <= 4) {
        g_string_append_printf(out, " %s", types[m->level]);
    }
    if (m->level == 3) {
        g_string_append_printf(out, " %u/%u", m->code >> 8, m->code & 0xff);
    }
}

void ro_message_text(const ro_message *m, GString *out)
{
    if (m->kind == RO_MESSAGE_NONE || m->kind >= RO_MESSAGE_KINDS) {
        return;
    }
    g_string_append(out, kinds[m->kind].text);
    switch (m->kind) {
    case RO_MESSAGE_TLS_ALERT:
        alert_text(m, out);
        break;
    case RO_MESSAGE_TLS_HANDSHAKE:
        if (handshake_name(m->code)) {
            g_string_append_printf(out, " %s", handshake_name(m->code));
        }
        break;
    case RO_MESSAGE_HTTP_REQUEST:
        g_string_append_printf(out, " %s", ro_http_method_name(m->level));
        break;
    case RO_MESSAGE_HTTP_ANSWER:
    case RO_MESSAGE_REPLY_CODE:
    case RO_MESSAGE_MYSQL_ERROR:
        g_string_append_printf(out, " %u", m->code);
        break;
    case RO_MESSAGE_REDIS_ANSWER:
        g_string_append(out, m->level ? " (an error)" : "");
        break;
    case RO_MESSAGE_BGP:
        bgp_text(m, out);
        break;
    default:
        break;
    }
}
