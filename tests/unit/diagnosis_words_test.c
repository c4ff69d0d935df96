/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Root causes that the applications' words tell, each beside its nearest harmless neighbour. */

#include "diagnosis_check.h"

#define ALERT_FATAL "\x15\x03\x03\x00\x02\x02\x28"
#define ALERT_CLOSE "\x15\x03\x03\x00\x02\x01\x00"
#define TLS_DATA                                                                                   \
    "\x17\x03\x03\x00\x20"                                                                         \
    "01234567890123456789012345678901"
#define SERVER_HELLO "\x16\x03\x03\x00\x06\x02\x00\x00\x02\x03\x03"

static void protocol_mismatch(void)
{
    hands(443); /* plain HTTP on a TLS port */
    play_text(&p, RO_CLIENT, REQUEST);
    play_wait(&p, PLAY_FAR_MS);
    play_ack(&p, RO_SERVER);
    play_wait(&p, 1);
    DIAGNOSED(play_abort(&p, RO_SERVER), "protocol_mismatch");
    play_end(&p);

    hands(80); /* the reverse, and the server says so in its own protocol */
    play_client_hello(&p, "www.example.org");
    play_wait(&p, PLAY_FAR_MS);
    play_text(&p, RO_SERVER, "HTTP/1.1 400 Bad Request\r\n\r\n");
    play_wait(&p, 1);
    DIAGNOSED(play_abort(&p, RO_SERVER), "protocol_mismatch");
    play_end(&p);

    hands(443); /* nginx and Go say it in plain HTTP */
    play_text(&p, RO_CLIENT, REQUEST);
    play_wait(&p, PLAY_FAR_MS);
    play_text(&p, RO_SERVER, "HTTP/1.1 400 Bad Request\r\n\r\n");
    play_wait(&p, PLAY_FAR_MS);
    DIAGNOSED(play_abort(&p, RO_SERVER), "protocol_mismatch");
    play_end(&p);

    hands(443); /* other connections of the port speak plain HTTP: it expects no TLS */
    exchange();
    hands_again();
    play_text(&p, RO_CLIENT, REQUEST);
    play_wait(&p, PLAY_FAR_MS);
    NOT_DIAGNOSED(play_abort(&p, RO_SERVER), "protocol_mismatch");
    play_end(&p);
}

static void tls_failure(void)
{
    hands(443);
    play_client_hello(&p, "www.example.org");
    play_wait(&p, PLAY_FAR_MS);
    play_say(&p, RO_SERVER, ALERT_FATAL, 7);
    play_wait(&p, 1);
    DIAGNOSED(play_abort(&p, RO_SERVER), "tls_failure");
    play_end(&p);

    hands(443); /* no alert at all */
    play_client_hello(&p, "www.example.org");
    play_wait(&p, PLAY_FAR_MS);
    DIAGNOSED(play_abort(&p, RO_SERVER), "tls_failure");
    play_end(&p);
}

/* As far as the client's last request. */
static void tls_session(void)
{
    hands(443);
    play_client_hello(&p, "www.example.org");
    play_wait(&p, PLAY_FAR_MS);
    play_say(&p, RO_SERVER, SERVER_HELLO, 11);
    play_wait(&p, PLAY_NEAR_MS);
    play_say(&p, RO_CLIENT, TLS_DATA, 37);
    play_wait(&p, PLAY_FAR_MS);
    play_say(&p, RO_SERVER, TLS_DATA, 37);
    acked(RO_CLIENT);
}

static void tls_close(void)
{
    tls_session(); /* both say goodbye; the server's finds nobody */
    play_say(&p, RO_CLIENT, ALERT_CLOSE, 7);
    play_fin(&p, RO_CLIENT);
    play_wait(&p, PLAY_FAR_MS);
    play_say(&p, RO_SERVER, ALERT_CLOSE, 7);
    play_wait(&p, PLAY_NEAR_MS);
    DIAGNOSED(play_rst(&p, RO_CLIENT), "tls_close");
    play_end(&p);

    tls_session(); /* an answer was on its way */
    play_say(&p, RO_CLIENT, ALERT_CLOSE, 7);
    play_fin(&p, RO_CLIENT);
    play_wait(&p, PLAY_FAR_MS);
    play_data(&p, RO_SERVER, 900);
    play_wait(&p, PLAY_NEAR_MS);
    NOT_DIAGNOSED(play_rst(&p, RO_CLIENT), "tls_close");
    play_end(&p);
}

static void unread_data(void)
{
    hands(80);
    play_text(&p, RO_CLIENT, "PUT /up HTTP/1.1\r\nHost: files.example\r\n\r\n");
    play_data(&p, RO_CLIENT, 1400);
    play_wait(&p, PLAY_FAR_MS);
    play_text(&p, RO_SERVER, "HTTP/1.1 413 Content Too Large\r\n\r\n");
    play_data(&p, RO_CLIENT, 1400);
    play_wait(&p, PLAY_FAR_MS);
    DIAGNOSED(play_abort(&p, RO_SERVER), "unread_data");
    play_end(&p);

    hands(80); /* a new request on an idle connection is no rest of a body */
    exchange();
    play_wait(&p, 5000);
    play_text(&p, RO_CLIENT, REQUEST);
    play_wait(&p, PLAY_FAR_MS);
    NOT_DIAGNOSED(play_abort(&p, RO_SERVER), "unread_data");
    play_end(&p);
}

