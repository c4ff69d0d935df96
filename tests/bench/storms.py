#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes captures that strain a plugin: storms.py STORM SIZE FILE. Storms: scan (SIZE ports refused), stream (SIZE resets in
one connection), hosts (SIZE hosts with a reset each), reuse (SIZE connections on one pair of ports), interfaces (SIZE
connections spread over 200 capture points), points (SIZE connections reset, each seen at two capture points).

Packets are patched templates: half a million a second, where the forge would take minutes.
"""
import struct
import sys

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
START_US = 1_700_000_000_000_000
CLIENT, SERVER = 0x0A000001, 0xC6336401
MSS = b"\2\4\5\xb4"


class Pcapng:
    """A pcapng file of Ethernet frames with `interfaces` interfaces; a pcap file where that is 0."""

    def __init__(self, path, interfaces=0):
        self.file = open(path, "wb")
        self.interfaces = interfaces
        if interfaces:
            self.file.write(struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28))
            for _ in range(interfaces):
                self.file.write(struct.pack("<IIHHII", 1, 20, 1, 0, 0, 20))
        else:
            self.file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))

    def add(self, us, frame, interface=0):
        us += START_US
        if self.interfaces:
            frame += b"\0" * (-len(frame) % 4)
            length = 32 + len(frame)
            self.file.write(struct.pack("<IIIIIII", 6, length, interface, us >> 32, us & 0xFFFFFFFF, len(frame), len(frame)) +
                            frame + struct.pack("<I", length))
        else:
            self.file.write(struct.pack("<IIII", us // 1000000, us % 1000000, len(frame), len(frame)) + frame)

    def close(self):
        self.file.close()


def frame(src, dst, sport, dport, seq, ack, flags, ttl=60, ip_id=0, payload=b"", options=b""):
    tcp = struct.pack("!HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, (5 + len(options) // 4) << 4, flags,
                      0 if flags & RST else 501, 0, 0) + options + payload
    return (b"\2\0\0\0\0\5\2\0\0\0\0\x0c\x08\0" +
            struct.pack("!BBHHHBBHII", 0x45, 0, 20 + len(tcp), ip_id & 0xFFFF, 0x4000, ttl, 6, 0, src, dst) + tcp)


def handshake(out, us, src, dst, sport, dport, isn, points=(0,)):
    for n, at in enumerate(points):
        late = 2000 * n
        out.add(us + late, frame(src, dst, sport, dport, isn, 0, SYN, 62 - n, isn, options=MSS), at)
    for n, at in reversed(list(enumerate(points))):
        out.add(us + 10000 - 2000 * n, frame(dst, src, dport, sport, 2 * isn, isn + 1, SYN | ACK, 50 + n, options=MSS), at)
    for n, at in enumerate(points):
        out.add(us + 12000 + 2000 * n, frame(src, dst, sport, dport, isn + 1, 2 * isn + 1, ACK, 62 - n, isn + 1), at)


def scan(path, size):
    out = Pcapng(path)
    for n in range(size):
        isn = n * 7919
        dst, dport = SERVER + n // 60000, 1 + n % 60000
        out.add(n * 100, frame(CLIENT, dst, 40000, dport, isn, 0, SYN, 62, n, options=MSS))
        out.add(n * 100 + 50, frame(dst, CLIENT, dport, 40000, 0, isn + 1, RST | ACK, 50))
    out.close()


def stream(path, size):
    out = Pcapng(path)
    handshake(out, 0, CLIENT, SERVER, 40000, 443, 1000)
    for n in range(size):
        out.add(20000 + n * 100, frame(SERVER, CLIENT, 443, 40000, 2001 + n * 1460, 1001, RST | ACK, 50, n))
    out.close()


def hosts(path, size):
    out = Pcapng(path)
    for n in range(size):
        src = CLIENT + n
        out.add(n * 100, frame(src, SERVER, 40000, 443, n * 7919, 0, SYN, 62, n, options=MSS))
        out.add(n * 100 + 50, frame(SERVER, src, 443, 40000, 0, n * 7919 + 1, RST | ACK, 50))
    out.close()


def reuse(path, size):
    out = Pcapng(path)
    for n in range(size):
        isn = n * 104729
        us = n * 200000
        handshake(out, us, CLIENT, SERVER, 40000, 443, isn)
        out.add(us + 20000, frame(CLIENT, SERVER, 40000, 443, isn + 1, 2 * isn + 1, FIN | ACK, 62, isn + 2))
        out.add(us + 30000, frame(SERVER, CLIENT, 443, 40000, 2 * isn + 1, isn + 2, FIN | ACK, 50))
        out.add(us + 31000, frame(CLIENT, SERVER, 40000, 443, isn + 2, 2 * isn + 2, ACK, 62, isn + 3))
    out.close()


def reset_pair(out, n, points):
    src, sport, isn = CLIENT + n // 20000, 20000 + n % 20000, n * 7919
    us = n * 40000
    handshake(out, us, src, SERVER, sport, 443, isn, points)
    for k, at in reversed(list(enumerate(points))):
        out.add(us + 20000 - 2000 * k, frame(SERVER, src, 443, sport, 2 * isn + 1, isn + 1, RST | ACK, 50 + k, isn), at)


def interfaces(path, size):
    out = Pcapng(path, 200)
    for n in range(size):
        reset_pair(out, n, (n % 200,))
    out.close()


def points(path, size):
    out = Pcapng(path, 2)
    for n in range(size):
        reset_pair(out, n, (0, 1))
    out.close()


STORMS = {f.__name__: f for f in (scan, stream, hosts, reuse, interfaces, points)}

if __name__ == "__main__":
    STORMS[sys.argv[1]](sys.argv[3], int(sys.argv[2]))
