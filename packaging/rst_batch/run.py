# SPDX-License-Identifier: GPL-2.0-or-later
"""batch run: reads what is new or changed, one transaction for each capture."""
import os
import sys
import time

from . import export
from .opening import open_to_read, output
from .pool import Pool
from .progress import Progress
from .rings import units_of, units_of_points
from .sharkd import Plugin
from .store import HAVE_RESULTS
from .units import Unit, captures_below, names_of_input
from .words import FAILED_FILES, OK, Refused, plural, shown, span


def found(paths, null, counts):
    """(path, whether it was named itself) of everything to read; each once."""
    seen = set()
    for path in paths or ["-"]:
        if path == "-":
            if not paths and sys.stdin.isatty():
                raise Refused("which captures? Name folders or files, or pipe a list of names in; see --help")
            names = names_of_input(sys.stdin.buffer, null)
        else:
            names = [path]
        for name in names:
            whole = os.path.abspath(name)
            below = captures_below(whole, counts) if os.path.isdir(whole) else None
            for one in below if below is not None else [whole]:
                if one not in seen:
                    seen.add(one)
                    yield one, below is None


def units(options, counts):
    if options.points:
        if options.paths:
            raise Refused("with --points, folders are named as NAME=DIR alone")
        points = [(name, list(captures_below(os.path.abspath(folder), counts))) for name, folder in options.points]
        return units_of_points(points, options.join_limit, options.host)
    paths = [path for path, _ in found(options.paths, options.null, counts)]
    if options.apart:
        return [Unit([path], host=options.host) for path in sorted(paths)]
    return units_of(paths, options.join_limit, options.host, options.one)


def to_read(store, all_units, again, reader, say):
    """The units without finished, unchanged results, and how many have them."""
    known = store.known()
    left, older = [], 0
    for unit in all_units:
        _, status, stamp, by = known.get((unit.host, shown(unit.name)), (0, None, None, None))
        if again or status not in HAVE_RESULTS or stamp != unit.stamp():
            left.append(unit)
        else:
            older += by != reader
    if older:
        say(f"batch: {plural(older, 'capture')} read by another version of Wireshark or the plugin; --again reads everything anew")
    return left


def read_all(store, pool, left, progress, reader_text):
    """Reads the units and saves each; returns how many failed."""
    numbers = store.reserve(left)
    failures = 0
    for result in pool.run(left):
        if result is None:
            progress.show()
            continue
        unit, state, answer, failed, seconds = result
        try:
            store.save(numbers[unit.host, shown(unit.name)], unit, state, answer, failed, seconds, reader_text)
            said = failed or (answer.message if state != "done" else "")
            if said:
                failures += 1
                progress.say(f"{shown(unit.name)}: {said}")
            progress.one(unit.size(), answer.resets if answer else 0, bool(failed))
        finally:
            if answer:
                answer.close()
    return failures


def main(options):
    counts = {"others": 0, "unreadable": []}
    say = (lambda text: None) if options.quiet else (lambda text: print(text, file=sys.stderr))
    plugin = Plugin(options.memory_limit)
    pool = Pool(plugin, max(1, options.workers), max(1, options.restart_after), options.time_limit, options.memory_limit)
    store = pool.opened(options)
    try:
        begun = time.monotonic()
        all_units = units(options, counts)
        left = to_read(store, all_units, options.again, plugin.reader, say)
        progress = Progress(len(left), sum(unit.size() for unit in left), options.quiet)
        try:
            failures = read_all(store, pool, left, progress, plugin.reader)
        finally:
            progress.end()
    finally:
        pool.end()
        store.close()
    for path in counts["unreadable"]:
        failures += 1
        print(f"{shown(path)}: cannot be read: no permission", file=sys.stderr)
    finished = len(all_units) - len(left)
    say(f"batch: {plural(len(left), 'capture')} read in {span(time.monotonic() - begun)}, {plural(progress.resets, 'reset')}"
        + (f"; {finished:,} had been read before" if finished else "")
        + (f"; {plural(counts['others'], 'other file')} passed over: no capture" if counts["others"] else "")
        + (f"; {plural(failures, 'capture')} not read wholly, see above" if failures else "") + ".")
    if options.format:
        with open_to_read(options) as read, output(options.out) as out:
            export.write(read, options.format, out)
    elif not options.quiet:
        say(f"batch: results are in {options.db}. Next: {os.path.basename(options.program)} report --db {options.db}")
    return FAILED_FILES if failures else OK
