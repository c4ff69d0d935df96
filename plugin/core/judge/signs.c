/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of signs. Adding a sign is adding a row, its test and text, and a unit test that shows
 * it firing and its nearest harmless neighbour silent. */

#include "judge/signs.h"

#include "judge/sign_tests.h"

/* clang-format off */
/* Reads: when it is known. */
#define AT_RESET   RO_KNOWN_AT_RESET
#define MORE_LATER RO_MORE_LATER
#define ONLY_LATER RO_ONLY_LATER

#define SIGN(name, family, when, impossible, likeness, source)                                     \
    {#name, RO_FAMILY_##family, when, impossible, likeness, source,                                \
     ro_test_##name, ro_text_##name, NULL, NULL}
/* An ordinary sign; one that may decide alone; one that is no more than a likeness; one of the second
 * step, which may decide alone as the neighbour was convicted. */
#define ROW(name, family, when, source)   SIGN(name, family, when, false, false, source)
#define ALONE(name, family, when, source) SIGN(name, family, when, true, false, source)
#define ALIKE(name, family, when, source) SIGN(name, family, when, false, true, source)
#define BESIDE(name, family, source)                                                               \
    {#name, RO_FAMILY_##family, RO_MORE_LATER, true, false, source,                               \
     NULL, NULL, ro_beside_##name, ro_say_##name}
/* clang-format on */

const ro_sign ro_signs[] = {
    ROW(seq_never_sent, SEQUENCE, AT_RESET, "NDSS 2009, appendix A"),
    ALONE(second_reset_ahead, SEQUENCE, MORE_LATER, "NDSS 2009, RST_SEQ_CHANGE"),
    ROW(behind_data, SEQUENCE, AT_RESET, "RFC 9293 3.10.5; NDSS 2009"),
    ROW(ack_never_sent, SEQUENCE, AT_RESET, "RFC 9293 3.10.7.4"),
    ROW(ack_goes_back, SEQUENCE, AT_RESET, "RFC 9293 3.10.5"),
    ROW(ack_without_flag, SEQUENCE, MORE_LATER, "nmap-os-db T4; Linux tcp_ipv4.c"),
    ROW(bare_to_syn, SEQUENCE, AT_RESET, "RFC 9293 3.10.7.3"),
    ROW(surplus_answer, SEQUENCE, MORE_LATER, "RFC 9293 3.10.7.1"),
    ROW(unprompted_in_syn_sent, SEQUENCE, ONLY_LATER, "RFC 9293 3.10.5"),
    ROW(numbers_swapped, SEQUENCE, AT_RESET, "RFC 9293 3.5.2; nmap-os-db"),
    ROW(syn_reply_seq, SEQUENCE, AT_RESET, "RFC 9293 3.10.7.1"),
    ROW(faster_than_path, TIMING, MORE_LATER, "causality; Duan et al. 2012"),
    ROW(in_step, TIMING, MORE_LATER, "RFC 9293 3.10.7.1"),
    ROW(answers_nothing, SEQUENCE, MORE_LATER, "RFC 9293 3.5.2"),
    ROW(bare_while_open, SEQUENCE, AT_RESET, "RFC 9293 3.10.7.4"),
    ROW(answers_reset, SEQUENCE, AT_RESET, "RFC 9293 3.10.7.1"),
    ALONE(ttl_differs, PATH, MORE_LATER, "NDSS 2009, appendix C; p0f"),
    ALIKE(ttl_same, PATH, AT_RESET, "NDSS 2009, appendix C"),
    ALIKE(ttl_same_distance, PATH, AT_RESET, "NDSS 2009, appendix C"),
    ROW(ttl_mirrors, COPY, MORE_LATER, "tracevis; CenTrace captures"),
    ROW(window_ttl_locked, COPY, MORE_LATER, "Marczak et al. 2015"),
    ROW(ip_id_copied, COPY, AT_RESET, "CenTrace captures; Nourin et al. 2023"),
    ROW(ip_id_broken, IP, MORE_LATER, "SIGCOMM 2023, 4.2; Linux ip_output.c"),
    ROW(ip_id_scattered, IP, MORE_LATER, "dsniff tcpkill; Linux __ip_select_ident"),
    ROW(ip_id_taken, COPY, ONLY_LATER, "Linux ip_select_ident_segs"),
    ROW(one_counter, IP, AT_RESET, "RFC 6864 4.1: each source numbers its own packets"),
    ROW(df_lost, IP, MORE_LATER, "nmap-os-db; CenTrace captures"),
    ROW(dscp_alien, IP, MORE_LATER, "Linux ip_send_unicast_reply"),
    ROW(flow_label_lost, IP, MORE_LATER, "Linux nf_reject_ipv6, tcp_ipv6.c"),
    ALIKE(flow_label_kept, IP, AT_RESET, "Linux tcp_ipv6.c"),
    ROW(reserved_bits, TCP, AT_RESET, "NDSS 2009, table 1"),
    ROW(odd_flags, TCP, AT_RESET, "RFC 9293 3.10.7"),
    ROW(window_copied, TCP, AT_RESET, "nmap-os-db; CenTrace captures"),
    ROW(window_alien, TCP, MORE_LATER, "nmap-os-db T4, T6"),
    ROW(window_varies, TCP, MORE_LATER, "CCS 2017, type 2; S&P 2025"),
    ROW(timestamp_off, TCP, AT_RESET, "RFC 7323 5.4"),
    ROW(timestamp_missing, TCP, MORE_LATER, "Linux tcp_send_active_reset"),
    ROW(odd_options, TCP, AT_RESET, "RFC 9293 3.1"),
    ALONE(was_syn_ack, TCP, AT_RESET, "RFC 9293 3.2; RFC 7323 2.2"),
    ROW(repeated_exactly, COPY, MORE_LATER, "S&P 2025, type II"),
    ALIKE(continues_flow, TCP, MORE_LATER, "Linux tcp_send_active_reset"),
    ALONE(data_after_rst, BEHAVIOUR, ONLY_LATER, "NDSS 2009; Suricata"),
    ALONE(fin_after_rst, BEHAVIOUR, ONLY_LATER, "NDSS 2009; Zeek FIN_after_reset"),
    ALONE(acks_after_rst, BEHAVIOUR, ONLY_LATER, "RFC 9293 3.10.7.1"),
    ALONE(repeats_after_rst, BEHAVIOUR, ONLY_LATER, "NDSS 2009; Suricata"),
    ROW(syn_ack_after_rst, BEHAVIOUR, ONLY_LATER, "CenTrace captures"),
    ROW(ack_after_rst, BEHAVIOUR, ONLY_LATER, "Suricata"),
    ROW(challenge_drawn, BEHAVIOUR, ONLY_LATER, "RFC 5961 3.2"),
    ROW(challenge_answered, BEHAVIOUR, ONLY_LATER, "RFC 5961 3.2"),
    ROW(both_directions, BEHAVIOUR, MORE_LATER, "EFF 2007; S&P 2025"),
    ROW(host_ttl_differs, PATH, MORE_LATER, "NDSS 2009, appendix C"),
    ALIKE(host_ttl_same, PATH, MORE_LATER, "NDSS 2009, appendix C"),
    ROW(left_sender, POINT, MORE_LATER, "one hop is no hop"),
    ALIKE(on_its_link, POINT, AT_RESET, "RFC 791: a router takes one off the TTL"),
    ALONE(wrong_way, POINT, AT_RESET, "link layer's packet type"),
    ROW(mac_differs, PATH, MORE_LATER, "Snort 129:9"),
    ALONE(not_seen_at_sender, POINT, MORE_LATER, "what comes out went in, or was made"),
    ALONE(enters_both_ends, POINT, MORE_LATER, "what comes out went in, or was made"),
    ROW(seen_nearer, POINT, MORE_LATER, "what went in was not made within"),
    ALONE(injector_mark, SELF, MORE_LATER, "see device"),
    ROW(host_recorded, SELF, MORE_LATER, "Linux tracepoint tcp:tcp_send_reset"),
    ALONE(not_sent_by_host, POINT, ONLY_LATER, "Linux tcp_send_active_reset, tcp_v4_send_reset"),
    BESIDE(same_maker, BEHAVIOUR, "one burst, one maker"),
    BESIDE(same_maker_elsewhere, BEHAVIOUR, "equal resets, one maker"),
    BESIDE(other_half, BEHAVIOUR, "EFF 2007; S&P 2025"),
    ROW(mptcp_reason, SELF, AT_RESET, "RFC 8684 3.6"),
    ROW(signed_segment, SELF, AT_RESET, "RFC 5925; RFC 2385"),
};

const unsigned ro_signs_n = sizeof ro_signs / sizeof *ro_signs;

_Static_assert(sizeof ro_signs / sizeof *ro_signs <= RO_SIGNS_MAX,
               "a verdict has room for all signs");

void ro_sign_say(const ro_reset *r, const ro_fired *fired, GString *out)
{
    const ro_sign *sign = &ro_signs[fired->sign];

    if (fired->beside) {
        sign->text_beside(r, fired->beside, out);
    } else {
        sign->text(r, out);
    }
}

const char *ro_family_name(ro_family family)
{
    static const char *const names[RO_FAMILY_N] = {
        "sequence",  "timing",      "path",          "IP header",       "TCP header",
        "behaviour", "self-report", "capture point", "written by rule",
    };

    return (unsigned)family < RO_FAMILY_N ? names[family] : "unknown";
}
