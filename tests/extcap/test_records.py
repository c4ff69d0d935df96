# SPDX-License-Identifier: GPL-2.0-or-later
"""Records in captures, as tshark with the plugin reads them: joined, damaged, unknown, many, from two hosts."""
import json
import random
import struct
import subprocess
import time

import pytest

from fixtures import slow
from forging import CLIENT, SERVER, File, packed
from rst_witness import record
from rst_witness.record import tag

WITNESS = ["host", "reason", "state", "process", "pid", "frame", "receiver", "receiver_frame"]


def fields(shark, path, *names, passes=2, where="rst_origin.source"):
    words = ["-2"] if passes == 2 else []
    for name in names:
        words += ["-e", name]
    text = shark.tshark(path, *words, "-Y", where, "-T", "fields", "-E", "separator=|", *words[len(words):])
    return [dict(zip(names, line.split("|"))) for line in text.splitlines()]


def witness(shark, path, **options):
    names = ["frame.number", "rst_origin.source", "rst_origin.diagnosis", "rst_origin.effect"]
    return fields(shark, path, *names, *(f"rst_origin.witness.{name}" for name in WITNESS), **options)


def aborted(before_ms=2.0):
    """A reset of the server, and its kernel's word so much later."""
    file = File()
    file.status(record.START, 0)
    file.talk(10)
    reset = file.abort(50)
    told = file.event(50 + before_ms, pid=812, process="nginx")
    file.status(record.STOP, 3000)
    return file, reset, told


def test_a_reset_and_its_record_name_each_other(shark, tmp_path):
    file, reset, told = aborted()
    path = file.write(tmp_path / "a.pcapng")
    row, = witness(shark, path)
    assert row["frame.number"] == str(reset) and row["rst_origin.source"] == "server"
    assert row["rst_origin.diagnosis"] == "unread_data"
    assert [row[f"rst_origin.witness.{n}"] for n in WITNESS] == \
        ["web1", "TCP_ABORT_ON_CLOSE", "TCP_CLOSE", "nginx", "812", str(told), "", ""]
    assert fields(shark, path, "frame.number", "rst_witness.kind", "rst_witness.context", where="rst_witness.reset") == \
        [{"frame.number": str(told), "rst_witness.kind": "sent", "rst_witness.context": "process"}]


def test_without_the_record_less_is_said(shark, tmp_path):
    file = File()
    file.talk(10)
    file.abort(50)
    row, = witness(shark, file.write(tmp_path / "a.pcapng"))
    assert row["rst_origin.diagnosis"] == "" and not any(row[f"rst_origin.witness.{n}"] for n in WITNESS)


def test_one_pass_says_what_was_known(shark, tmp_path):
    """A passive reset is traced before its packet, an active one after."""
    file = File()
    file.status(record.START, 0)
    file.talk(10)
    file.event(49.9, reason="TCP_TIMEWAIT_SOCKET")
    file.abort(50, flags=4)
    row, = witness(shark, file.write(tmp_path / "b.pcapng"), passes=1)
    assert row["rst_origin.witness.reason"] == "TCP_TIMEWAIT_SOCKET" and row["rst_origin.witness.process"] == "softirq"
    file, _, told = aborted()
    path = file.write(tmp_path / "c.pcapng")
    row, = witness(shark, path, passes=1)
    assert row["rst_origin.witness.reason"] == "" and row["rst_origin.source"] == "server"
    link, = fields(shark, path, "frame.number", passes=1, where="rst_witness.reset")
    assert link["frame.number"] == str(told)                    # the record itself knows at once


def test_files_recorded_apart(shark, tmp_path):
    """mergecap puts a file of eth0 and one of the witness together, by time."""
    whole = aborted()[0]
    ethernet, told = File(), File()
    ethernet.blocks = [b for b in whole.blocks if not (b[:4] == b"\6\0\0\0" and b[8] == 1)]
    told.blocks = [b for b in whole.blocks if not (b[:4] == b"\6\0\0\0" and b[8] == 0)]
    paths = [ethernet.write(tmp_path / "eth.pcapng"), told.write(tmp_path / "told.pcapng")]
    for name, order in (("x", paths), ("y", paths[::-1])):
        merged = tmp_path / f"{name}.pcapng"
        subprocess.run(["mergecap", "-w", str(merged), *map(str, order)], check=True)
        row, = witness(shark, merged)
        assert row["rst_origin.witness.reason"] == "TCP_ABORT_ON_CLOSE" and row["rst_origin.diagnosis"] == "unread_data"


