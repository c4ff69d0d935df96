/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each fingerprint with the nearest reset that an ordinary host sends, which must not match. */

#include "check.h"
#include "judge/device.h"
#include "play.h"

static play p;

static void established(void)
{
    play_begin(&p);
    play_handshake(&p);
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, PLAY_FAR_MS);
    play_data(&p, RO_SERVER, 50);
    play_wait(&p, PLAY_NEAR_MS);
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, PLAY_FAR_MS);
}

static ro_segment from_server(unsigned flags)
{
    ro_segment s = play_make(&p, RO_SERVER, flags, 0);

    s.ip_id = 0x0101;
    return s;
}

static void with_payload(ro_segment *s, const void *bytes, size_t n)
{
    s->data = bytes;
    s->payload_len = (uint32_t)n;
    s->payload_kept = (uint8_t)n;
}

static const char *name_of(const ro_reset *r)
{
    ro_device d;

    return ro_device_of(r, &d) ? d.name : NULL;
}

static const char *name_of_segment(const ro_segment *s)
{
    return name_of(play_reset(&p, s));
}

static void ordinary_resets_have_no_device(void)
{
    established();
    CHECK_STR(name_of(play_abort(&p, RO_SERVER)), NULL);
    CHECK_STR(name_of(play_rst(&p, RO_SERVER)), NULL);
    CHECK_STR(name_of(play_rst(&p, RO_CLIENT)), NULL);
    play_end(&p);
}

static void f5_says_so(void)
{
    static const char text[] = "BIG-IP: [0x31ae141:4666] {peer} TCP RST from remote system";
    ro_device d;

    established();
    ro_segment s = from_server(RO_RST | RO_ACK);
    with_payload(&s, text, sizeof text - 1);
    CHECK(ro_device_of(play_reset(&p, &s), &d));
    CHECK_STR(d.name, "F5 BIG-IP");
    CHECK(d.self_report && !d.injector);
    CHECK(strstr(d.reason, "TCP RST from remote system") != NULL);
    with_payload(&s, "BIG-IP or not", 13);
    CHECK_STR(name_of_segment(&s), NULL);
    play_end(&p);
}

static void henan_payload(void)
{
    static const uint8_t digits[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0};
    ro_device d;

    established();
    ro_segment s = from_server(RO_RST | RO_ACK);
    with_payload(&s, digits, 10);
    CHECK(ro_device_of(play_reset(&p, &s), &d));
    CHECK_STR(d.name, "Henan provincial firewall");
    CHECK(d.injector);
    with_payload(&s, digits, 11);
    CHECK_STR(name_of_segment(&s), NULL);
    play_end(&p);
}

static void zero_payload(void)
{
    static const uint8_t zeros[23];

    established();
    ro_segment s = from_server(RO_RST | RO_ACK);
    with_payload(&s, zeros, 22);
    CHECK_STR(name_of_segment(&s), "injector of AS51346");
    with_payload(&s, zeros, 21);
    CHECK_STR(name_of_segment(&s), NULL);
    play_end(&p);
}

static void old_stack_texts(void)
{
    established();
    ro_segment s = from_server(RO_RST);
    with_payload(&s, "No TCP/No listener", 18);
    CHECK_STR(name_of_segment(&s), "old TCP stack");
    with_payload(&s, "Not TCP", 7);
    CHECK_STR(name_of_segment(&s), NULL);
    play_end(&p);
}

static void sandvine_pair(void)
{
    established();
    ro_segment s = from_server(RO_RST | RO_ACK);
    const ro_reset *first = play_reset(&p, &s);
    CHECK_STR(name_of(first), NULL);
    s.seq += 12503;
    s.time_ns += 200000;
    CHECK_STR(name_of_segment(&s), "Sandvine");
    CHECK_STR(name_of(first), "Sandvine");
    play_end(&p);

    established();
    s = from_server(RO_RST | RO_ACK);
    play_reset(&p, &s);
    s.seq += 12502;
    s.time_ns += 200000;
    CHECK_STR(name_of_segment(&s), NULL);
    play_end(&p);

    established(); /* three seconds apart is no pair */
    s = from_server(RO_RST | RO_ACK);
    play_reset(&p, &s);
    s.seq += 12503;
    s.time_ns += INT64_C(3000000000);
    CHECK_STR(name_of_segment(&s), NULL);
    play_end(&p);
}

