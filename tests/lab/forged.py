#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the hand-made sample captures: what the laboratory's kernels and boxes cannot produce.

Each is minimal, and its truth is what it was made to imitate. Run without arguments; needs no root.
"""
import os
import struct

import pcapng
from injector import checksum
from pcapng import ACK, FIN, PSH, RST, SYN

TARGET = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "sample-captures"))
CLIENT, SERVER = bytes((10, 7, 1, 20)), bytes((192, 0, 2, 80))
CLIENT6 = bytes.fromhex("20010db8000c00000000000000000014")
SERVER6 = bytes.fromhex("20010db8005e00000000000000000050")
START = 1_700_000_000.0
EPOCH_ACK = 0x100          # the bit that was the nonce sum of ECN


class Sample:
    """Frames of one TCP connection, seen at the client; the server answers after 30 ms."""

    def __init__(self, isn_client=1000, isn_server=5000, v6=False, wrap=None, options=b""):
        self.frames, self.truth, self.now = [], [], START
        self.seq = {"c": isn_client, "s": isn_server}
        self.ids, self.v6, self.options = {"c": 7000, "s": 21000}, v6, options
        self.wrap = wrap or (lambda packet, sender: self.ethernet(packet, sender))
        self.extension = b""

    def ethernet(self, packet, sender, kind=None):
        macs = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
        kind = kind or (0x86DD if self.v6 else 0x0800)
        return (macs[1] + macs[0] if sender == "c" else macs[0] + macs[1]) + struct.pack("!H", kind) + packet

    def segment(self, sender, flags, payload=b"", seq=None, ack=None, window=502, options=None, ports=(40000, 443)):
        other = "s" if sender == "c" else "c"
        seq = self.seq[sender] if seq is None else seq
        ack = (self.seq[other] if flags & ACK else 0) if ack is None else ack
        options = self.options if options is None else options
        source, target = (CLIENT, SERVER) if sender == "c" else (SERVER, CLIENT)
        if self.v6:
            source, target = (CLIENT6, SERVER6) if sender == "c" else (SERVER6, CLIENT6)
        sport, dport = ports if sender == "c" else ports[::-1]
        word = (20 + len(options)) // 4 << 12 | flags
        tcp = struct.pack("!HHIIHHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, word, window, 0, 0)
        tcp += options + payload
        pseudo = source + target + (struct.pack("!IHBB", len(tcp), 0, 0, 6) if self.v6
                                    else struct.pack("!BBH", 0, 6, len(tcp)))
        return source, target, tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]

    def packet(self, sender, tcp, ttl, ip_id, df=True, source=b"", target=b""):
        if self.v6:
            following = 0 if self.extension else 6
            body = self.extension + tcp
            return struct.pack("!IHBB", 6 << 28 | 0x12345, len(body), following, ttl) + source + target + body
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), ip_id, 0x4000 if df else 0, ttl, 6, 0) + source + target
        return ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:] + tcp

    def send(self, sender, flags, payload=b"", after=0.030, ttl=None, ip_id=None, df=True, truth=None, **more):
        """One segment; sequence numbers and IP-IDs go on by themselves unless they are given."""
        self.now += after
        source, target, tcp = self.segment(sender, flags, payload, **more)
        if ip_id is None:
            self.ids[sender] += 1
            ip_id = 0 if flags & SYN and sender == "s" else self.ids[sender]
        ttl = ttl or (64 if sender == "c" else 52)
        packet = self.packet(sender, tcp, ttl, ip_id, df, source, target)
        self.frames.append((self.now, self.wrap(packet, sender)))
        if not flags & RST:
            self.seq[sender] += len(payload) + bool(flags & SYN) + bool(flags & FIN)
        if truth:
            self.truth.append((len(self.frames), *truth))

    def open(self, requests=1):
        mss = b"\x02\x04\x05\xb4"
        self.send("c", SYN, window=64240, options=mss + self.options)
        self.send("s", SYN | ACK, window=65160, options=mss + self.options)
        self.send("c", ACK, after=0.00005)
        for i in range(requests):
            self.send("c", PSH | ACK, b"GET /%d HTTP/1.1\r\nHost: www.example.test\r\n\r\n" % i, after=0.01)
            self.send("s", ACK)
            self.send("s", PSH | ACK, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", after=0.002)
            self.send("c", ACK, after=0.00005)
        return self

    def write(self, name):
        def block(kind, body):
            total = struct.pack("<I", 12 + len(body))
            return struct.pack("<I", kind) + total + body + total
        data = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
        data += block(1, struct.pack("<HHI", 1, 0, 0) + pcapng.option(2, b"client") + pcapng.option(9, b"\x09")
                      + pcapng.option(0, b""))
        for now, frame in self.frames:
            ticks = round(now * 1e6) * 1000
            data += block(6, struct.pack("<IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame))
                          + frame + b"\0" * (-len(frame) % 4))
        with open(os.path.join(TARGET, name + ".pcapng"), "wb") as file:
            file.write(data)
        with open(os.path.join(TARGET, name + ".truth.tsv"), "w", encoding="ascii") as file:
            file.write("frame\torigin\tcause\tforged\techo\tbox_is_endpoint\n")
            for frame, origin, cause in self.truth:
                forged = "forged" if origin == "intermediary" else "own"
                file.write(f"{frame}\t{origin}\t{cause}\t{forged}\tno\tno\n")


def gre(sample):
    def wrap(packet, sender):
        outer = struct.pack("!BBHHHBBH", 0x45, 0, 24 + len(packet), 99, 0, 64, 47, 0) + bytes((172, 20, 0, 1, 172, 20, 0, 2))
        outer = outer[:10] + struct.pack("!H", checksum(outer)) + outer[12:]
        return sample.ethernet(outer + struct.pack("!HH", 0, 0x0800) + packet, sender, 0x0800)
    sample.wrap = wrap
    return sample


def main():
    box, server = ("intermediary", "blocked_content"), ("server", "abort")

    s = Sample().open()
    s.send("c", PSH | ACK, b"x" * 100)
    s.send("s", RST | ACK, after=0.001, ttl=250, ip_id=4660, window=8201, df=False,
           truth=("intermediary", "unknown|invalid_state|policy_reject"))
    s.write("forged_reason_in_window")

    s = Sample().open()
    s.send("c", PSH | ACK, b"x" * 100)
    s.send("s", RST | ACK | EPOCH_ACK, after=0.004, ttl=61, ip_id=1234, window=2000, truth=box)
    s.write("forged_nonce_sum_bit")

    s = Sample().open()
    s.send("s", RST, after=0.5, ip_id=900, truth=box, ttl=47, window=0)
    s.send("s", RST, after=0.001, ip_id=901, truth=box, ttl=47, window=0, seq=s.seq["s"] + 20000)
    s.send("s", PSH | ACK, b"still here", after=0.02)
    s.send("c", RST, after=0.0001, ip_id=0, window=0, ack=0, seq=s.seq["c"], truth=("client", "echo"))
    s.write("forged_rising_beyond_data")

    s = gre(Sample()).open()
    s.send("c", PSH | ACK, b"x" * 100)
    for _ in range(3):
        s.send("s", RST | ACK, after=0.003, ttl=120, ip_id=777, window=1495, truth=box)
    s.write("forged_inside_gre")

    s = Sample()
    s.wrap = lambda packet, sender: s.ethernet(struct.pack("!HH", 42, 0x0800) + packet, sender, 0x8100)
    s.open(2)
    s.send("s", RST | ACK, after=0.4, truth=server)
    s.write("genuine_abort_in_vlan")

    s = Sample(isn_server=0xFFFFFFFF - 30).open(2)
    s.send("s", RST | ACK, after=0.4, truth=server)
    s.write("genuine_abort_sequence_wraps")

    s = Sample(v6=True)
    s.extension = bytes((6, 0, 1, 4, 0, 0, 0, 0))     # hop-by-hop options: nothing but padding
    s.open(2)
    s.send("s", RST | ACK, after=0.4, truth=server)
    s.write("genuine_abort_ipv6_extension_header")

    s = Sample()
    s.send("s", RST, ip_id=0, window=0, ack=0, truth=("unknown", "unknown"))
    s.write("single_reset_without_context")

    s = Sample().open()
    s.send("s", RST | ACK, after=0.3, options=bytes((30, 4, 0x80, 0x05)), window=0, ip_id=0,
           truth=("server", "mptcp"))                # MP_TCPRST: middlebox interference, as the host suspects
    s.write("multipath_reset_reason")

    # An ICMP error that quotes a RST: nobody sent a RST here
    s = Sample().open()
    source, target, tcp = s.segment("c", RST)
    quoted = s.packet("c", tcp, 1, 5, True, source, target)
    icmp = struct.pack("!BBHI", 11, 0, 0, 0) + quoted
    icmp = icmp[:2] + struct.pack("!H", checksum(icmp)) + icmp[4:]
    outer = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(icmp), 3, 0, 62, 1, 0) + bytes((172, 20, 0, 9)) + CLIENT
    outer = outer[:10] + struct.pack("!H", checksum(outer)) + outer[12:]
    s.frames.append((s.now + 0.01, s.ethernet(outer + icmp, "s", 0x0800)))
    s.write("icmp_quotes_a_reset")


if __name__ == "__main__":
    main()
