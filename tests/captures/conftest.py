# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures: one Shark for all tests, its outputs kept, so that tests about one capture share a run."""
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "forge")]

from shark import Shark  # noqa: E402


@pytest.fixture(scope="session")
def shark():
    try:
        made = Shark()
    except SystemExit as missing:
        pytest.exit(str(missing), returncode=2)
    yield made
    made.close()


@pytest.fixture(scope="session")
def printed(shark):
    """What every capture prints, read ahead on all processors."""
    import golden
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(golden.captures(), pool.map(lambda path: golden.text_of(shark, path), golden.captures().values())))


@pytest.fixture(scope="session")
def forged():
    return lambda name: next((HERE / "forged").glob(f"{name}.pcap*"))