static const ro_reset *copies(unsigned n, unsigned window)
{
    ro_segment s = from_server(RO_RST | RO_ACK);
    const ro_reset *r = NULL;

    s.window = (uint16_t)window;
    s.ip_id = 0xb28f;
    for (unsigned i = 0; i < n; i++) {
        s.time_ns += 100000;
        r = play_reset(&p, &s);
    }
    return r;
}

static void three_copies_are_the_gfw(void)
{
    established();
    CHECK_STR(name_of(copies(3, 1549)), "GFW type II");
    play_end(&p);
    established(); /* two are what a SPAN port makes of one */
    CHECK_STR(name_of(copies(2, 1549)), NULL);
    play_end(&p);
    established(); /* no window: an ordinary reply sent three times */
    CHECK_STR(name_of(copies(3, 0)), NULL);
    play_end(&p);
}

static const ro_reset *in_step(int ttl_step, int window_step)
{
    ro_segment s = from_server(RO_RST | RO_ACK);

    s.window = 4229;
    s.ttl = 65;
    play_reset(&p, &s);
    s.time_ns += 100000;
    s.window = (uint16_t)(4229 + window_step);
    s.ttl = (uint8_t)(65 + ttl_step);
    return play_reset(&p, &s);
}

static void ttl_and_window_in_step_are_the_gfw(void)
{
    established();
    CHECK_STR(name_of(in_step(1, 1)), "GFW type II");
    play_end(&p);
    established();
    CHECK_STR(name_of(in_step(1, 2)), NULL);
    play_end(&p);
    established();
    CHECK_STR(name_of(in_step(0, 0)), NULL);
    play_end(&p);
}

static const char *climbing(unsigned flags, uint32_t step)
{
    ro_segment s = from_server(flags);

    play_reset(&p, &s);
    s.seq += step;
    s.time_ns += 100000;
    return name_of_segment(&s);
}

static void steps_of_1460_beyond_anything_sent(void)
{
    established();
    CHECK_STR(climbing(RO_RST | RO_ACK, 1460), "GFW type 2, 2006 to 2017");
    play_end(&p);
    established(); /* a host without the socket answers a flight of ACKs like this */
    CHECK_STR(climbing(RO_RST, 1460), NULL);
    play_end(&p);
    established();
    CHECK_STR(climbing(RO_RST | RO_ACK, 1461), NULL);
    play_end(&p);
}

static void ae_bit(void)
{
    established();
    ro_segment s = from_server(RO_RST | RO_ACK | RO_AE);
    CHECK_STR(name_of_segment(&s), "GFW RAE");
    /* AccECN's counter starts at 5: AE and ECE. */
    s = from_server(RO_RST | RO_ACK | RO_AE | RO_ECE);
    CHECK_STR(name_of_segment(&s), NULL);
    play_end(&p);
}

static void reserved_bits(void)
{
    established();
    ro_segment s = from_server(RO_RST | RO_RESERVED);
    CHECK_STR(name_of_segment(&s), "injector that sets reserved bits");
    play_end(&p);

    /* The segment it answers bears them too: the path sets them. */
    established();
    play_data(&p, RO_SERVER, 50);
    play_wait(&p, PLAY_NEAR_MS);
    s = play_make(&p, RO_CLIENT, RO_PSH | RO_ACK | RO_RESERVED, 100);
    play_take(&p, &s);
    play_wait(&p, PLAY_FAR_MS);
    s = play_make(&p, RO_SERVER, RO_RST | RO_RESERVED, 0);
    CHECK_STR(name_of_segment(&s), NULL);
    play_end(&p);
}

static void gfw_type_3(void)
{
    established();
    ro_segment s = from_server(RO_RST | RO_ACK);
    s.ttl = 248;
    s.df = false;
    s.ip_id = 0x9920;
    CHECK_STR(name_of_segment(&s), "GFW type III");
    s.ip_id = 0x9934;
    CHECK_STR(name_of_segment(&s), NULL);
    s.ip_id = 0x9920;
    s.df = true;
    CHECK_STR(name_of_segment(&s), NULL);
    play_end(&p);
}

