/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The application's words, as far as the first octets of a segment tell: which protocol a side speaks, and
 * what its last message was. */

#ifndef RO_TRACK_MESSAGE_H
#define RO_TRACK_MESSAGE_H

#include <glib.h>

#include "track/segment.h"

/* A name is at most this long (RFC 1035 2.3.4: 255 octets in all, 253 as text). */
#define RO_NAME_MAX 253

/* What a message was. The order within a protocol is free; ro_message_protocol() groups them. */
typedef enum ro_message_kind {
    RO_MESSAGE_NONE = 0,         /* the side has said nothing */
    RO_MESSAGE_DATA,             /* something that no rule here knows */
    RO_MESSAGE_TLS_CLIENT_HELLO, /* RFC 8446 4.1.2 */
    RO_MESSAGE_TLS_SERVER_HELLO,
    RO_MESSAGE_TLS_HANDSHAKE,        /* another handshake record; code: its type, 0 if encrypted */
    RO_MESSAGE_TLS_CHANGE_CIPHER,    /* type 20 */
    RO_MESSAGE_TLS_ALERT,            /* in the clear; level and code of RFC 8446 6 */
    RO_MESSAGE_TLS_ENCRYPTED_ALERT,  /* TLS 1.2: the type is visible, the words are not */
    RO_MESSAGE_TLS_PROBABLE_ALERT,   /* TLS 1.3: a record of just an alert's length */
    RO_MESSAGE_TLS_DATA,             /* type 23 */
    RO_MESSAGE_HTTP_REQUEST,         /* level: index of the method */
    RO_MESSAGE_HTTP_ANSWER,          /* code: status */
    RO_MESSAGE_HTTP2,                /* the client's preface, RFC 9113 3.4 */
    RO_MESSAGE_SSH_BANNER,           /* RFC 4253 4.2 */
    RO_MESSAGE_REPLY_CODE,           /* SMTP, FTP and their like: code, e.g. 220 */
    RO_MESSAGE_SMTP_HELLO,           /* EHLO, HELO */
    RO_MESSAGE_FTP_COMMAND,          /* USER and the like */
    RO_MESSAGE_POP3,                 /* +OK, -ERR */
    RO_MESSAGE_IMAP,                 /* "* OK" */
    RO_MESSAGE_MYSQL_GREETING,       /* handshake V10 */
    RO_MESSAGE_MYSQL_ERROR,          /* code: error number */
    RO_MESSAGE_POSTGRES_STARTUP,     /* protocol 3.0 */
    RO_MESSAGE_POSTGRES_SSL_REQUEST, /* 80877103 */
    RO_MESSAGE_POSTGRES_ERROR,
    RO_MESSAGE_REDIS_COMMAND, /* level: RO_REDIS_QUIT, or 0 */
    RO_MESSAGE_REDIS_ANSWER,  /* level 1: an error */
    RO_MESSAGE_TOO_MANY,      /* a server that has too many connections and says so */
    RO_MESSAGE_BGP,           /* level: type, code: error code and subcode of a NOTIFICATION */
    RO_MESSAGE_AMQP,
    RO_MESSAGE_SMB,
    RO_MESSAGE_KINDS
} ro_message_kind;

/* The client says that it leaves (Redis command reference, QUIT). */
#define RO_REDIS_QUIT 1

typedef enum ro_protocol {
    RO_PROTOCOL_UNKNOWN = 0,
    RO_PROTOCOL_TLS,
    RO_PROTOCOL_HTTP,
    RO_PROTOCOL_SSH,
    RO_PROTOCOL_MAIL, /* SMTP and FTP: both greet with a three-digit code */
    RO_PROTOCOL_POP3,
    RO_PROTOCOL_IMAP,
    RO_PROTOCOL_MYSQL,
    RO_PROTOCOL_POSTGRES,
    RO_PROTOCOL_REDIS,
    RO_PROTOCOL_BGP,
    RO_PROTOCOL_AMQP,
    RO_PROTOCOL_SMB
} ro_protocol;

/* A message of one side. */
typedef struct ro_message {
    uint32_t frame; /* 0 where there was none */
    uint16_t code;
    uint8_t kind; /* ro_message_kind */
    uint8_t level;
    int64_t time_ns;
} ro_message;

/* What one side has said: its first message tells the protocol, its last one the end of the story. */
typedef struct ro_words {
    ro_message last;
    uint32_t count;     /* messages recognised */
    uint8_t first;      /* ro_message_kind of its first segment with data */
    bool application;   /* TLS: application data was sent, so the handshake is over */
    bool change_cipher; /* TLS: records after it are encrypted */
    bool hello_cut;     /* the ClientHello's name goes on beyond the segment */
} ro_words;

/* Takes in the first octets of a segment's data (s->data). `name` is filled with the server name that it
 * asks for, TLS SNI (RFC 6066 3) or HTTP Host, or left empty. Reads the headers of a few records, or
 * 600 octets of a request; allocates nothing. */
void ro_words_take(ro_words *words, const ro_segment *s, char name[RO_NAME_MAX + 1]);

ro_protocol ro_message_protocol(uint8_t kind);
const char *ro_protocol_name(ro_protocol protocol); /* as users know it, e.g. "HTTP" */

/* As one reads it: "TLS ClientHello", "TLS alert fatal handshake_failure", "HTTP 413". */
void ro_message_text(const ro_message *m, GString *out);

/* Name of the method of a RO_MESSAGE_HTTP_REQUEST, by its level. */
const char *ro_http_method_name(unsigned level);

/* Name of a TLS alert (IANA, TLS Alerts), or NULL. */
const char *ro_tls_alert_name(unsigned description);

/* ---- for message.c alone ---- */

/* Records of TLS at the start of the data; false where it is not TLS. */
bool ro_tls_take(ro_words *words, ro_message *m, const uint8_t *p, unsigned n,
                 char name[RO_NAME_MAX + 1]);

/* Requests and greetings of text and database protocols. */
bool ro_text_take(ro_message *m, const uint8_t *p, unsigned n, char name[RO_NAME_MAX + 1]);
bool ro_database_take(ro_message *m, const uint8_t *p, unsigned n);

#endif
