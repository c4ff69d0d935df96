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
}


def table(shark):
    lines = ["| capture | what happened | first reset |", "|---|---|---|"]
    for name, story in STORIES.items():
        [path] = (ROOT / "sample-captures").glob(f"{name}.pcap*")
        frame, row = next((n, r) for n, r in sorted(shark.rows(path, "-2").items()) if "source" in r)
        device = f", {row['device']}" if "device" in row else ""
        lines.append(f"| `{name}` | {story} | {frame}: {row['source']}, {row['cause']}{device} |")
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
