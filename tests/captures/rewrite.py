# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads a capture, changes what must not matter, and writes it again: always by the same writer, so that the plain file and the
changed one differ in that alone.
"""
import struct
import subprocess
from dataclasses import dataclass, replace

LINK_ETHERNET = 1
IPV4, IPV6, VLAN = 0x0800, 0x86DD, 0x8100
RST, ACK = 4, 16
SACK, NOP_EOL = 5, (0, 1)


@dataclass(frozen=True)
class Packet:
    time_ns: int
    data: bytes
    wire_length: int
    interface: int = 0


def read(path, work):
    """(link type, packets) of a file with one interface; None where there are more."""
    plain = work / "plain.pcap"
    done = subprocess.run(["editcap", "-F", "nsecpcap", str(path), str(plain)], capture_output=True, check=False)
    if done.returncode != 0:
        return None
    data = plain.read_bytes()
    packets, at = [], 24
    while at < len(data):
        seconds, ns, caught, wire = struct.unpack_from("<IIII", data, at)
        packets.append(Packet(seconds * 10 ** 9 + ns, data[at + 16:at + 16 + caught], wire))
        at += 16 + caught
    return struct.unpack_from("<I", data, 20)[0], packets


def block(kind, body):
    body += b"\0" * (-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def write(path, link, packets, interfaces=1):
    out = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    for _ in range(interfaces):  # if_tsresol: nanoseconds
        out += block(1, struct.pack("<HHI", link, 0, 0) + struct.pack("<HHBxxxHH", 9, 1, 9, 0, 0))
    for p in packets:
        out += block(6, struct.pack("<IIIII", p.interface, p.time_ns >> 32, p.time_ns & 0xFFFFFFFF, len(p.data), p.wire_length) +
                     p.data)
    path.write_bytes(out)
    path.chmod(0o644)
    return path


@dataclass
class Layers:
    """Where the headers of an Ethernet frame stand."""
    ip: int
    tcp: int
    payload: int
    version: int
    end: int  # of the IP packet, as far as it was captured


def layers(packet):
    """None for all but whole headers of TCP right over IP over Ethernet."""
    d = packet.data
    if len(d) < 34:
        return None
    kind, ip = struct.unpack_from(">H", d, 12)[0], 14
    if kind == VLAN:
        kind, ip = struct.unpack_from(">H", d, 16)[0], 18
    if kind == IPV4 and d[ip + 9] == 6 and not struct.unpack_from(">H", d, ip + 6)[0] & 0x3FFF:
        version, tcp = 4, ip + (d[ip] & 15) * 4
        end = ip + struct.unpack_from(">H", d, ip + 2)[0]
    elif kind == IPV6 and d[ip + 6] == 6:
        version, tcp = 6, ip + 40
        end = tcp + struct.unpack_from(">H", d, ip + 4)[0]
    else:
        return None
    if len(d) < tcp + 20 or len(d) < tcp + (d[tcp + 12] >> 4) * 4:
        return None
    return Layers(ip, tcp, tcp + (d[tcp + 12] >> 4) * 4, version, min(end, len(d)))


def is_reset(packet):
    at = layers(packet)
    return at is not None and packet.data[at.tcp + 13] & RST != 0


def added(data, at, old, new):
    """The ones' complement sum at `at` with the octets `old` replaced by `new` (RFC 1624)."""
    total = ~struct.unpack_from(">H", data, at)[0] & 0xFFFF
    for octets, sign in ((old, -1), (new, 1)):
        octets += b"\0" * (len(octets) % 2)
        for n in range(0, len(octets), 2):
            word = struct.unpack_from(">H", octets, n)[0]
            total += word if sign > 0 else ~word & 0xFFFF
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    struct.pack_into(">H", data, at, ~total & 0xFFFF)


def put(data, tcp, at, value):
    """A 32-bit number of the TCP header, and its checksum with it. Numbers stand at even places but in options."""
    before = bytes(data[tcp:tcp + 60])
    struct.pack_into(">I", data, at, value & 0xFFFFFFFF)
    after = bytes(data[tcp:tcp + 60])
    added(data, tcp + 16, before[:16] + before[18:], after[:16] + after[18:])


def side_of(packet, at):
    """0 or 1: which of the two ends sent it, the same for all packets of both."""
    d = packet.data
    n, first = (4, at.ip + 12) if at.version == 4 else (16, at.ip + 8)
    source = d[first:first + n] + d[at.tcp:at.tcp + 2]
    return int(source > d[first + n:first + 2 * n] + d[at.tcp + 2:at.tcp + 4])


def shift_numbers(packets, by):
    """All sequence numbers of each side by a constant. The 0 of a reply to a SYN is none, nor is an ACK field without flag."""
    out = []
    for p in packets:
        at = layers(p)
        if at is None:
            out.append(p)
            continue
        data, tcp = bytearray(p.data), at.tcp
        side, flags = side_of(p, at), data[tcp + 13]
        seq, ack = struct.unpack_from(">II", data, tcp + 4)
        if flags & (RST | ACK) != RST | ACK or seq != 0:
            put(data, tcp, tcp + 4, seq + by[side])
        if flags & ACK:
            put(data, tcp, tcp + 8, ack + by[not side])
        n = tcp + 20
        while n < at.payload and data[n] != 0:
            length = 1 if data[n] in NOP_EOL else max(data[n + 1], 2) if n + 1 < at.payload else 1
            if data[n] == SACK:
                for edge in range(n + 2, min(n + length, at.payload) - 3, 4):
                    put(data, tcp, edge, struct.unpack_from(">I", data, edge)[0] + by[not side])
            n += length
        out.append(replace(p, data=bytes(data)))
    return out


def numbers_of_resets(packets):
    """SEQ and ACK of each reset: one that becomes 0, or ceases to be, says something else."""
    found = []
    for p in packets:
        at = layers(p)
        if at is not None and p.data[at.tcp + 13] & RST:
            found += [n == 0 for n in struct.unpack_from(">II", p.data, at.tcp + 4)]
    return found


def move_times(packets, by_ns):
    return [replace(p, time_ns=p.time_ns + by_ns) for p in packets]


def clip(packets):
    """Nothing is captured behind the TCP header."""
    out = []
    for p in packets:
        at = layers(p)
        out.append(p if at is None else replace(p, data=p.data[:at.payload]))
    return out


def as_ipv6(packets):
    """IPv4 as IPv6 with the same TTL and TOS; the /24 becomes a /64. None where a packet is no plain TCP over IPv4."""
    out = []
    for p in packets:
        at = layers(p)
        if at is None or at.version != 4:
            return None
        d, ip = p.data, at.ip
        ends = [bytes.fromhex("20010db8") + d[n:n + 3] + b"\0" * 8 + d[n + 3:n + 4] for n in (ip + 12, ip + 16)]
        tcp = bytearray(d[at.tcp:at.end])
        added(tcp, 16, d[ip + 12:ip + 20], ends[0] + ends[1])
        length = struct.unpack_from(">H", d, ip + 2)[0] - (at.tcp - ip)
        head = struct.pack(">IHBB", 6 << 28 | d[ip + 1] << 20, length, 6, d[ip + 8]) + ends[0] + ends[1]
        data = d[:ip - 2] + struct.pack(">H", IPV6) + head + bytes(tcp)
        out.append(replace(p, data=data, wire_length=ip + 40 + length))
    return out


def two_interfaces(packets):
    """One capture point that was stopped and started again: the second half comes from another interface of the file."""
    half = len(packets) // 2
    return [replace(p, interface=int(n >= half)) for n, p in enumerate(packets)]

