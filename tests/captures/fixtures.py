# SPDX-License-Identifier: GPL-2.0-or-later
"""What all folders of tests share: tshark with the plugin of the build folder, and the mark of tests that take long."""
import os

import pytest

from shark import Shark

QUICK = os.environ.get("RO_QUICK") == "1"  # set by tests/run.sh --quick
slow = pytest.mark.skipif(QUICK, reason="left out by --quick")


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
