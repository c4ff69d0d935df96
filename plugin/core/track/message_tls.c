/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads TLS records as far as they are in the clear (RFC 8446 5.1, RFC 5246 6.2.1). */

#include "track/message.h"

#include <string.h>

enum { CHANGE_CIPHER = 20, ALERT = 21, HANDSHAKE = 22, APPLICATION = 23 };

#define RECORD_HEADER 5
#define RECORD_MAX    (16384 + 2048) /* RFC 5246 6.2.3 */
#define RECORDS_READ  8              /* of one segment */
#define CLIENT_HELLO  1
#define SERVER_HELLO  2
#define EXTENSIONS    64 /* of a ClientHello that are walked; browsers send about 20 */

/* A TLS 1.3 record with an alert: two octets, the content type and a tag of 16 (RFC 8446 5.2). */
#define ALERT_1_3 19

static unsigned be16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static bool is_record(const uint8_t *p, unsigned n)
{
    unsigned len;

    if (n < RECORD_HEADER || p[0] < CHANGE_CIPHER || p[0] > APPLICATION || p[1] != 3 || p[2] > 4) {
        return false;
    }
    len = be16(p + 3);
    return len > 0 && len <= RECORD_MAX;
}

/* The name itself: a list with one entry of type 0. Printable octets only; a hostile capture must not
 * reach a terminal by this way. */
static void take_name(ro_words *words, const uint8_t *p, unsigned n, char *name)
{
    unsigned len;
    unsigned have;
    unsigned i;

    if (n < 5 || p[2] != 0) {
        return;
    }
    len = be16(p + 3);
    have = MIN(len, n - 5);
    words->hello_cut = have < len;
    for (i = 0; i < have && i < RO_NAME_MAX && p[5 + i] > ' ' && p[5 + i] < 0x7f; i++) {
        name[i] = (char)p[5 + i];
    }
    name[i] = '\0';
}

/* Skips a vector with a length of `width` octets at `at`; past the end where it is cut. */
static unsigned skip(const uint8_t *p, unsigned n, unsigned at, unsigned width)
{
    if (at + width > n) {
        return n;
    }
    return at + width + (width == 1 ? p[at] : be16(p + at));
}

static void client_hello(ro_words *words, const uint8_t *p, unsigned n, char *name)
{
    unsigned at = 4 + 2 + 32; /* handshake header, version, random */

    words->hello_cut = false;
    at = skip(p, n, at, 1); /* session id */
    at = skip(p, n, at, 2); /* cipher suites */
    at = skip(p, n, at, 1); /* compression methods */
    at += 2;                /* length of the extensions */
    for (unsigned i = 0; i < EXTENSIONS && at + 4 <= n; i++) {
        unsigned type = be16(p + at);

        if (type == 0) { /* server_name */
            take_name(words, p + at + 4, n - at - 4, name);
            return;
        }
        at = skip(p, n, at + 2, 2);
    }
}

static void handshake(ro_words *words, ro_message *m, const uint8_t *p, unsigned n, char *name)
{
    unsigned type = n > 0 && !words->change_cipher ? p[0] : 0;

    m->kind = RO_MESSAGE_TLS_HANDSHAKE;
    m->code = (uint16_t)type;
    if (type == CLIENT_HELLO) {
        m->kind = RO_MESSAGE_TLS_CLIENT_HELLO;
        client_hello(words, p, n, name);
    } else if (type == SERVER_HELLO) {
        m->kind = RO_MESSAGE_TLS_SERVER_HELLO;
    }
}

static void alert(ro_message *m, const uint8_t *p, unsigned n, unsigned len)
{
    m->kind = RO_MESSAGE_TLS_ENCRYPTED_ALERT;
    m->level = 0;
    m->code = 0;
    if (len == 2 && n >= 2 && (p[0] == 1 || p[0] == 2)) {
        m->kind = RO_MESSAGE_TLS_ALERT;
        m->level = p[0];
        m->code = p[1];
    }
}

/* One record; a ClientHello or ServerHello is not replaced by what follows it in the same flight, an alert
 * replaces all. */
static void take_record(ro_words *words, ro_message *m, const uint8_t *p, unsigned n, char *name)
{
    unsigned len = be16(p + 3);
    unsigned have = MIN(len, n - RECORD_HEADER);
    bool hello = m->kind == RO_MESSAGE_TLS_SERVER_HELLO || m->kind == RO_MESSAGE_TLS_CLIENT_HELLO;

    switch (p[0]) {
    case CHANGE_CIPHER:
        words->change_cipher = true;
        if (!hello) {
            m->kind = RO_MESSAGE_TLS_CHANGE_CIPHER;
        }
        break;
    case ALERT:
        alert(m, p + RECORD_HEADER, have, len);
        break;
    case HANDSHAKE:
        if (!hello) {
            handshake(words, m, p + RECORD_HEADER, have, name);
        }
        break;
    default:
        if (len == ALERT_1_3) {
            m->kind = RO_MESSAGE_TLS_PROBABLE_ALERT;
        } else if (
            !hello) { /* TLS 1.3 hides its handshake in such records, after the ServerHello */
            m->kind = RO_MESSAGE_TLS_DATA;
            words->application = true;
        }
        break;
    }
}

bool ro_tls_take(ro_words *words, ro_message *m, const uint8_t *p, unsigned n,
                 char name[RO_NAME_MAX + 1])
{
    unsigned at = 0;

    if (!is_record(p, n)) {
        return false;
    }
    for (unsigned i = 0; i < RECORDS_READ && at < n && is_record(p + at, n - at); i++) {
        take_record(words, m, p + at, n - at, name);
        at += RECORD_HEADER + be16(p + at + 3);
    }
    return true;
}
