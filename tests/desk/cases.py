#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the table of worked cases in docs/cases.md from the sample captures: cases.py (needs the built plugin)."""
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "captures")]

from shark import ROOT, Shark  # noqa: E402

PAGE = ROOT / "docs" / "cases.md"
MARK = "<!-- cases: written by tests/desk/cases.py -->\n"

STORIES = {
    "closed_port": "Nothing listens on the port; the kernel answers the SYN.",
    "firewall_reject_on_syn": "A firewall answers the SYN in the server's name. Without another connection of the server nothing can tell.",
    "server_abort": "A server's program closes with SO_LINGER 0.",
    "close_with_unread_data": "A server's program closes while a request lies unread.",
    "client_abort": "A client's program gives up in the middle of an answer.",
    "data_after_client_close": "The client has closed; the server's late data are answered.",
    "teardown_after_fin": "A reset in place of the last step of the teardown.",
    "connect_cancelled": "The client no longer wants the connection when the SYN-ACK comes.",
    "syn_scan": "A scanner sends SYNs of its own making; its kernel resets the answers.",
    "half_open_server_restarted": "The server restarted and knows nothing of the connection.",
    "keepalive_failure": "Keep-alives go unanswered, and their sender gives up.",
    "retransmissions_given_up": "The client gives up sending; when the path is back, the server's data finds no socket.",
    "time_wait_old_isn": "Ports are used again while the other end is still in TIME-WAIT.",
    "backlog_overflow": "Nobody accepts, the queue is full, and tcp_abort_on_overflow is set.",
    "firewall_idle_timeout": "A firewall forgot an idle connection and rejects the next segment.",
    "nat_expired": "A NAT's entry ran out; the server's next segment meets the router's own stack, which knows no socket.",
    "nat_flushed": "The NAT forgets; the client's next segment leaves under another port, and the server knows nothing of it.",
    "firewall_invalid_state": "A late duplicate is INVALID to netfilter and draws a reset.",
    "firewall_reject_content": "A rule rejects a segment for its content.",
    "load_balancer_idle_both_ends": "A load balancer's timer runs out, and both ends are reset.",
    "haproxy_idle_timeout": "A proxy ends the idle connection: it is the endpoint here.",
    "injected_to_client": "An injector resets the client; the server goes on.",
    "injected_both_ends": "An injector resets both ends.",
    "injected_pair_12503": "Two bare resets, the second 12503 octets ahead.",
    "injected_mimic": "An injector that copies TTL and counts IP-ID on.",
    "injected_in_window_challenge_ack": "A reset in the window draws a challenge ACK (RFC 5961) and fails.",
    "blind_sweep": "Somebody off the path guesses sequence numbers.",
    "transparent_proxy": "A proxy in between ends both connections in the ends' names.",
    "witness_unread_data": "A server closes with data unread; its kernel was recorded and names reason and program.",
    "witness_firewall": "A device resets both ends; the server's kernel was recorded and did not send it. (The first reset is a knock that shows its clock.)",
    "witness_process_killed": "A server's program is killed while requests wait; its kernel names it.",
    "forged_f5_reset_cause": "A load balancer says in the payload why it resets.",
    "ack_scan": "Bare ACKs are sent to open and closed ports; both answer with a reset.",
    "both_ends_abort": "Both ends abort within half a round trip.",
    "bridge_firewall": "A firewall without a hop of its own rejects, with the server's MAC address.",
    "client_close_with_unread_data": "The client closes with half of its answer unread.",
    "data_after_close": "The server has closed with FIN; the client goes on sending.",
    "fin_wait2_timeout": "The server closed long ago and has forgotten the connection; the client still sends.",
    "firewall_asymmetric_routing": "The firewall sees one direction only, so the handshake's ACK is invalid to it.",
    "firewall_connection_limit": "More than so many connections from one address are rejected.",
    "firewall_reject_midstream": "A rule comes while the connection is open; the client's next segment is rejected.",
    "firewall_reject_midstream_two_ended": "The same for the server's segments; the reset goes to the server in the client's name.",
    "firewall_state_deleted": "An administrator deletes the entry; the strict firewall rejects what follows.",
    "genuine_abort_in_vlan": "A server's abort, in a VLAN.",
    "genuine_abort_ipv6_extension_header": "A server's abort, behind an IPv6 extension header.",
    "genuine_abort_sequence_wraps": "A server's abort, where the sequence numbers pass zero.",
    "genuine_data_behind_reset": "Data sent before the reset arrives after it: the network reordered them.",
    "genuine_failover": "The address moves to a second server, which knows nothing of the connection.",
    "genuine_midstream_start": "The capture begins in the middle of the connection that the server aborts.",
    "genuine_one_direction_captured": "Only the client's packets were captured; it aborts.",
    "genuine_reset_with_other_ttl": "A stack that sends resets with another initial TTL than data.",
    "genuine_route_change": "The route changes between the last data and a genuine reset.",
    "half_open_client_gone": "The client has gone without a word; the server goes on sending.",
    "half_open_same_port_challenge_ack": "After its restart the client takes the same port and answers the server's challenge ACK with a reset.",
    "health_check": "A load balancer connects and resets, again after the same while.",
    "icmp_quotes_a_reset": "An ICMP error quotes a reset. A quotation is no segment, so nothing is said.",
    "injected_mirrors_trigger": "An injector sends back what it has just seen as its own acknowledgement and sequence numbers.",
    "injected_post_syn": "An injector answers the SYN.",
    "injected_residual_blocking": "After the first hit, an injector resets later connections of the same pair at the SYN-ACK.",
    "injected_rising_sequence": "An injector sends several resets with rising sequence numbers.",
    "injected_self_report": "A device states in the reset's payload why it sends it.",
    "injected_stale": "An injector's reset comes too late: its sequence number has been passed.",
    "injected_ten_byte_payload": "An injector whose resets carry ten octets.",
    "injected_three_locked_ttl_window": "Three resets whose TTL and window rise together.",
    "injected_to_server": "An injector resets the server in the client's name.",
    "ips_drop_and_reset": "A device drops the request and resets both ends.",
    "listener_closed": "The listener goes while connections wait that nobody has accepted.",
    "multipath_fastclose": "A multipath connection is aborted: reset with MP_FASTCLOSE.",
    "multipath_reset_reason": "A multipath host says in the reset why it closes the subflow.",
    "rewritten_by_box": "A device turns the server's SYN-ACK into a reset; its options betray it.",
    "single_reset_without_context": "The capture holds one reset and nothing else.",
    "zero_window_then_close": "The server stops reading until its window is zero, and closes.",
    "forged_carrier_nat_after_30_s": "A carrier's NAT resets after 30 s of silence, one octet behind.",
    "forged_inside_gre": "An injector's three resets, inside GRE.",
    "forged_nonce_sum_bit": "An injector sets the bit that was the nonce sum of ECN.",
    "forged_pair_12503_apart": "Two RST+ACK, the second 12503 octets ahead.",
    "forged_reason_in_window": "A firewall writes its reason into the window.",
    "forged_reset_with_ae_bit": "An injector sets the bit beside CWR in a reset.",
    "forged_rising_beyond_data": "An injector resets twice, the second time far ahead of the data.",
    "forged_ten_byte_payload": "A reset with ten octets that no TCP would send.",
    "forged_three_copies_with_window": "Three equal resets with a window, and the server goes on.",
    "forged_ttl_and_window_in_step": "Three resets whose windows rise by one.",
    "diagnosis_accept_queue": "The listener's queue is full; SYN-ACKs are repeated after the client's ACK, then a reset.",
    "diagnosis_address_conflict": "Two machines on the client's link use one address.",
    "diagnosis_backend_changed": "An ECMP group loses a member; every segment now goes to another server of the same address.",
    "diagnosis_blind_attack": "hping3 guesses sequence numbers.",
    "diagnosis_blocked_content": "A device resets on one server name; other names of the same server pass.",
    "diagnosis_closed_port": "Nothing listens on the port.",
    "diagnosis_connection_limit": "sshd over MaxStartups closes what it has just accepted.",
    "diagnosis_half_closed_timeout": "The client has half-closed; the answer takes longer than the firewall keeps half-closed entries.",
    "diagnosis_health_check": "HAProxy's HTTP check: a request, its answer, a reset.",
    "diagnosis_host_restarted": "Power loss and restart: the host knows none of its connections and listens again.",
    "diagnosis_idle_close": "HAProxy resets clients that were silent for its timeout.",
    "diagnosis_idle_close_race": "nginx closes after its keep-alive time while the client's next request is on its way.",
    "diagnosis_idle_timeout": "Connections idle for less than the firewall's timer live, those idle for longer are rejected.",
    "diagnosis_invalid_state": "The firewall sees one direction only, so the handshake's ACK is invalid to it.",
    "diagnosis_max_age": "The server ends each connection at the same age, busy or not.",
    "diagnosis_path_mtu": "Small requests pass, uploads of full-size segments vanish; the client gives up.",
    "diagnosis_peer_vanished": "The path is cut: segments of all sizes go unanswered until the client gives up.",
    "diagnosis_policy_reject": "iptables gets a rule against the port while connections are open.",
    "diagnosis_port_reuse": "A client that lost its state dials again from the ports that the server still holds.",
    "diagnosis_port_scan": "A half-open scan: the scanner's kernel resets the SYN-ACKs of open ports.",
    "diagnosis_process_exit": "kill -9: all connections of the program end at one instant, then its port refuses.",
    "diagnosis_protocol_mismatch": "Plain HTTP on a TLS port.",
    "diagnosis_response_timeout": "The client gives up a fixed time after its request.",
    "diagnosis_self_report": "The reset states its reason itself.",
    "diagnosis_stale_connection": "Redis closes idle clients; the pool sends on all the same.",
    "diagnosis_state_loss": "The firewall's table is flushed: every open connection is rejected with its next packet.",
    "diagnosis_teardown": "The client has sent its FIN; the server answers with a reset. Nothing is lost.",
    "diagnosis_tls_close": "The client closes; the server's close_notify finds nobody. Nothing is lost.",
    "diagnosis_tls_failure": "The server misses a client certificate, alerts and closes.",
    "diagnosis_unconditional_block": "A device answers every SYN to one port.",
    "diagnosis_unread_data": "The server answers 403 by the head alone and closes with the body unread.",
    "diagnosis_unsigned_reset": "The server's own filter rejects a signed session: its reset has no signature and changes nothing.",
    "diagnosis_untranslated": "One segment escapes address translation; the client's kernel resets what it does not know.",
    "diagnosis_zero_window": "The server stopped reading: its window is zero for seconds, then it gives up.",
}


def table(shark):
    lines = ["| capture | what happened | first reset |", "|---|---|---|"]
    for name, story in STORIES.items():
        [path] = (ROOT / "sample-captures").glob(f"{name}.pcap*")
        first = next(((n, r) for n, r in sorted(shark.rows(path, "-2").items()) if "source" in r), None)
        shown = "nothing"
        if first:
            frame, row = first
            words = [row["source"], row["cause"], *(row[w] for w in ("device", "diagnosis") if w in row)]
            shown = f"{frame}: {', '.join(dict.fromkeys(words))}"
        lines.append(f"| `{name}` | {story} | {shown} |")
    return "\n".join(lines) + "\n"


def main():
    shark = Shark()
    try:
        head = PAGE.read_text().split(MARK)[0]
        PAGE.write_text(head + MARK + table(shark))
    finally:
        shark.close()


if __name__ == "__main__":
    main()
