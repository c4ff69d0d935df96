# SPDX-License-Identifier: GPL-2.0-or-later
"""The tree and the report count what the fields say, take filters, and always come out the same."""
import json
import re
from collections import Counter
from pathlib import Path

import jsonschema
import pytest

SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "docs" / "report.schema.json").read_text())

SAMPLES = ["closed_port", "injected_pair_12503", "injected_both_ends", "firewall_idle_timeout", "blind_sweep",
           "teardown_after_fin", "both_ends_abort", "half_open_server_restarted", "injected_self_report"]


def report(shark, capture, *args, which=""):
    said = json.loads(shark.tshark(capture, "-q", *args, "-z", f"rst_origin,report,json{which}"))
    jsonschema.validate(said, SCHEMA)
    return said


def tree(shark, capture, *args, which=""):
    """{path of names: count}, taken from the table that tshark prints."""
    text = shark.tshark(capture, "-q", *args, "-z", f"rst_origin,tree{which}")
    counts, path = {}, []
    for line in text.splitlines():
        found = re.match(r"( *)(\S.*?) {2,}(\d+) ", line)
        if found:
            depth = len(found[1])
            path = path[:depth] + [found[2]]
            counts["/".join(path)] = int(found[3])
    return counts


@pytest.mark.parametrize("name", SAMPLES)
def test_report_says_what_the_fields_say(shark, sample, name):
    rows = [row for row in shark.rows(sample(name), "-2").values() if "source" in row]
    said = report(shark, sample(name), "-2")
    assert said["resets"] == len(rows) > 0
    counts = Counter()
    for finding in said["findings"]:
        for part in finding["made_up_of"]:
            counts[part["source"], part["cause"]] += part["resets"]
    assert counts == Counter((row["source"], row["cause"]) for row in rows)


@pytest.mark.parametrize("name", SAMPLES)
def test_one_pass_report_knows_what_two_passes_know(shark, sample, name):
    assert report(shark, sample(name)) == report(shark, sample(name), "-2")


@pytest.mark.parametrize("name", SAMPLES)
def test_report_adds_up(shark, sample, name):
    said = report(shark, sample(name))
    assert said["report"] == "rst_origin" and said["version"] == 2
    assert sum(said["groups"].values()) == said["resets"]
    assert sum(f["resets"] for f in said["findings"]) == said["resets"]
    for finding in said["findings"]:
        assert sum(finding["source_confidence"].values()) == finding["resets"]
        assert sum(part["resets"] for part in finding["made_up_of"]) == finding["resets"]
        assert sum(finding["claimed_source"].values()) == finding["resets"]
        assert sum(place["resets"] for place in finding["places"]) == finding["resets"]
        assert finding["frames"] and finding["advice"].endswith(".")


@pytest.mark.parametrize("name", SAMPLES)
def test_tree_says_what_the_fields_say(shark, sample, name):
    rows = [row for row in shark.rows(sample(name), "-2").values() if "source" in row]
    counts = tree(shark, sample(name), "-2")
    assert counts["TCP resets"] == len(rows)
    for (source, cause), n in Counter((row["source"], row["cause"]) for row in rows).items():
        assert counts[f"TCP resets/By source and cause/{source}/{cause}"] == n
    for stage, n in Counter(row["stage"] for row in rows).items():
        assert counts[f"TCP resets/By stage/{stage}"] == n


def test_tree_names_hosts_and_ports(shark, four_idle_resets):
    counts = tree(shark, four_idle_resets, "-2")
    assert counts["TCP resets/By server and port/198.51.100.20:443"] == 4
    assert counts["TCP resets/By claimed sender/198.51.100.20/intermediary"] == 4


def test_filter(shark, sample):
    capture = sample("injected_both_ends")
    every = report(shark, capture, "-2")
    some = report(shark, capture, "-2", which=',rst_origin.claimed_source == "client"')
    assert 0 < some["resets"] < every["resets"]
    assert some["filter"] == 'rst_origin.claimed_source == "client"'
    assert all(f["claimed_source"]["server"] == 0 for f in some["findings"])
    assert tree(shark, capture, "-2", which=',rst_origin.claimed_source == "client"')["TCP resets"] == some["resets"]


