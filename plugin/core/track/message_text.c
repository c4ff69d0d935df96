/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests and greetings of protocols that can be read by eye, and of databases. */

#include "track/message.h"

#include <string.h>

/* Octets of a request in which the Host header is looked for: it is among the first ones (RFC 9110 7.2). */
#define HEADERS_READ 600

static const char *const methods[] = {"GET",     "POST",  "PUT",   "HEAD",     "DELETE", "OPTIONS",
                                      "CONNECT", "PATCH", "TRACE", "PROPFIND", NULL};

static inline bool starts(const uint8_t *p, unsigned n, const char *text)
{
    size_t len = strlen(text);

    return n >= len && p[0] == (uint8_t)text[0] && memcmp(p, text, len) == 0;
}

static bool digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static unsigned number(const uint8_t *p)
{
    return (unsigned)(p[0] - '0') * 100 + (unsigned)(p[1] - '0') * 10 + (unsigned)(p[2] - '0');
}

/* Copies a name up to the first octet that none may hold. */
static void copy_name(const uint8_t *p, unsigned n, char *name)
{
    unsigned i = 0;

    while (i < n && i < RO_NAME_MAX && p[i] > ' ' && p[i] < 0x7f) {
        name[i] = (char)p[i];
        i++;
    }
    name[i] = '\0';
}

static void find_host(const uint8_t *p, unsigned n, char *name)
{
    unsigned end = MIN(n, HEADERS_READ);

    for (unsigned at = 0; at + 7 <= end; at++) {
        if (p[at] == '\n' && (p[at + 1] | 0x20) == 'h' && (p[at + 2] | 0x20) == 'o' &&
            (p[at + 3] | 0x20) == 's' && (p[at + 4] | 0x20) == 't' && p[at + 5] == ':') {
            at += 6;
            while (at < n && (p[at] == ' ' || p[at] == '\t')) {
                at++;
            }
            copy_name(p + at, n - at, name);
            return;
        }
        if (p[at] == '\n' && p[at + 1] == '\r') { /* the headers end */
            return;
        }
    }
}

static bool http(ro_message *m, const uint8_t *p, unsigned n, char *name)
{
    if (n >= 12 && starts(p, n, "HTTP/1.") && digit(p[9]) && digit(p[10]) && digit(p[11])) {
        m->kind = RO_MESSAGE_HTTP_ANSWER;
        m->code = (uint16_t)number(p + 9);
        return true;
    }
    if (starts(p, n, "PRI * HTTP/2")) {
        m->kind = RO_MESSAGE_HTTP2;
        return true;
    }
    for (unsigned i = 0; methods[i]; i++) {
        size_t len;

        if (p[0] != (uint8_t)methods[i][0]) {
            continue;
        }
        len = strlen(methods[i]);
        if (starts(p, n, methods[i]) && n > len + 1 && p[len] == ' ' && p[len + 1] > ' ') {
            m->kind = RO_MESSAGE_HTTP_REQUEST;
            m->level = (uint8_t)i;
            find_host(p, n, name);
            return true;
        }
    }
    return false;
}

const char *ro_http_method_name(unsigned level)
{
    return level < sizeof methods / sizeof *methods - 1 ? methods[level] : "request";
}

/* Greetings: SSH (RFC 4253 4.2), SMTP (RFC 5321 4.2), FTP (RFC 959 4.2), POP3 (RFC 1939), IMAP (RFC 9051). */
static bool greeting(ro_message *m, const uint8_t *p, unsigned n)
{
    if (starts(p, n, "SSH-")) {
        m->kind = RO_MESSAGE_SSH_BANNER;
    } else if (n >= 4 && p[0] >= '1' && p[0] <= '5' && digit(p[1]) && digit(p[2]) &&
               (p[3] == ' ' || p[3] == '-')) {
        m->kind = RO_MESSAGE_REPLY_CODE;
        m->code = (uint16_t)number(p);
    } else if (starts(p, n, "EHLO ") || starts(p, n, "HELO ")) {
        m->kind = RO_MESSAGE_SMTP_HELLO;
    } else if (starts(p, n, "USER ") || starts(p, n, "PASS ")) {
        m->kind = RO_MESSAGE_FTP_COMMAND;
    } else if (starts(p, n, "+OK ") || starts(p, n, "-ERR [")) {
        m->kind = RO_MESSAGE_POP3;
    } else if (starts(p, n, "* OK") || starts(p, n, "* BYE") || starts(p, n, "* PREAUTH")) {
        m->kind = RO_MESSAGE_IMAP;
    } else {
        return false;
    }
    return true;
}

/* Servers that are full and say so: OpenSSH's sshd.c, Redis' networking.c, FTP's 421 (RFC 959 4.2.2). */
static bool too_many(ro_message *m, const uint8_t *p, unsigned n)
{
    if (starts(p, n, "Exceeded MaxStartups") || starts(p, n, "Not allowed at this time") ||
        starts(p, n, "-ERR max number of clients") || starts(p, n, "421 Too many") ||
        starts(p, n, "421 There are too many")) {
        m->kind = RO_MESSAGE_TOO_MANY;
        return true;
    }
    return false;
}

