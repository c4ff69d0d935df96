/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each sign of headers, hosts and capture points, firing and at its nearest harmless neighbour. */

#include "judge/weights.h"
#include "sign_check.h"

static const ro_reset *with_ttl(unsigned ttl)
{
    ro_segment s = make(RO_RST);

    s.ttl = (uint8_t)ttl;
    return play_reset(&p, &s);
}

static void ttl_differs(void)
{
    talk();
    FIRES(with_ttl(PLAY_TTL_SERVER + 9));
    SILENT(with_ttl(PLAY_TTL_SERVER));
    SILENT(with_ttl(243)); /* as far from 255 as 52 from 64: another start, the same host */
    play_end(&p);
}

static void ttl_same(void)
{
    talk();
    FOR_ENDPOINT(with_ttl(PLAY_TTL_SERVER));
    SILENT(with_ttl(PLAY_TTL_SERVER + 9));
    play_end(&p);
}

/* Two resets 20 ms after requests whose TTL differs by `step`. */
static const ro_reset *two_triggers(int step, int answer_step)
{
    talk();
    with_ttl(40);
    ro_segment s = play_make(&p, RO_CLIENT, RO_PSH | RO_ACK, 100);
    s.ttl = (uint8_t)(PLAY_TTL_CLIENT + step);
    play_take(&p, &s);
    play_wait(&p, PLAY_FAR_MS);
    return with_ttl((unsigned)(40 + answer_step));
}

static void ttl_mirrors(void)
{
    FIRES(two_triggers(-25, -25));
    play_end(&p);
    SILENT(two_triggers(-25, 0));
    play_end(&p);
    SILENT(two_triggers(0, 0));
    play_end(&p);
}

static const ro_reset *stepping(int ttl, int window)
{
    talk();
    ro_segment s = make(RO_RST | RO_ACK);
    s.window = 4229;
    play_reset(&p, &s);
    s.time_ns += 100000;
    s.ttl = (uint8_t)(s.ttl + ttl);
    s.window = (uint16_t)(s.window + window);
    return play_reset(&p, &s);
}

static void window_ttl_locked(void)
{
    FIRES(stepping(1, 1));
    play_end(&p);
    SILENT(stepping(1, 0));
    play_end(&p);
    SILENT(stepping(0, 0));
    play_end(&p);
}

static const ro_reset *with_id(unsigned flags, unsigned id)
{
    ro_segment s = make(flags);

    s.ip_id = (uint16_t)id;
    return play_reset(&p, &s);
}

static void ip_id_copied(void)
{
    talk();
    FIRES(with_id(RO_RST, p.ip_id[RO_CLIENT]));
    play_end(&p);
    talk();
    FIRES(with_id(RO_RST, p.ip_id[RO_CLIENT] + 1u));
    play_end(&p);
    talk();
    SILENT(with_id(RO_RST, p.ip_id[RO_CLIENT] + 2u));
    play_end(&p);
    talk();
    SILENT(with_id(RO_RST, 0)); /* Linux */
    play_end(&p);
}

static void ip_id_broken(void)
{
    talk();
    play_data(&p, RO_SERVER, 50);
    play_data(&p, RO_SERVER, 50);
    unsigned next = p.ip_id[RO_SERVER] + 1u;
    SILENT(with_id(RO_RST | RO_ACK, next));
    SILENT(with_id(RO_RST, 0)); /* a reply takes nothing from the socket's counter */
    FIRES(with_id(RO_RST | RO_ACK, next + 20000u));
    play_end(&p);

    play_begin(&p); /* Windows, not recognised by its SYN, counts for all its connections */
    p.ttl[RO_SERVER] = 116;
    for (int i = 0; i < 5; i++) {
        play_data(&p, RO_SERVER, 50);
    }
    CHECK(weigh("ip_id_broken", with_id(RO_RST | RO_ACK, p.ip_id[RO_SERVER] + 20000u)) <= 4);
    play_end(&p);

    talk(); /* one number is no counter */
    CHECK_INT(weigh("ip_id_broken", with_id(RO_RST | RO_ACK, 5)), RO_NOT_EVALUATED);
    play_end(&p);
}

/* The RST takes the next number of the server's counter; the server's next data has it too where
 * `again` is set, as when a device wrote the RST. */
static const ro_reset *next_number(bool again)
{
    talk();
    play_data(&p, RO_SERVER, 50);
    play_data(&p, RO_SERVER, 50);
    const ro_reset *r = with_id(RO_RST | RO_ACK, p.ip_id[RO_SERVER] + 1u);
    if (again) {
        p.ip_id[RO_SERVER]--;
    }
    play_wait(&p, 1);
    play_data(&p, RO_SERVER, 50);
    return r;
}

