# SPDX-License-Identifier: GPL-2.0-or-later
"""What all folders of tests share: tshark with the plugin of the build folder, and the mark of tests that take long."""
import os
import zlib

import pytest

from shark import Shark

QUICK = os.environ.get("RO_QUICK") == "1"  # set by tests/run.sh --quick
slow = pytest.mark.skipif(QUICK, reason="left out by --quick")


def pytest_collection_modifyitems(config, items):
    """For each conftest to import: where time is short, every test runs over a quarter of its captures, or else of its parameters.

    The captures are chosen by name, so that all tests choose the same and share what a run of tshark printed.
    """
    if not QUICK:
        return
    nth, left_out = {}, set()
    for item in items:
        test = item.nodeid.partition("[")[0]
        nth[test] = number = nth.get(test, -1) + 1
        capture = getattr(item, "callspec", None) and item.callspec.params.get("name")
        if capture:
            number = zlib.crc32(str(capture).rpartition("/")[2].encode())
        if number % 4:
            left_out.add(item)
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


def made_shark():
    """tshark with the plugin; without a plugin the tests end with a word."""
    try:
        return Shark()
    except SystemExit as missing:
        pytest.exit(str(missing), returncode=2)


@pytest.fixture(scope="session")
def shark():
    made = made_shark()
    yield made
    made.close()
