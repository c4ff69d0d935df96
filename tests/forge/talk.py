# SPDX-License-Identifier: GPL-2.0-or-later
"""One TCP conversation as a capture point between its ends would see it, told step by step with fixed times."""
from packets import ACK, FIN, PSH, RST, SYN, Capture, SACK_OK, ethernet, ipv4, ipv6, mss, tcp, wscale

C, S = 0, 1                       # the client (sends the SYN) and the server
EPOCH_US = 1_700_000_000_000_000  # every capture starts at this time
NEAR_MS, FAR_MS = 4, 20           # round trips from the capture point to the client and to the server

SYN_OPTIONS = mss(1460) + SACK_OK + b"\1" + wscale(7)


class Talk:
    def __init__(self, capture=None, client="192.0.2.10", server="198.51.100.20", sport=40001, dport=80,
                 isn=(1000, 5000), ttl=(63, 52), wrap=ethernet, start=0.0, macs=None, label=(0, 0),
                 skew=(0.0, 0.0)):
        self.capture = capture if capture is not None else Capture()
        self.address, self.port = (client, server), (sport, dport)
        self.nxt = list(isn)      # SND.NXT of each side
        self.rcv = [0, 0]         # what each side acknowledges next
        self.ip_id = [0x1000, 0x7000]
        self.ttl, self.label, self.window = ttl, label, [502, 510]
        self.macs = macs or ("02:00:00:00:00:0c", "02:00:00:00:00:05")
        self.wrap, self.now, self.last = wrap, start, None
        self.skew = skew          # ms by which each side's packets pass here later than at the first capture point

    def packet(self, side, flags, payload=b"", seq=None, ack=None, window=None, ttl=None, ip_id=None, df=True, tos=0,
               options=b"", extensions=(), label=None, total=None, offset=None, bad_checksum=False):
        """The IP packet; SEQ and ACK follow the conversation unless given."""
        src, dst = self.address[side], self.address[1 - side]
        here = self.nxt[side] if seq is None else seq
        if ack is None:
            ack = self.rcv[side] if flags & ACK else 0
        window = (0 if flags & RST else self.window[side]) if window is None else window
        segment = tcp(src, dst, self.port[side], self.port[1 - side], here, ack, flags, window, options, payload, offset,
                      bad_checksum)
        if seq is None and not flags & RST:
            self.nxt[side] += len(payload) + bool(flags & SYN) + bool(flags & FIN)
            self.rcv[1 - side] = self.nxt[side]
        ttl = self.ttl[side] if ttl is None else ttl
        if ":" in src:
            return ipv6(src, dst, segment, hop=ttl, label=self.label[side] if label is None else label, tclass=tos,
                        extensions=extensions)
        if ip_id is None:  # Linux: 0 on SYN-ACK and on a bare RST, else a counter per connection
            ip_id = 0
            if not (flags & SYN and flags & ACK or flags & RST and not (flags & ACK and here != 0)):
                self.ip_id[side] += 1
                ip_id = self.ip_id[side]
        return ipv4(src, dst, segment, ttl=ttl, ip_id=ip_id, df=df, tos=tos, total=total)

    def add(self, packet, side=C, after=0.0):
        self.now += after
        frame = packet
        if self.wrap is ethernet:
            frame = ethernet(packet, self.macs[side], self.macs[1 - side])
        elif self.wrap is not None:
            frame = self.wrap(packet)
        self.capture.add(EPOCH_US + round((self.now + self.skew[side]) * 1000), frame)
        self.last = packet
        return len(self.capture.frames)

    def send(self, side, flags, payload=b"", after=1.0, **fields):
        return self.add(self.packet(side, flags, payload, **fields), side, after)

    def handshake(self, options=(SYN_OPTIONS, SYN_OPTIONS)):
        """Frames 1 to 3; afterwards the request may follow at once."""
        self.send(C, SYN, after=0.0, window=64240, options=options[C])
        self.send(S, SYN | ACK, after=FAR_MS, window=65160, options=options[S])
        self.send(C, ACK, after=NEAR_MS)
        return self

    def request(self, size=100, after=1.0):
        return self.send(C, PSH | ACK, b"q" * size, after)

    def response(self, size=300, after=FAR_MS):
        return self.send(S, PSH | ACK, b"r" * size, after)

    def ack(self, side, after=NEAR_MS, **fields):
        return self.send(side, ACK, b"", after, **fields)

    def rst(self, side, after=1.0, **fields):
        """A bare RST whose SEQ is what the other side acknowledges next."""
        fields.setdefault("seq", self.rcv[1 - side])
        return self.send(side, RST, b"", after, **fields)

    def abort(self, side, after=1.0, **fields):
        """RST+ACK at SND.NXT, with a window, as Linux sends it."""
        fields.setdefault("window", self.window[side])
        return self.send(side, RST | ACK, b"", after, seq=self.nxt[side], ack=self.rcv[side], **fields)

    def again(self, after=1.0, side=C):
        """The last packet, bit by bit."""
        return self.add(self.last, side, after)
