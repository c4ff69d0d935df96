# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures of two points: where each reset was made, whatever the clocks and the order of the file.

What is expected is each sample's truth, which the laboratory took from its own counters: how many resets each sent, as often as
the file shows them.
"""
import json
from collections import Counter
from pathlib import Path

import points
import pytest

SAMPLES = Path(__file__).resolve().parents[2] / "sample-captures"
BETWEEN = "between client and server"
EXPECTED = {
    "both_ends_abort": Counter({("client", "at the client"): 2, ("server", "at the server"): 2}),
    "injected_both_ends": Counter({("intermediary", BETWEEN): 2, ("client", "at the client"): 6}),
    "ips_drop_and_reset": Counter({("intermediary", BETWEEN): 2}),
    "load_balancer_idle_both_ends": Counter({("intermediary", BETWEEN): 6}),
    "firewall_reject_midstream_two_ended": Counter({("intermediary", BETWEEN): 1, ("server", "at the server"): 2}),
    "transparent_proxy": Counter({("intermediary", BETWEEN): 2}),
}
NAMES = ("source", "vantage.segment", "vantage.count", "vantage.twin", "vantage.missing_at", "vantage.clock_offset",
         "event", "sign", "sign.text")


def rows(shark, path, *args):
    return shark.rows(path, "-2", "-o", "rst_origin.point_names:client,server", *args, names=NAMES)


def places(found):
    return Counter((row["source"], row.get("vantage.segment")) for row in found.values() if "source" in row)


@pytest.mark.parametrize("name", EXPECTED)
def test_where_resets_were_made(shark, name):
    assert places(rows(shark, SAMPLES / f"{name}.pcapng")) == EXPECTED[name]


def clock_offsets(found):
    return [float(o) for row in found.values() for o in row.get("vantage.clock_offset", "").split("|") if o]


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("offset", (-5.0, 5.0))
def test_clocks_off_by_seconds_and_drifting(shark, name, offset):
    plain = clock_offsets(rows(shark, SAMPLES / f"{name}.pcapng"))
    path = points.changed(SAMPLES / f"{name}.pcapng", shark.stage / f"{name}{offset}.pcapng", offset, 100e-6)
    found = rows(shark, path)
    assert places(found) == EXPECTED[name]
    if name == "transparent_proxy":  # no packet passes it, so nothing tells the clocks
        assert plain == clock_offsets(found) == []
        return
    # seen from the client +p becomes +(p + offset), from the server the same with the other sign
    for seen in clock_offsets(found):
        assert any(abs(abs(seen) - abs(p + offset)) < 0.01 for p in plain), (seen, plain)
    assert len(plain) == len(clock_offsets(found)) > 0


@pytest.mark.parametrize("name", EXPECTED)
def test_one_point_after_the_other_in_the_file(shark, name):
    path = points.changed(SAMPLES / f"{name}.pcapng", shark.stage / f"{name}-unsorted.pcapng", sort=False)
    assert places(rows(shark, path)) == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_twins_point_at_each_other(shark, name):
    found = rows(shark, SAMPLES / f"{name}.pcapng")
    for frame, row in found.items():
        twins = [int(t) for t in row.get("vantage.twin", "").split("|") if t]
        assert int(row.get("vantage.count", 1)) == 1 + len(twins)
        for twin in twins:
            assert str(frame) in found[twin]["vantage.twin"].split("|")
            assert found[twin]["event"] == row["event"]
            assert found[twin]["source"] == row["source"]


@pytest.mark.parametrize("name", EXPECTED)
def test_the_report_for_programs_counts_each_once(shark, name):
    """Each reset under the place where the rows say that it was made, once however many points saw it."""
    path = shark.readable(SAMPLES / f"{name}.pcapng")
    report = json.loads(shark.tshark(path, "-q", "-o", "rst_origin.point_names:client,server",
                                     "-z", "rst_origin,report,json"))
    once = Counter()
    for row in rows(shark, SAMPLES / f"{name}.pcapng").values():
        if "source" in row:
            once[row["vantage.segment"]] += 1 / int(row.get("vantage.count", 1))
    assert {place["where"]: place["resets"] for place in report["made"]} == once
    assert [point["name"] for point in report["capture_points"]] == ["client", "server"]
    assert [point["stands"] for point in report["capture_points"]] == ["next to the client", "next to the server"]
    # the two legs of a proxy have no packet in common
    assert ("clock_offset" in report["capture_points"][1]) == (name != "transparent_proxy")


def test_one_capture_point_has_no_place(shark):
    report = json.loads(shark.tshark(shark.readable(SAMPLES / "closed_port.pcapng"), "-q", "-z", "rst_origin,report,json"))
    assert "capture_points" not in report and "made" not in report


def test_a_reset_that_a_device_made_is_missing_at_its_sender(shark):
    for row in rows(shark, SAMPLES / "injected_both_ends.pcapng").values():
        if row.get("source") == "intermediary":
            assert "not_seen_at_sender" in row["sign"].split("|")
            assert "enters_both_ends" in row["sign"].split("|")
            assert row["vantage.missing_at"] in ("client", "server")
            assert f", but not at {row['vantage.missing_at']}, nearer to the" in row["sign.text"]
        elif "source" in row:
            assert "left_sender" in row["sign"].split("|")


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("seed", (1, 2, 3))
def test_a_lossy_capture_accuses_no_endpoint(shark, name, seed):
    path = points.changed(SAMPLES / f"{name}.pcapng", shark.stage / f"{name}-loss{seed}.pcapng", loss=0.05, seed=seed)
    accused = sum(n for (source, _), n in places(rows(shark, path)).items() if source == "intermediary")
    assert accused <= sum(n for (source, _), n in EXPECTED[name].items() if source == "intermediary")


@pytest.mark.parametrize("name", EXPECTED)
def test_a_single_point_has_no_such_fields(shark, name):
    found = []
    for interface in (0, 1):
        path = points.only(SAMPLES / f"{name}.pcapng", shark.stage / f"{name}-{interface}.pcapng", interface)
        found += rows(shark, path).values()
    assert found
    for row in found:
        assert not [field for field in row if field.startswith("vantage.")]
        assert "not_seen_at_sender" not in row.get("sign", "")


def test_interfaces_are_named_without_the_preference(shark):
    found = shark.rows(SAMPLES / "injected_both_ends.pcapng", "-2", names=("vantage.missing_at",))
    assert {row["vantage.missing_at"] for row in found.values()} == {"client", "server"}
