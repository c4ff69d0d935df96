# SPDX-License-Identifier: GPL-2.0-or-later
"""Files of one capture are read as one, files of several points as points, and new files of a running capture as they are closed."""
import json
import os
import shutil
import subprocess
import time

from rst_batch import rings, schema, units
from shark import ROOT

NOT_OF_THE_FILE = ("file", "part", "part_frame")


def sample(name):
    [path] = (ROOT / "sample-captures").glob(f"{name}.pcap*")
    return path


def cut(source, folder, borders, name="ring_{n:05d}_2026112104{n:04d}.pcapng", first=1):
    """The frames of a capture in several files, each border the last frame of a file."""
    folder.mkdir(exist_ok=True)
    made, begin = [], 1
    for n, end in enumerate([*borders, 10 ** 6], first):
        path = folder / name.format(n=n)
        subprocess.run(["editcap", "-r", source, path, f"{begin}-{end}"], check=True, capture_output=True)
        made.append(path)
        begin = end + 1
    return made


def resets(batch):
    names = [n for n in schema.RESET_COLUMNS if n not in NOT_OF_THE_FILE]
    return batch.sql(f"SELECT {', '.join(names)} FROM resets ORDER BY n")


def test_a_ring_is_read_as_one_capture(batch):
    source = sample("blind_sweep")
    whole = batch.put("blind_sweep", folder="whole")
    batch(whole)
    wanted = resets(batch)
    frames = [row[0] for row in batch.sql("SELECT frame FROM resets ORDER BY n")]
    ring = batch.folder / "ring"
    borders = [frames[0] - 1, frames[len(frames) // 2]]
    files = cut(source, ring, borders)
    batch.db = batch.folder / "ring.db"
    batch("-j", "1", batch.own(ring))
    assert batch.sql("SELECT COUNT(*), MIN(status) FROM files") == [(1, "done")]
    assert resets(batch) == wanted != []
    ends = [0, *borders, 10 ** 6]
    for frame, part, own in batch.sql("SELECT frame, part, part_frame FROM resets"):
        assert ends[part - 1] < frame <= ends[part] and own == frame - ends[part - 1]
    assert [p for p, in batch.sql("SELECT path FROM parts ORDER BY part")] == [str(f) for f in files]
    [found] = {f["file"] for one in json.loads(batch("report", "--json").stdout)["findings"][:1] for f in one["frames"][:1]}
    assert found in map(str, files)
    # a file more: the stream is read anew, and nothing is there twice
    [extra] = cut(sample("closed_port"), ring, [], name="ring_00004_20261121040004.pcapng")
    subprocess.run(["editcap", "-t", "100000", extra, f"{extra}.new"], check=True)
    os.replace(f"{extra}.new", extra)
    batch(batch.own(ring))
    assert batch.sql("SELECT COUNT(*) FROM files") == [(1,)] and len(resets(batch)) > len(wanted)
    # read apart, the same files are captures of their own, in the place of the stream
    batch("--apart", ring)
    assert batch.sql("SELECT COUNT(*) FROM files") == [(4,)]
    assert batch.sql("SELECT COUNT(*) FROM resets")[0][0] == len(batch.sql("SELECT DISTINCT file, frame FROM resets"))


def test_which_files_belong_together(tmp_path):
    files = cut(sample("blind_sweep"), tmp_path, [5, 10])
    other = cut(sample("blind_sweep"), tmp_path, [5], name="ring_{n:05d}_2026112105{n:04d}.pcapng", first=7)
    for name in ("day.pcap", "day.pcap1", "day.pcap2"):
        shutil.copy(files[0], tmp_path / name)  # the same times three times: no capture that goes on
    made = rings.units_of([str(p) for p in [*files, *other, tmp_path / "day.pcap", tmp_path / "day.pcap1", tmp_path / "day.pcap2"]], 10 ** 9)
    assert sorted(len(u.files) for u in made) == [1, 1, 1, 2, 3]
    assert [len(u.files) for u in rings.units_of([str(p) for p in files], 1)] == [1, 1, 1]  # the limit for what is joined
    assert rings.place_in_ring("/a/c_00012_20261121045050.pcapng.gz")[1] == 12
    assert rings.place_in_ring("/a/c_20261121045050_00012.pcapng")[1] == 12
    assert rings.place_in_ring("/a/c.pcap3")[1] == 3 and rings.place_in_ring("/a/report_2026.txt") is None


def test_told_that_a_folder_is_one_capture(batch):
    source = sample("blind_sweep")
    folder = batch.folder / "odd"
    cut(source, folder, [10, 20], name="{n}-z")
    os.rename(folder / "1-z", folder / "y-first")
    batch("--one", batch.own(folder))
    assert batch.sql("SELECT COUNT(*) FROM files") == [(1,)] and batch.sql("SELECT COUNT(*) FROM parts") == [(3,)]
    joined = resets(batch)
    batch.db = batch.folder / "whole.db"
    batch(batch.put("blind_sweep", folder="whole"))
    assert joined == resets(batch)


def test_points(batch, shark):
    """A sample with two interfaces, pulled apart into two hosts' folders: the same as before, with names."""
    source = sample("injected_both_ends")
    whole = shark.tshark(source, "-2", "-Y", "rst_origin.source", "-o", "rst_origin.point_names:client,server", "-T", "fields", "-e", "frame.number",
                         "-e", "rst_origin.source", "-e", "rst_origin.vantage.segment").splitlines()
    for n, name in enumerate(("one", "two")):
        (batch.folder / name).mkdir()
        for part, (begin, end) in enumerate(((1, 10), (11, 10 ** 6)), 1):
            wanted = f"frame.interface_id == {n} && frame.number >= {begin} && frame.number <= {end}"
            subprocess.run(["tshark", "-r", source, "-Y", wanted, "-F", "pcap", "-w", batch.folder / name / f"c_{part:05d}_2026112104{part:04d}.pcap"],
                           check=True, capture_output=True)
    batch.own(batch.folder)
    batch("--points", f"client={batch.folder}/one", f"server={batch.folder}/two")
    assert batch.sql("SELECT COUNT(*), MAX(status) FROM files") == [(1, "done")]
    got = batch.sql("SELECT frame, source, vantage_segment FROM resets ORDER BY n")
    assert [tuple(line.split("\t")) for line in whole] == [(str(f), s, v or "") for f, s, v in got]
    assert any(v == "between client and server" for _, _, v in got)
    assert "NAME=DIR" in batch("--points", "client", code=2).stderr


def test_points_at_other_times_are_other_captures(tmp_path):
    early = tmp_path / "early.pcapng"
    late = tmp_path / "late.pcapng"
    shutil.copy(sample("closed_port"), early)
    subprocess.run(["editcap", "-t", "100000", early, late], check=True)
    made = rings.units_of_points([("a", [str(early), str(late)]), ("b", [str(early)])], 10 ** 9)
    assert [[name for name, _ in unit.points] for unit in made] == [["a", "b"], []]


def test_watch_reads_closed_files_and_says_findings_once(batch):
    source = sample("firewall_idle_timeout")
    ring = batch.folder / "ring"
    files = cut(source, ring, [8])  # the reset is in the second file, its connection began in the first
    [third] = cut(sample("closed_port"), ring, [], name="ring_00003_20261121040003.pcapng")
    for n, path in enumerate([*files, third]):
        os.utime(path, (time.time() - 30 + n, time.time() - 30 + n))
    batch.own(ring)
    heard = batch.folder / "heard"
    command = f"cat >> '{heard}'; echo >> '{heard}'"
    running = batch.start("watch", ring, "--every", "0.2s", "--settled", "1h", "--command", command, "--db", batch.db)
    try:
        line = running.stdout.readline()
        assert "was reset by a device between client and server after" in line and "ring_00002" in line and "frame 3)" in line
        deadline = time.time() + 20
        while not heard.exists() or not heard.read_text().strip():
            assert time.time() < deadline
            time.sleep(0.1)
    finally:
        running.terminate()
        running.communicate(timeout=20)
    said = json.loads(heard.read_text().splitlines()[0])
    assert said["diagnosis"] == "idle_timeout" or said["cause"] == "idle_timeout"
    assert said["file"] == str(files[1]) and said["frame"] == 3
    assert sorted(p.rsplit("/", 1)[1] for p, in batch.sql("SELECT path FROM files WHERE status = 'done'")) == ["ring_00001_20261121040001.pcapng", "ring_00002_20261121040002.pcapng"]
    # the newest is read when it is told to end with what is there; what was said is not said again
    done = batch("watch", ring, "--once")
    assert "was reset by a device" not in done.stdout and "refused" in done.stdout
    assert batch.sql("SELECT COUNT(*) FROM files WHERE status = 'done'") == [(3,)]
    assert batch("watch", ring, "--once").stdout == ""
    # a while later it is said again, with how often it was held back
    shutil.copy(third, ring / "other.pcapng")
    os.utime(batch.own(ring / "other.pcapng"))
    assert batch("watch", ring, "--once").stdout == ""
    batch.sql("UPDATE said SET last_time = 0")
    shutil.copy(third, ring / "another.pcapng")
    batch.own(ring)
    assert "1 more files with it since" in batch("watch", ring, "--once").stdout
    # results older than --keep go
    old = time.time() - 8 * 86400
    for path in ring.iterdir():
        os.utime(path, (old, old))
    batch.sql("UPDATE files SET stamp = '1:' || CAST(? AS INTEGER)", old * 1e9)
    batch("watch", ring, "--once")
    assert batch.sql("SELECT (SELECT COUNT(*) FROM files), (SELECT COUNT(*) FROM resets)") == [(0, 0)]


def test_not_more_findings_an_hour_than_told(batch):
    folder = batch.put("closed_port", "injected_both_ends", "firewall_idle_timeout", "server_abort")
    done = batch("watch", folder, "--once", "--most", "1")
    lines = done.stdout.splitlines()
    assert len(lines) == 2 and "more findings in the last hour" in lines[1]


def test_merge_tells_what_is_missing(batch):
    folder = batch.put("closed_port", "blind_sweep")
    paths = sorted(folder.iterdir())
    for n, path in enumerate(paths):
        batch.db = batch.folder / f"part{n}.db"
        batch(path)
    batch.db = batch.folder / "both.db"
    (batch.folder / "list").write_bytes(b"".join(str(p).encode() + b"\0" for p in [*paths, folder / "lost.pcap"]))
    merged = batch("merge", batch.folder / "part0.db", batch.folder / "part1.db", batch.folder / "part1.db", "--expect", batch.folder / "list", code=1)
    assert "lost.pcap: in no part" in merged.stderr
    tables = {t: batch.sql(f"SELECT * FROM {t} ORDER BY {schema.KEYS[t]}") for t in schema.OF_A_FILE}
    once = batch("export").stdout
    batch.db = batch.folder / "direct.db"
    batch(folder)
    assert {t: batch.sql(f"SELECT * FROM {t} ORDER BY {schema.KEYS[t]}") for t in schema.OF_A_FILE} == tables
    assert batch("export").stdout == once != ""


def test_files_read_apart_and_joined_are_there_once_after_a_merge(batch):
    ring = batch.folder / "ring"
    cut(sample("blind_sweep"), ring, [8])
    batch.db = batch.folder / "apart.db"
    batch("--apart", batch.own(ring))
    batch.db = batch.folder / "joined.db"
    batch(ring)
    wanted = resets(batch)
    batch.db = batch.folder / "all.db"
    batch("merge", batch.folder / "apart.db", batch.folder / "joined.db")
    assert batch.sql("SELECT COUNT(*) FROM files") == [(1,)] and resets(batch) == wanted != []


def test_shares_are_of_about_equal_size(tmp_path):
    from rst_batch.slurm import shares_of
    for n in range(20):
        (tmp_path / f"f{n}").write_bytes(b"x" * (100 * (n + 1)))
    ring = [tmp_path / f"r_{n:05d}_20261121040000.pcap" for n in range(1, 4)]
    for path in ring:
        path.write_bytes(b"x" * 500)
    shares = shares_of(sorted(map(str, tmp_path.iterdir())), 4)
    assert len(shares) == 4 and sum(len(files) for _, files in shares) == 23
    assert max(s for s, _ in shares) - min(s for s, _ in shares) <= 1500
    assert any(set(map(str, ring)) <= set(files) for _, files in shares)
    assert units.octets_of(tmp_path / "none") == 0


def test_when_a_file_had_been_changed():
    from rst_batch.watch import stamped
    assert stamped("120:5000000000") == stamped("120:5000000000 7:1 client=2") == 5.0
    assert stamped("gone") is stamped(None) is None


def test_what_is_out_of_date_goes(tmp_path):
    """Old results, and files that the ring buffer dropped before they were read; not what another folder or host has."""
    from rst_batch.watch import out_of_date
    kept = tmp_path / "kept"
    kept.touch()
    known = {("", str(kept)): (1, "failed", None, None), ("", str(tmp_path / "gone")): (2, "failed", "gone", None),
             ("", "/elsewhere/gone"): (3, "failed", "gone", None), ("other", str(tmp_path / "gone")): (4, "failed", "gone", None),
             ("", str(tmp_path / "old")): (5, "done", "1:5000000000", None), ("", str(tmp_path / "new")): (6, "done", "1:99000000000", None)}
    assert list(out_of_date(known, "", str(tmp_path), 50)) == [2, 5]


def test_a_cut_file_in_the_middle_hides_none_of_the_later_ones(batch):
    """mergecap ends at a file that is cut off; a dumpcap that was killed and went on leaves one."""
    source = sample("blind_sweep")
    ring = batch.folder / "ring"
    files = cut(source, ring, [3, 8])
    whole = files[1].read_bytes()
    files[1].write_bytes(whole[:-20])
    done = batch(batch.own(ring), code=1)
    [(status, message, frames)] = batch.sql("SELECT status, message, frames FROM files")
    assert status == "cut" and str(files[1]) in message and str(files[0]) not in message and str(files[1]) in done.stderr
    [(last,)] = batch.sql("SELECT frames FROM parts WHERE part = 3")
    assert last == 12 and frames == 3 + 4 + 12
    assert batch.sql("SELECT MAX(part) FROM resets") == [(3,)]


def test_what_is_written_while_it_is_read_is_a_change(tmp_path):
    from rst_batch.store import file_row
    path = tmp_path / "a.pcapng"
    shutil.copy(sample("closed_port"), path)
    unit = units.Unit([str(path)])
    unit.recognise()
    before = unit.stamp()
    with path.open("ab") as file:
        file.write(b"more")
    assert before in file_row(1, unit, "done", None, None, 0, "") and unit.stamp() != before
