# SPDX-License-Identifier: GPL-2.0-or-later
"""After an interruption of any kind the same command goes on: finished captures are not read again, changed ones are."""
import os
import shutil
import signal
import time

import pytest


def many(batch, number):
    folder = batch.put("blind_sweep")
    [path] = folder.iterdir()
    for n in range(number):
        shutil.copy(path, folder / f"{n:04d}")
    path.unlink()
    return batch.own(folder)


def finished(batch):
    try:
        return dict(batch.sql("SELECT path, seconds FROM files WHERE status = 'done'"))
    except Exception:
        return {}


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(n) for n in file.read().split()]


def is_sharkd(pid):
    """True while it runs. It may end between any two looks at it, and is a zombie without a program then."""
    try:
        os.readlink(f"/proc/{pid}/exe")
        with open(f"/proc/{pid}/comm") as file:
            return "sharkd" in file.read()
    except OSError:
        return False


@pytest.mark.parametrize("how, code", [(signal.SIGKILL, -9), (signal.SIGTERM, 130)])
def test_interrupted(batch, how, code):
    folder = many(batch, 40)
    running = batch.start("-j", "1", folder, "--db", batch.db, start_new_session=True)
    while len(finished(batch)) < 4:
        assert running.poll() is None, running.communicate()
        time.sleep(0.05)
    os.kill(running.pid, how)
    said = running.communicate(timeout=30)[1]
    assert running.returncode == code
    if how != signal.SIGKILL:
        assert "interrupted. What was finished is kept" in said
    before = finished(batch)
    assert 4 <= len(before) < 40
    done = batch("-j", "2", folder)
    after = finished(batch)
    assert len(after) == 40
    assert all(after[path] == seconds for path, seconds in before.items())  # not read again
    assert f"; {len(before)} had been read before" in done.stderr
    [(resets, places)] = batch.sql("SELECT COUNT(*), COUNT(DISTINCT file || '/' || frame) FROM resets")
    assert resets == places == batch.sql("SELECT SUM(resets) FROM files")[0][0] > 40
    assert batch.sql("SELECT COUNT(*) FROM files") == [(40,)]


def test_no_sharkd_outlives_the_batch(batch):
    folder = many(batch, 60)
    running = batch.start("-j", "2", folder, "--db", batch.db)
    while len(finished(batch)) < 2:
        assert running.poll() is None, running.communicate()
        time.sleep(0.05)
    while not (sharks := children_of(running.pid)):  # between two of them there may be none
        assert running.poll() is None, running.communicate()
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    deadline = time.time() + 20
    while any(map(is_sharkd, sharks)):
        assert time.time() < deadline, "a sharkd is left over"
        time.sleep(0.1)


def test_changed_captures_are_read_again(batch):
    folder = batch.put("closed_port", "blind_sweep")
    batch(folder)
    first = dict(batch.sql("SELECT path, resets FROM files"))
    changed = folder / "closed_port.pcapng"
    shutil.copy(folder / "blind_sweep.pcapng", changed)
    done = batch(batch.own(folder))
    assert "1 capture read" in done.stderr and "1 had been read before" in done.stderr
    second = dict(batch.sql("SELECT path, resets FROM files"))
    assert second[str(changed)] == first[str(folder / "blind_sweep.pcapng")] != first[str(changed)]
    assert batch.sql("SELECT COUNT(*) FROM resets")[0][0] == sum(second.values())
    batch.sql("UPDATE files SET reader = 'an older one'")
    done = batch(folder)
    assert "0 captures read" in done.stderr and "2 captures read by another version" in done.stderr
    assert "2 captures read" in batch("--again", folder).stderr
    assert batch.sql("SELECT COUNT(*) FROM resets")[0][0] == sum(second.values())


def test_progress_is_for_a_terminal_alone(batch):
    done = batch(batch.put("closed_port"))
    assert "\r" not in done.stderr and "\033" not in done.stderr
    from rst_batch.progress import Progress
    made = Progress(10, 1000)
    made.begun -= 10
    made.one(250, 3, 0)
    assert made.line() == "1 of 10 captures, 25 %, 3 resets, 30 s left"


def test_on_a_terminal_the_time_left_is_shown(batch):
    import pty
    import subprocess
    command, environment = batch.command(many(batch, 12), "-j", "1", "--db", batch.db)
    try:
        ours, its = pty.openpty()
    except OSError as missing:
        pytest.skip(f"no terminal to be had here: {missing}")
    running = subprocess.Popen(command, env=environment, cwd=batch.folder, stderr=its, stdout=subprocess.DEVNULL)
    os.close(its)
    seen = b""
    try:
        while block := os.read(ours, 4096):
            seen += block
    except OSError:
        pass
    os.close(ours)
    assert running.wait() == 0
    assert b" of 12 captures, " in seen and b" left" in seen and b"12 captures read" in seen


def test_what_a_killed_batch_left_is_taken_away(tmp_path, monkeypatch):
    import tempfile
    from rst_batch.pool import own_folder
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    nobody = 2 ** 22 + 5  # beyond the highest process number
    kept, young, old = tmp_path / f"rst_batch-{os.getpid()}-abc", tmp_path / f"rst_batch-{nobody}-abc", tmp_path / f"rst_batch-{nobody}-old"
    for place in (kept, young, old, tmp_path / "rst_batch-notes"):
        place.mkdir()
        (place / "joined.pcapng").write_bytes(b"x")
    for place in (kept, old):
        os.utime(place, (0, 0))
    made = own_folder()
    assert os.path.isdir(made) and kept.exists() and young.exists() and (tmp_path / "rst_batch-notes").exists()
    assert not old.exists()
