#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Fills sample-captures/ from the laboratory: one small capture per behaviour, its truth beside it.

    samples.py [--seed N] [--only NAME]...   as root; then forged.py writes the hand-made ones
"""
import argparse
import fnmatch
import os
import struct
import subprocess
import sys
import tempfile

import pcapng
from truth import Row

HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = os.path.normpath(os.path.join(HERE, "..", "..", "sample-captures"))
SMALL = 30000        # bytes; larger captures are cut to HEADERS bytes per frame
HEADERS = 110

# name of the sample, scenario, capture point where it is instructive
SAMPLES = [line.split() for line in """
closed_port                         closed_port                      client
client_abort                        client_linger_abort              server
server_abort                        server_linger_abort              client
close_with_unread_data              server_close_unread              client
client_close_with_unread_data       client_close_unread              client
data_after_close                    server_data_after_close          client
data_after_client_close             client_data_after_close          server
half_open_server_restarted          server_restarted                 client
half_open_client_gone               client_restarted                 server
half_open_same_port_challenge_ack   client_reconnects_same_port      client
backlog_overflow                    backlog_overflow                 client
listener_closed                     listener_closed                  client
time_wait_old_isn                   time_wait_old_isn                client
keepalive_failure                   keepalive_failure                client
retransmissions_given_up            retransmissions_given_up         server
fin_wait2_timeout                   fin_wait2_timeout                client
syn_scan                            syn_scan                         server
ack_scan                            ack_scan                         client
connect_cancelled                   connect_cancelled                server
teardown_after_fin                  client_teardown_after_fin        server
both_ends_abort                     both_abort                       merged
zero_window_then_close              zero_window_close                client
multipath_fastclose                 mptcp_fastclose                  client
health_check                        health_check                     server
firewall_reject_on_syn              reject_on_syn                    client
firewall_reject_midstream           reject_midstream                 client
firewall_reject_midstream_two_ended reject_midstream_answer          merged
firewall_reject_content             reject_payload                   client
firewall_invalid_state              late_segment_invalid             client
firewall_asymmetric_routing         asymmetric_routing               client
firewall_state_deleted              conntrack_deleted                client
firewall_idle_timeout               idle_timeout_then_data           client
firewall_connection_limit           connection_limit                 client
bridge_firewall                     bridge_firewall                  client
nat_flushed                         nat_flushed                      client
nat_expired                         nat_expired_server_sends         server
load_balancer_idle_both_ends        service_nat_idle_both            merged
haproxy_idle_timeout                haproxy_idle_timeout             client
transparent_proxy                   transparent_proxy                merged
ips_drop_and_reset                  ips_drop_and_reset               merged
injected_to_client                  inject_exact_to_client           client
injected_to_server                  inject_bare_to_server            server
injected_both_ends                  inject_ra_both                   merged
injected_rising_sequence            inject_rising_sequence           client
injected_in_window_challenge_ack    inject_in_window                 client
injected_stale                      inject_stale                     client
injected_mirrors_trigger            inject_mirror_trigger            client
injected_mimic                      inject_mimic_to_client           client
injected_post_syn                   inject_post_syn                  client
injected_three_locked_ttl_window    family_three_ra_locked           client
injected_pair_12503                 family_pair_12503                client
injected_ten_byte_payload           family_payload_ten_bytes         client
injected_residual_blocking          residual_post_synack             client
injected_self_report                family_self_report               client
rewritten_by_box                    rewritten_synack                 client
blind_sweep                         blind_sweep                      server
genuine_route_change                neg_route_change                 client
genuine_data_behind_reset           neg_data_behind_rst              client
genuine_reset_with_other_ttl        neg_resets_with_other_ttl        client
genuine_failover                    neg_failover                     client
genuine_midstream_start             neg_midstream_server_abort       client
genuine_one_direction_captured      neg_one_way_client               server
""".split("\n") if line.strip()]

# One for each root cause, under its name
DIAGNOSES = [("diagnosis_" + line.split()[0], *line.split()[1:]) for line in """
idle_close_race         nginx_keepalive_race                client
stale_connection        redis_stale_pool                    client
unread_data             answered_before_read                client
response_timeout        client_response_timeout             client
max_age                 server_max_age                      client
idle_close              haproxy_ends_idle                   client
process_exit            process_killed_server               client
accept_queue            accept_queue_full                   client
connection_limit        sshd_maxstartups                    client
closed_port             closed_port                         client
port_scan               syn_scan                            server
health_check            haproxy_checks_http                 client
protocol_mismatch       http_on_tls_port                    client
tls_failure             tls_no_client_certificate           client
tls_close               tls_close_notify                    client
teardown                server_teardown_after_fin           client
zero_window             reader_stuck                        client
path_mtu                mtu_hole_upload                     client
peer_vanished           peer_gone                           client
host_restarted          server_rebooted                     client
backend_changed         rehash_moves_connections            client
address_conflict        two_machines_one_address            client
port_reuse              ports_reused_established            client
idle_timeout            idle_timer_with_survivors           client
half_closed_timeout     half_closed_forgotten_by_firewall   server
untranslated            escapes_translation                 client
invalid_state           asymmetric_routing                  client
policy_reject           iptables_reject_midstream           client
state_loss              table_flushed_under_load            client
blocked_content         sni_blocked                         client
unconditional_block     every_syn_reset_client              client
blind_attack            hping3_guesses                      server
unsigned_reset          md5_rejected_by_own_firewall        client
self_report             family_self_report                  client
""".split("\n") if line.strip()]

# Kept plain, so that a sample shows its one behaviour
PLAIN = {"loss": 0, "dup": 0, "snaplen": 262144, "offload": "false", "dscp": -1, "jitter": 0.02, "back_c": 0,
         "back_s": 0, "clock_skew": 0}


def cut(source, target, length):
    """Writes the capture with at most so many bytes of each frame."""
    head, packets = b"", b""
    for kind, block in pcapng.read_blocks(source):
        if kind != 6:
            head += block
            continue
        fixed, (kept, whole) = block[8:20], struct.unpack_from("<II", block, 20)
        data = block[28:28 + min(kept, length)]
        body = fixed + struct.pack("<II", len(data), whole) + data + b"\0" * (-len(data) % 4)
        total = struct.pack("<I", 12 + len(body))
        packets += struct.pack("<I", 6) + total + body + total
    with open(target, "wb") as file:
        file.write(head + packets)


def write_truth(path, rows):
    with open(path, "w", encoding="ascii") as file:
        file.write("frame\torigin\tcause\tforged\techo\tbox_is_endpoint\tdiagnosis\teffect\n")
        for r in rows:
            file.write("\t".join((r.frame, r.origin, r.cause, r.forged, r.echo, r.box_is_endpoint,
                                  r.diagnosis, r.effect)) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--only", action="append", metavar="NAME", help="or a pattern, such as diagnosis_*")
    options = parser.parse_args()
    wanted = [s for s in SAMPLES + DIAGNOSES
              if not options.only or any(fnmatch.fnmatch(s[0], pattern) for pattern in options.only)]
    with tempfile.TemporaryDirectory() as out:
        command = [os.path.join(HERE, "run.sh"), "--seed", str(options.seed), "--out", out, "--jobs", "4"]
        for _, name, _ in wanted:
            command += ["--scenario", name]
        for key, value in PLAIN.items():
            command += ["--fix", f"{key}={value}"]
        failed = subprocess.run(command, check=False).returncode != 0
        for sample, name, point in wanted:
            source = os.path.join(out, name, point + ".pcapng")
            if os.path.exists(os.path.join(out, name, "error.txt")):
                continue
            target = os.path.join(TARGET, sample + ".pcapng")
            cut(source, target, HEADERS if os.path.getsize(source) > SMALL else 1 << 20)
            if os.path.getsize(target) > SMALL:
                print(f"{sample}: {os.path.getsize(target)} octets are too many", file=sys.stderr)
            with open(os.path.join(out, name, "truth.tsv"), encoding="ascii") as file:
                rows = [Row(*line.split("\t")) for line in file.read().splitlines()[1:]]
            rows = [r for r in rows if r.capture == point]
            if not rows:
                print(f"{sample}: no RST at {point}", file=sys.stderr)
                os.unlink(target)
                failed = True
                continue
            write_truth(os.path.join(TARGET, sample + ".truth.tsv"), rows)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
