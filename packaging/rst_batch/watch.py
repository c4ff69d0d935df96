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
from .opening import open_to_write
from .pool import Pool
from .postgres import is_url
from .recognise import kind_of
from .rings import place_in_ring
from .sharkd import Plugin
from .store import HAVE_RESULTS, shown
from .units import Unit
from .words import FAILED_FILES, OK, FileFailed, Refused

HOUR = 3600


def closed(folder, settled, now):
    """Files that nobody writes any more, oldest first: of each ring all but the newest, and what has not changed for a while."""
    rings, alone = {}, []
    for name in os.listdir(folder):
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


def changed(path):
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0


def stamped(stamp):
    """When a file had been changed last, by its stamp in the database; endlessly late where that is not known."""
    found = re.match(r"\d+:(\d+)", stamp or "")
    return int(found[1]) / 1e9 if found else float("inf")


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
        hour = int(time.time() // HOUR)
        if hour != self.hour:
            self.flush()
            self.hour, self.count = hour, 0
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

    def __init__(self, of, parts):
        self.of, self.parts = of, parts
        self.resets = sum(len(page) for page in self.each_page())

    def __getattr__(self, name):
        return getattr(self.of, name)

    def each_page(self):
        return only_last(self.of, self.parts)


def read(store, pool, teller, units, reader):
    numbers = store.reserve(units)
    failures = 0
    for result in pool.run_in_order(units):
        unit, state, got, failed, seconds = result
        if failed and failed.kind == "unreadable" and not os.path.exists(unit.name):
            failed = FileFailed("gone", "the ring buffer dropped it before it was read: make the ring larger")
        kept = Last(got, len(unit.files)) if got and unit.only_last else got
        try:
            whole, unit.files = unit.files, [unit.name]
            unit.frames_of_parts = unit.frames_of_parts[-1:]
            store.save(numbers[unit.host, shown(unit.name)], unit, state, kept, failed, seconds, reader)
            unit.files = whole
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


def main(options):
    if is_url(options.db):
        raise Refused("watch keeps its results in SQLite: give --db FILE")
    if not os.path.isdir(options.folder):
        raise Refused(f"{options.folder} is no folder")
    folder = os.path.abspath(options.folder)
    if options.syslog:
        syslog.openlog("rst_origin")
    plugin = Plugin(options.memory_limit)
    pool = Pool(plugin, 1, max(1, options.restart_after), options.time_limit, options.memory_limit)
    store = open_to_write(options)
    try:
        teller = Teller(options, store)
        failures = 0
        while True:
            known = store.known()
            now = time.time()
            files = closed(folder, 0 if options.once else options.settled, now)
            left = []
            for path in files:
                if now - changed(path) > options.keep:
                    continue
                _, status, stamp, _ = known.get((options.host, shown(path)), (0, None, None, None))
                if status is None or status == "waiting" or (status in HAVE_RESULTS and stamp != Unit([path]).stamp()):
                    left.append(unit_of(path, files, options.before, options.host))
            if left:
                failures += read(store, pool, teller, left, plugin.reader)
            for number, _, stamp, _ in known.values():
                if now - stamped(stamp) > options.keep:
                    store.transaction(lambda number=number: store.forget(number))
            if options.once:
                teller.flush()
                return FAILED_FILES if failures else OK
            time.sleep(options.every)
    finally:
        pool.end()
        store.close()
