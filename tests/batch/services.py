# SPDX-License-Identifier: GPL-2.0-or-later
"""Real services, each in a folder of the test's own and run as the ordinary user of the tests: nothing of the machine is changed."""
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

os.environ["PATH"] += ":/usr/sbin:/sbin"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Services:
    """Starts programs as the ordinary user, and ends just those."""

    def __init__(self, batch):
        self.batch, self.running = batch, []

    def environment(self, **more):
        return {**self.batch.shark.environment(), "PATH": os.environ["PATH"], **more}

    def words(self, words, more):
        if os.geteuid() != 0:
            return list(map(str, words)), self.environment(**more)
        from shark import NOBODY
        return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "env", "-i",
                *(f"{k}={v}" for k, v in self.environment(**more).items()), *map(str, words)], None

    def run(self, *words, ok=True, stdin=None, **more):
        command, environment = self.words(words, more)
        done = subprocess.run(command, env=environment, cwd=self.batch.folder, capture_output=True, text=True, timeout=110, check=False,
                              input=stdin, stdin=subprocess.DEVNULL if stdin is None else None)
        assert not ok or done.returncode == 0, f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def start(self, *words, **more):
        command, environment = self.words(words, more)
        log = open(self.batch.folder / f"{Path(str(words[0])).name}-{len(self.running)}.log", "w")
        self.running.append(subprocess.Popen(command, env=environment, cwd=self.batch.folder, stdout=log, stderr=log, start_new_session=True))
        return self.running[-1]

    def wait_for(self, what, seconds=60):
        deadline = time.time() + seconds
        while True:
            found = what()
            if found:
                return found
            assert time.time() < deadline, self.logs()
            time.sleep(0.2)

    def logs(self):
        return "\n".join(f"== {p.name}\n{p.read_text(errors='replace')[-1500:]}" for p in self.batch.folder.glob("*.log"))

    def end(self):
        for one in reversed(self.running):
            one.terminate()
        for one in reversed(self.running):
            try:
                one.wait(timeout=15)
            except subprocess.TimeoutExpired:
                one.kill()


@pytest.fixture
def services(batch):
    made = Services(batch)
    yield made
    made.end()


def needs(*programs):
    absent = [p for p in programs if not shutil.which(p)]
    if absent:
        pytest.skip(f"not installed: {' '.join(absent)}; tests/batch/services.sh installs it as root")


def many(batch, number, *names):
    """Captures of two kinds, `number` of each."""
    folder = batch.put(*names)
    for path in sorted(folder.iterdir()):
        for n in range(number):
            shutil.copy(path, folder / f"{path.stem}-{n:04d}")
        path.unlink()
    return batch.own(folder)
