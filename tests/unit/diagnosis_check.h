/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Helpers of the tests of diagnoses: a conversation, and the root cause of a reset of it. */

#ifndef RO_TESTS_DIAGNOSIS_CHECK_H
#define RO_TESTS_DIAGNOSIS_CHECK_H

#include <glib.h>

#include "check.h"
#include "play.h"

static play p;

/* The token of the diagnosis, "" where there is none. What it says must be there, too. */
static inline const char *diagnosis_of(const ro_reset *r)
{
    ro_case c;
    ro_diagnosis d;
    GString *text = g_string_new(NULL);
    GPtrArray *lines;
    GArray *commands;

    ro_capture_case(p.cap, r, play_judge(&p, r), &c);
    d = ro_diagnose(&c);
    lines = ro_diagnosis_evidence(&c, &d);
    commands = ro_diagnosis_commands(&c, &d);
    if (d.row) {
        ro_diagnosis_text(&c, &d, text);
        CHECK(strstr(text->str, ":80") || strstr(text->str, ":443")); /* names both ends */
        CHECK(strstr(text->str, "192.0.2.10"));
        CHECK(lines->len > 0);
        g_string_truncate(text, 0);
        ro_diagnosis_advice(&c, &d, text);
        CHECK(text->len > 10);
        for (guint i = 0; i < commands->len; i++) {
            CHECK(!strchr(g_array_index(commands, ro_command, i).text, '\n'));
        }
    }
    g_string_free(text, TRUE);
    g_ptr_array_free(lines, TRUE);
    g_array_free(commands, TRUE);
    return d.row ? d.row->token : "";
}

#define DIAGNOSED(r, token) CHECK_STR(diagnosis_of(r), token)
#define NOT_DIAGNOSED(r, token)                                                                    \
    CHECK(strcmp(diagnosis_of(r), token) != 0) /* silent, or another's */

#define REQUEST "GET /x HTTP/1.1\r\nHost: www.example.org\r\n\r\n"
#define ANSWER  "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

/* Connected, on that port. */
static inline void hands(uint16_t port)
{
    play_begin(&p);
    p.port[RO_SERVER] = port;
    play_handshake(&p);
    play_wait(&p, 1);
}

/* One more connection. */
static inline void hands_again(void)
{
    play_next_stream(&p);
    play_handshake(&p);
    play_wait(&p, 1);
}

static inline void acked(ro_side side)
{
    play_wait(&p, side == RO_SERVER ? PLAY_FAR_MS : PLAY_NEAR_MS);
    play_ack(&p, side);
}

/* A request and its answer, both acknowledged. */
static inline void exchange(void)
{
    play_text(&p, RO_CLIENT, REQUEST);
    play_wait(&p, PLAY_FAR_MS);
    play_text(&p, RO_SERVER, ANSWER);
    acked(RO_CLIENT);
}

/* A RST that somebody on the path made: other TTL, IP-ID and no timestamps, and its claimed sender goes on. */
static inline ro_reset *injected(ro_side side, unsigned flags)
{
    ro_segment s = play_make(&p, side, flags, 0);

    s.ttl = (uint8_t)(p.ttl[side] + 60);
    s.ip_id = 0x1234;
    s.window = 777;
    s.df = false;
    return play_reset(&p, &s);
}

#endif
