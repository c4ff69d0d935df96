# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs packaging/batch as an ordinary user with the plugin of the build folder, in a folder of that user."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "captures"), str(HERE.parent / "forge"), str(HERE.parents[1] / "packaging")]

from fixtures import made_shark, pytest_collection_modifyitems  # noqa: E402, F401
from shark import NOBODY, ROOT  # noqa: E402

sys.dont_write_bytecode = True


ASK = """import json, sqlite3, sys
base = sqlite3.connect(sys.argv[1], isolation_level=None)
print(json.dumps(base.execute(sys.argv[2], json.loads(sys.argv[3])).fetchall()))"""


class Batch:
    """One folder to work in, which the ordinary user owns."""

    def __init__(self, shark, folder):
        self.shark, self.folder = shark, folder
        self.program = shark.stage / "packaging" / "batch"
        self.db = folder / "r.db"

    def command(self, *words):
        return self.shark.command([self.program, *words])

    def start(self, *words, **more):
        command, environment = self.command(*words)
        return subprocess.Popen(command, env=environment, cwd=self.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)

    def __call__(self, *words, stdin=None, code=0, db=True):
        command, environment = self.command(*words, *(["--db", self.db] if db else []))
        done = subprocess.run(command, env=environment, cwd=self.folder, input=stdin, capture_output=True, timeout=120, check=False,
                              stdin=subprocess.DEVNULL if stdin is None else None)
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        assert code is None or done.returncode == code, f"exit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        return done

    def own(self, path):
        """Gives a file to the ordinary user."""
        for one in [path, *(path.rglob("*") if path.is_dir() else [])]:
            if os.geteuid() == 0:
                shutil.chown(one, int(NOBODY), int(NOBODY))
        return path

    def put(self, *names, folder="c"):
        """Copies of sample captures in a folder; returns it."""
        target = self.folder / folder
        target.mkdir(exist_ok=True)
        for name in names:
            [source] = (ROOT / "sample-captures").glob(f"{name}.pcap*")
            shutil.copy(source, target / source.name)
        return self.own(target)

    def sql(self, text, *values):
        """Asked as the ordinary user: root would leave files beside the database that this user cannot write."""
        command, environment = self.shark.command(["/usr/bin/python3", "-c", ASK, self.db, text, json.dumps(values)])
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return [tuple(row) for row in json.loads(done.stdout)]


@pytest.fixture(scope="session")
def shark():
    made = made_shark()
    shutil.copytree(ROOT / "packaging", made.stage / "packaging", ignore=shutil.ignore_patterns("__pycache__"))
    for place in (made.stage / "packaging").rglob("*"):
        place.chmod(0o755)
    yield made
    made.close()


@pytest.fixture
def batch(shark):
    if not shutil.which("sharkd"):
        pytest.skip("no sharkd")
    folder = Path(tempfile.mkdtemp(prefix="b-", dir=shark.stage))
    folder.chmod(0o755)
    made = Batch(shark, folder)
    made.own(folder)
    return made


SAMPLES = ["closed_port", "injected_pair_12503", "injected_both_ends", "firewall_idle_timeout", "blind_sweep",
           "teardown_after_fin", "both_ends_abort", "half_open_server_restarted", "injected_self_report",
           "diagnosis_host_restarted", "diagnosis_port_scan", "server_abort", "ack_scan", "diagnosis_max_age"]


@pytest.fixture(scope="session")
def read_samples(shark):
    """A database of some samples, read once for all tests that only look at it."""
    if not shutil.which("sharkd"):
        pytest.skip("no sharkd")
    folder = shark.stage / "samples"
    folder.mkdir()
    made = Batch(shark, folder)
    made.own(folder)
    made("-j", "2", made.put(*SAMPLES))
    return made
