# SPDX-License-Identifier: GPL-2.0-or-later
"""The fixture that all folders of tests share: tshark with the plugin of the build folder."""
import pytest

from shark import Shark


@pytest.fixture(scope="session")
def shark():
    try:
        made = Shark()
    except SystemExit as missing:
        pytest.exit(str(missing), returncode=2)
    yield made
    made.close()
