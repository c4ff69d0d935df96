# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures for finding segments: one conversation in every encapsulation, and frames that lie or are cut short."""
import struct

from packets import (ACK, LINK_NULL, LINK_RAW, LINK_SLL, LINK_SLL2, LINK_WIFI, PSH, RST, SYN, Capture, checksum,
                     ethernet, ethertype_of, ipv4, tcp, udp)
from registry import forged
from talk import C, FAR_MS, S, SYN_OPTIONS, Talk

# The same facts must come out of every encapsulation.
FACTS = {5: {"claimed_source": "server", "stage": "post_psh", "shape": "reply", "trigger": "4", "seq_delta": "0",
             "seq_check": "exact", "response_time": "0.020000000", "rtt": "0.020000000", "ttl": "61", "ttl_delta": "9",
             "time_since_last": "0.020000000"}}
TUNNEL = ("203.0.113.1", "203.0.113.2")


def conversation(wrap=ethernet, link=1, v6=False):
    """Handshake, request, and a bare RST with the server's address but nine hops nearer."""
    ends = {"client": "2001:db8::10", "server": "2001:db8:1::20"} if v6 else {}
    t = Talk(Capture(link), wrap=wrap, label=(0x12345, 0x54321) if v6 else (0, 0), **ends).handshake()
    t.request(after=1000)  # so late that no answer can be one to the handshake
    t.rst(S, after=FAR_MS, ttl=61)
    return t.capture


@forged(FACTS)
def in_ethernet():
    return conversation()


@forged(FACTS)
def in_vlan():
    return conversation(lambda p: ethernet(p, tags=[(0x8100, 42)]))


@forged(FACTS)
def in_qinq():
    return conversation(lambda p: ethernet(p, tags=[(0x88A8, 42), (0x8100, 7)]))


@forged(FACTS)
def in_mpls():
    """Two labels, the lower one with the bottom-of-stack bit."""
    return conversation(lambda p: ethernet(struct.pack("!II", 100 << 12 | 64, 200 << 12 | 0x100 | 64) + p, ethertype=0x8847))


@forged(FACTS)
def in_pppoe():
    return conversation(lambda p: ethernet(struct.pack("!BBHHH", 0x11, 0, 7, len(p) + 2, 0x0021) + p, ethertype=0x8864))


def tunnelled(protocol, inside):
    return ethernet(ipv4(*TUNNEL, inside, protocol=protocol, ttl=200, ip_id=9))


def in_udp(dport, inside):
    return tunnelled(17, udp(*TUNNEL, 55555, dport, inside))


@forged(FACTS)
def in_gre():
    return conversation(lambda p: tunnelled(47, struct.pack("!HH", 0, ethertype_of(p)) + p))


@forged(FACTS)
def in_vxlan():
    return conversation(lambda p: in_udp(4789, struct.pack("!II", 0x08000000, 99 << 8) + ethernet(p)))


@forged(FACTS)
def in_gtp():
    return conversation(lambda p: in_udp(2152, struct.pack("!BBHI", 0x30, 255, len(p), 1) + p))


@forged(FACTS)
def in_ipip():
    return conversation(lambda p: tunnelled(4, p))


@forged(FACTS)
def in_6in4():
    return conversation(lambda p: tunnelled(41, p), v6=True)


@forged(FACTS)
def in_sll():
    return conversation(lambda p: struct.pack("!HHH8sH", 0, 1, 6, b"\2\0\0\0\0\1\0\0", ethertype_of(p)) + p, LINK_SLL)


@forged(FACTS)
def in_sll2():
    return conversation(lambda p: struct.pack("!HHIHBB8s", ethertype_of(p), 0, 3, 1, 0, 6, b"\2\0\0\0\0\1\0\0") + p,
                        LINK_SLL2)


@forged(FACTS)
def in_raw_ip():
    return conversation(None, LINK_RAW)


@forged(FACTS)
def in_loopback():
    return conversation(lambda p: struct.pack("<I", 2) + p, LINK_NULL)


@forged(FACTS)
def in_wifi():
    """802.11 data frame to the access point, LLC/SNAP."""
    head = struct.pack("<HH", 0x0108, 0) + b"\2\0\0\0\0\x0a" + b"\2\0\0\0\0\x0b" + b"\2\0\0\0\0\x0c" + struct.pack("<H", 16)
    return conversation(lambda p: head + b"\xaa\xaa\3\0\0\0" + struct.pack("!H", ethertype_of(p)) + p, LINK_WIFI)


@forged(FACTS)
def in_ipv6():
    return conversation(v6=True)


@forged(FACTS)
def in_ipv6_extensions():
    """Hop-by-hop and destination options before TCP."""
    t = Talk(client="2001:db8::10", server="2001:db8:1::20", label=(0x12345, 0x54321)).handshake()
    t.request(after=1000)
    t.rst(S, after=FAR_MS, ttl=61, extensions=((0, b""), (60, b"")))
    return t.capture


