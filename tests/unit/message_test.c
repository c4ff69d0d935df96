/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The applications' words: each protocol from the octets that its document gives. */

#include <glib.h>

#include "check.h"
#include "play.h"

static play p;
static char text[300];

/* What a side's last message reads as. */
static const char *last(const ro_reset *r, ro_side side)
{
    const ro_dir *x = r->claimed_sender == side ? r->sender : r->receiver;
    GString *out = g_string_new(NULL);

    ro_message_text(&x->words.last, out);
    g_strlcpy(text, out->str, sizeof text);
    g_string_free(out, TRUE);
    return text;
}

static void hands(void)
{
    play_begin(&p);
    play_handshake(&p);
    play_wait(&p, 1);
}

/* What one message of the client reads as. */
static const char *said(const void *bytes, uint32_t len)
{
    const char *words;

    hands();
    play_say(&p, RO_CLIENT, bytes, len);
    play_wait(&p, 1);
    words = last(play_abort(&p, RO_SERVER), RO_CLIENT);
    play_end(&p);
    return words;
}

#define SAID(literal) said(literal, sizeof(literal) - 1)

static void client_hello_has_its_name(void)
{
    const ro_reset *r;

    hands();
    play_client_hello(&p, "www.example.org");
    play_wait(&p, 1);
    r = play_abort(&p, RO_SERVER);
    CHECK_STR(last(r, RO_CLIENT), "TLS ClientHello");
    CHECK_STR(r->stream->server_name, "www.example.org");
    CHECK_STR(last(r, RO_SERVER), "");
    play_end(&p);
}

static void name_cut_by_the_segment(void)
{
    uint8_t whole[200];
    ro_segment s;

    hands();
    s = play_make(&p, RO_CLIENT, RO_PSH | RO_ACK, 66);
    memset(whole, 0, sizeof whole);
    memcpy(whole, "\x16\x03\x01\x00\x80\x01\x00\x00\x7c\x03\x03", 11);
    memcpy(whole + 43,
           "\0\0\2\x13\1\1\0\0\x14\0\0\0\x10\0\x0e\0\0\x0b"
           "exam",
           22);
    s.data = whole;
    s.data_len = 65; /* the capture holds one octet less than was sent */
    play_take(&p, &s);
    CHECK_STR(p.cap ? play_abort(&p, RO_SERVER)->stream->server_name : NULL, "exam");
    play_end(&p);
}

/* RFC 8446 6: levels and descriptions. */
static void alerts(void)
{
    CHECK_STR(SAID("\x15\x03\x03\x00\x02\x02\x28"), "TLS alert fatal handshake_failure");
    CHECK_STR(SAID("\x15\x03\x03\x00\x02\x02\x46"), "TLS alert fatal protocol_version");
    CHECK_STR(SAID("\x15\x03\x03\x00\x02\x01\x00"), "TLS alert warning close_notify");
    CHECK_STR(SAID("\x15\x03\x03\x00\x1a"
                   "abcdefghijklmnopqrstuvwxyz"),
              "TLS alert (encrypted)");
    CHECK_STR(SAID("\x17\x03\x03\x00\x13"
                   "0123456789012345678"),
              "TLS alert (encrypted, by its length)");
    CHECK_STR(SAID("\x17\x03\x03\x00\x14"
                   "01234567890123456789"),
              "TLS application data");
}

/* An alert behind other records of the same segment is the last word. */
static void alert_behind_a_record(void)
{
    CHECK_STR(SAID("\x14\x03\x03\x00\x01\x01\x15\x03\x03\x00\x02\x02\x30"),
              "TLS alert fatal unknown_ca");
}

static void not_tls(void)
{
    CHECK_STR(SAID("\x16\x02\x01\x00\x80\x01"), "data"); /* SSL 2 has another framing */
    CHECK_STR(SAID("\x16\x03\x01\x00\x00\x01"), "data"); /* an empty record */
    CHECK_STR(SAID("\x16\x03"), "data");
}

static void http(void)
{
    const ro_reset *r;

    hands();
    play_text(&p, RO_CLIENT, "PUT /x HTTP/1.1\r\nAccept: */*\r\nhOST:  files.example\r\n\r\n");
    play_wait(&p, 1);
    play_text(&p, RO_SERVER, "HTTP/1.1 413 Content Too Large\r\n\r\n");
    play_wait(&p, 1);
    play_text(&p, RO_CLIENT, "the rest of the body");
    r = play_abort(&p, RO_SERVER);
    CHECK_STR(last(r, RO_CLIENT), "HTTP PUT"); /* a body does not replace its request */
    CHECK_STR(last(r, RO_SERVER), "HTTP 413");
    CHECK_STR(r->stream->server_name, "files.example");
    play_end(&p);
    CHECK_STR(SAID("GETTING nothing"), "data");
    CHECK_STR(SAID("HTTP/1.1 ABC"), "data");
}

static void greetings_and_databases(void)
{
    CHECK_STR(SAID("SSH-2.0-OpenSSH_9.2\r\n"), "SSH banner");
    CHECK_STR(SAID("220 mail.example ESMTP\r\n"), "SMTP or FTP 220");
    CHECK_STR(SAID("\x08\x00\x00\x00\x0a"
                   "8.0.36\0"),
              "MySQL greeting");
    CHECK_STR(SAID("\x07\x00\x00\x00\xff\x10\x04"
                   "Too!"),
              "too many connections");
    CHECK_STR(SAID("\x07\x00\x00\x00\xff\x15\x04"
                   "Deny"),
              "MySQL error 1045");
    CHECK_STR(SAID("Exceeded MaxStartups\r\n"), "too many connections");
    CHECK_STR(SAID("\0\0\0\x08\x04\xd2\x16\x2f"), "PostgreSQL SSLRequest");
    CHECK_STR(SAID("*1\r\n$4\r\nPING\r\n"), "Redis command");
    CHECK_STR(
        SAID(
            "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x15\x03\x06\x04"),
        "BGP NOTIFICATION 6/4");
}

/* A long segment of the side that spoke last is the rest of its message, whatever it looks like. */
static void only_after_a_change_of_direction(void)
{
    char body[200];

    memset(body, 'x', sizeof body);
    memcpy(body, "HTTP/1.1 500 ", 13);
    hands();
    play_text(&p, RO_CLIENT, "GET / HTTP/1.1\r\n\r\n");
    play_wait(&p, 1);
    play_text(&p, RO_SERVER, "HTTP/1.1 200 OK\r\n\r\n");
    play_say(&p, RO_SERVER, body, sizeof body);
    play_wait(&p, 1);
    CHECK_STR(last(play_abort(&p, RO_SERVER), RO_SERVER), "HTTP 200");
    play_end(&p);
}

int main(void)
{
    RUN(client_hello_has_its_name);
    RUN(name_cut_by_the_segment);
    RUN(alerts);
    RUN(alert_behind_a_record);
    RUN(not_tls);
    RUN(http);
    RUN(greetings_and_databases);
    RUN(only_after_a_change_of_direction);
    return check_done();
}
