# SPDX-License-Identifier: GPL-2.0-or-later
"""The results in SQLite: one transaction for each capture, so that it is there wholly or not at all."""
import fcntl
import os
import sqlite3
import time
import urllib.parse

from . import schema
from .findings import Findings
from .words import Refused, Stopped, shown

HAVE_RESULTS = ("done", "cut", "damaged")


def insert(table):
    columns = schema.TABLES[table]
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


def finding_rows(file, findings):
    for position, f in enumerate(findings.close(), 1):
        address, port = f.service
        yield (file, position, f.group, f.source, f.diagnosis, f.cause, f.device, f.title(), address, port, f.resets, f.events,
               f.connections, f.broken, f.lost_connections, f.lost_octets, f.first, f.last, f.frames[0][2] if f.frames else None)


def file_row(number, unit, status, answer, failed, seconds, reader):
    problem, message = (failed.kind, str(failed)) if failed else (None, None)
    if answer and status != "done":
        problem, message = status, answer.message
    return (number, unit.host, shown(unit.name), status, problem, message, unit.stamp_read or unit.stamp(), unit.kind, unit.size(),
            answer and answer.frames, answer and answer.resets, answer and answer.first_time, answer and answer.last_time,
            round(seconds, 3), reader)


class Store:
    def __init__(self, path, wait=60.0, write=True):
        self.path, self.write, self.lock = path, write, None
        if write:
            self.take_lock()
        elif not os.path.exists(path):
            raise Refused(f"there is no database {path}; make one with: batch DIR --db {path}")
        try:
            where = f"file:{urllib.parse.quote(os.path.abspath(path))}?mode={'rwc' if write else 'ro'}"
            self.base = sqlite3.connect(where, uri=True, timeout=wait, isolation_level=None)
            if write:
                self.base.execute("PRAGMA journal_mode = WAL")
                self.base.execute("PRAGMA synchronous = NORMAL")
            self.make_or_check()
        except sqlite3.Error as error:
            raise self.stopped(error) from None

    def take_lock(self):
        try:
            self.lock = open(self.path + ".lock", "a+")
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.lock.seek(0)
            raise Refused(f"another batch (process {self.lock.read().strip() or '?'}) is writing to {self.path}: wait for it, "
                          "or give this one another --db and merge the two afterwards") from None
        except OSError as error:
            raise Refused(f"cannot write {self.path}: {error.strerror}") from None
        try:
            self.lock.truncate(0)
            self.lock.write(str(os.getpid()))
            self.lock.flush()
        except OSError:
            pass  # a full disk: the lock itself holds

    def make_or_check(self):
        names = {row[0] for row in self.base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not names and self.write:
            self.base.execute("BEGIN IMMEDIATE")
            for statement in schema.statements(schema.SQLITE):
                self.base.execute(statement)
            self.base.execute("COMMIT")
        elif "meta" not in names:
            raise Refused(f"{self.path} is a database, but not one of this program; give another --db")
        [(version,)] = self.base.execute("SELECT value FROM meta WHERE name = 'schema'")
        if version != str(schema.VERSION):
            raise Refused(f"{self.path} has schema {version}, this program writes schema {schema.VERSION}: give another --db")

    def stopped(self, error):
        text = str(error)
        if "locked" in text or "busy" in text:
            return Stopped(f"{self.path} is locked by another program; close it and run the same command again: nothing is lost")
        if "full" in text or "disk I/O" in text:
            return Stopped(f"no room on the disk of {self.path} ({text}). What was finished is in it; make room and run the same command again")
        if "not a database" in text:
            return Refused(f"{self.path} is not a database; give another --db")
        return Stopped(f"{self.path}: {text}. What was finished is in it; run the same command again")

    def close(self):
        try:
            self.base.close()
        except sqlite3.Error:
            pass
        if self.lock:
            self.lock.close()

    def known(self):
        """{(host, path): (id, status, stamp, reader)}"""
        rows = self.rows("SELECT host, path, id, status, stamp, reader FROM files")
        return {(host, path): rest for host, path, *rest in rows}

    def reserve(self, units):
        """Numbers for new captures in their order, so that the numbers do not depend on who is finished first."""
        self.transaction(lambda: self.base.executemany(
            "INSERT OR IGNORE INTO files (host, path, status) VALUES (?, ?, 'waiting')", [(u.host, shown(u.name)) for u in units]))
        known = self.known()
        return {(u.host, shown(u.name)): known[u.host, shown(u.name)][0] for u in units}

    def transaction(self, work):
        try:
            self.base.execute("BEGIN IMMEDIATE")
            try:
                work()
            except BaseException:
                self.base.rollback()
                raise
            self.base.execute("COMMIT")
        except sqlite3.Error as error:
            if self.base.in_transaction:
                self.base.rollback()
            raise self.stopped(error) from None

    def save(self, number, unit, status, answer=None, failed=None, seconds=0.0, reader=""):
        """Everything of one capture, in the place of what was there of it or of any of its files."""
        self.transaction(lambda: self.save_rows(number, unit, status, answer, failed, seconds, reader))

    def save_rows(self, number, unit, status, answer, failed, seconds, reader):
        paths = [(unit.host, shown(p), number) for p in unit.paths()]
        others = {n for key in paths for (n,) in self.base.execute(
            "SELECT parts.file FROM parts JOIN files ON files.id = parts.file WHERE host = ? AND parts.path = ? AND file <> ?", key)}
        for file in {number, *others}:
            self.forget(file)
        self.base.execute(insert("files"), file_row(number, unit, status, answer, failed, seconds, reader))
        self.base.executemany(insert("parts"), [(number, *part) for part in unit.part_rows()])
        if not answer:
            return
        findings = Findings()
        for page in answer.each_page():
            for table, rows in schema.rows_of(number, page).items():
                self.base.executemany(insert(table), rows)
            findings.add_page(unit.name, page)
        self.base.executemany(insert("findings"), finding_rows(number, findings))

    def forget(self, file):
        for table in schema.OF_A_FILE:
            self.base.execute(f"DELETE FROM {table} WHERE file = ?", (file,))
        self.base.execute("DELETE FROM files WHERE id = ?", (file,))

    def rows(self, sql, values=()):
        try:
            yield from self.base.execute(sql, values)
        except sqlite3.Error as error:
            raise self.stopped(error) from None

    def said(self, what, every, now=None):
        """Whether `what` may be said again; and how often it was held back since."""
        now = time.time() if now is None else now
        row = next(self.rows("SELECT last_time, since_then FROM said WHERE what = ?", (what,)), None)
        if row and now - row[0] < every:
            self.transaction(lambda: self.base.execute("UPDATE said SET since_then = since_then + 1 WHERE what = ?", (what,)))
            return False, 0
        self.transaction(lambda: self.base.execute("INSERT OR REPLACE INTO said VALUES (?, ?, 0)", (what, now)))
        return True, row[1] if row else 0

    def forget_all(self, numbers):
        """Captures that are out of date, with all that is known of them."""
        for number in numbers:
            self.transaction(lambda number=number: self.forget(number))

    def forget_said(self, before):
        """What was said last before that time: the table does not grow."""
        self.transaction(lambda: self.base.execute("DELETE FROM said WHERE last_time < ?", (before,)))
