# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures: tshark with the plugin of the build folder, as the tests of captures run it."""
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "captures"), str(ROOT / "tests" / "lab")]

from fixtures import pytest_collection_modifyitems, shark  # noqa: E402, F401