@forged({6: {"claimed_source": "server", "seq_delta": "0", "trigger": "4"}})
def in_fragments():
    """A RST with a text, in two IP fragments: it is a segment once it is whole."""
    t = Talk().handshake()
    t.request(after=1000)
    text = b"reset with a reason that takes up some room"
    segment = tcp("198.51.100.20", "192.0.2.10", 80, 40001, 5001, 0, RST, 0, payload=text)
    for start, end, more in ((0, 32, True), (32, None, False)):
        t.add(ipv4("198.51.100.20", "192.0.2.10", segment[start:end], ttl=61, ip_id=77, df=False, offset=start, more=more),
              S, FAR_MS if start == 0 else 0.1)
    return t.capture


@forged({5: {"claimed_source": None, "source": None}})
def quoted_in_icmp():
    """A time-exceeded message quotes a RST: nobody sent one."""
    t = Talk().handshake()
    t.request(after=1000)
    quoted = t.packet(C, RST, seq=1101)[:28]
    body = struct.pack("!BBHI", 11, 0, 0, 0) + quoted
    body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
    t.add(ipv4("203.0.113.77", "192.0.2.10", body, protocol=1, ttl=250), S, 5)
    return t.capture


@forged({6: {"source": "unknown", "cause": "closed_port", "claimed_source": "server", "trigger": "4", "response_time": "0.020500000"},
         8: {"source": "server", "claimed_source": "server"}})
def two_layers():
    """A tunnel over TCP (OpenFlow PACKET_IN): the outer segment has no RST, the inner one has.

    The inner one refuses a lone SYN, so nothing says who (see refused_syn); the outer one has the TTL of its server's segments.
    """
    inner = Talk(client="10.1.0.1", server="10.1.0.2", sport=50000, dport=81)
    t = Talk(dport=6633).handshake()

    def packet_in(side, flags, after, **fields):
        frame = ethernet(inner.packet(side, flags, **fields), pad=False)
        body = struct.pack("!IHHBB", 0xFFFFFFFF, len(frame), 1, 0, 0) + frame
        t.send(C, PSH | ACK, struct.pack("!BBHI", 1, 10, 8 + len(body), 5) + body, after)
        t.ack(S, after=0.5)

    packet_in(C, SYN, 1, window=64240, options=SYN_OPTIONS)
    packet_in(S, RST | ACK, 20, seq=0, ack=1001, ip_id=0)
    # The inner SYN is in frame 4 and the inner RST in frame 6; frame 8 resets the tunnel itself.
    t.rst(S, after=30, seq=t.rcv[C])
    return t.capture


@forged({5: {"claimed_source": "server", "seq_delta": "0", "seq_check": "exact"}})
def header_cut_at_14():
    """The capture ends after the flags: window, options and payload are unknown."""
    capture = conversation()
    time_us, frame, length = capture.frames[-1]
    capture.frames[-1] = (time_us, frame[:14 + 20 + 14], length)
    return capture


@forged({5: {"source": None}})
def header_cut_at_12():
    """The capture ends before the flags: nobody can know that this is a RST."""
    capture = conversation()
    time_us, frame, length = capture.frames[-1]
    capture.frames[-1] = (time_us, frame[:14 + 20 + 12], length)
    return capture


@forged({5: {"claimed_source": "server", "injected": None}})
def total_length_zero():
    """IP total length 0, as offload leaves it."""
    t = Talk().handshake()
    t.request(after=1000)
    t.rst(S, after=FAR_MS, total=0)
    return t.capture


@forged({5: {"claimed_source": "server", "injected": None}})
def total_length_too_long():
    """IP total length beyond the frame."""
    t = Talk().handshake()
    t.request(after=1000)
    t.rst(S, after=FAR_MS, total=1400)
    return t.capture


@forged({5: {"injected": None}})
def total_length_too_short():
    """IP total length that ends inside the TCP header."""
    t = Talk().handshake()
    t.request(after=1000)
    t.rst(S, after=FAR_MS, total=30)
    return t.capture


@forged({5: {"claimed_source": "server", "seq_delta": "0"}})
def bad_checksum():
    """The RST's TCP checksum is wrong."""
    t = Talk().handshake()
    t.request(after=1000)
    t.rst(S, after=FAR_MS, bad_checksum=True)
    return t.capture


@forged({5: {"injected": None}})
def data_offset_too_small():
    """Data offset 4: the header ends before its own end."""
    t = Talk().handshake()
    t.request(after=1000)
    t.rst(S, after=FAR_MS, offset=4)
    return t.capture


@forged({5: {"injected": None}})
def data_offset_too_large():
    """Data offset 15 in a segment of 20 octets."""
    t = Talk().handshake()
    t.request(after=1000)
    t.rst(S, after=FAR_MS, offset=15)
    return t.capture


@forged({5: {"claimed_source": "server", "seq_delta": "0"}})
def broken_option():
    """An option that claims more octets than there are."""
    t = Talk().handshake()
    t.request(after=1000)
    t.rst(S, after=FAR_MS, options=bytes([8, 40, 1, 2]))
    return t.capture


@forged({5: {"claimed_source": "server", "seq_delta": "0"}})
def all_flags():
    """SYN, FIN, RST, PSH, ACK, URG at once."""
    t = Talk().handshake()
    t.request(after=1000)
    t.send(S, 0x3F, after=FAR_MS, seq=t.nxt[S], ack=t.rcv[S])
    return t.capture
