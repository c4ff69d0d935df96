/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A request that is lost with the connection, beside the last word of a side that leaves. */

#include "diagnosis_check.h"

/* The server closes its idle connection by FIN, and the client has it. */
static void closed_by_server(void)
{
    play_begin(&p);
    play_handshake(&p);
    play_wait(&p, 1);
    exchange();
    play_wait(&p, 1000);
    play_fin(&p, RO_SERVER);
    acked(RO_CLIENT);
}

/* `text`, and the client's own FIN right behind it: it read the end of the stream. */
static ro_reset *says_and_closes(const char *text)
{
    ro_segment s = play_make(&p, RO_SERVER, RO_RST, 0);

    s.seq = p.rcv[RO_CLIENT];
    play_text(&p, RO_CLIENT, text);
    play_wait(&p, 0.3);
    play_fin(&p, RO_CLIENT);
    play_wait(&p, PLAY_FAR_MS);
    s.time_ns = p.now_ns;
    return play_reset(&p, &s);
}

/* A program writes, reads the FIN that has long been there, and closes: its FIN makes no farewell of a request. */
static void request_before_own_fin(void)
{
    closed_by_server();
    play_wait(&p, 3000);
    DIAGNOSED(says_and_closes(REQUEST), "stale_connection");
    play_end(&p);

    closed_by_server();
    play_wait(&p, 3000);
    DIAGNOSED(says_and_closes("*2\r\n$3\r\nGET\r\n$5\r\nkey:1\r\n"), "stale_connection");
    play_end(&p);

    closed_by_server(); /* of no protocol that is known, but too long for a farewell */
    play_wait(&p, 3000);
    DIAGNOSED(says_and_closes("\x01\x7f select name from customers where number = 4711;"),
              "stale_connection");
    play_end(&p);
}

static void farewell_before_own_fin(void)
{
    static const char *const farewells[] = {"*1\r\n$4\r\nQUIT\r\n", "QUIT\r\n", "a7 LOGOUT\r\n",
                                            "</stream:stream>"};

    for (unsigned i = 0; i < G_N_ELEMENTS(farewells); i++) {
        closed_by_server();
        play_wait(&p, 3000);
        NOT_DIAGNOSED(says_and_closes(farewells[i]), "stale_connection");
        play_end(&p);
    }
}

/* A server 200 ms away that closes 0.6 s after its answer, while the next request is under way: both left it by the
 * same path, so its silence is known however long that path is. `quiet_ms` is that silence. */
static ro_reset *far_race(double quiet_ms)
{
    ro_segment fin;
    ro_segment rst;

    play_begin(&p);
    play_syn(&p);
    play_wait(&p, 200);
    play_syn_ack(&p);
    play_wait(&p, 1);
    play_ack(&p, RO_CLIENT);
    play_text(&p, RO_CLIENT, REQUEST);
    play_wait(&p, 200);
    play_text(&p, RO_SERVER, ANSWER);
    acked(RO_CLIENT);
    play_wait(&p, quiet_ms - PLAY_NEAR_MS - 90);
    rst = play_make(&p, RO_SERVER, RO_RST, 0);
    rst.seq = p.rcv[RO_CLIENT];
    fin = play_make(&p, RO_SERVER, RO_FIN | RO_ACK, 0);
    play_text(&p, RO_CLIENT, REQUEST);
    play_wait(&p, 90);
    fin.time_ns = p.now_ns;
    play_take(&p, &fin);
    play_wait(&p, 110);
    rst.time_ns = p.now_ns;
    return play_reset(&p, &rst);
}

static void race_over_a_long_path(void)
{
    DIAGNOSED(far_race(600), "idle_close_race");
    play_end(&p);
    NOT_DIAGNOSED(far_race(200), "idle_close_race"); /* the pace of a conversation */
    play_end(&p);
}

int main(void)
{
    RUN(request_before_own_fin);
    RUN(farewell_before_own_fin);
    RUN(race_over_a_long_path);
    return check_done();
}
