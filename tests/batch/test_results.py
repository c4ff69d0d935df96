# SPDX-License-Identifier: GPL-2.0-or-later
"""What the database holds is what tshark prints, whatever the number of workers and however the capture is packed."""
import csv
import io
import json
import re
import shutil
import subprocess

import pytest
from conftest import SAMPLES
from fixtures import slow
from rst_batch import fields, groups, schema
from shark import ROOT


def exported(batch, form="ndjson"):
    return batch("export", "--format", form).stdout


@slow
def test_every_field_is_what_tshark_prints(shark, read_samples):
    rows = [json.loads(line) for line in exported(read_samples).splitlines()]
    names = [*fields.SINGLE, "sign", "sign.text", "sign.weight", "sign.family", "sign.source", "diagnosis.evidence"]
    compared = 0
    for sample in SAMPLES[1:9]:
        [path] = (read_samples.folder / "c").glob(f"{sample}.pcap*")
        wanted = {n: r for n, r in shark.rows(path, "-2", names=names).items() if "source" in r}
        got = {r["frame"]: r for r in rows if r["file"] == str(path)}
        assert got.keys() == wanted.keys()
        for frame, row in wanted.items():
            for name, kind in fields.SINGLE.items():
                text = row.get(name, "")
                text = text.replace("|", ",") if name in fields.SEVERAL else text.split("|")[0]
                value = got[frame].get("reset_number" if name == "number" else fields.column(name))
                assert value == fields.value(kind, text), (sample, frame, name)
                compared += 1
            signs = got[frame]["signs"]
            for key, name in (("sign", "sign"), ("text", "sign.text"), ("weight", "sign.weight"), ("family", "sign.family"), ("source", "sign.source")):
                assert "|".join(str(s[key]) for s in signs) == row.get(name, ""), (sample, frame, name)
            assert "|".join(got[frame]["evidence"]) == row.get("diagnosis.evidence", "")
    assert compared > 1000


def test_ends_are_the_packets(shark, read_samples):
    [path] = (read_samples.folder / "c").glob("closed_port.pcap*")
    fields_of = shark.tshark(path, "-2", "-n", "-Y", "rst_origin.source", "-T", "fields", "-e", "ip.src", "-e", "ipv6.src", "-e", "tcp.srcport", "-e", "ip.dst", "-e", "ipv6.dst", "-e", "tcp.dstport")
    got = read_samples.sql("SELECT source_address, source_port, destination_address, destination_port, client_address, server_address, claimed_source "
                           "FROM resets JOIN files ON id = file WHERE path = ? ORDER BY n", str(path))
    assert [tuple(map(str, row[:4])) for row in got] == [(v4 or v6, sp, d4 or d6, dp) for v4, v6, sp, d4, d6, dp in (line.split("\t") for line in fields_of.splitlines())] != []
    for source, _, destination, _, client, server, claimed in got:
        assert (client, server) == ((source, destination) if claimed == "client" else (destination, source))


def test_columns_cover_the_plugins_fields(shark):
    """A field that the table does not know would go into "more": say so here first."""
    listed = {line.split("\t")[2].removeprefix("rst_origin.") for line in shark.run("tshark", "-G", "fields").stdout.splitlines()
              if line.startswith("F\t") and "\trst_origin." in line}
    assert set(fields.SINGLE) | fields.APART >= listed
    assert set(fields.SINGLE) <= listed


def test_words_are_the_plugins():
    table = (ROOT / "plugin/core/diagnose/diagnoses.c").read_text()
    table = table[table.index("ro_diagnoses[]"):]
    names = {"PATH": "path", "ENDPOINT": "endpoint", "UNDECIDED": "undecided", "HARMLESS": "ordinary"}
    assert groups.DIAGNOSES == {token: (names[group], title) for token, group, title in re.findall(r'ROW\((\w+), (\w+),\s*"([^"]+)"', table)}
    words = (ROOT / "plugin/core/judge/cause_words.c").read_text()
    at = words.index("of_path[")
    for ours, part in ((groups.CAUSES, words[:at]), (groups.PATH_CAUSES, words[at:])):
        assert ours == {token.lower(): title for token, title in re.findall(r'\[RO_CAUSE_(\w+)\] =\s*\{"([^"]+)"', part)}


@slow
def test_order_and_content_do_not_depend_on_the_workers(batch):
    folder = batch.put(*SAMPLES[:6])
    texts = []
    for workers in ("1", "3"):
        batch.db = batch.folder / f"{workers}.db"
        batch("-j", workers, "--restart-after", "2", folder)
        tables = {name: batch.sql(f"SELECT * FROM {name} ORDER BY {schema.KEYS[name]}") for name in schema.OF_A_FILE}
        texts.append((tables, [exported(batch, form) for form in ("ndjson", "csv", "columns")]))
    assert texts[0] == texts[1]
    assert len(texts[0][0]["resets"]) > 20 and texts[0][0]["findings"]


@pytest.mark.parametrize("packer, end", [("gzip", ".gz"), ("zstd", ".zst"), ("lz4", ".lz4")])
def test_packed_captures_without_a_telling_name(batch, packer, end):
    if not shutil.which(packer):
        pytest.skip(f"no {packer}")
    folder = batch.put("closed_port")
    [path] = folder.iterdir()
    packed = path.with_name(path.name + end)
    subprocess.run([packer, "-q", *([path, packed] if packer == "lz4" else [path])], check=True)
    packed.rename(folder / "nameless")
    path.unlink(missing_ok=True)
    (folder / "notes.pcap").write_text("this is no capture")
    batch.own(folder)
    done = batch(folder)
    assert batch.sql("SELECT status, resets > 0 FROM files") == [("done", 1)]
    assert "1 other file passed over" in done.stderr


