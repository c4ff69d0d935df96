# SPDX-License-Identifier: GPL-2.0-or-later
"""batch watch: follows the ring buffer of a running capture, says new findings once, and keeps a week of results.

Each closed file is read together with the one before it, so that a connection across the border is whole; only the
new file's resets are kept. Nothing grows: sharkd is replaced after some files, and old results are dropped.
"""
import json
import os
import re
import subprocess
import sys
import syslog
import time

from . import answer
from .findings import Findings
from .pool import Pool
from .recognise import kind_of
from .rings import place_in_ring, times
from .sharkd import Plugin
from .units import Unit
from .words import FAILED_FILES, OK, FileFailed, Refused, shown

HOUR = 3600


def closed(folder, settled, now):
    """Files that nobody writes any more, oldest first: of each ring all but the newest, and what has not changed for a while."""
    rings, alone = {}, []
    for name in names_in(folder):
        path = os.path.join(folder, name)
        try:
            if not os.path.isfile(path):
                continue
            changed = os.stat(path).st_mtime
            kind_of(path)
        except (OSError, FileFailed):
            continue
        place = place_in_ring(path)
        ring = rings.setdefault(place[0], []) if place else alone
        ring.append((changed, place[1] if place else 0, path))
    done = []
    for members in rings.values():
        members.sort()
        done += members[:-1]
        alone.append(members[-1])
    done += [member for member in alone if now - member[0] >= settled]
    return [path for _, _, path in sorted(done)]


def names_in(folder):
    try:
        return os.listdir(folder)
    except OSError as error:
        print(f"batch: {shown(folder)}: {error.strerror}; waiting for it", file=sys.stderr)
        return []


def changed(path):
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0


def stamped(stamp):
    """When a file had been changed last, by its stamp in the database; None where that is not known."""
    found = re.match(r"\d+:(\d+)", stamp or "")
    return int(found[1]) / 1e9 if found else None


def out_of_date(known, host, folder, before):
    """Numbers of captures older than `before`, and of those that the ring buffer dropped before they were read."""
    for (of, path), (number, _, stamp, _) in known.items():
        when = stamped(stamp)
        dropped = when is None and of == host and path.startswith(shown(folder) + "/") and not os.path.exists(path)
        if dropped or when is not None and when < before:
            yield number


def unit_of(path, files, before, host):
    """The new file behind those of its ring that come just before it."""
    place = place_in_ring(path)
    earlier = []
    if place and before:
        same = sorted((p[1], f) for f in files for p in [place_in_ring(f)] if p and p[0] == place[0])
        numbers = dict(same)
        earlier = [numbers[n] for n in range(place[1] - before, place[1]) if n in numbers]
    unit = Unit([*earlier, path], name=path, host=host)
    unit.only_last = bool(earlier)
    return unit