static const ro_reset *gives_up_after(double ms)
{
    exchange();
    play_wait(&p, 300);
    play_text(&p, RO_CLIENT, REQUEST);
    acked(RO_SERVER);
    play_wait(&p, ms - PLAY_FAR_MS);
    return play_abort(&p, RO_CLIENT);
}

static void response_timeout(void)
{
    hands(80); /* once, after a time that programs have */
    DIAGNOSED(gives_up_after(2000.4), "response_timeout");
    play_end(&p);

    hands(80); /* after a time that none has, but always the same */
    gives_up_after(1711);
    hands_again();
    gives_up_after(1712);
    hands_again();
    DIAGNOSED(gives_up_after(1713), "response_timeout");
    play_end(&p);

    hands(80); /* somebody cancels */
    DIAGNOSED(gives_up_after(1711), "");
    play_end(&p);

    hands(80); /* the answer had come */
    exchange();
    play_wait(&p, 2000);
    NOT_DIAGNOSED(play_abort(&p, RO_CLIENT), "response_timeout");
    play_end(&p);
}

static void teardown(void)
{
    hands(80);
    exchange();
    play_fin(&p, RO_CLIENT);
    acked(RO_SERVER);
    play_wait(&p, 1);
    DIAGNOSED(play_abort(&p, RO_SERVER), "teardown");
    play_end(&p);

    hands(80); /* a request crossed the close */
    exchange();
    play_fin(&p, RO_SERVER);
    play_wait(&p, 1);
    play_text(&p, RO_CLIENT, REQUEST);
    play_wait(&p, PLAY_FAR_MS);
    NOT_DIAGNOSED(play_rst(&p, RO_SERVER), "teardown");
    play_end(&p);
}

static const ro_reset *with_payload(const char *bytes, unsigned n)
{
    ro_segment s;

    hands(80);
    exchange();
    play_wait(&p, 10);
    s = play_make(&p, RO_SERVER, RO_RST | RO_ACK, n);
    s.window = p.window[RO_SERVER];
    s.data = (const uint8_t *)bytes;
    s.payload_kept = (uint8_t)n;
    return play_reset(&p, &s);
}

static void self_report(void)
{
    const char draft[] = {0x33, (char)0xaa, 0, 14, 0, 0, 0, 0};

    DIAGNOSED(with_payload(draft, 8), "self_report");
    play_end(&p);
    DIAGNOSED(with_payload("BIG-IP: [0x31ae141:4666] No local listener", 42), "self_report");
    play_end(&p);
    /* reason code 0 must not be used, other octets say nothing */
    NOT_DIAGNOSED(with_payload("\x33\xaa\0\0\0\0\0\0", 8), "self_report");
    play_end(&p);
    NOT_DIAGNOSED(with_payload("\1\2\3\4\5\6\7\10\11\0", 10), "self_report");
    play_end(&p);
}

static void signed_talk(void)
{
    play_begin(&p);
    for (int i = 0; i < 6; i++) {
        ro_side side = (ro_side)(i % 2);
        ro_segment s = play_make(&p, side,
                                 i == 0   ? RO_SYN
                                 : i == 1 ? RO_SYN | RO_ACK
                                          : RO_ACK,
                                 i > 2 ? 19 : 0);

        s.options |= RO_OPT_MD5;
        play_take(&p, &s);
        play_wait(&p, side == RO_CLIENT ? PLAY_FAR_MS : PLAY_NEAR_MS);
    }
}

static void unsigned_reset(void)
{
    ro_segment s;

    signed_talk();
    DIAGNOSED(play_rst(&p, RO_CLIENT), "unsigned_reset");
    play_end(&p);

    signed_talk(); /* this one is signed */
    s = play_make(&p, RO_CLIENT, RO_RST | RO_ACK, 0);
    s.options |= RO_OPT_MD5;
    NOT_DIAGNOSED(play_reset(&p, &s), "unsigned_reset");
    play_end(&p);
}

/* A name out of a capture must not reach a shell. */
static void no_command_holds_a_strange_name(void)
{
    ro_case c;
    ro_diagnosis d;
    GArray *commands;
    const ro_reset *r;

    hands(443);
    play_client_hello(&p, "a;reboot$(x)");
    play_wait(&p, PLAY_FAR_MS);
    r = play_abort(&p, RO_SERVER);
    ro_capture_case(p.cap, r, play_judge(&p, r), &c);
    d = ro_diagnose(&c);
    commands = ro_diagnosis_commands(&c, &d);
    CHECK(commands->len > 0);
    for (guint i = 0; i < commands->len; i++) {
        CHECK(!strstr(g_array_index(commands, ro_command, i).text, "reboot"));
    }
    g_array_free(commands, TRUE);
    play_end(&p);
}

int main(void)
{
    RUN(protocol_mismatch);
    RUN(tls_failure);
    RUN(tls_close);
    RUN(unread_data);
    RUN(response_timeout);
    RUN(teardown);
    RUN(self_report);
    RUN(unsigned_reset);
    RUN(no_command_holds_a_strange_name);
    return check_done();
}