bool ro_text_take(ro_message *m, const uint8_t *p, unsigned n, char name[RO_NAME_MAX + 1])
{
    return http(m, p, n, name) || too_many(m, p, n) || greeting(m, p, n);
}

/* MySQL's packets begin with a length of three octets, low one first, and a number: 0 in a greeting.
 * MySQL internals, "Protocol::Handshake" and "ERR_Packet". */
static bool mysql(ro_message *m, const uint8_t *p, unsigned n)
{
    unsigned len;

    if (n < 7 || p[3] != 0) {
        return false;
    }
    len = (unsigned)p[0] | (unsigned)p[1] << 8 | (unsigned)p[2] << 16;
    if (len + 4 != n) {
        return false;
    }
    if (p[4] == 10 && digit(p[5])) {
        m->kind = RO_MESSAGE_MYSQL_GREETING;
        return true;
    }
    if (p[4] == 0xff) {
        m->code = (uint16_t)(p[5] | p[6] << 8);
        /* ER_CON_COUNT_ERROR, ER_TOO_MANY_USER_CONNECTIONS */
        m->kind = m->code == 1040 || m->code == 1203 ? RO_MESSAGE_TOO_MANY : RO_MESSAGE_MYSQL_ERROR;
        return true;
    }
    return false;
}

/* PostgreSQL's frontend/backend protocol 3.0, chapter "Message Formats". */
static bool postgres(ro_message *m, const uint8_t *p, unsigned n)
{
    static const uint8_t ssl_request[] = {0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f};
    static const uint8_t version_3[] = {0, 3, 0, 0};

    if (n == sizeof ssl_request && memcmp(p, ssl_request, n) == 0) {
        m->kind = RO_MESSAGE_POSTGRES_SSL_REQUEST;
    } else if (n > 8 && p[0] == 0 && p[1] == 0 && memcmp(p + 4, version_3, 4) == 0) {
        m->kind = RO_MESSAGE_POSTGRES_STARTUP;
    } else if (n > 10 && p[0] == 'E' && p[1] == 0 && p[2] == 0 && p[5] == 'S') {
        m->kind = RO_MESSAGE_POSTGRES_ERROR;
        for (unsigned at = 5; at + 7 <= MIN(n, 100u); at++) { /* SQLSTATE too_many_connections */
            if (p[at] == 0 && memcmp(p + at + 1, "C53300", 6) == 0) {
                m->kind = RO_MESSAGE_TOO_MANY;
            }
        }
    } else {
        return false;
    }
    return true;
}

/* Redis' RESP: a line that ends in CR LF. */
static bool redis(ro_message *m, const uint8_t *p, unsigned n)
{
    if (n >= 6 && p[0] == '*' && digit(p[1]) && memchr(p, '$', MIN(n, 8))) {
        m->kind = RO_MESSAGE_REDIS_COMMAND;
        m->level = starts(p, n, "*1\r\n$4\r\nQUIT") || starts(p, n, "*1\r\n$4\r\nquit")
                       ? RO_REDIS_QUIT
                       : 0;
        return true;
    }
    if (starts(p, n, "-ERR ") || starts(p, n, "-NOAUTH ") || starts(p, n, "-DENIED ")) {
        m->kind = RO_MESSAGE_REDIS_ANSWER;
        m->level = 1;
        return true;
    }
    if (starts(p, n, "+PONG\r\n") || starts(p, n, "+OK\r\n")) {
        m->kind = RO_MESSAGE_REDIS_ANSWER;
        return true;
    }
    return false;
}

/* BGP's marker of sixteen ones (RFC 4271 4.1); a NOTIFICATION says its reason (4.5). */
static bool bgp(ro_message *m, const uint8_t *p, unsigned n)
{
    for (unsigned i = 0; i < 16; i++) {
        if (n < 19 || p[i] != 0xff) {
            return false;
        }
    }
    m->kind = RO_MESSAGE_BGP;
    m->level = p[18];
    if (p[18] == 3 && n >= 21) {
        m->code = (uint16_t)(p[19] << 8 | p[20]);
    }
    return true;
}

bool ro_database_take(ro_message *m, const uint8_t *p, unsigned n)
{
    if (mysql(m, p, n) || postgres(m, p, n) || redis(m, p, n) || bgp(m, p, n)) {
        return true;
    }
    if (starts(p, n, "AMQP")) {
        m->kind = RO_MESSAGE_AMQP;
        return true;
    }
    if (n >= 8 && p[0] == 0 && (p[4] == 0xfe || p[4] == 0xff) && memcmp(p + 5, "SMB", 3) == 0) {
        m->kind = RO_MESSAGE_SMB;
        return true;
    }
    return false;
}
