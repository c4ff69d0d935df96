# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the tests of what an analyst sees: the tshark runner of the capture tests, and a capture of one's own."""
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "captures"), str(HERE.parent / "forge")]

from fixtures import pytest_collection_modifyitems, shark  # noqa: E402, F401
from shark import ROOT  # noqa: E402


@pytest.fixture(scope="session")
def sample():
    def find(name):
        found = list((ROOT / "sample-captures").glob(f"{name}.pcap*"))
        assert found, f"no sample capture {name}"
        return found[0]
    return find


@pytest.fixture(scope="session")
def four_idle_resets(tmp_path_factory):
    """Four connections, begun every 400 s, that a box nearer than the server resets after 350 s of silence."""
    from talk import C, FAR_MS, S, Talk
    capture = None
    for i in range(4):
        talk = Talk(capture=capture, sport=40001 + i, dport=443, start=400_000.0 * i)
        capture = talk.capture
        talk.handshake()
        talk.request()
        talk.response()
        talk.ack(C)
        talk.request(after=350_000.0)
        talk.rst(S, after=0.3, ttl=254)
        talk.ack(S, after=FAR_MS)  # the server lives
    path = tmp_path_factory.mktemp("desk") / "four_idle_resets.pcap"
    path.write_bytes(capture.data())
    path.chmod(0o644)
    return path


@pytest.fixture(scope="session")
def forged():
    from forge import path
    return path
