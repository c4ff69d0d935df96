# SPDX-License-Identifier: GPL-2.0-or-later
"""The same results in PostgreSQL, where many batches may write at once: through psql, by COPY, one transaction for each capture."""
import csv
import io
import os
import re
import shutil
import subprocess
import tempfile
import time

from . import schema
from .findings import Findings
from .store import Store, file_row, finding_rows
from .words import Refused, Stopped, shown

# Any number: two batches that make the schema at once wait for each other.
MAKING = 727274

ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": None})


def is_url(text):
    return text.startswith(("postgresql://", "postgres://"))


def line(row):
    """A row as COPY's text format has it."""
    return "\t".join("\\N" if v is None else str(v).translate(ESCAPES) for v in row) + "\n"


def quoted(text):
    return "'" + str(text).replace("'", "''") + "'"


class Postgres:
    def __init__(self, url):
        if not shutil.which("psql"):
            raise Refused("psql is missing (Debian: apt-get install postgresql-client)")
        self.url, self.asked = url, 0
        self.mark = f"-- done {os.urandom(8).hex()}"  # no content can hold it
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "--csv", self.url], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.errors, env={**os.environ, "PGCLIENTENCODING": "UTF8"})
        # without translation of line ends: a name may hold a carriage return
        self.into, self.out = (io.TextIOWrapper(f, "utf-8", newline="") for f in (self.process.stdin, self.process.stdout))
        self.make_or_check()

    def close(self):
        try:
            self.into.close()
        except OSError:
            pass
        self.process.wait()
        self.out.close()
        self.errors.close()

    def write(self, text):
        try:
            self.into.write(text)
        except OSError:
            raise self.stopped() from None

    def stopped(self):
        self.process.wait()
        self.errors.seek(0)
        said = " ".join(self.errors.read().decode(errors="replace").split())[-400:]
        place = re.sub(r"//[^@/]*@", "//", self.url)  # no password into a log
        if "could not connect" in said or "connection to server" in said:
            return Refused(f"{place} cannot be reached: {said}") if not self.asked else Stopped(f"{place} went away: {said}. What was finished is in it; run the same command again")
        return Stopped(f"{place}: {said or 'psql ended'}. What was finished is in it; run the same command again")

    def lines(self):
        """What psql prints, up to the mark."""
        for got in self.out:
            if got.rstrip("\n") == self.mark:
                self.asked += 1
                return
            yield got
        raise self.stopped()

    def each(self, text):
        """Runs statements; yields the rows that they print. To be read to the end before anything else is asked."""
        self.write(f"{text}\n\\echo {self.mark}\n")
        try:
            self.into.flush()
        except OSError:
            raise self.stopped() from None
        yield from csv.reader(self.lines())

    def ask(self, text=""):
        return list(self.each(text))

    def make_or_check(self):
        script = ";\n".join(schema.statements(schema.POSTGRES))
        # as statements: options in the URL would replace those of the environment
        self.ask("SET client_min_messages = warning; SET standard_conforming_strings = on;")
        self.ask(f"BEGIN; SELECT pg_advisory_xact_lock({MAKING});")
        if self.ask("SELECT to_regclass('meta') IS NULL;") == [["t"]]:
            self.ask(f"{script};\nCREATE SEQUENCE file_numbers;")
        self.ask("COMMIT;")
        [[version]] = self.ask("SELECT value FROM meta WHERE name = 'schema';")
        if version != str(schema.VERSION):
            raise Refused(f"the database has schema {version}, this program writes schema {schema.VERSION}: give another --db")

    def copy_in(self, table, rows):
        self.write(f"COPY {table} ({', '.join(schema.TABLES[table])}) FROM STDIN;\n")
        for row in rows:
            self.write(line(row))
        self.write("\\.\n")

    def known(self):
        rows = self.ask("SELECT host, path, id, status, stamp, reader FROM files;")
        return {(host, path): [int(number), status, stamp or None, reader] for host, path, number, status, stamp, reader in rows}

    def reserve(self, units):
        self.write("BEGIN;\nCREATE TEMP TABLE wanted (host TEXT, path TEXT) ON COMMIT DROP;\nCOPY wanted FROM STDIN;\n")
        for unit in units:
            self.write(line((unit.host, shown(unit.name))))
        self.write("\\.\n")
        # ordered, so that two batches that reserve the same captures do not wait for each other in a circle
        self.ask("INSERT INTO files (id, host, path, status) SELECT nextval('file_numbers'), host, path, 'waiting' FROM "
                 "(SELECT * FROM wanted ORDER BY host, path) AS w ON CONFLICT (host, path) DO NOTHING;\nCOMMIT;")
        known = self.known()
        return {(u.host, shown(u.name)): known[u.host, shown(u.name)][0] for u in units}

    def save(self, number, unit, status, answer=None, failed=None, seconds=0.0, reader=""):
        """Everything of one capture. Its row is locked first: where two batches read it, the later one replaces the earlier."""
        paths = ", ".join(quoted(shown(path)) for path in unit.paths())
        host, path = quoted(unit.host), quoted(shown(unit.name))
        self.write(f"BEGIN;\nSELECT id FROM files WHERE id = {number} FOR UPDATE;\n"
                   f"CREATE TEMP TABLE old ON COMMIT DROP AS SELECT {number}::bigint AS file UNION SELECT parts.file FROM parts JOIN files ON id = file "
                   f"WHERE host = {host} AND parts.path IN ({paths}) UNION SELECT id FROM files WHERE host = {host} AND path = {path};\n")
        self.delete_old()
        # written anew and not changed: another batch that joins files otherwise may have taken the row away
        self.copy_in("files", [file_row(number, unit, status, answer, failed, seconds, reader)])
        self.copy_in("parts", [(number, *part) for part in unit.part_rows()])
        if answer:
            findings = Findings()
            for page in answer.each_page():
                for table, rows in schema.rows_of(number, page).items():
                    self.copy_in(table, rows)
                findings.add_page(unit.name, page)
            self.copy_in("findings", finding_rows(number, findings))
        self.ask("COMMIT;")

    def delete_old(self):
        for table in schema.OF_A_FILE:
            self.write(f"DELETE FROM {table} WHERE file IN (SELECT file FROM old);\n")
        self.write("DELETE FROM files WHERE id IN (SELECT file FROM old);\n")

    def forget_all(self, numbers):
        """As a Store does it."""
        if numbers:
            self.write(f"BEGIN;\nCREATE TEMP TABLE old ON COMMIT DROP AS SELECT unnest(ARRAY[{','.join(map(str, numbers))}])::bigint AS file;\n")
            self.delete_old()
            self.ask("COMMIT;")

    def said(self, what, every, now=None):
        """As a Store does it; of two batches that say the same at once one waits for the other."""
        now = time.time() if now is None else now
        what = quoted(what)
        rows = self.ask(f"BEGIN;\nSELECT pg_advisory_xact_lock({MAKING}, hashtext({what})) IS NULL;\nSELECT last_time, since_then FROM said WHERE what = {what};")[1:]
        new = not rows or now - float(rows[0][0]) >= every
        if new:
            self.ask(f"INSERT INTO said VALUES ({what}, {now}, 0) ON CONFLICT (what) DO UPDATE SET last_time = {now}, since_then = 0;\nCOMMIT;")
        else:
            self.ask(f"UPDATE said SET since_then = since_then + 1 WHERE what = {what};\nCOMMIT;")
        return new, int(rows[0][1]) if new and rows else 0

    def forget_said(self, before):
        self.ask(f"DELETE FROM said WHERE last_time < {before};")

    def copy(self):
        """Everything in a passing SQLite database, for report and export."""
        folder = tempfile.TemporaryDirectory(prefix="rst_batch-")
        store = Store(os.path.join(folder.name, "copy.db"))
        store.folder = folder  # removed with the store
        kinds = {"integer": int, "flag": int, "real": float, "text": str}
        self.ask("BEGIN ISOLATION LEVEL REPEATABLE READ;")
        for table, columns in schema.TABLES.items():
            # as texts without an empty one: CSV has no other way to tell NULL from ''
            rows = self.each(f"SELECT {', '.join(f'COALESCE(quote_literal({c}::text), $$$$)' for c in columns)} FROM {table};")
            makers = [kinds[kind] for kind in columns.values()]
            made = ([make(unquoted(text)) if text else None for make, text in zip(makers, row)] for row in rows)
            names = ", ".join(columns)
            store.transaction(lambda made=made: store.base.executemany(
                f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})", made))
        self.ask("COMMIT;")
        self.close()
        return store


def unquoted(text):
    """What quote_literal made a literal of: 'x', or E'x' where it holds backslashes."""
    escaped = text.lstrip().startswith("E'")
    text = text[text.index("'") + 1:-1].replace("''", "'")
    return text.replace("\\\\", "\\") if escaped else text