def test_pcap_of_both_orders_and_nanoseconds(batch):
    from rst_batch.recognise import kind_of_octets
    for magic in ("a1b2c3d4", "d4c3b2a1", "a1b23c4d", "4d3cb2a1"):
        assert kind_of_octets(bytes.fromhex(magic) + b"\0" * 20) == "pcap"
    assert kind_of_octets(bytes.fromhex("0a0d0d0a") + b"\0" * 20) is None  # four line breaks are no section header


@slow
def test_names_on_the_standard_input(batch):
    folder = batch.put("closed_port", "blind_sweep", "both_ends_abort")
    names = sorted(str(p) for p in folder.iterdir())[:2]
    batch("-", stdin="\n".join(names).encode() + b"\n\n")
    assert [p for p, in batch.sql("SELECT path FROM files ORDER BY path")] == names
    batch("-0", "-", stdin=b"\0".join(n.encode() for n in names[:1]) + b"\0")
    assert len(batch.sql("SELECT path FROM files")) == 2


@slow
def test_odd_names(batch):
    folder = batch.put("closed_port")
    [path] = folder.iterdir()
    odd = [b"with space", b"quo\"te'\\", "umläut".encode(), b"not\xffutf8", b"line\nbreak"]
    for name in odd:
        shutil.copy(path, folder.joinpath().as_posix().encode() + b"/" + name)
    path.unlink()
    batch.own(folder)
    batch(folder)
    assert batch.sql("SELECT COUNT(*), SUM(status = 'done'), MIN(resets) > 0 FROM files") == [(len(odd), len(odd), 1)]
    assert len(exported(batch).splitlines()) == batch.sql("SELECT SUM(resets) FROM files")[0][0]


def test_csv_is_safe_and_whole(read_samples):
    rows = list(csv.DictReader(io.StringIO(exported(read_samples, "csv"))))
    assert len(rows) == read_samples.sql("SELECT COUNT(*) FROM resets")[0][0]
    assert all(row["source"] in ("client", "server", "intermediary", "unknown") for row in rows)
    from rst_batch.export import safe
    assert safe('=HYPERLINK("x")').startswith("'=") and safe(-5) == -5


def test_columns_are_tables(read_samples):
    head, *made = map(json.loads, exported(read_samples, "columns").splitlines())
    assert sum(group["rows"] for group in made) == read_samples.sql("SELECT COUNT(*) FROM resets")[0][0]
    for group in made:
        assert list(group["columns"]) == list(head["types"])
        assert {len(values) for values in group["columns"].values()} == {group["rows"]}
        for name, values in group["columns"].items():
            kind = {"integer": int, "real": float, "text": str, "flag": bool, "json": str}[head["types"][name]]
            assert all(value is None or type(value) is kind for value in values), name


def test_views_answer_the_usual_questions(read_samples):
    def view(name):
        return read_samples.sql(f"SELECT * FROM {name}")
    total = read_samples.sql("SELECT COUNT(*) FROM resets")[0][0]
    assert sum(row[3] for row in view("who_resets_most")) == total
    assert sum(row[4] for row in view("since_when")) == total
    assert sum(row[3] for row in view("per_day")) == total
    assert sum(row[2] for row in view("devices")) == read_samples.sql("SELECT COUNT(*) FROM resets WHERE device IS NOT NULL OR source = 'intermediary'")[0][0] > 0
    assert all(len(row[0]) == 10 for row in view("per_day"))
    assert view("timers") and not view("troubles")
    assert read_samples.sql("SELECT value FROM meta WHERE name = 'schema'") == [(str(schema.VERSION),)]


def test_questions_use_indexes(read_samples):
    for question in ("SELECT * FROM resets WHERE server_address = 'x'", "SELECT * FROM resets WHERE diagnosis = 'x'",
                     "SELECT * FROM resets WHERE time > 5", "SELECT * FROM signs WHERE sign = 'x'"):
        assert "USING INDEX" in str(read_samples.sql("EXPLAIN QUERY PLAN " + question))


@slow
def test_many_resets_in_one_capture(batch):
    """More than a page of them: none is lost between two pages."""
    from packets import ACK, RST, SYN, Capture
    from talk import C, S, Talk
    scan = Capture()
    for port in range(1, 2301):
        talk = Talk(capture=scan, dport=port, start=float(port))
        talk.send(C, SYN, after=0)
        talk.send(S, RST | ACK, after=0.5, seq=0, ack=1001, ip_id=0)
    path = batch.folder / "scan.pcap"
    path.write_bytes(scan.data())
    batch.own(path)
    batch(path)
    assert batch.sql("SELECT COUNT(*), COUNT(DISTINCT frame), MIN(n), MAX(n), COUNT(DISTINCT server_port) FROM resets") == [(2300, 2300, 1, 2300, 2300)]
    assert batch.sql("SELECT COUNT(*) FROM signs")[0][0] == batch.sql("SELECT COUNT(*) FROM signs JOIN resets USING (file, n)")[0][0]
