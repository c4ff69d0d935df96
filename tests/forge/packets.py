# SPDX-License-Identifier: GPL-2.0-or-later
"""Packs TCP segments, IP packets, tunnels and capture files byte by byte, so that a forged capture can also lie."""
import ipaddress
import struct

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR, AE = (1 << n for n in range(9))
RESERVED = 0xE00

LINK_ETHERNET, LINK_NULL, LINK_RAW, LINK_SLL, LINK_SLL2, LINK_WIFI = 1, 0, 101, 113, 276, 105


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packed(address):
    return ipaddress.ip_address(address).packed


def option(kind, data=b""):
    return bytes([kind, len(data) + 2]) + data


def mss(value):
    return option(2, struct.pack("!H", value))


def wscale(shift):
    return option(3, bytes([shift]))


SACK_OK = option(4)
NOP = b"\1"


def sack(*blocks):
    return option(5, b"".join(struct.pack("!II", left, right) for left, right in blocks))


def timestamps(value, echo):
    return option(8, struct.pack("!II", value & 0xFFFFFFFF, echo & 0xFFFFFFFF))


def padded_options(options):
    return options + b"\0" * (-len(options) % 4)


def tcp(src, dst, sport, dport, seq, ack, flags, window, options=b"", payload=b"", offset=None, bad_checksum=False):
    options = padded_options(options)
    words = 5 + len(options) // 4 if offset is None else offset
    head = struct.pack("!HHIIHHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, words << 12 | flags, window, 0, 0)
    segment = head + options + payload
    pseudo = packed(src) + packed(dst)
    pseudo += struct.pack("!BBH", 0, 6, len(segment)) if len(pseudo) == 8 else struct.pack("!IHBB", len(segment), 0, 0, 6)
    value = checksum(pseudo + segment)
    if bad_checksum:
        value ^= 0x5555
    return segment[:16] + struct.pack("!H", value) + segment[18:]


def ipv4(src, dst, payload, protocol=6, ttl=64, ip_id=0, df=True, tos=0, total=None, offset=0, more=False):
    fragment = (0x4000 if df else 0) | (0x2000 if more else 0) | offset // 8
    length = 20 + len(payload) if total is None else total
    head = struct.pack("!BBHHHBBH4s4s", 0x45, tos, length, ip_id, fragment, ttl, protocol, 0, packed(src), packed(dst))
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def ipv6(src, dst, payload, next_header=6, hop=64, label=0, tclass=0, extensions=()):
    """extensions: (type, body) pairs in order; each body is padded to a multiple of eight octets."""
    kinds = [kind for kind, _ in extensions] + [next_header]
    chain = b""
    for (_, body), following in zip(extensions, kinds[1:]):
        body += b"\1" + bytes([(-len(body) - 4) % 8]) + b"\0" * ((-len(body) - 4) % 8)
        chain += bytes([following, (len(body) + 2) // 8 - 1]) + body
    head = struct.pack("!IHBB", 6 << 28 | tclass << 20 | label, len(chain + payload), kinds[0], hop)
    return head + packed(src) + packed(dst) + chain + payload


def udp(src, dst, sport, dport, payload):
    return struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload


def ethertype_of(packet):
    return 0x86DD if packet[0] >> 4 == 6 else 0x0800


def ethernet(packet, source="02:00:00:00:00:01", destination="02:00:00:00:00:02", tags=(), ethertype=None, pad=True):
    frame = bytes.fromhex(destination.replace(":", "")) + bytes.fromhex(source.replace(":", ""))
    for tpid, vid in tags:
        frame += struct.pack("!HH", tpid, vid)
    frame += struct.pack("!H", ethertype_of(packet) if ethertype is None else ethertype) + packet
    return frame + b"\0" * (60 - len(frame)) if pad else frame


class Capture:
    """A capture file in the old pcap format, microseconds, little endian."""

    def __init__(self, link=LINK_ETHERNET, snap=262144):
        self.link, self.snap, self.frames = link, snap, []

    def add(self, time_us, frame, wire_length=None):
        self.frames.append((time_us, frame[:self.snap], len(frame) if wire_length is None else wire_length))

    def data(self):
        parts = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, self.snap, self.link)]
        for time_us, frame, wire_length in self.frames:
            parts += [struct.pack("<IIII", time_us // 1000000, time_us % 1000000, len(frame), wire_length), frame]
        return b"".join(parts)


def pcapng(captures):
    """One pcapng file from (interface name, Capture) pairs, its frames in order of time."""
    def block(kind, body):
        body += b"\0" * (-len(body) % 4)
        size = struct.pack("<I", len(body) + 12)
        return struct.pack("<I", kind) + size + body + size

    parts = [block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))]
    for name, capture in captures:
        text = name.encode()
        parts.append(block(1, struct.pack("<HHI", capture.link, 0, capture.snap) + struct.pack("<HH", 2, len(text)) +
                           text + b"\0" * (-len(text) % 4) + struct.pack("<HH", 0, 0)))
    frames = [(time_us, n, frame, length) for n, (_, capture) in enumerate(captures)
              for time_us, frame, length in capture.frames]
    for time_us, n, frame, length in sorted(frames, key=lambda f: f[:2]):
        parts.append(block(6, struct.pack("<IIIII", n, time_us >> 32, time_us & 0xFFFFFFFF, len(frame), length) + frame))
    return b"".join(parts)
