# SPDX-License-Identifier: GPL-2.0-or-later
"""Opens the database that --db names, and files for output."""
import contextlib
import os
import sys

from .postgres import Postgres, is_url
from .store import Store
from .words import Refused, Stopped


def open_to_write(options):
    return Postgres(options.db) if is_url(options.db) else Store(options.db, options.lock_wait)


@contextlib.contextmanager
def open_to_read(options):
    """A Store to ask, whatever the database: PostgreSQL's content is copied into a passing one."""
    store = Postgres(options.db).copy() if is_url(options.db) else Store(options.db, options.lock_wait, write=False)
    try:
        yield store
    finally:
        store.close()


@contextlib.contextmanager
def output(path):
    """Text to a file, which is there wholly or not at all, or to the standard output."""
    if path == "-":
        yield sys.stdout
        sys.stdout.flush()
        return
    new = f"{path}.{os.getpid()}.new"
    try:
        with open(new, "w", encoding="utf-8", newline="") as file:
            yield file
        os.replace(new, path)
    except OSError as error:
        if error.errno == 28:
            raise Stopped(f"no room on the disk for {path}; make room and export again: the database has everything") from None
        raise Refused(f"cannot write {path}: {error.strerror}") from None
    finally:
        if os.path.exists(new):
            os.unlink(new)
