# SPDX-License-Identifier: GPL-2.0-or-later
"""The forged captures say what follows from the rule they are named after, worked out by hand in tests/forge."""
import pytest

import contract
import forge
from registry import CAPTURES

CASES = [(name, "one pass", frame) for name, made in CAPTURES.items() for frame in made.expect]
CASES += [(name, "two passes", frame) for name, made in CAPTURES.items() for frame in {**made.expect, **made.two_pass}]


@pytest.mark.parametrize("name,mode,frame", CASES)
def test_frame_says(shark, name, mode, frame):
    made = CAPTURES[name]
    wanted = dict(made.expect.get(frame, {}))
    if mode == "two passes":
        wanted.update(made.two_pass.get(frame, {}))
    row = shark.rows(forge.path(name), *(("-2",) if mode == "two passes" else ())).get(frame, {})
    assert {field: row.get(field) for field in wanted} == wanted


@pytest.mark.parametrize("name", CAPTURES)
def test_file_is_what_the_script_writes(name):
    assert forge.path(name).read_bytes() == forge.content(name)


def test_every_encapsulation_tells_the_same(shark, forged):
    """The segment in a tunnel is the segment without it."""
    plain = shark.rows(forged("in_ethernet"))[5]
    for path in sorted(forged("in_ethernet").parent.glob("in_*.pcap")):
        if path.stem != "in_fragments":
            row = shark.rows(path)[5]
            same = [f for f in contract.FACTS if f in plain]
            assert {f: row.get(f) for f in same} == {f: plain[f] for f in same}, path.stem