class Teller:
    """Says findings, each once in a while, and not more than some in an hour."""

    def __init__(self, options, store):
        self.options, self.store = options, store
        self.hour, self.count, self.held = 0, 0, 0

    def tell(self, finding, unit):
        if finding.group == "ordinary" and not self.options.harmless:
            return
        address, port = finding.service
        what = json.dumps([finding.source, finding.diagnosis or finding.cause, finding.device, address, port])
        new, since = self.store.said(what, self.options.repeat)
        if not new:
            return
        self.new_hour()
        self.count += 1
        if self.count > self.options.most:
            self.held += 1
            return
        row = finding.example()
        said = {"time": finding.first, "file": shown(unit.name), "frame": row["part_frame"] or row["frame"], "source": finding.source,
                "diagnosis": finding.diagnosis, "cause": finding.cause, "confidence": finding.confidence(), "device": finding.device,
                "server_address": address, "server_port": port, "resets": finding.resets, "title": answer.title(finding),
                "summary": answer.summary(finding), "advice": row["advice"], "held_back": since}
        text = f"{answer.instant(finding.first)} {answer.sentence(finding)} ({os.path.basename(said['file'])}, frame {said['frame']})"
        self.out(text + (f"; {since} more files with it since it was last said" if since else ""))
        if self.options.command:
            self.run(said)

    def new_hour(self):
        """Begins to count anew, and says what was held back in the hour before."""
        hour = int(time.time() // HOUR)
        if hour != self.hour:
            self.flush()
            self.hour, self.count = hour, 0

    def run(self, said):
        try:
            done = subprocess.run(self.options.command, shell=True, input=json.dumps(said, ensure_ascii=False), text=True, timeout=60, check=False)
            if done.returncode:
                print(f"batch: the command ended with code {done.returncode}", file=sys.stderr)
        except subprocess.TimeoutExpired:
            print("batch: the command was ended: not finished within 60 s", file=sys.stderr)

    def out(self, text):
        from .report import clean
        if self.options.syslog:
            syslog.syslog(syslog.LOG_WARNING, clean(text))
        else:
            print(clean(text), flush=True)

    def flush(self):
        if self.held:
            self.out(f"{self.held} more findings in the last hour; batch report has them")
        self.held = 0


def only_last(answer_of, parts):
    """Keeps the pages' resets of the last of several parts, numbered anew."""
    n = 0
    for page in answer_of.each_page():
        kept = [reset for reset in page if reset["row"]["part"] == parts]
        for reset in kept:
            n += 1
            reset["n"], reset["row"]["part"] = n, 1  # the file's own frame is part_frame; "frame" counts from the file before
        if kept:
            yield kept


class Last:
    """An answer of which only the last part's resets are kept."""

    def __init__(self, of, unit):
        self.of, self.parts = of, len(unit.files)
        self.resets = sum(len(page) for page in self.each_page())
        self.frames = unit.frames_of_parts[-1]
        self.first_time, self.last_time = times(unit.name) or (None, None)

    def __getattr__(self, name):
        return getattr(self.of, name)

    def each_page(self):
        return only_last(self.of, self.parts)


def one(pool, unit):
    """A file behind the one before it; alone where that one went away meanwhile, or cannot be joined."""
    [result] = pool.run_in_order([unit])
    failed = result[3]
    if failed and unit.only_last and failed.kind in ("unreadable", "not_joined", "not_a_capture", "damaged", "empty"):
        [result] = pool.run_in_order([Unit([unit.name], host=unit.host)])
        failed = result[3]
    if failed and not os.path.exists(unit.name):
        failed = FileFailed("gone", "the ring buffer dropped it before it was read: make the ring larger")
    return (*result[:3], failed, result[4])


def read(store, pool, teller, units, reader):
    numbers = store.reserve(units)
    failures = 0
    for wanted in units:
        unit, state, got, failed, seconds = one(pool, wanted)
        kept = Last(got, unit) if got and unit.only_last else got
        if kept and unit.only_last and not any(text.startswith(shown(unit.name)) for text in unit.broken_parts):
            state = "done"  # whatever is wrong with the file before it
        try:
            unit.files, unit.frames_of_parts = [unit.name], unit.frames_of_parts[-1:]
            unit.stamp_read = unit.stamp_read and unit.stamp_read.split(" ")[-1]
            store.save(numbers[unit.host, shown(unit.name)], unit, state, kept, failed, seconds, reader)
            if failed:
                failures += 1
                print(f"{shown(unit.name)}: {failed}", file=sys.stderr)
            if kept:
                findings = Findings(("part_frame",))
                for page in kept.each_page():
                    findings.add_page(unit.name, page)
                for finding in findings.close():
                    teller.tell(finding, unit)
        finally:
            if got:
                got.close()
    return failures


def look(options, folder, store, pool, teller, reader):
    """Reads what is new, and drops what is out of date; returns how many files failed."""
    known = store.known()
    now = time.time()
    files = closed(folder, 0 if options.once else options.settled, now)
    left = []
    for path in files:
        _, status, stamp, _ = known.get((options.host, shown(path)), (0, None, None, None))
        if now - changed(path) <= options.keep and (status in (None, "waiting") or stamp != Unit([path]).stamp()):
            left.append(unit_of(path, files, options.before, options.host))
    failures = read(store, pool, teller, left, reader) if left else 0
    store.forget_all(list(out_of_date(known, options.host, folder, now - options.keep)))
    store.forget_said(now - max(options.keep, options.repeat))
    teller.new_hour()
    return failures


def main(options):
    if not os.path.isdir(options.folder):
        raise Refused(f"{options.folder} is no folder")
    folder = os.path.abspath(options.folder)
    if options.syslog:
        syslog.openlog("rst_origin")
    plugin = Plugin(options.memory_limit)
    pool = Pool(plugin, 1, max(1, options.restart_after), options.time_limit, options.memory_limit)
    store = pool.opened(options)
    try:
        teller = Teller(options, store)
        failures = 0
        while True:
            failures += look(options, folder, store, pool, teller, plugin.reader)
            if options.once:
                teller.flush()
                return FAILED_FILES if failures else OK
            time.sleep(max(options.every, 0.1))
    finally:
        pool.end()
        store.close()