def test_both_ends_tell(shark, tmp_path):
    file = File()
    file.status(record.START, 0)
    file.talk(10)
    file.abort(50)
    file.event(51, pid=812, process="nginx")
    file.host = "desk"
    taken = file.event(50.2, kind=record.EVENT_RECEIVED, local=CLIENT, peer=SERVER, session=2, number=1)
    row, = witness(shark, file.write(tmp_path / "a.pcapng"))
    assert (row["rst_origin.witness.host"], row["rst_origin.witness.receiver"]) == ("web1", "desk")
    assert row["rst_origin.witness.receiver_frame"] == str(taken) and row["rst_origin.effect"] == "reset"


def silent(flags=0x14, own=(SERVER,), hole=False):
    """The server's host shows its clock by one reset, and says nothing of the second."""
    file = File()
    file.status(record.START, 0, own)
    file.talk(1500)
    file.abort(1550)
    file.event(1551)
    file.talk(4000, port=40001)
    reset = file.abort(4050, port=40001, flags=flags)
    file.number += hole
    file.status(record.STOP, 6000, own)
    return file, reset


def test_a_host_that_recorded_and_did_not_send_it(shark, tmp_path):
    file, reset = silent()
    rows = fields(shark, file.write(tmp_path / "a.pcapng"), "frame.number", "rst_origin.source", "rst_origin.sign",
                  where=f"frame.number=={reset}")
    assert rows[0]["rst_origin.source"] == "intermediary" and "not_sent_by_host" in rows[0]["rst_origin.sign"]
    one_pass = fields(shark, tmp_path / "a.pcapng", "rst_origin.sign", where=f"frame.number=={reset}", passes=1)
    assert "not_sent_by_host" not in one_pass[0]["rst_origin.sign"]     # silence is known only later


@pytest.mark.parametrize("flags, own, hole", [(0x14, (CLIENT,), False), (0x14, (SERVER,), True), (0x14, (), False)])
def test_silence_that_proves_nothing(shark, tmp_path, flags, own, hole):
    file, reset = silent(flags, own, hole)
    row, = fields(shark, file.write(tmp_path / "a.pcapng"), "rst_origin.source", "rst_origin.sign",
                  where=f"frame.number=={reset}")
    assert "not_sent_by_host" not in row["rst_origin.sign"] and row["rst_origin.source"] != "intermediary"


def test_the_packet_filter_of_the_host_is_left_open(shark, tmp_path):
    """A bare RST is what REJECT writes on that very host: nobody is convicted."""
    file, reset = silent(flags=4)
    row, = fields(shark, file.write(tmp_path / "a.pcapng"), "rst_origin.source", "rst_origin.sign", "rst_origin.sign.text",
                  where=f"frame.number=={reset}")
    assert "not_sent_by_host" in row["rst_origin.sign"] and row["rst_origin.source"] in ("unknown", "server")
    assert "its packet filter may have" in row["rst_origin.sign.text"]


def test_report_json_and_page_name_the_process(shark, tmp_path):
    path = aborted()[0].write(tmp_path / "a.pcapng")
    text = shark.tshark(path, "-q", "-z", "rst_origin,report")
    assert "TCP_ABORT_ON_CLOSE" in text and "nginx (812)" in " ".join(text.split())
    document = json.loads(shark.tshark(path, "-q", "-z", "rst_origin,report,json"))
    finding = next(f for f in document["findings"] if "witness" in f)
    assert finding["witness"]["process"] == "nginx" and finding["witness"]["pid"] == 812
    assert "nginx (812)" in shark.tshark(path, "-q", "-z", "rst_origin,report,html")


def test_a_hostile_process_name_is_escaped(shark, tmp_path):
    file = File()
    file.talk(10)
    file.abort(50)
    file.event(51, pid=1, process="<b>\x1b[31m\n\"")
    path = file.write(tmp_path / "a.pcapng")
    for kind in ("", ",html", ",json"):
        text = shark.tshark(path, "-q", "-z", f"rst_origin,report{kind}")
        assert "\x1b" not in text and (kind != ",html" or "<b>\\x1b" not in text)


@pytest.mark.parametrize("args", [(), ("-V",), ("-T", "fields", "-e", "rst_witness.host", "-e", "rst_origin.witness.host", "-e", "_ws.col.Info")])
def test_hostile_names_reach_no_terminal(shark, tmp_path, args):
    file = File(host="\x1b]0;x\x07\nweb")
    file.talk(10)
    file.abort(50)
    file.event(51, pid=1, process="\x1b[31m\u202e", reason="\x1b[2J")
    text = shark.tshark(file.write(tmp_path / "a.pcapng"), "-2", *args)
    assert "web" in text
    assert not [c for c in text if c in "\x1b\x07\u202e"]


