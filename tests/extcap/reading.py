# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads what the recorder wrote, without the plugin, and writes what it never would."""
import struct

from rst_witness import record

HEAD = struct.calcsize("!HH") + len(record.DISSECTOR) + 1 + 4      # up to the payload of the exported PDU
NAMES = {number: name[2:].lower() for name, number in vars(record).items() if name.startswith("T_")}


def blocks(data):
    at = 0
    while at + 12 <= len(data):
        kind, size = struct.unpack_from("=II", data, at)
        assert size >= 12 and size % 4 == 0 and at + size <= len(data), "a whole block"
        assert struct.unpack_from("=I", data, at + size - 4)[0] == size
        yield kind, data[at + 8:at + size - 4]
        at += size


def records(path):
    """Each record as a dict with kind, number, session, time (seconds) and its values."""
    with open(path, "rb") as file:
        data = file.read()
    found = []
    for kind, body in blocks(data):
        if kind != 6:
            continue
        _, high, low, size, _ = struct.unpack_from("=IIIII", body)
        payload = body[20 + HEAD:20 + size]
        version, what, _, session, number = struct.unpack_from("!BBHIQ", payload)
        assert version == record.FORMAT
        row, at = {"kind": what, "session": session, "number": number, "time": (high << 32 | low) / 1e9, "own": []}, 16
        while at < len(payload):
            tag, length = payload[at], payload[at + 1]
            value = payload[at + 2:at + 2 + length]
            assert len(value) == length
            name = NAMES[tag]
            if name in ("host", "kernel", "state", "reason", "process", "limit"):
                value = value.decode()
            elif name not in ("local", "peer", "own"):
                value = int.from_bytes(value, "big")
            if name == "own":
                row["own"].append(value)
            else:
                row[name] = value
            at += 2 + length
        found.append(row)
    return found
