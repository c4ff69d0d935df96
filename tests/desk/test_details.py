# SPDX-License-Identifier: GPL-2.0-or-later
"""The packet details: the subtree's own line is the answer, short enough for a narrow window, for every sample capture."""
import re
import subprocess

import pytest

from shark import ROOT


@pytest.fixture(scope="module")
def every_reset(shark, tmp_path_factory):
    """The details of all resets of all samples, from one file that holds them one after another."""
    path = tmp_path_factory.mktemp("details") / "all.pcapng"
    samples = sorted(p for p in (ROOT / "sample-captures").glob("*.pcap*") if p.suffix != ".tsv")
    assert len(samples) > 80
    subprocess.run(["mergecap", "-a", "-w", path, *samples], check=True, capture_output=True)
    path.chmod(0o644)
    return shark.tshark(path, "-2", "-n", "-O", "rst_origin", "-Y", "rst_origin.source")


def test_first_line_is_the_answer(every_reset):
    lines = re.findall(r"^\[TCP Reset Origin: .*$", every_reset, re.M)
    assert len(lines) > 300
    for line in lines:
        said = line[len("[TCP Reset Origin: "):-1]
        assert len(line) < 100, line
        assert re.match(r"(the (client|server)( \(likelier side\))?|a device on the path|sender not decided)(: |; | \(|$)", said), line
        assert said.endswith((" (possibly)", " (likely)", " (very likely)")) != said.startswith("sender not decided"), line


def test_facts_stand_below_the_answer(every_reset):
    blocks = every_reset.split("[TCP Reset Origin: ")[1:]
    first = [re.search(r"^ +\[Suspected source: (\w+) \(RST from (client|server) side", b, re.M) for b in blocks
             if "continues after the reset" not in b.splitlines()[0]]
    assert first and all(first)