static void ip_id_taken(void)
{
    const ro_reset *r = next_number(true);
    FIRES(r);
    CHECK(weigh("continues_flow", r) > -8); /* what is not free cannot be continued */
    play_end(&p);
    r = next_number(false);
    SILENT(r);
    CHECK(weigh("continues_flow", r) <= -8);
    play_end(&p);

    talk(); /* long after, the counter has come round */
    play_data(&p, RO_SERVER, 50);
    play_data(&p, RO_SERVER, 50);
    r = with_id(RO_RST | RO_ACK, p.ip_id[RO_SERVER] + 1u);
    p.ip_id[RO_SERVER]--;
    play_wait(&p, 60000);
    play_data(&p, RO_SERVER, 50);
    SILENT(r);
    play_end(&p);

    talk(); /* no frame after it: nothing to compare */
    play_data(&p, RO_SERVER, 50);
    play_data(&p, RO_SERVER, 50);
    CHECK_INT(weigh("ip_id_taken", with_id(RO_RST | RO_ACK, p.ip_id[RO_SERVER] + 1u)),
              RO_NOT_EVALUATED);
    play_end(&p);
}

/* Raw-socket tools give all their packets one number: they do not count. */
static void ip_id_of_one_who_does_not_count(void)
{
    talk();
    for (int i = 0; i < 4; i++) {
        p.ip_id[RO_SERVER] = 0;
        play_data(&p, RO_SERVER, 50);
    }
    const ro_reset *r = with_id(RO_RST | RO_ACK, 1);
    ro_segment s = make(RO_RST | RO_ACK);
    s.ip_id = 1;
    s.window = 1000;
    const ro_reset *second = play_reset(&p, &s);
    p.ip_id[RO_SERVER] = 0;
    play_data(&p, RO_SERVER, 50);
    CHECK_INT(weigh("ip_id_taken", r), RO_NOT_EVALUATED);
    CHECK_INT(weigh("repeated_exactly", second), 0);
    play_end(&p);
}

static void df_lost(void)
{
    talk();
    ro_segment s = make(RO_RST);
    SILENT(play_reset(&p, &s));
    s.df = false;
    FIRES(play_reset(&p, &s));
    play_end(&p);

    /* macOS and OpenBSD copy the DF of what they answer. */
    play_begin(&p);
    talk_after(PLAY_FAR_MS);
    play_data(&p, RO_SERVER, 50);
    play_wait(&p, PLAY_NEAR_MS);
    s = play_make(&p, RO_CLIENT, RO_PSH | RO_ACK, 100);
    s.df = false;
    play_take(&p, &s);
    play_wait(&p, PLAY_FAR_MS);
    s = make(RO_RST);
    s.df = false;
    SILENT(play_reset(&p, &s));
    play_end(&p);
}

static void dscp_alien(void)
{
    talk();
    ro_segment s = make(RO_RST);
    SILENT(play_reset(&p, &s));
    s.tos = 0xa0; /* a path that marks what goes to the server explains it */
    SILENT(play_reset(&p, &s));
    play_end(&p);

    talk(); /* an abort is marked as all its sender's packets are */
    s = make(RO_RST | RO_ACK);
    s.tos = 0xa0;
    FIRES(play_reset(&p, &s));
    play_end(&p);

    play_begin(&p); /* Linux copies the DSCP of what it answers */
    talk_after(PLAY_FAR_MS);
    play_data(&p, RO_SERVER, 50);
    play_wait(&p, PLAY_NEAR_MS);
    s = play_make(&p, RO_CLIENT, RO_PSH | RO_ACK, 100);
    s.tos = 0xa0;
    play_take(&p, &s);
    play_wait(&p, PLAY_FAR_MS);
    s = make(RO_RST);
    s.tos = 0xa0;
    SILENT(play_reset(&p, &s));
    play_end(&p);
}

static void talk_ipv6(void)
{
    play_begin(&p);
    p.flow_label[RO_CLIENT] = 0x12345;
    p.flow_label[RO_SERVER] = 0x54321;
    talk_after(PLAY_FAR_MS);
}

static const ro_reset *with_label(unsigned flags, uint32_t label)
{
    ro_segment s = make(flags);

    s.flow_label = label;
    return play_reset(&p, &s);
}

static void flow_label_lost(void)
{
    talk_ipv6();
    FIRES(with_label(RO_RST, 0));
    SILENT(with_label(RO_RST, 0x54321));
    SILENT(with_label(RO_RST, 0x33333)); /* a kernel's reply may have a label of its own */
    play_end(&p);
}

