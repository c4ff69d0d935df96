# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures: one Shark for all tests, its outputs kept, so that tests about one capture share a run."""
import sys
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
def forged():
    return lambda name: next((HERE / "forged").glob(f"{name}.pcap*"))