# ---- damage ----

def test_an_unknown_version_is_shown_and_not_used(shark, tmp_path):
    file = File()
    file.talk(10)
    file.abort(50)
    file.event(51, version=2)
    path = file.write(tmp_path / "a.pcapng")
    row, = witness(shark, path)
    assert row["rst_origin.witness.reason"] == ""
    told, = fields(shark, path, "rst_witness.damaged", where="rst_witness")
    assert "format version" in told["rst_witness.damaged"]


def test_a_later_tag_and_a_later_kind_are_passed_over(shark, tmp_path):
    file = File()
    file.talk(10)
    file.abort(50)
    file.record(99, 50.5, tag(200, b"later"))
    file.event(51)
    row, = witness(shark, file.write(tmp_path / "a.pcapng"))
    assert row["rst_origin.witness.reason"] == "TCP_ABORT_ON_CLOSE"


@pytest.mark.parametrize("tags", [
    tag(record.T_LOCAL, b"\1\2\3"), tag(record.T_LOCAL_PORT, b"\1"), tag(record.T_PID, b""), b"\x09", b"\x09\xff",
    tag(record.T_LOCAL, packed(SERVER)),
])
def test_a_damaged_record_is_shown_and_not_used(shark, tmp_path, tags):
    file = File()
    file.host = ""
    file.talk(10)
    file.abort(50)
    file.record(record.EVENT_SENT, 51, tags)
    path = file.write(tmp_path / "a.pcapng")
    row, = witness(shark, path)
    assert row["rst_origin.witness.host"] == ""
    assert fields(shark, path, "rst_witness.damaged", where="rst_witness.damaged")


def test_every_cut_and_random_octets(shark, tmp_path):
    """None may crash or hang; what is cut is not used."""
    draw = random.Random(16)
    file = File()
    file.talk(10)
    file.abort(50)
    whole = struct.pack("!HH", 12, len(record.DISSECTOR) + 1) + record.DISSECTOR + b"\0" + b"\0" * 4 + \
        struct.pack("!BBHIQ", 1, 2, 0, 1, 1) + tag(record.T_LOCAL, packed(SERVER)) + tag(record.T_REASON, "X" * 30)
    head = len(record.DISSECTOR) + 9
    for size in range(head, len(whole)):
        file.packet(1, 51, whole[:size])
    for _ in range(500):
        body = bytearray(whole[:head] + bytes([1, draw.randrange(8)]) + draw.randbytes(draw.randrange(14, 80)))
        file.packet(1, 51, bytes(body))
    path = file.write(tmp_path / "a.pcapng")
    row, = witness(shark, path)
    assert row["rst_origin.witness.host"] == ""
    assert shark.tshark(path, "-q", "-z", "rst_origin,report")


@slow
def test_a_hundred_thousand_events(shark, tmp_path):
    """Of one connection and of many; the reset among them is found, and the time stays that of a reading."""
    file = File()
    file.status(record.START, 0)
    file.talk(10)
    for i in range(50_000):
        file.event(20 + i / 10_000, port=1024 + i)
    reset = file.abort(50)
    file.event(50.1, pid=812, process="nginx")
    for i in range(50_000):
        file.event(60 + i / 10_000, reason="TCP_STATE")
    path = file.write(tmp_path / "a.pcapng")
    began = time.monotonic()
    rows = fields(shark, path, "frame.number", "rst_origin.witness.reason", "rst_origin.witness.process")
    assert rows == [{"frame.number": str(reset), "rst_origin.witness.reason": "TCP_ABORT_ON_CLOSE",
                     "rst_origin.witness.process": "nginx"}]
    assert time.monotonic() - began < 60


def test_sharkd_has_the_links(shark, tmp_path):
    file, reset, told = aborted()
    path = shark.readable(file.write(tmp_path / "a.pcapng"))
    lines = [{"jsonrpc": "2.0", "id": 1, "method": "load", "params": {"file": str(path)}},
             {"jsonrpc": "2.0", "id": 2, "method": "frame", "params": {"frame": reset, "proto": True}}]
    done = shark.run("sharkd", "-", stdin="".join(json.dumps(line) + "\n" for line in lines), ok=False)
    if "fnum" not in done.stdout:
        pytest.skip("no sharkd that answers here")
    assert f'"fnum":{told}' in done.stdout.replace(" ", "")