def test_wrong_filter_is_refused(shark, sample):
    done = shark.run("tshark", "-q", "-r", shark.readable(sample("closed_port")), "-z", "rst_origin,report,no.such", ok=False)
    assert done.returncode != 0
    assert "rst_origin,report" in done.stderr


def test_json_alone_stands_on_the_output(shark, sample):
    text = shark.tshark(sample("closed_port"), "-q", "-z", "rst_origin,report,json")
    assert text.startswith("{\n") and text.endswith("}\n")


def test_timer_rhythm_and_keepalive(shark, four_idle_resets):
    said = report(shark, four_idle_resets)
    [finding] = said["findings"]
    assert finding["source"] == "intermediary" and finding["cause"] == "idle_timeout"
    [timer] = finding["idle_timers"]
    assert timer["resets"] == 4 and round(timer["seconds"]) == 350
    assert timer["keepalive_seconds"] == 175 and "AWS" in timer["known_as"]
    assert finding["reset_again"] == 3


def test_text_for_a_reader(shark, four_idle_resets):
    """The first line is the answer; the rest keeps to the width."""
    text = shark.tshark(four_idle_resets, "-q", "-z", "rst_origin,report")
    assert text.startswith("All 4 connections to 198.51.100.20:443 were reset by a device between client and server")
    assert "after 350 s without" in text.replace("\n", " ")
    assert max(map(len, text.splitlines())) <= 100 and "\033" not in text
    assert not re.search(r"\b0\.0 ?%", text)


def test_answer_is_first_in_the_document_too(shark, four_idle_resets):
    said = report(shark, four_idle_resets)
    assert said["answer"].startswith("All 4 connections to 198.51.100.20:443 were reset by a device")
    [finding] = said["findings"]
    assert finding["summary"].startswith(said["answer"].rstrip("."))
    assert finding["ends"]["server"] == {"count": 1, "address": "198.51.100.20", "port": 443}
    assert finding["connections_total"] == 4
    assert said["read"]["packets"] > 4 and said["read"]["tcp_connections"] == 4


def test_capture_without_resets(shark, four_idle_resets, tmp_path):
    """No packet, packets without TCP, and TCP without a reset are told apart."""
    def text_of(data):
        path = tmp_path / f"{hash(data)}.pcap"
        path.write_bytes(data)
        path.chmod(0o644)
        shark.readable(path)
        assert report(shark, path)["findings"] == []
        return shark.tshark(path, "-q", "-z", "rst_origin,report")
    whole = four_idle_resets.read_bytes()
    assert "no packet was read" in text_of(whole[:24])
    first = 40 + int.from_bytes(whole[32:36], "little")
    assert "the TCP connection in this capture was not reset" in text_of(whole[:first])
    udp = bytearray(whole[:first])
    ip = 40 + (14 if udp[20] == 1 else 0)
    udp[ip + 9] = 17
    assert "there is no TCP in this capture" in text_of(bytes(udp))


def test_timer_is_a_field(shark, four_idle_resets):
    """In two passes on all of them; in one, from the third on, when there were enough to see a timer."""
    def having(*args):
        return [row.get("idle_timer") for row in shark.rows(four_idle_resets, *args).values() if "source" in row]
    assert having("-2") == ["350"] * 4
    assert having() == [None, None, "350", "350"]


def test_no_timer_without_company(shark, sample):
    assert not any("idle_timer" in row for row in shark.rows(sample("firewall_idle_timeout"), "-2").values())


def test_scan_of_many_ports_stays_quick(shark, tmp_path):
    """Beyond 2000 places the tree counts the rest as one, since Wireshark walks a node's children for each new one."""
    from packets import ACK, RST, SYN, Capture
    from talk import C, S, Talk
    scan = Capture()
    for port in range(1, 2101):
        talk = Talk(capture=scan, dport=port, start=float(port))
        talk.send(C, SYN, after=0)
        talk.send(S, RST | ACK, after=0.5, seq=0, ack=1001, ip_id=0)
    path = tmp_path / "scan.pcap"
    path.write_bytes(scan.data())
    counts = tree(shark, path)
    assert counts["TCP resets/By server and port"] == 2100
    assert counts["TCP resets/By server and port/(further ones)"] == 101  # one place is the sender's
    assert report(shark, path)["findings"][0]["places_total"] == 2100
