# SPDX-License-Identifier: GPL-2.0-or-later
"""batch merge: several SQLite databases into one. A capture that is in two of them is there once: as the part named last has it, or where it was read at all."""
import os
import sys

from . import schema
from .store import HAVE_RESULTS, Store, insert
from .words import FAILED_FILES, OK, Refused, plural


def better(state, had):
    """Whether a reading of a capture replaces the one that is there."""
    return state in HAVE_RESULTS or had not in HAVE_RESULTS


def take(store, part, number, host, path):
    """One capture from another database, in the place of what is known of it."""
    row = store.base.execute("SELECT id, status FROM files WHERE host = ? AND path = ?", (host, path)).fetchone()
    [state] = part.base.execute("SELECT status FROM files WHERE id = ?", (number,)).fetchone()
    if row and not better(state, row[1]):
        return
    # captures that hold one of its files as well: joined otherwise, or read apart, in another part
    paths = [(host, name) for name, in part.base.execute("SELECT path FROM parts WHERE file = ?", (number,))]
    others = {n for key in paths for n, in store.base.execute("SELECT parts.file FROM parts JOIN files ON id = file WHERE host = ? AND parts.path = ?", key)}
    others -= {row[0]} if row else set()
    if others and state not in HAVE_RESULTS:
        return
    target = row[0] if row else store.base.execute("SELECT COALESCE(MAX(id), 0) + 1 FROM files").fetchone()[0]
    for old in {target, *others}:
        store.forget(old)
    for table in ("files", *schema.OF_A_FILE):
        key = "id" if table == "files" else "file"
        rows = part.base.execute(f"SELECT * FROM {table} WHERE {key} = ?", (number,))
        store.base.executemany(insert(table), ((target, *values[1:]) for values in rows))


def merge(store, parts, wait):
    """Takes in all parts in their order, one transaction for each capture."""
    opened = [Store(path, wait, write=False) for path in parts]
    try:
        # part by part: files that were joined in one and read apart in another must not replace each other by halves
        found = sorted((n, host, path, number) for n, part in enumerate(opened)
                       for host, path, number in part.rows("SELECT host, path, id FROM files WHERE status <> 'waiting'"))
        for n, host, path, number in found:
            store.transaction(lambda: take(store, opened[n], number, host, path))
    finally:
        for part in opened:
            part.close()
    return len({(host, path) for _, host, path, _ in found})


def missing(store, lists):
    """Names of the lists that are not in the database, neither as captures nor as parts of one, with a result or a failure."""
    known = {p for p, in store.rows("SELECT path FROM files WHERE status <> 'waiting'")} | {p for p, in store.rows("SELECT path FROM parts")}
    for name in lists:
        try:
            with open(name, "rb") as file:
                names = file.read().split(b"\0")
        except OSError as error:
            raise Refused(f"--expect {name}: {error.strerror}") from None
        for line in names:
            path = line.decode("utf-8", "backslashreplace")
            if path and path not in known:
                yield path


def main(options):
    for path in options.parts:
        if os.path.abspath(path) == os.path.abspath(options.db):
            raise Refused(f"{path} cannot be merged into itself")
    store = Store(options.db, options.lock_wait)
    try:
        captures = merge(store, options.parts, options.lock_wait)
        lost = list(missing(store, options.expect))
        failed = store.base.execute("SELECT COUNT(*) FROM files WHERE status = 'failed'").fetchone()[0]
    finally:
        store.close()
    for path in lost:
        print(f"{path}: in no part; run its task again, and merge again", file=sys.stderr)
    print(f"batch: {plural(captures, 'capture')} of {plural(len(options.parts), 'part')} merged into {options.db}"
          + (f"; {plural(len(lost), 'capture')} missing, see above" if lost else "") + ".", file=sys.stderr)
    return FAILED_FILES if lost or failed else OK
