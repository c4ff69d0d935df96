# SPDX-License-Identifier: GPL-2.0-or-later
"""The resets as NDJSON, CSV, or columns; ordered by host, capture and frame, whoever finished first."""
import csv
import json

from . import fields, schema
from .opening import open_to_read, output
from .words import OK

FORMATS = ("ndjson", "csv", "columns")
# Rows of a group of columns: what a Parquet file would call a row group.
GROUP = 65536

COLUMNS = ["host", "file", "n", *fields.COLUMNS, "signs", "evidence"]


def rows(store):
    """Each reset as a list in the order of COLUMNS; signs and evidence as lists."""
    own = ", ".join(f"resets.{name}" for name in fields.COLUMNS)
    sql = f"""SELECT files.id, files.host, files.path, resets.n, {own},
        (SELECT json_group_array(json_object('sign', sign, 'weight', weight, 'family', family, 'text', text, 'source', source))
         FROM (SELECT * FROM signs WHERE signs.file = resets.file AND signs.n = resets.n ORDER BY position)),
        (SELECT evidence FROM diagnoses WHERE diagnoses.file = resets.file AND diagnoses.n = resets.n)
        FROM files JOIN resets ON resets.file = files.id ORDER BY files.host, files.path, resets.n"""
    flags = [i for i, name in enumerate(COLUMNS) if fields.COLUMNS.get(name) == fields.FLAG]
    for _, *row in store.rows(sql):
        for i in flags:
            row[i] = None if row[i] is None else bool(row[i])
        row[-2] = json.loads(row[-2])
        row[-1] = json.loads(row[-1] or "[]")
        yield row


def write_ndjson(store, out):
    for row in rows(store):
        said = {name: value for name, value in zip(COLUMNS, row) if value is not None}
        out.write(json.dumps(said, ensure_ascii=False, separators=(",", ":")) + "\n")


def write_csv(store, out):
    """One line a reset. Signs are their tokens with weights; texts with line breaks or quotes are quoted as RFC 4180 says."""
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows(store):
        row[-2] = " ".join(f"{sign['sign']}:{sign['weight']}" for sign in row[-2])
        row[-1] = " | ".join(row[-1])
        writer.writerow(["" if value is None else int(value) if isinstance(value, bool) else safe(value) for value in row])


def safe(value):
    """A text that a spreadsheet would take for a formula gets an apostrophe: captures are hostile."""
    return "'" + value if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def write_columns(store, out):
    """Lines of {"rows": N, "columns": {name: [...]}}; each is a table that pyarrow takes without a change. The first names the types."""
    kinds = {"host": "text", "file": "text", "n": "integer", **fields.COLUMNS, "signs": "json", "evidence": "json"}
    out.write(json.dumps({"schema": schema.VERSION, "types": {name: kinds[name] for name in COLUMNS}}) + "\n")
    group = []

    def flush():
        columns = {name: list(values) for name, values in zip(COLUMNS, zip(*group))}
        out.write(json.dumps({"rows": len(group), "columns": columns}, ensure_ascii=False, separators=(",", ":")) + "\n")
        group.clear()

    for row in rows(store):
        row[-2], row[-1] = (json.dumps(value, ensure_ascii=False) for value in row[-2:])
        group.append(row)
        if len(group) == GROUP:
            flush()
    if group:
        flush()


def write(store, form, out):
    {"ndjson": write_ndjson, "csv": write_csv, "columns": write_columns}[form](store, out)


def main(options):
    with open_to_read(options) as store, output(options.out) as out:
        write(store, options.format, out)
    return OK
