# SPDX-License-Identifier: GPL-2.0-or-later
"""The record format (docs/witness.md describes it) and the pcapng file that the records are written to."""
import os
import platform
import socket
import struct

NAME, VERSION = "rst-witness", "1.0"
FORMAT = 1
LINKTYPE, DISSECTOR = 252, b"rst_witness"      # WIRESHARK_UPPER_PDU; its first tag names the dissector

# Kinds of records
START, EVENT_SENT, EVENT_RECEIVED, ALIVE, LOST, STOP, REJECTED, DROPPED = range(1, 9)
# Tags in them
(T_HOST, T_KERNEL, T_LOCAL, T_LOCAL_PORT, T_PEER, T_PEER_PORT, T_STATE, T_REASON, T_PROCESS, T_PID, T_THREAD, T_LOST,
 T_SINCE, T_LIMIT, T_OWN, T_FORWARDS, T_CLOCK, T_FILTER) = range(1, 19)


def option(code, value):
    return struct.pack("=HH", code, len(value)) + value + b"\0" * (-len(value) % 4)


def block(kind, body):
    total = struct.pack("=I", 12 + len(body))
    return struct.pack("=I", kind) + total + body + total


def tag(number, value):
    value = value.encode("utf-8", "replace") if isinstance(value, str) else value
    return struct.pack("!BB", number, len(value[:255])) + value[:255]


class Writer:
    """pcapng with one interface; a record is an exported PDU for the dissector rst_witness."""

    def __init__(self, fd):
        self.fd, self.numbered, self.waiting = fd, 0, []
        self.session = int.from_bytes(os.urandom(4), "big")
        host, kernel = socket.gethostname(), platform.release()
        self.prefix = struct.pack("!HH", 12, len(DISSECTOR) + 1) + DISSECTOR + b"\0" + b"\0\0\0\0"
        self.suffix = tag(T_HOST, host) + tag(T_KERNEL, kernel)
        self._put(block(0x0A0D0D0A, struct.pack("=IHHq", 0x1A2B3C4D, 1, 0, -1) + option(3, b"Linux " + kernel.encode()) +
                        option(4, f"{NAME} {VERSION}".encode()) + option(0, b"")))
        self._put(block(1, struct.pack("=HHI", LINKTYPE, 0, 0) + option(2, NAME.encode()) + option(9, b"\x09") +
                        option(3, f"TCP resets of {host}".encode()) + option(0, b"")))

    def record(self, kind, wall_ns, tags):
        self.numbered += 1
        data = self.prefix + struct.pack("!BBHIQ", FORMAT, kind, 0, self.session, self.numbered) + tags + self.suffix
        self.waiting.append(block(6, struct.pack("=IIIII", 0, wall_ns >> 32, wall_ns & 0xffffffff, len(data), len(data))
                                  + data + b"\0" * (-len(data) % 4)))

    def flush(self):
        data, self.waiting = b"".join(self.waiting), []
        self._put(data)

    def _put(self, data):
        while data:
            data = data[os.write(self.fd, data):]
