# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures with witness records, made by hand: TCP segments on Ethernet, records, any order and any damage."""
import socket
import struct

from rst_witness import record
from rst_witness.record import EVENT_SENT, block, option, tag

CLIENT, SERVER = "192.0.2.10", "192.0.2.20"
START = 1_700_000_000_000_000_000
MS = 1_000_000


def packed(address):
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


class File:
    """A pcapng file with two interfaces: eth0, and the witness's."""

    def __init__(self, session=1, host="web1"):
        self.session, self.number, self.host = session, 0, host
        self.blocks = [block(0x0A0D0D0A, struct.pack("=IHHq", 0x1A2B3C4D, 1, 0, -1)),
                       block(1, struct.pack("=HHI", 1, 0, 0) + option(2, b"eth0") + option(9, b"\x09") + option(0, b"")),
                       block(1, struct.pack("=HHI", record.LINKTYPE, 0, 0) + option(2, b"rst-witness") + option(9, b"\x09") +
                             option(0, b""))]
        self.frames = 0

    def packet(self, interface, at_ms, data):
        when = START + int(at_ms * MS)
        self.blocks.append(block(6, struct.pack("=IIIII", interface, when >> 32, when & 0xffffffff, len(data), len(data)) +
                                 data + b"\0" * (-len(data) % 4)))
        self.frames += 1
        return self.frames

    def segment(self, at_ms, by_server, flags, seq, ack, data=b"", port=40000, server_port=80, ttl=64, ip_id=0):
        source, target = (SERVER, CLIENT) if by_server else (CLIENT, SERVER)
        ports = (server_port, port) if by_server else (port, server_port)
        tcp = struct.pack("!HHIIBBHHH", *ports, seq, ack, 5 << 4, flags, 64240, 0, 0) + data
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), ip_id, 0x4000, ttl, 6, 0, packed(source), packed(target))
        mac = (b"\x02\0\0\0\0\2\x02\0\0\0\0\1" if by_server else b"\x02\0\0\0\0\1\x02\0\0\0\0\2")
        return self.packet(0, at_ms, mac + b"\x08\0" + ip + tcp)

    def record(self, kind, at_ms, tags=b"", version=record.FORMAT, number=None, session=None):
        self.number = number or self.number + 1
        data = struct.pack("!HH", 12, len(record.DISSECTOR) + 1) + record.DISSECTOR + b"\0" + b"\0" * 4 + \
            struct.pack("!BBHIQ", version, kind, 0, session or self.session, self.number) + tags + tag(record.T_HOST, self.host)
        return self.packet(1, at_ms, data)

    def status(self, kind, at_ms, own=(SERVER,)):
        return self.record(kind, at_ms, b"".join(tag(record.T_OWN, packed(a)) for a in own) +
                           tag(record.T_LOST, struct.pack("!Q", 0)) + tag(record.T_FORWARDS, b"\0"))

    def event(self, at_ms, kind=EVENT_SENT, reason="TCP_ABORT_ON_CLOSE", local=SERVER, peer=CLIENT, port=40000, pid=0,
              process="", **more):
        sides = (80, port) if local == SERVER else (port, 80)
        tags = tag(record.T_LOCAL, packed(local)) + tag(record.T_LOCAL_PORT, struct.pack("!H", sides[0])) + \
            tag(record.T_PEER, packed(peer)) + tag(record.T_PEER_PORT, struct.pack("!H", sides[1]))
        tags += tag(record.T_STATE, "TCP_CLOSE") + tag(record.T_REASON, reason) if kind == EVENT_SENT else b""
        tags += tag(record.T_PROCESS, process) + tag(record.T_PID, struct.pack("!I", pid)) if pid else b""
        return self.record(kind, at_ms, tags, **more)

    def talk(self, at_ms, port=40000):
        """A connection with one request, acknowledged."""
        self.segment(at_ms, False, 2, 999, 0, port=port)
        self.segment(at_ms + 0.1, True, 0x12, 4999, 1000, port=port)
        self.segment(at_ms + 0.2, False, 0x10, 1000, 5000, port=port)
        self.segment(at_ms + 1, False, 0x18, 1000, 5000, b"GET / HTTP/1.1\r\n\r\n", port=port)
        self.segment(at_ms + 1.1, True, 0x10, 5000, 1018, port=port)

    def abort(self, at_ms, port=40000, flags=0x14):
        return self.segment(at_ms, True, flags, 5000, 1018 if flags & 0x10 else 0, port=port)

    def write(self, path):
        path.write_bytes(b"".join(self.blocks))
        return path
