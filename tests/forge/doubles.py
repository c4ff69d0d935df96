# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures that hold each packet twice, in the ways in which captures do, each with a genuine reset and with a forged one."""
import struct

from layers import in_udp, tunnelled
from packets import ACK, LINK_ETHERNET, LINK_SLL, PSH, Capture, checksum, ethernet, ethertype_of
from registry import CAPTURES, Forged
from talk import C, FAR_MS, S, Talk

GUILTY = {"source": "intermediary", "injected": "1"}
HARMLESS = {"injected": None, "claimed_source": "server"}
SOON_MS = 0.03      # a bridge, a mirror port or a tunnel's end delivers the second copy so much later


def sll(packet, kind):
    """Linux cooked capture: 0 came in, 4 went out."""
    return struct.pack("!HHH8sH", kind, 1, 6, b"\2\0\0\0\0\1\0\0", ethertype_of(packet)) + packet


def routed(packet):
    """As a router passes it on: one hop less."""
    head = packet[:8] + bytes([packet[8] - 1]) + packet[9:10] + b"\0\0" + packet[12:20]
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + packet[20:]


# name -> link, and the two frames of one packet
WAYS = {
    "any_interface": (LINK_SLL, lambda p: (sll(p, 0), sll(p, 4))),
    "router_both_sides": (LINK_ETHERNET, lambda p: (
        ethernet(p), ethernet(routed(p), "02:00:00:00:00:0a", "02:00:00:00:00:0b"))),
    "vlan_copy": (LINK_ETHERNET, lambda p: (ethernet(p), ethernet(p, tags=[(0x8100, 42)]))),
    "gre_copy": (LINK_ETHERNET, lambda p: (ethernet(p), tunnelled(47, struct.pack("!HH", 0, ethertype_of(p)) + p))),
    "ipip_copy": (LINK_ETHERNET, lambda p: (ethernet(p), tunnelled(4, p))),
    "vxlan_copy": (LINK_ETHERNET, lambda p: (
        ethernet(p), in_udp(4789, struct.pack("!II", 0x08000000, 99 << 8) + ethernet(p)))),
}


class Doubled(Talk):
    def __init__(self, way):
        link, self.frames_of = WAYS[way]
        super().__init__(Capture(link))

    def add(self, packet, side=C, after=0.0):
        self.now += after
        first, second = self.frames_of(packet)
        self.wrap, plain = None, self.now
        super().add(first, side)
        self.now += SOON_MS
        super().add(second, side)
        self.now = plain
        return len(self.capture.frames)


def talked(way):
    t = Doubled(way).handshake()
    for _ in range(3):
        t.request(after=50)
        t.response()
        t.ack(C)
    t.request(after=50)
    return t


def genuine(way):
    """The server aborts; each packet is there twice."""
    t = talked(way)
    t.abort(S, after=FAR_MS)
    return t.capture


def forged_one(way):
    """The same with a reset from elsewhere, after which the server goes on."""
    t = talked(way)
    t.rst(S, after=3, ttl=61, ip_id=4711, df=False)
    for _ in range(3):
        t.send(S, PSH | ACK, b"r" * 200, after=FAR_MS + 200)
        t.ack(C)
    return t.capture


RESET = (27, 28)    # 13 packets before it, twice each

for name in WAYS:
    for make, said, prefix in ((genuine, HARMLESS, "genuine"), (forged_one, GUILTY, "injected")):
        def build(make=make, way=name):
            return make(way)
        build.__doc__ = make.__doc__
        CAPTURES[f"{prefix}_{name}"] = Forged(build, {n: HARMLESS for n in RESET} if make is genuine else {},
                                              {n: said for n in RESET}, False)
