/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tests and texts of the signs, by family; only signs.c names them. A test returns its weight
 * in decibans, 0 where it did not fire, RO_NOT_EVALUATED where an input was not seen. What it says
 * stands in sign_words.h. */

#ifndef RO_JUDGE_SIGN_TESTS_H
#define RO_JUDGE_SIGN_TESTS_H

#include <glib.h>

#include "reset/reset.h"

#define RO_SIGN(name)                                                                              \
    int ro_test_##name(const ro_reset *r);                                                         \
    void ro_text_##name(const ro_reset *r, GString *out)

/* sequence */
RO_SIGN(seq_never_sent);
RO_SIGN(second_reset_ahead);
RO_SIGN(behind_data);
RO_SIGN(ack_never_sent);
RO_SIGN(ack_goes_back);
RO_SIGN(ack_without_flag);
RO_SIGN(bare_to_syn);
RO_SIGN(surplus_answer);
RO_SIGN(unprompted_in_syn_sent);
RO_SIGN(numbers_swapped);
RO_SIGN(syn_reply_seq);
RO_SIGN(answers_nothing);
RO_SIGN(bare_while_open);
RO_SIGN(answers_reset);
/* timing */
RO_SIGN(faster_than_path);
RO_SIGN(in_step);
/* path, IP header, TCP header */
RO_SIGN(ttl_differs);
RO_SIGN(ttl_same);
RO_SIGN(ttl_same_distance);
RO_SIGN(ttl_mirrors);
RO_SIGN(window_ttl_locked);
RO_SIGN(ip_id_copied);
RO_SIGN(ip_id_broken);
RO_SIGN(ip_id_scattered);
RO_SIGN(ip_id_taken);
RO_SIGN(one_counter);
RO_SIGN(df_lost);
RO_SIGN(dscp_alien);
RO_SIGN(flow_label_lost);
RO_SIGN(reserved_bits);
RO_SIGN(odd_flags);
RO_SIGN(window_copied);
RO_SIGN(window_alien);
RO_SIGN(window_varies);
RO_SIGN(timestamp_off);
RO_SIGN(timestamp_missing);
RO_SIGN(odd_options);
RO_SIGN(was_syn_ack);
RO_SIGN(repeated_exactly);
RO_SIGN(continues_flow);
RO_SIGN(flow_label_kept);
/* behaviour */
RO_SIGN(data_after_rst);
RO_SIGN(fin_after_rst);
RO_SIGN(acks_after_rst);
RO_SIGN(repeats_after_rst);
RO_SIGN(syn_ack_after_rst);
RO_SIGN(ack_after_rst);
RO_SIGN(challenge_drawn);
RO_SIGN(challenge_answered);
RO_SIGN(both_directions);
/* Second step: what another RST, which was convicted by its own signs, says of this one. */
int ro_beside_same_maker(const ro_reset *r, const ro_reset *other);
void ro_say_same_maker(const ro_reset *r, const ro_reset *other, GString *out);
int ro_beside_same_maker_elsewhere(const ro_reset *r, const ro_reset *other);
void ro_say_same_maker_elsewhere(const ro_reset *r, const ro_reset *other, GString *out);
int ro_beside_other_half(const ro_reset *r, const ro_reset *other);
void ro_say_other_half(const ro_reset *r, const ro_reset *other, GString *out);
/* host */
RO_SIGN(host_ttl_differs);
RO_SIGN(host_ttl_same);
/* link and capture point */
RO_SIGN(left_sender);
RO_SIGN(on_its_link);
RO_SIGN(wrong_way);
RO_SIGN(mac_differs);
/* several capture points */
RO_SIGN(not_seen_at_sender);
RO_SIGN(enters_both_ends);
RO_SIGN(seen_nearer);
/* Says so where a device on the way changed the numbers of the RST; part of other signs' texts. */
void ro_text_rewritten(const ro_reset *r, GString *out);
/* what the host's kernel said */
RO_SIGN(host_recorded);
RO_SIGN(not_sent_by_host);
/* self-report */
RO_SIGN(injector_mark);
RO_SIGN(mptcp_reason);
RO_SIGN(signed_segment);

#endif
