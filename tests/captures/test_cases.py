# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures with the answer that users need, where they lie beside the checkout: ../shared/cases with its check.py."""
import re
import shlex
import shutil
import subprocess
import sys

import pytest

from conftest import QUICK
from shark import ROOT

FOLDER = ROOT.parent / "shared" / "cases"
HITS = 22  # of 24

pytestmark = [pytest.mark.skipif(not (FOLDER / "check.py").exists(), reason="the folder ../shared/cases is not there"),
              pytest.mark.skipif(QUICK, reason="left out by --quick")]


def test_first_finding_is_what_users_need(shark, tmp_path):
    """check.py runs $TSHARK: a small script hands on to the ordinary user's."""
    cases = shark.stage / "cases"
    shutil.copytree(FOLDER, cases, dirs_exist_ok=True)
    for path in [cases, *cases.rglob("*")]:
        path.chmod(0o755 if path.is_dir() or path.suffix == ".py" else 0o644)
    script = tmp_path / "tshark"
    words, environment = shark.command(["tshark"])
    words = [*(f"{k}={v}" for k, v in (environment or {}).items()), *words]
    script.write_text(f'#!/bin/sh\nexec env {shlex.join(words)} "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    done = subprocess.run([sys.executable, str(cases / "check.py")], capture_output=True, text=True, check=False,
                          env={"TSHARK": str(script), "PATH": "/usr/bin:/bin"}, timeout=900)
    last = done.stdout.strip().splitlines()[-1]
    found = re.match(r"cases: (\d+) hit, .*; harmless captures accused: (\d+)", last)
    assert found, done.stdout + done.stderr
    assert int(found[2]) == 0, done.stdout
    assert int(found[1]) >= HITS, done.stdout