static void gfw_type_1(void)
{
    established();
    ro_segment s = from_server(RO_RST);
    s.df = false;
    s.ip_id = 64;
    s.window = 17 * 300;
    CHECK_STR(name_of_segment(&s), "GFW type 1, 2009");
    s.window = 17 * 300 + 1;
    CHECK_STR(name_of_segment(&s), NULL);
    s.window = 0;
    CHECK_STR(name_of_segment(&s), NULL);
    play_end(&p);
}

static void carrier_nat(void)
{
    established();
    play_wait(&p, 31000);
    ro_segment s = from_server(RO_RST | RO_ACK);
    s.ip_id = 10003;
    s.ttl = 127;
    CHECK_STR(name_of_segment(&s), "carrier NAT");
    play_end(&p);

    established(); /* not after an idle time */
    s = from_server(RO_RST | RO_ACK);
    s.ip_id = 10003;
    s.ttl = 127;
    CHECK_STR(name_of_segment(&s), NULL);
    play_end(&p);
}

static void netscaler_codes(void)
{
    established();
    ro_segment s = from_server(RO_RST | RO_ACK);
    s.window = 8201;
    s.ttl = 243;
    CHECK_STR(name_of_segment(&s), "Citrix NetScaler");
    s.window = 8212;
    CHECK_STR(name_of_segment(&s), "Citrix NetScaler");
    s.window = 8202;
    CHECK_STR(name_of_segment(&s), NULL);
    play_end(&p);

    /* The server's ordinary window happens to be 8201. */
    play_begin(&p);
    p.window[RO_SERVER] = 8201;
    play_handshake(&p);
    play_data(&p, RO_CLIENT, 100);
    play_ack(&p, RO_SERVER);
    s = from_server(RO_RST | RO_ACK);
    s.window = 8201;
    s.ttl = 243;
    CHECK_STR(name_of_segment(&s), NULL);
    play_end(&p);
}

static void header_mirror(void)
{
    established();
    ro_segment s = from_server(RO_RST);
    s.ip_id = (uint16_t)(p.ip_id[RO_CLIENT] + 1);
    s.ack = PLAY_ISN_CLIENT + 101; /* the request's SEQ */
    CHECK_STR(name_of_segment(&s), "header-mirroring injector");
    play_end(&p);

    established(); /* Windows: ACK field = its own SEQ, IP-ID of its own */
    s = from_server(RO_RST);
    s.ack = s.seq;
    CHECK_STR(name_of_segment(&s), NULL);
    play_end(&p);
}

static const char *echo_of_window(unsigned client_window, bool df, unsigned ttl)
{
    play_begin(&p);
    p.window[RO_CLIENT] = (uint16_t)client_window;
    play_handshake(&p);
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, 8);
    ro_segment s = from_server(RO_RST | RO_ACK);
    s.window = (uint16_t)client_window;
    s.df = df;
    s.ttl = (uint8_t)ttl;
    const char *name = name_of_segment(&s);
    play_end(&p);
    return name;
}

static void window_echo(void)
{
    CHECK_STR(echo_of_window(8192, false, 243), "firewall, window-echo template");
    CHECK_STR(echo_of_window(8192, true, 243), NULL);
    CHECK_STR(echo_of_window(64240, false, 243), NULL); /* the server's own window as well */
}

static void zmap(void)
{
    play_begin(&p);
    ro_segment s = play_make(&p, RO_CLIENT, RO_SYN, 0);
    s.ip_id = 54321;
    play_take(&p, &s);
    play_syn_ack(&p);
    CHECK_STR(name_of(play_rst(&p, RO_CLIENT)), "ZMap");
    CHECK_STR(name_of(play_rst(&p, RO_SERVER)), NULL);
    play_end(&p);
}

int main(void)
{
    RUN(ordinary_resets_have_no_device);
    RUN(f5_says_so);
    RUN(henan_payload);
    RUN(zero_payload);
    RUN(old_stack_texts);
    RUN(sandvine_pair);
    RUN(three_copies_are_the_gfw);
    RUN(ttl_and_window_in_step_are_the_gfw);
    RUN(steps_of_1460_beyond_anything_sent);
    RUN(ae_bit);
    RUN(reserved_bits);
    RUN(gfw_type_3);
    RUN(gfw_type_1);
    RUN(carrier_nat);
    RUN(netscaler_codes);
    RUN(header_mirror);
    RUN(window_echo);
    RUN(zmap);
    return check_done();
}