static void flow_label_kept(void)
{
    talk_ipv6();
    FOR_ENDPOINT(with_label(RO_RST | RO_ACK, 0x54321));
    SILENT(with_label(RO_RST, 0));
    play_end(&p);
}

static void reserved_bits(void)
{
    talk();
    FIRES(with_seq(RO_RST | RO_ACK | RO_AE, 0));
    FIRES(with_seq(RO_RST | RO_RESERVED, 0));
    SILENT(with_seq(RO_RST | RO_ACK | RO_ECE, 0)); /* ECN is no reserved bit */
    play_end(&p);
}

static void window_copied(void)
{
    talk();
    ro_segment s = make(RO_RST | RO_ACK);
    s.seq = p.rcv[RO_CLIENT];
    s.window = p.window[RO_CLIENT];
    FIRES(play_reset(&p, &s));
    s.window = 0;
    SILENT(play_reset(&p, &s));
    play_end(&p);

    play_begin(&p); /* both sides offer the same */
    p.window[RO_SERVER] = p.window[RO_CLIENT];
    talk_after(PLAY_FAR_MS);
    s = make(RO_RST | RO_ACK);
    s.window = p.window[RO_CLIENT];
    SILENT(play_reset(&p, &s));
    play_end(&p);
}

static void window_alien(void)
{
    talk();
    ro_segment s = make(RO_RST);
    SILENT(play_reset(&p, &s));
    s.window = 8192;
    FIRES(play_reset(&p, &s));
    play_end(&p);
}

static void talk_with_timestamps(void)
{
    play_begin(&p);
    p.timestamps = true;
    talk_after(PLAY_FAR_MS);
}

/* Several RST+ACK with windows that step; a socket has one window, and the network's copy too. */
static const ro_reset *second_with(uint16_t window, int ttl)
{
    talk();
    ro_segment s = make(RO_RST | RO_ACK);
    s.window = 4229;
    play_reset(&p, &s);
    s.time_ns += 100000;
    s.window = window;
    s.ttl = (uint8_t)(s.ttl + ttl);
    return play_reset(&p, &s);
}

static void window_varies(void)
{
    FIRES(second_with(4240, 0));
    play_end(&p);
    SILENT(second_with(4229, 0));
    play_end(&p);
    SILENT(second_with(4240, 9)); /* a forged one beside the sender's own says nothing of that */
    play_end(&p);
}

static void timestamp_off(void)
{
    talk_with_timestamps();
    ro_segment s = make(RO_RST | RO_ACK);
    s.options = RO_OPT_TIMESTAMP;
    s.tsval = 200070; /* one per millisecond from 200000 */
    s.tsecr = 100049; /* the second request's */
    SILENT(play_reset(&p, &s));
    s.tsval = 900000000;
    FIRES(play_reset(&p, &s));
    play_end(&p);
}

static void timestamp_missing(void)
{
    talk_with_timestamps();
    FIRES(play_abort(&p, RO_SERVER));
    SILENT(play_rst(&p, RO_SERVER)); /* a reply never has one */
    play_end(&p);
    talk(); /* not negotiated */
    SILENT(play_abort(&p, RO_SERVER));
    play_end(&p);
}

static void odd_options(void)
{
    talk();
    ro_segment s = make(RO_RST | RO_ACK);
    s.options = RO_OPT_FAST_OPEN;
    FIRES(play_reset(&p, &s));
    s.options = RO_OPT_TIMESTAMP;
    SILENT(play_reset(&p, &s));
    play_end(&p);
}

static void was_syn_ack(void)
{
    talk();
    ro_segment s = make(RO_RST | RO_ACK);
    s.options = RO_OPT_MSS | RO_OPT_SACK_OK;
    FIRES(play_reset(&p, &s));
    s.options = RO_OPT_SACK | RO_OPT_TIMESTAMP; /* what an abort may carry */
    SILENT(play_reset(&p, &s));
    play_end(&p);
}

static void odd_flags(void)
{
    talk();
    ro_segment s = make(RO_RST | RO_ACK | RO_FIN);
    FIRES(play_reset(&p, &s));
    s.flags = RO_RST | RO_ACK | RO_PSH; /* some stacks leave PSH on */
    SILENT(play_reset(&p, &s));
    play_end(&p);
}

