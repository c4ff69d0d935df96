# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever is wrong has a clear word and an exit code, and nothing that was finished is lost."""
import contextlib
import io
import os
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest
from shark import ROOT

SAMPLE = next((ROOT / "sample-captures").glob("injected_both_ends.pcap*"))


def bad(batch, name):
    """Status, kind and message of a capture in the database."""
    [row] = batch.sql("SELECT status, problem, message FROM files WHERE path LIKE ?", f"%/{name}")
    return row


def test_each_kind_of_bad_file_has_its_word(batch):
    folder = batch.put("closed_port")
    whole = SAMPLE.read_bytes()
    (folder / "cut.pcapng").write_bytes(whole[:7000])
    (folder / "empty.pcap").write_bytes(b"")
    (folder / "notes.txt").write_text("no capture\n")
    (folder / "rubbish.gz").write_bytes(b"\x1f\x8b" + os.urandom(300))
    (folder / "head_only.pcap").write_bytes(bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000"))
    (folder / "locked.pcapng").write_bytes(whole)
    (folder / "broken.pcap").write_bytes(bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000") + b"\xff" * 400)
    os.mkfifo(folder / "pipe.pcap")
    batch.own(folder)
    (folder / "locked.pcapng").chmod(0)
    names = sorted(p for p in folder.iterdir())
    done = batch(*names, folder / "missing.pcap", code=1)
    assert bad(batch, "cut.pcapng")[:2] == ("cut", "cut") and "cut off in the middle of a packet" in bad(batch, "cut.pcapng")[2]
    assert batch.sql("SELECT resets FROM files WHERE path LIKE '%cut.pcapng'")[0][0] > 0  # what stands before the cut is there
    for name, problem, word in (("empty.pcap", "empty", "empty"), ("notes.txt", "not_a_capture", "not a capture"),
                                ("rubbish.gz", "not_a_capture", "not a capture"), ("locked.pcapng", "unreadable", "Permission denied"),
                                ("pipe.pcap", "pipe", "a pipe, which may never end"), ("missing.pcap", "unreadable", "No such file")):
        assert bad(batch, name)[:2] == ("failed", problem), name
        assert word in bad(batch, name)[2] and f"{name}: {bad(batch, name)[2]}" in done.stderr
    assert bad(batch, "broken.pcap")[0] in ("failed", "damaged")
    assert bad(batch, "head_only.pcap") == ("done", None, None)
    assert batch.sql("SELECT status, resets > 0 FROM files WHERE path LIKE '%closed_port%'") == [("done", 1)]
    assert "Not read, or not wholly:" in batch("report").stdout
    assert len(batch.sql("SELECT * FROM troubles")) >= 7


def test_below_a_folder_only_captures_count(batch):
    folder = batch.put("closed_port")
    (folder / "notes.txt").write_text("no capture\n")
    os.mkfifo(folder / "pipe")
    (folder / "deeper").mkdir()
    shutil.copy(SAMPLE, folder / "deeper" / "x")
    done = batch(batch.own(folder))
    assert "2 captures read" in done.stderr and "2 other files passed over" in done.stderr


def test_limits(batch):
    folder = batch.put("closed_port", "blind_sweep")
    batch("--time-limit", "0.000001", folder, code=1)
    assert batch.sql("SELECT DISTINCT status, problem FROM files") == [("failed", "time_limit")]
    batch("--memory-limit", "1M", folder, code=None)
    batch(folder)  # what failed is tried again, and nothing is there twice
    assert batch.sql("SELECT status, COUNT(*) FROM files GROUP BY status") == [("done", 2)]


def test_memory_limit_ends_one_capture_and_not_the_others(batch):
    from rst_batch.sharkd import Sharkd
    from rst_batch.words import FileFailed
    shark = Sharkd(memory=10 ** 6)
    try:
        with pytest.raises(FileFailed, match="needs more memory than the limit of 1.0 MB") as failed:
            shark.ask("info", time.monotonic() + 30)
        assert failed.value.kind == "memory_limit"
    finally:
        shark.close()


def test_a_crash_of_sharkd_is_one_captures_failure(batch):
    from rst_batch.sharkd import Sharkd
    from rst_batch.words import FileFailed
    shark = Sharkd()
    try:
        shark.process.send_signal(signal.SIGSEGV)
        with pytest.raises(FileFailed, match="ended by signal 11") as failed:
            shark.ask("status", time.monotonic() + 30)
        assert failed.value.kind == "crashed"
    finally:
        shark.close()


def test_the_standard_input_is_no_list(batch):
    assert "holds a capture, not names" in batch("-", stdin=SAMPLE.read_bytes(), code=2).stderr


@pytest.mark.parametrize("data, word", [(b"x" * 10000, "a line is longer"), (b"a\0b\n", "holds a capture, not names")], ids=["long", "binary"])
def test_no_list_of_names(data, word):
    from rst_batch import units
    from rst_batch.words import Refused
    with pytest.raises(Refused, match=word):
        list(units.names_of_input(io.BytesIO(data)))


def test_names_without_end_are_refused():
    from rst_batch import units
    from rst_batch.words import Refused

    class Endless:
        @staticmethod
        def read1(_):
            return b"name\n" * 13107
    with pytest.raises(Refused, match="does not end"):
        for _ in units.names_of_input(Endless):
            pass


def test_two_batches_at_once(batch):
    folder = batch.put("closed_port")
    other = subprocess.Popen(["flock", "-x", f"{batch.db}.lock", "sh", "-c", f"echo held > '{batch.folder}/held'; sleep 60"], start_new_session=True)
    try:
        while not (batch.folder / "held").exists():
            time.sleep(0.05)
        batch.own(batch.folder)
        assert "another batch" in batch(folder, code=2).stderr
    finally:
        os.killpg(other.pid, signal.SIGKILL)
        other.wait()
    batch(folder)


def test_database_locked_by_another_program(batch):
    folder = batch.put("closed_port", "blind_sweep")
    batch(folder / "closed_port.pcapng")
    holder = sqlite3.connect(batch.db, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        done = batch("--lock-wait", "0.5s", folder, code=3)
        assert "is locked by another program" in done.stderr and "nothing is lost" in done.stderr
    finally:
        holder.execute("ROLLBACK")
        holder.close()
    batch(folder)
    assert batch.sql("SELECT COUNT(*), SUM(status = 'done') FROM files") == [(2, 2)]


def test_disk_full(batch):
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount a small disk")
    folder = batch.put("closed_port", "blind_sweep", "injected_both_ends", "both_ends_abort")
    small = batch.folder / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=777", "tmpfs", small], capture_output=True, check=False).returncode:
        pytest.skip("may not mount")
    try:
        batch.db = small / "r.db"
        batch(folder / "closed_port.pcapng")
        fill = small / "fill"
        with contextlib.suppress(OSError), open(fill, "wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)
        done = batch(folder, code=3)
        assert "no room on the disk" in done.stderr
        fill.unlink()
        subprocess.run(["mount", "-o", "remount,size=20m", small], check=True)
        assert batch.sql("SELECT COUNT(*) FROM files WHERE status = 'done'")[0][0] >= 1
        batch(folder)
        assert batch.sql("SELECT COUNT(*), SUM(status = 'done') FROM files") == [(4, 4)]
        assert batch.sql("SELECT COUNT(*) FROM resets") == batch.sql("SELECT SUM(resets) FROM files")
    finally:
        subprocess.run(["umount", small], check=False)


def test_not_ours(batch):
    folder = batch.put("closed_port")
    batch.db.write_text("this is no database, only text that is long enough" * 40)
    batch.own(batch.db)
    assert "is not a database" in batch(folder, code=2).stderr
    batch.db = batch.folder / "other.db"
    base = sqlite3.connect(batch.db)
    base.execute("CREATE TABLE mine (x)")
    base.commit()
    base.close()
    batch.own(batch.db)
    assert "not one of this program" in batch(folder, code=2).stderr
    batch.db = batch.folder / "later.db"
    batch(folder)
    base = sqlite3.connect(batch.db)
    base.execute("UPDATE meta SET value = '99' WHERE name = 'schema'")
    base.commit()
    base.close()
    assert "has schema 99" in batch(folder, code=2).stderr
    batch.db = batch.folder / "nowhere" / "r.db"
    assert "cannot write" in batch(folder, code=2).stderr
    assert "there is no database" in batch("report", code=2).stderr


def test_without_the_plugin(batch, monkeypatch):
    folder = batch.put("closed_port")
    monkeypatch.setattr(batch.shark, "plugins", batch.folder)
    assert "does not load the plugin rst_origin" in batch(folder, code=2).stderr


def test_root_is_told_why(batch):
    if os.geteuid() != 0:
        pytest.skip("needs root")
    listed = subprocess.run(["tshark", "-G", "plugins"], capture_output=True, text=True, check=False).stdout
    if "rst_origin" in listed:
        pytest.skip("the plugin is installed for all users")
    folder = batch.put("closed_port")
    done = subprocess.run([batch.program, folder, "--db", batch.db], capture_output=True, text=True, check=False, cwd=batch.folder)
    assert done.returncode == 2 and "you are root" in done.stderr and "quickstart.sh as root" in done.stderr
