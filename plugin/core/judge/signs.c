/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of signs. Adding a sign is adding a row, its test and text, and a unit test that shows
 * it firing and its nearest harmless neighbour silent. */

#include "judge/signs.h"

#include "judge/sign_tests.h"

/* clang-format off */
#define ROW(name, family, lookahead, impossible, source) \
    {#name, family, lookahead, impossible, false, false, source, ro_test_##name, ro_text_##name}
#define ALIKE(name, family, source)                                                                \
    {#name, family, false, false, false, true, source, ro_test_##name, ro_text_##name}
/* clang-format on */

const ro_sign ro_signs[] = {
    ROW(seq_never_sent, RO_FAMILY_SEQUENCE, false, false, "NDSS 2009, appendix A"),
    ROW(second_reset_ahead, RO_FAMILY_SEQUENCE, false, true, "NDSS 2009, RST_SEQ_CHANGE"),
    ROW(behind_data, RO_FAMILY_SEQUENCE, false, false, "RFC 9293 3.10.5; NDSS 2009"),
    ROW(ack_never_sent, RO_FAMILY_SEQUENCE, false, false, "RFC 9293 3.10.7.4"),
    ROW(ack_goes_back, RO_FAMILY_SEQUENCE, false, false, "RFC 9293 3.10.5"),
    ROW(ack_without_flag, RO_FAMILY_SEQUENCE, false, false, "nmap-os-db T4; Linux tcp_ipv4.c"),
    ROW(bare_to_syn, RO_FAMILY_SEQUENCE, false, false, "RFC 9293 3.10.7.3"),
    ROW(surplus_answer, RO_FAMILY_SEQUENCE, false, false, "RFC 9293 3.10.7.1"),
    ROW(unprompted_in_syn_sent, RO_FAMILY_SEQUENCE, true, false, "RFC 9293 3.10.5"),
    ROW(turned_round, RO_FAMILY_SEQUENCE, false, false, "RFC 9293 3.5.2; nmap-os-db"),
    ROW(syn_reply_seq, RO_FAMILY_SEQUENCE, false, false, "RFC 9293 3.10.7.1"),
    ROW(faster_than_path, RO_FAMILY_TIMING, false, false, "causality; Duan et al. 2012"),
    ROW(in_step, RO_FAMILY_TIMING, false, false, "RFC 9293 3.10.7.1"),
    ROW(answers_nothing, RO_FAMILY_SEQUENCE, false, false, "RFC 9293 3.5.2"),
    ROW(ttl_differs, RO_FAMILY_PATH, false, false, "NDSS 2009, appendix C; p0f"),
    ALIKE(ttl_same, RO_FAMILY_PATH, "NDSS 2009, appendix C"),
    ROW(ttl_mirrors, RO_FAMILY_IP, false, false, "tracevis; CenTrace captures"),
    ROW(window_ttl_locked, RO_FAMILY_IP, false, false, "Marczak et al. 2015"),
    ROW(ip_id_copied, RO_FAMILY_IP, false, false, "CenTrace captures; Nourin et al. 2023"),
    ROW(ip_id_broken, RO_FAMILY_IP, false, false, "SIGCOMM 2023, 4.2; Linux ip_output.c"),
    ROW(ip_id_taken, RO_FAMILY_IP, true, false, "Linux ip_select_ident_segs"),
    ROW(df_lost, RO_FAMILY_IP, false, false, "nmap-os-db; CenTrace captures"),
    ROW(dscp_alien, RO_FAMILY_IP, false, false, "Linux ip_send_unicast_reply"),
    ROW(flow_label_lost, RO_FAMILY_IP, false, false, "Linux nf_reject_ipv6, tcp_ipv6.c"),
    ALIKE(flow_label_kept, RO_FAMILY_IP, "Linux tcp_ipv6.c"),
    ROW(reserved_bits, RO_FAMILY_TCP, false, false, "NDSS 2009, table 1"),
    ROW(odd_flags, RO_FAMILY_TCP, false, false, "RFC 9293 3.10.7"),
    ROW(window_copied, RO_FAMILY_TCP, false, false, "nmap-os-db; CenTrace captures"),
    ROW(window_alien, RO_FAMILY_TCP, false, false, "nmap-os-db T4, T6"),
    ROW(window_varies, RO_FAMILY_TCP, false, false, "CCS 2017, type 2; S&P 2025"),
    ROW(timestamp_off, RO_FAMILY_TCP, false, false, "RFC 7323 5.4"),
    ROW(timestamp_missing, RO_FAMILY_TCP, false, false, "Linux tcp_send_active_reset"),
    ROW(odd_options, RO_FAMILY_TCP, false, false, "RFC 9293 3.1"),
    ROW(was_syn_ack, RO_FAMILY_TCP, false, true, "RFC 9293 3.2; RFC 7323 2.2"),
    ROW(repeated_exactly, RO_FAMILY_IP, false, false, "S&P 2025, type II"),
    ALIKE(continues_flow, RO_FAMILY_TCP, "Linux tcp_send_active_reset"),
    ROW(data_after_rst, RO_FAMILY_BEHAVIOUR, true, true, "NDSS 2009; Suricata"),
    ROW(fin_after_rst, RO_FAMILY_BEHAVIOUR, true, true, "NDSS 2009; Zeek FIN_after_reset"),
    ROW(acks_after_rst, RO_FAMILY_BEHAVIOUR, true, true, "RFC 9293 3.10.7.1"),
    ROW(repeats_after_rst, RO_FAMILY_BEHAVIOUR, true, true, "NDSS 2009; Suricata"),
    ROW(syn_ack_after_rst, RO_FAMILY_BEHAVIOUR, true, false, "CenTrace captures"),
    ROW(ack_after_rst, RO_FAMILY_BEHAVIOUR, true, false, "Suricata"),
    ROW(challenge_drawn, RO_FAMILY_BEHAVIOUR, true, false, "RFC 5961 3.2"),
    ROW(challenge_answered, RO_FAMILY_BEHAVIOUR, true, false, "RFC 5961 3.2"),
    ROW(both_directions, RO_FAMILY_BEHAVIOUR, false, false, "EFF 2007; S&P 2025"),
    ROW(host_ttl_differs, RO_FAMILY_PATH, false, false, "NDSS 2009, appendix C"),
    ALIKE(host_ttl_same, RO_FAMILY_PATH, "NDSS 2009, appendix C"),
    ROW(left_sender, RO_FAMILY_POINT, false, false, "one hop is no hop"),
    ROW(wrong_way, RO_FAMILY_POINT, false, true, "link layer's packet type"),
    ROW(mac_differs, RO_FAMILY_POINT, false, false, "Snort 129:9"),
    ROW(not_seen_at_sender, RO_FAMILY_POINT, false, true, "what comes out went in, or was made"),
    ROW(enters_both_ends, RO_FAMILY_POINT, false, true, "what comes out went in, or was made"),
    ROW(seen_nearer, RO_FAMILY_POINT, false, false, "what went in was not made within"),
    ROW(injector_mark, RO_FAMILY_SELF, false, true, "see device"),
    {"same_maker", RO_FAMILY_BEHAVIOUR, false, false, true, false, "one burst, one maker",
     ro_test_same_maker, ro_text_same_maker},
    ROW(mptcp_reason, RO_FAMILY_SELF, false, false, "RFC 8684 3.6"),
    ROW(signed_segment, RO_FAMILY_SELF, false, false, "RFC 5925; RFC 2385"),
};

const unsigned ro_signs_n = sizeof ro_signs / sizeof *ro_signs;

const char *ro_family_name(ro_family family)
{
    static const char *const names[RO_FAMILY_N] = {
        "sequence",   "timing",    "path",        "IP header",
        "TCP header", "behaviour", "self-report", "capture point",
    };

    return (unsigned)family < RO_FAMILY_N ? names[family] : "unknown";
}