static void repeated_exactly(void)
{
    talk();
    ro_segment s = make(RO_RST | RO_ACK);
    s.window = 1549;
    s.ip_id = 0xb28f;
    play_reset(&p, &s);
    s.time_ns += 100000;
    FIRES(play_reset(&p, &s));
    s.time_ns += 100000;
    s.ip_id++;
    SILENT(play_reset(&p, &s));
    play_end(&p);
}

/* Three with one IP-ID, each with another window: the capture made no copies, and a host counts. */
static void one_number_for_differing_resets(void)
{
    talk();
    ro_segment s = make(RO_RST | RO_ACK);
    s.ip_id = 0xb28f;
    for (int i = 0; i < 3; i++) {
        s.window = (uint16_t)(1549 + i * 1000);
        s.time_ns += 100000;
        const ro_reset *r = play_reset(&p, &s);
        if (i == 2) {
            FIRES(r);
        }
    }
    play_end(&p);
}

/* Linux answers each segment in flight with one bare RST; they have no IP-ID to differ by. */
static void equal_answers_are_no_copies(void)
{
    talk();
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, PLAY_FAR_MS);
    play_rst(&p, RO_SERVER);
    play_wait(&p, 0.1);
    SILENT(play_rst(&p, RO_SERVER));
    play_end(&p);
}

static void continues_flow(void)
{
    talk();
    play_data(&p, RO_SERVER, 50);
    play_data(&p, RO_SERVER, 50);
    FOR_ENDPOINT(play_abort(&p, RO_SERVER));
    play_end(&p);
    talk();
    ro_segment s = make(RO_RST | RO_ACK);
    s.ip_id = 0xbeef;
    SILENT(play_reset(&p, &s));
    play_end(&p);
}

/* A device translated the number of the server's abort and mistook it (a SYN proxy in the laboratory):
 * the clock is still the server's. A NAT engine that shares only its counter is another matter. */
static void continues_flow_beside_the_number(void)
{
    talk_with_timestamps();
    ro_segment s = make(RO_RST | RO_ACK);
    s.seq -= 50;
    s.options = RO_OPT_TIMESTAMP;
    s.tsval = 200070; /* as above */
    s.tsecr = 100049;
    FOR_ENDPOINT(play_reset(&p, &s));
    play_end(&p);

    talk();
    play_data(&p, RO_SERVER, 50);
    play_data(&p, RO_SERVER, 50);
    CHECK_INT(weigh("continues_flow", with_seq(RO_RST | RO_ACK, -50)), RO_NOT_EVALUATED);
    play_end(&p);
}

static const ro_reset *refusal_after_a_connection(unsigned ttl)
{
    talk();
    play_next_stream(&p);
    play_syn(&p);
    ro_segment s = make(RO_RST | RO_ACK);
    s.seq = 0;
    s.ip_id = 0;
    s.ttl = (uint8_t)ttl;
    return play_reset(&p, &s);
}

static void host_ttl_differs(void)
{
    int far = weigh("host_ttl_differs", refusal_after_a_connection(PLAY_TTL_SERVER + 9));
    play_end(&p);
    CHECK(far >= RO_FAMILY_SPEAKS);
    /* connections are spread over ways that differ by a few hops */
    CHECK(weigh("host_ttl_differs", refusal_after_a_connection(PLAY_TTL_SERVER + 2)) < far);
    play_end(&p);
    SILENT(refusal_after_a_connection(PLAY_TTL_SERVER));
    play_end(&p);
    SILENT(refusal_after_a_connection(243));
    play_end(&p);
}

static void host_ttl_same(void)
{
    FOR_ENDPOINT(refusal_after_a_connection(PLAY_TTL_SERVER));
    play_end(&p);
    SILENT(refusal_after_a_connection(PLAY_TTL_SERVER + 9));
    play_end(&p);
}

static const ro_reset *next_to_the_server(unsigned ttl)
{
    play_begin(&p);
    p.ttl[RO_SERVER] = (uint8_t)ttl;
    play_syn(&p);
    play_wait(&p, 0.1);
    play_syn_ack(&p);
    play_wait(&p, PLAY_NEAR_MS);
    play_ack(&p, RO_CLIENT);
    play_data(&p, RO_CLIENT, 100);
    play_wait(&p, 0.1);
    return play_abort(&p, RO_SERVER);
}

static void left_sender(void)
{
    FOR_ENDPOINT(next_to_the_server(64));
    play_end(&p);
    SILENT(next_to_the_server(63)); /* a router stands between */
    play_end(&p);
}

