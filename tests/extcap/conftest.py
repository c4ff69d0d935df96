# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the witness's tests: the program, two hosts in namespaces, and tshark with the plugin."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "captures"), str(ROOT / "tests" / "lab"), str(ROOT / "extcap"),
                str(Path(__file__).resolve().parent)]
sys.dont_write_bytecode = True

from fixtures import QUICK, pytest_collection_modifyitems, shark  # noqa: E402, F401

PROGRAM = ROOT / "extcap" / "rst-witness"
INSTANCES = Path("/sys/kernel/tracing/instances")


def why_not():
    """Why nothing can be recorded here; empty where it can. To record takes seconds, and nothing else may reset meanwhile."""
    if QUICK:
        return "left out by --quick"
    if os.geteuid() != 0:
        return "needs root"
    if not INSTANCES.is_dir():
        return "tracefs is not mounted"
    if not Path("/sys/kernel/tracing/events/tcp/tcp_send_reset").is_dir():
        return "this kernel lacks the tracepoint tcp_send_reset"
    return ""


@pytest.fixture
def can_record():
    if why_not():
        pytest.skip(why_not())


@pytest.fixture
def run_witness():
    """Runs the program to its end, as who the tests run as."""
    def run(*words, **options):
        return subprocess.run([str(PROGRAM), *map(str, words)], capture_output=True, text=True, timeout=60, check=False,
                              **options)
    return run


@pytest.fixture
def hosts(can_record):
    """Two hosts on one link, 192.0.2.10 and 192.0.2.20."""
    from namespaces import Namespace
    client, server = Namespace("client"), Namespace("server")
    client.run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", server.path)
    client.ip("addr add 192.0.2.10/24 dev eth0", "link set eth0 up")
    server.ip("addr add 192.0.2.20/24 dev eth0", "link set eth0 up")
    yield client, server
    client.close()
    server.close()
