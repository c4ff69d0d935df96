# SPDX-License-Identifier: GPL-2.0-or-later
"""Takes a capture of several points apart, and puts it together again changed: clocks, losses, order."""
import random
import struct

import pcapng

PACKET, INTERFACE, SECTION = 6, 1, 0x0A0D0D0A


def split(path):
    """The head blocks of a file and its packets: (time in ticks, interface, block)."""
    head, packets = [], []
    for kind, block in pcapng.read_blocks(path):
        if kind == PACKET:
            interface, high, low = struct.unpack_from("<III", block, 8)
            packets.append((high << 32 | low, interface, block))
        elif kind in (SECTION, INTERFACE):
            head.append((kind, block))
    return head, packets


def write(path, head, packets):
    with open(path, "wb") as file:
        for _, block in head:
            file.write(block)
        for time, interface, block in packets:
            file.write(block[:8] + struct.pack("<III", interface, time >> 32, time & 0xFFFFFFFF) + block[20:])
    path.chmod(0o644)
    return path


def only(source, target, interface):
    """One point's packets, as that point's own file."""
    head, packets = split(source)
    interfaces = [b for b in head if b[0] == INTERFACE]
    own = [b for b in head if b[0] == SECTION] + [interfaces[interface]]
    return write(target, own, [(t, 0, b) for t, i, b in packets if i == interface])


def changed(source, target, offset_s=0.0, drift=0.0, loss=0.0, sort=True, seed=1):
    """The second point's clock off and drifting, `loss` of its packets gone; sorted by time as mergecap does."""
    head, packets = split(source)
    rng = random.Random(seed)
    start = min(t for t, _, _ in packets)
    kept = []
    for time, interface, block in packets:
        if interface == 1:
            if rng.random() < loss:
                continue
            time += int(offset_s * 1e9) + int((time - start) * drift)
        kept.append((time, interface, block))
    kept.sort(key=(lambda p: p[0]) if sort else (lambda p: p[1]))
    return write(target, head, kept)
