# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables, indexes and views, for SQLite and PostgreSQL alike."""
import json

from . import fields

# Grows when a column comes, goes or changes its meaning; a database of another version is refused, never changed.
VERSION = 2

SIGN_COLUMNS = {"file": "integer", "n": "integer", "position": "integer", "sign": "text", "weight": "integer",
                "family": "text", "text": "text", "source": "text"}
DIAGNOSIS_COLUMNS = {"file": "integer", "n": "integer", "diagnosis": "text", "confidence": "text", "text": "text",
                     "evidence": "text"}
FINDING_COLUMNS = {"file": "integer", "position": "integer", "finding_group": "text", "source": "text", "diagnosis": "text",
                   "cause": "text", "device": "text", "title": "text", "server_address": "text", "server_port": "integer",
                   "resets": "integer", "events": "integer", "connections": "integer", "connections_broken": "integer",
                   "connections_with_loss": "integer", "lost_octets": "integer", "first_time": "real", "last_time": "real",
                   "frame": "integer"}
FILE_COLUMNS = {"id": "integer", "host": "text", "path": "text", "status": "text", "problem": "text", "message": "text",
                "stamp": "text", "kind": "text", "size": "integer", "frames": "integer", "resets": "integer",
                "first_time": "real", "last_time": "real", "seconds": "real", "reader": "text"}
PART_COLUMNS = {"file": "integer", "part": "integer", "path": "text", "size": "integer", "frames": "integer"}
RESET_COLUMNS = {"file": "integer", "n": "integer", **fields.COLUMNS}
SAID_COLUMNS = {"what": "text", "last_time": "real", "since_then": "integer"}

TABLES = {"files": FILE_COLUMNS, "parts": PART_COLUMNS, "resets": RESET_COLUMNS, "signs": SIGN_COLUMNS,
          "diagnoses": DIAGNOSIS_COLUMNS, "findings": FINDING_COLUMNS, "said": SAID_COLUMNS}
KEYS = {"files": "id", "parts": "file, part", "resets": "file, n", "signs": "file, n, position", "diagnoses": "file, n",
        "findings": "file, position", "said": "what"}
# What belongs to a file and goes with it.
OF_A_FILE = ("parts", "resets", "signs", "diagnoses", "findings")

INDEXES = (
    "CREATE UNIQUE INDEX files_path ON files (host, path)",
    "CREATE INDEX parts_path ON parts (path)",
    "CREATE INDEX resets_time ON resets (time)",
    "CREATE INDEX resets_source ON resets (source, cause)",
    "CREATE INDEX resets_diagnosis ON resets (diagnosis)",
    "CREATE INDEX resets_server ON resets (server_address, server_port)",
    "CREATE INDEX signs_sign ON signs (sign)",
)

# {day}, {moment}: how the database writes a time since the epoch as UTC.
VIEWS = {
    "who_resets_most": """SELECT source, CASE WHEN source = 'client' THEN client_address ELSE server_address END AS address,
        CASE WHEN source = 'client' THEN NULL ELSE server_port END AS port, COUNT(*) AS resets,
        COUNT(DISTINCT file) AS files, SUM(lost_octets) AS lost_octets FROM resets GROUP BY 1, 2, 3 ORDER BY resets DESC, 1, 2, 3""",
    "since_when": """SELECT source, COALESCE(diagnosis, cause) AS reason, server_address, server_port, COUNT(*) AS resets,
        {first} AS first, {last} AS last FROM resets GROUP BY 1, 2, 3, 4 ORDER BY MIN(time), 1, 2, 3, 4""",
    "timers": """SELECT server_address, server_port, source, COALESCE(diagnosis, cause) AS reason, COUNT(*) AS resets,
        MIN(idle) AS shortest_idle, MAX(idle) AS longest_idle, MAX(timer_survived) AS survived, MIN(timer_died) AS died,
        MIN(idle_timer) AS idle_timer FROM resets WHERE idle_timer IS NOT NULL OR timer_died IS NOT NULL
        GROUP BY 1, 2, 3, 4 ORDER BY resets DESC, 1, 2, 3, 4""",
    "devices": """SELECT COALESCE(device, '(a device, not named)') AS device, server_address, COUNT(*) AS resets,
        COUNT(DISTINCT file) AS files, {first} AS first, {last} AS last FROM resets
        WHERE device IS NOT NULL OR source = 'intermediary' GROUP BY 1, 2 ORDER BY resets DESC, 1, 2""",
    "per_day": """SELECT {day} AS day, source, COALESCE(diagnosis, cause) AS reason, COUNT(*) AS resets,
        SUM(lost_octets) AS lost_octets FROM resets GROUP BY 1, 2, 3 ORDER BY 1, resets DESC, 2, 3""",
    "troubles": "SELECT path, status, problem, message FROM files WHERE status NOT IN ('done', 'waiting') ORDER BY path",
}

SQLITE = {"integer": "INTEGER", "real": "REAL", "text": "TEXT", "flag": "INTEGER", "when": "datetime({}, 'unixepoch')",
          "day": "date(time, 'unixepoch')", "id": "INTEGER PRIMARY KEY"}
POSTGRES = {"integer": "BIGINT", "real": "DOUBLE PRECISION", "text": "TEXT", "flag": "SMALLINT",
            "when": "(to_timestamp({}) AT TIME ZONE 'UTC')", "day": "(to_timestamp(time) AT TIME ZONE 'UTC')::date",
            "id": "BIGINT PRIMARY KEY"}


def statements(words):
    """What makes the schema in a new database, in order."""
    yield "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT)"
    yield f"INSERT INTO meta VALUES ('schema', '{VERSION}')"
    for table, columns in TABLES.items():
        parts = [f"{name} {words['id'] if name == 'id' else words[kind]}" for name, kind in columns.items()]
        if table != "files":
            parts.append(f"PRIMARY KEY ({KEYS[table]})")
        yield f"CREATE TABLE {table} ({', '.join(parts)})"
    yield from INDEXES
    first, last = (words["when"].format(f"{f}(time)") for f in ("MIN", "MAX"))
    for name, text in VIEWS.items():
        yield f"CREATE VIEW {name} AS {text.format(first=first, last=last, day=words['day'])}"


def rows_of(file, page):
    """The rows of a page of resets for its tables: {table: rows}."""
    made = {"resets": [], "signs": [], "diagnoses": []}
    for reset in page:
        row, n = reset["row"], reset["n"]
        made["resets"].append((file, n, *row.values()))
        for position, sign in enumerate(reset["signs"], 1):
            made["signs"].append((file, n, position, sign["sign"], *(sign[f"sign.{k}"] for k in ("weight", "family", "text", "source"))))
        if row["diagnosis"]:
            made["diagnoses"].append((file, n, row["diagnosis"], row["diagnosis_confidence"], row["diagnosis_text"],
                                      json.dumps(reset["evidence"], ensure_ascii=False)))
    return made