static void wrong_way(void)
{
    play_begin(&p);
    p.directions = true;
    talk_after(PLAY_FAR_MS);
    ro_segment s = play_make(&p, RO_CLIENT, RO_RST | RO_ACK, 0);
    SILENT(play_reset(&p, &s));
    s.sent_here = false; /* it came in, though its sender is the capturing host */
    FIRES(play_reset(&p, &s));
    s = make(RO_RST | RO_ACK);
    SILENT(play_reset(&p, &s));
    s.sent_here = true; /* the capturing host sent it in the server's name */
    FIRES(play_reset(&p, &s));
    play_end(&p);
}

static void mac_differs(void)
{
    play_begin(&p);
    p.mac[RO_SERVER] = 0x020000000005;
    talk_after(PLAY_FAR_MS);
    play_data(&p, RO_SERVER, 50);
    ro_segment s = make(RO_RST | RO_ACK);
    SILENT(play_reset(&p, &s));
    s.mac = 0x020000000099;
    FIRES(play_reset(&p, &s));
    play_end(&p);

    play_begin(&p); /* two gateways */
    p.mac[RO_SERVER] = 0x020000000005;
    talk_after(PLAY_FAR_MS);
    p.mac[RO_SERVER] = 0x020000000006;
    play_data(&p, RO_SERVER, 50);
    s = make(RO_RST | RO_ACK);
    s.mac = 0x020000000005;
    SILENT(play_reset(&p, &s));
    play_end(&p);
}

static const ro_reset *with_payload(const void *bytes, uint8_t n)
{
    ro_segment s = make(RO_RST | RO_ACK);

    s.data = bytes;
    s.payload_len = s.payload_kept = n;
    return play_reset(&p, &s);
}

static void injector_mark(void)
{
    talk();
    FIRES(with_payload("\1\2\3\4\5\6\7\10\11\0", 10));
    SILENT(with_payload("BIG-IP: [0x1:2] No local listener", 33)); /* a product, no injector */
    play_end(&p);
}

static void mptcp_reason(void)
{
    talk();
    ro_segment s = make(RO_RST | RO_ACK);
    s.options = RO_OPT_MPTCP;
    SILENT(play_reset(&p, &s));
    s.options = RO_OPT_MPTCP | RO_OPT_MP_TCPRST;
    s.mp_reason = 6;
    FOR_ENDPOINT(play_reset(&p, &s));
    play_end(&p);
}

static void signed_segment(void)
{
    play_begin(&p);
    play_syn(&p);
    ro_segment s = play_make(&p, RO_SERVER, RO_SYN | RO_ACK, 0);
    s.options |= RO_OPT_MD5;
    play_take(&p, &s);
    play_ack(&p, RO_CLIENT);
    s = make(RO_RST | RO_ACK);
    s.options = RO_OPT_MD5;
    FOR_ENDPOINT(play_reset(&p, &s));
    play_end(&p);

    talk(); /* a signature out of nothing proves nothing */
    s = make(RO_RST | RO_ACK);
    s.options = RO_OPT_MD5;
    SILENT(play_reset(&p, &s));
    play_end(&p);
}

int main(void)
{
    RUN_SIGN(ttl_differs);
    RUN_SIGN(ttl_same);
    RUN_SIGN(ttl_mirrors);
    RUN_SIGN(window_ttl_locked);
    RUN_SIGN(ip_id_copied);
    RUN_SIGN(ip_id_broken);
    RUN_SIGN(ip_id_taken);
    RUN(ip_id_of_one_who_does_not_count);
    RUN_SIGN(df_lost);
    RUN_SIGN(dscp_alien);
    RUN_SIGN(flow_label_lost);
    RUN_SIGN(flow_label_kept);
    RUN_SIGN(reserved_bits);
    RUN_SIGN(window_copied);
    RUN_SIGN(window_alien);
    RUN_SIGN(window_varies);
    RUN_SIGN(timestamp_off);
    RUN_SIGN(timestamp_missing);
    RUN_SIGN(odd_options);
    RUN_SIGN(was_syn_ack);
    RUN_SIGN(odd_flags);
    RUN_SIGN(repeated_exactly);
    sign_token = "repeated_exactly";
    RUN(equal_answers_are_no_copies);
    RUN(one_number_for_differing_resets);
    RUN_SIGN(continues_flow);
    sign_token = "continues_flow";
    RUN(continues_flow_beside_the_number);
    RUN_SIGN(host_ttl_differs);
    RUN_SIGN(host_ttl_same);
    RUN_SIGN(left_sender);
    RUN_SIGN(wrong_way);
    RUN_SIGN(mac_differs);
    RUN_SIGN(injector_mark);
    RUN_SIGN(mptcp_reason);
    RUN_SIGN(signed_segment);
    return check_done();
}
