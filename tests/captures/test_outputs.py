# SPDX-License-Identifier: GPL-2.0-or-later
"""The fields are there wherever a user reads them: alone, in filters, in json, ek and pdml, in columns and colours."""
import json
import xml.etree.ElementTree as ElementTree

import pytest

import contract
import sharkd
from conftest import QUICK

INJECTED = "three_copies_with_window"  # frames 5 to 7 are resets, frame 8 speaks against them


@pytest.fixture(scope="module")
def injected():
    from forge import path
    return path(INJECTED)


def frames(text):
    return [int(line.split()[0]) for line in text.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def alone(shark, forged, injected):
    """Each field as the only column, one after the other in one process: {capture: {field: {frame: text}}}."""
    return {path: sharkd.columns(shark, path, contract.FIELDS) for path in (injected, forged("genuine_abort"))}


@pytest.mark.parametrize("name", contract.FIELDS)
def test_field_alone(shark, alone, name):
    """Asked for alone, a field says what it says among all: nothing hangs on another field being wanted."""
    for capture, columns in alone.items():
        together = {f: row[name].replace("|", ",") for f, row in shark.rows(capture, "-2").items() if name in row}
        assert columns[name] == together


@pytest.mark.parametrize("name", ["source", "sign", "trigger", "response_time", "contradicted_by"])
def test_field_alone_in_tshark(shark, forged, injected, name):
    """The same with a process of its own, for a few fields of each type: both ways to ask agree."""
    for capture in (injected, forged("genuine_abort")):
        together = {f: row[name] for f, row in shark.rows(capture, "-2").items() if name in row}
        assert {f: row[name] for f, row in shark.rows(capture, "-2", names=[name]).items()} == together


def test_injected_alone_selects_intermediaries(shark, injected):
    wanted = [f for f, row in shark.rows(injected, "-2").items() if row.get("source") == "intermediary"]
    assert wanted
    assert frames(shark.tshark(injected, "-2", "-Y", "rst_origin.injected", "-T", "fields", "-e", "frame.number")) == wanted


def test_injected_alone_selects_nothing_else(shark, forged):
    assert frames(shark.tshark(forged("genuine_abort"), "-2", "-Y", "rst_origin.injected")) == []


@pytest.mark.parametrize("expression,wanted", [
    ('rst_origin', [5, 6, 7, 8]),
    ('rst_origin.claimed_source == "server"', [5, 6, 7]),
    ('rst_origin.claimed_source == "client"', []),
    ('rst_origin.trigger == 4', [5, 6, 7]),
    ('rst_origin.ttl > 100', [5, 6, 7]),
    ('rst_origin.seq_check == "exact"', [5, 6, 7]),
    ('rst_origin.source', [5, 6, 7]),
    ('rst_origin && tcp.flags.reset == 0', [8]),
])
def test_filter_selects(shark, injected, expression, wanted):
    assert frames(shark.tshark(injected, "-Y", expression, "-T", "fields", "-e", "frame.number")) == wanted


def test_later_frame_is_found_by_what_it_contradicts(shark, forged):
    capture = forged("server_answers_after_its_reset")
    assert frames(shark.tshark(capture, "-2", "-Y", "rst_origin.contradicts == 5", "-T", "fields", "-e", "frame.number"))
    assert frames(shark.tshark(capture, "-2", "-Y", "rst_origin.contradicted_by", "-T", "fields", "-e", "frame.number")) == [5]


def test_read_filter_of_two_passes(shark, injected):
    """-R drops frames before the second pass; what is kept says the same of the RST itself."""
    def facts(*args):
        return [{n: row.get(n) for n in ("claimed_source", "ttl", "seq_check", "shape", "stage")}
                for row in shark.rows(injected, "-2", *args).values() if "ttl" in row]
    assert facts("-R", "rst_origin") == facts()


def test_first_frame_dropped_by_the_read_filter(shark, injected):
    """Frame numbers repeat in the first of two passes with -R; results must not be mixed up."""
    rows = shark.rows(injected, "-2", "-R", "tcp.flags.reset == 1")
    assert [row["claimed_source"] for row in rows.values()] == ["server"] * 3


def test_json(shark, injected):
    packets = json.loads(shark.tshark(injected, "-2", "-T", "json"))
    resets = [p["_source"]["layers"]["rst_origin"] for p in packets if "rst_origin" in p["_source"]["layers"]]
    own = [r for r in resets if "rst_origin.source" in str(r)]
    assert len(own) == 3
    assert '"intermediary"' in json.dumps(own)


def test_ek(shark, injected):
    lines = [json.loads(line) for line in shark.tshark(injected, "-2", "-T", "ek").splitlines() if line]
    layers = [entry["layers"]["rst_origin"] for entry in lines if "layers" in entry and "rst_origin" in entry["layers"]]
    assert sum("rst_origin_rst_origin_source" in layer for layer in layers) == 3


def test_pdml(shark, injected):
    tree = ElementTree.fromstring(shark.tshark(injected, "-2", "-T", "pdml"))
    fields = [f for f in tree.iter("field") if f.get("name") == "rst_origin.source"]
    assert [f.get("show") for f in fields] == ["intermediary"] * 3


def test_column(shark, forged):
    text = shark.tshark(forged("refused_syn"), "-o", 'gui.column.format:"Frame","%m","Sender","%Cus:rst_origin.source:0:R"')
    assert [line.split() for line in text.splitlines()] == [["1"], ["2", "unknown"]]


def test_tree_line_says_it_in_one_breath(shark, forged):
    text = shark.tshark(forged("genuine_abort"), "-V", "-Y", "rst_origin")
    line = next(line for line in text.splitlines() if "TCP Reset Origin" in line)
    assert "server" in line and "abort" in line


def test_expert_infos(shark, forged, injected):
    text = shark.tshark(injected, "-2", "-Y", "rst_origin.expert.injected", "-T", "fields", "-e", "frame.number")
    assert frames(text) == [5, 6, 7]
    assert shark.tshark(forged("genuine_abort"), "-2", "-Y", "rst_origin.expert.injected") == ""
    assert frames(shark.tshark(forged("genuine_abort"), "-Y", "rst_origin.expert.reset", "-T", "fields", "-e",
                               "frame.number")) == [7]


def test_expert_summary_counts_resets(shark, injected):
    text = shark.tshark(injected, "-2", "-q", "-z", "expert")
    assert "Security" in text and "Warn" in text


def test_color_rule(shark, injected):
    rules = shark.home / ".config" / "wireshark"
    rules.mkdir(parents=True, exist_ok=True)
    for folder in (rules.parent, rules):
        folder.chmod(0o777)
    target = rules / "colorfilters"
    target.write_text("@Injected reset@rst_origin.injected@[65535,0,0][0,0,0]\n")
    try:
        text = shark.tshark(injected, "-2", "-T", "fields", "-e", "frame.number", "-e", "frame.coloring_rule.name", "--color")
    finally:
        target.unlink()
    assert [int(line.split("\t")[0].split("m")[-1]) for line in text.splitlines() if "Injected reset" in line] == [5, 6, 7]


def test_one_pass_and_two_agree_where_nothing_came_later(shark, forged):
    for name in ("refused_syn", "genuine_abort", "reset_after_handshake"):
        assert shark.rows(forged(name)) == shark.rows(forged(name), "-2"), name


KINDS_OF_RUNS = [
    ("-V",), ("-2", "-T", "json"), ("-q", "-z", "rst_origin,report"), ("-O", "tcp,rst_origin", "-2"), ("-x",),
    ("-n", "-o", "rst_origin.info_column:TRUE", "-Y", "tcp.flags.reset == 1"), ("-Y", "no such filter"),
    ("-T", "fields", "-E", "separator=,", "-e", "frame.number", "-e", "rst_origin.source"),
    ("-T", "ek", "--disable-protocol", "tcp"), ("-P", "-V", "-c", "5"), ("--color",),
]


@pytest.mark.parametrize("args", KINDS_OF_RUNS[:2] if QUICK else KINDS_OF_RUNS, ids=" ".join)
def test_a_kept_tshark_prints_the_same(shark, injected, forged, args):
    """Most tests read captures with a tshark that was started for many (preload.c); it must be no other tshark."""
    for capture in (injected, forged("genuine_abort")):
        words = ("-r", str(shark.readable(capture)), *args)
        started = shark.run("tshark", *words, ok=False)
        assert shark.starts.run(words) == (started.returncode, started.stdout, started.stderr)
