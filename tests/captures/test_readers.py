# SPDX-License-Identifier: GPL-2.0-or-later
"""Words and items are made only for a reader; each reader still gets everything.

The capture holds three injected resets (frames 5 to 7). Each test asks through one reader alone, so that no other one
makes the plugin fill in what this one needs.
"""
import json
from xml.etree import ElementTree

import pytest
from forge import path
from test_outputs import INJECTED


@pytest.fixture(scope="module")
def capture():
    return path(INJECTED)


def lines(text):
    return [line for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("passes", [(), ("-2",)], ids=["one pass", "two passes"])
class TestReaders:
    def test_statistics_alone_make_nothing_fail(self, shark, capture, passes):
        assert "Frames" in shark.tshark(capture, *passes, "-q", "-z", "io,stat,0")

    def test_filter_by_one_field(self, shark, capture, passes):
        for wanted in ('rst_origin.source == "intermediary"', "rst_origin.injected", "rst_origin.sign",
                       "rst_origin.sign.text", "rst_origin.sign.weight > 0",
                       'rst_origin.summary contains "device on the path"', "rst_origin.diagnosis.text", "rst_origin.advice",
                       "rst_origin.number", '_ws.expert.message contains "device on the path"'):
            assert len(lines(shark.tshark(capture, *passes, "-Y", wanted))) >= 1, wanted

    def test_one_field_printed(self, shark, capture, passes):
        for field in ("rst_origin.sign", "rst_origin.sign.text", "rst_origin.sign.family", "rst_origin.summary",
                      "rst_origin.diagnosis", "rst_origin.diagnosis.evidence", "rst_origin.score"):
            text = shark.tshark(capture, *passes, "-T", "fields", "-e", field)
            assert any(line.strip() for line in text.splitlines()), field

    def test_custom_column(self, shark, capture, passes):
        text = shark.tshark(capture, *passes, "-o",
                            'gui.column.format:"Frame","%m","Sender","%Cus:rst_origin.source:0:R"')
        assert "intermediary" in text

    def test_info_column(self, shark, capture, passes):
        text = shark.tshark(capture, *passes, "-o", "rst_origin.info_column:TRUE")
        assert "[RST: intermediary" in text
        assert "[RST:" not in shark.tshark(capture, *passes)

    def test_expert_statistics(self, shark, capture, passes):
        assert "RST Origin" in shark.tshark(capture, *passes, "-q", "-z", "expert")

    def test_expert_column(self, shark, capture, passes):
        text = shark.tshark(capture, *passes, "-o", 'gui.column.format:"Frame","%m","Gravity","%a"')
        gravity = dict(line.split(maxsplit=1) for line in text.splitlines() if len(line.split()) > 1)
        assert {"5", "6", "7"} <= set(gravity)

    def test_own_tap(self, shark, capture, passes):
        assert "intermediary" in shark.tshark(capture, *passes, "-q", "-z", "rst_origin,tree")

    def test_whole_trees(self, shark, capture, passes):
        shown = shark.tshark(capture, *passes, "-V")
        packets = json.loads(shark.tshark(capture, *passes, "-T", "json"))
        pdml = ElementTree.fromstring(shark.tshark(capture, *passes, "-T", "pdml"))
        ek = [json.loads(line) for line in shark.tshark(capture, *passes, "-T", "ek").splitlines() if line]
        own = [p["_source"]["layers"]["rst_origin"] for p in packets if "rst_origin" in p["_source"]["layers"]]
        assert shown.count("TCP Reset Origin: ") >= 3
        assert sum("rst_origin.summary" in layer for layer in own) == 3
        assert sum("rst_origin.advice" in layer for layer in own) == 3
        assert len([f for f in pdml.iter("field") if f.get("name") == "rst_origin.sign.text"]) >= 3
        assert sum("rst_origin_rst_origin_source" in entry["layers"]["rst_origin"] for entry in ek
                   if "rst_origin" in entry.get("layers", {})) == 3


def test_colour_rules(shark, capture):
    """A colour rule that looks at a field of ours is the only reader."""
    for folder in (shark.home / ".config" / "wireshark",):
        folder.mkdir(parents=True, exist_ok=True)
        rules = folder / "colorfilters"
        rules.write_text('@injected@rst_origin.injected@[65535,0,0][65535,65535,65535]\n')
    try:
        text = shark.tshark(capture, "--color", "-T", "fields", "-e", "frame.number", "-e", "frame.coloring_rule.name")
    finally:
        rules.unlink()
    assert any("injected" in line for line in text.splitlines())


def test_protocol_hierarchy_counts_the_resets(shark, forged):
    """-z io,phs counts protocols, and asks for no field of them."""
    text = shark.tshark(forged("genuine_abort"), "-q", "-z", "io,phs")
    assert any(line.split()[:2] == ["rst_origin", "frames:1"] for line in text.splitlines())
