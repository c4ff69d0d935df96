# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures: one Shark for all tests, its outputs kept, so that tests about one capture share a run."""
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "forge")]

from fixtures import QUICK, pytest_collection_modifyitems, shark  # noqa: E402, F401


@pytest.fixture(scope="session")
def printed(shark, request):
    """What every capture prints, read ahead on all processors. Where time is short, without the clipped block."""
    import golden
    modes = dict(list(golden.MODES.items())[:2]) if QUICK else golden.MODES
    wanted = {item.callspec.params["name"] for item in request.session.items if "printed" in item.fixturenames}
    chosen = {name: path for name, path in golden.captures().items() if name in wanted}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(chosen, pool.map(lambda path: golden.text_of(shark, path, modes), chosen.values())))


@pytest.fixture(scope="session")
def forged():
    return lambda name: next((HERE / "forged").glob(f"{name}.pcap*"))
