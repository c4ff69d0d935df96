# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads the TCP segments of a pcapng file and writes a selection of its frames back, block by block."""
import struct
from dataclasses import dataclass

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


@dataclass
class Frame:
    """A frame of a capture: its number from 1, its interface, its time in seconds, and its raw block."""
    number: int
    interface: int
    time: float
    bytes: bytes
    block: bytes


@dataclass(frozen=True)
class Segment:
    """A TCP segment as it stands in the frame; addresses as raw bytes."""
    source_mac: bytes
    source: bytes
    destination: bytes
    sport: int
    dport: int
    seq: int
    ack: int
    flags: int
    window: int
    ip_id: int
    ttl: int
    length: int
    options: bytes

    @property
    def stream(self):
        ends = sorted([(self.source, self.sport), (self.destination, self.dport)])
        return tuple(ends)


def read_blocks(path, growing=False):
    """growing: somebody still writes to the file, so its last block may be half there; it is left out."""
    with open(path, "rb") as file:
        data = file.read()
    offset = 0
    while offset + 12 <= len(data):
        kind, length = struct.unpack_from("<II", data, offset)
        if kind == 0x0A0D0D0A and data[offset + 8:offset + 12] != b"\x4d\x3c\x2b\x1a":
            raise ValueError(f"{path}: not little-endian")
        if growing and offset + length > len(data):
            return
        if length < 12 or offset + length > len(data):
            raise ValueError(f"{path}: broken block at {offset}")
        yield kind, data[offset:offset + length]
        offset += length


def read_frames(path, growing=False):
    frames, resolutions = [], []
    for kind, block in read_blocks(path, growing):
        if kind == 1:  # interface description
            resolution, offset = 1e-6, 16
            while offset + 4 <= len(block) - 4:
                code, size = struct.unpack_from("<HH", block, offset)
                if code == 9:
                    value = block[offset + 4]
                    resolution = 2.0 ** -(value & 127) if value & 128 else 10.0 ** -value
                if code == 0:
                    break
                offset += 4 + (size + 3 & ~3)
            resolutions.append(resolution)
        elif kind == 6:  # enhanced packet
            interface, high, low, size = struct.unpack_from("<IIII", block, 8)
            frames.append(Frame(len(frames) + 1, interface, (high << 32 | low) * resolutions[interface],
                                block[28:28 + size], block))
    return frames


def option(code, value):
    return struct.pack("<HH", code, len(value)) + value + b"\0" * (-len(value) % 4)


def bare(kind, block):
    """A section or interface block without what it says of the machine and of the files that were merged."""
    if kind == 0x0A0D0D0A:
        body = block[8:24]
    else:
        kept, offset = b"", 16
        while offset + 4 <= len(block) - 4:
            code, size = struct.unpack_from("<HH", block, offset)
            if code == 0:
                break
            if code in (2, 9):  # the interface's name, the resolution of its clock
                kept += option(code, block[offset + 4:offset + 4 + size])
            offset += 4 + (size + 3 & ~3)
        body = block[8:16] + kept + option(0, b"")
    total = struct.pack("<I", 12 + len(body))
    return struct.pack("<I", kind) + total + body + total


def shifted(block, ticks):
    """An enhanced packet block with another time."""
    high, low = struct.unpack_from("<II", block, 12)
    now = (high << 32 | low) + ticks
    return block[:12] + struct.pack("<II", now >> 32, now & 0xFFFFFFFF) + block[20:]


def write_selection(source, target, indices=None, skew=0, one_interface=False):
    """Writes the frames with these indices (from 0, repeats allowed; all by default) in this order.

    An index may be a pair with what is added to the time of that frame, as a copy has that was taken elsewhere. skew
    is added to each time, in the ticks of the file (nanoseconds in what dumpcap writes). one_interface: all frames
    are said to be of the first.
    """
    head, packets = [], []
    for kind, block in read_blocks(source):
        if kind == 6:
            packets.append(block[:8] + bytes(4) + block[12:] if one_interface else block)
        elif kind == 0x0A0D0D0A or kind == 1 and not (one_interface and len(head) > 1):
            head.append(bare(kind, block))
    if indices is None:
        indices = range(len(packets))
    with open(target, "wb") as file:
        for block in head:
            file.write(block)
        for i in indices:
            i, later = i if isinstance(i, tuple) else (i, 0)
            file.write(shifted(packets[i], skew + later) if skew + later else packets[i])


def parse(frame):
    """The TCP segment in an Ethernet frame, or None."""
    data = frame.bytes
    if len(data) < 54:
        return None
    kind = data[12] << 8 | data[13]
    if kind == 0x0800 and data[23] == 6:
        start, total = 14 + (data[14] & 15) * 4, struct.unpack_from("!H", data, 16)[0] + 14
        source, destination, ip_id, ttl = data[26:30], data[30:34], data[18] << 8 | data[19], data[22]
    elif kind == 0x86DD and data[20] == 6:
        start, total = 54, 54 + struct.unpack_from("!H", data, 18)[0]
        source, destination, ip_id, ttl = data[22:38], data[38:54], -1, data[21]
    else:
        return None
    if len(data) < start + 20:
        return None
    sport, dport, seq, ack, offset, flags, window = struct.unpack_from("!HHIIBBH", data, start)
    header = (offset >> 4) * 4
    return Segment(data[6:12], source, destination, sport, dport, seq, ack, flags, window, ip_id, ttl,
                   total - start - header, data[start + 20:start + header])
