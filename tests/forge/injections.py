# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures for the verdict: what a device on the path does and a genuine end cannot, or the other way round."""
from packets import ACK, AE, PSH, RST, Capture, option, pcapng
from registry import forged
from talk import C, FAR_MS, NEAR_MS, S, Talk


def established(**options):
    t = Talk(**options).handshake()
    t.request()
    return t


@forged({5: {"response_time": "0.001300000", "rtt": "0.020000000", "trigger": "3"}},
        {5: {"contradicted_by": "6", "source": "intermediary", "injected": "1"}, 6: {"contradicts": "5"}})
def server_answers_after_its_reset():
    """The RST comes faster than the round trip, and the server's data follows: the server never sent it.

    It follows after more than the 100 ms by which a path may reorder: sooner, data at a bare RST's number may have left before it.
    Frames 3 and 4 both fit its SEQ; the older one is taken, since that speaks best for the server.
    """
    t = established()
    t.rst(S, after=0.3, ttl=61)
    t.send(S, PSH | ACK, b"r" * 300, after=120, seq=5001, ack=1101)
    t.send(S, PSH | ACK, b"r" * 300, after=1, seq=5301, ack=1101)
    t.send(C, RST, after=NEAR_MS, seq=1101)
    t.send(C, RST, after=1, seq=1101)
    return t.capture


@forged({5: {"signature": "PSH+ACK → RST+ACK"}},
        {5: {"device": "GFW type II", "source": "intermediary", "signature": "PSH+ACK → RST+ACK; RST+ACK"}, 6: {"source": "intermediary"},
         7: {"source": "intermediary"}}, sample=True)
def three_copies_with_window():
    """GFW type II: three identical RST+ACKs, IP-ID included, with a window (S&P 2025)."""
    t = established()
    for n in range(3):
        t.send(S, RST | ACK, after=18 if n == 0 else 0.1, seq=5001, ack=1101, window=1549, ttl=174, ip_id=0xB28F)
    t.send(S, PSH | ACK, b"r" * 300, after=5, seq=5001, ack=1101)
    return t.capture


@forged({}, {5: {"device": "GFW type II"}, 7: {"device": "GFW type II"}}, sample=True)
def ttl_and_window_in_step():
    """RST+ACKs whose TTL and window rise by one each (reports of 2023 and 2025)."""
    t = established()
    for n in range(3):
        t.send(S, RST | ACK, after=18 if n == 0 else 0.1, seq=5001, ack=1101, window=4229 + n, ttl=65 + n, ip_id=0x2211)
    return t.capture


@forged({6: {"device": "Sandvine", "source": "intermediary", "injected": "1"}}, {5: {"device": "Sandvine"}}, sample=True)
def pair_12503_apart():
    """Sandvine: the second RST is 12503 ahead of the first (NDSS 2009)."""
    t = established()
    t.send(S, RST | ACK, after=8, seq=5001, ack=1101, ip_id=0x4404, ttl=58)
    t.send(S, RST | ACK, after=0.2, seq=5001 + 12503, ack=1101, ip_id=0x4405, ttl=58)
    return t.capture


@forged({5: {"device": "GFW RAE"}}, sample=True)
def reset_with_ae_bit():
    """RST+ACK with the bit that was the ECN nonce sum (NDSS 2009)."""
    t = established()
    t.send(S, RST | ACK | AE, after=8, seq=5001, ack=1101, ip_id=0x1234, ttl=47)
    return t.capture


@forged({5: {"device": "injector that sets reserved bits"}})
def reset_with_reserved_bits():
    """All reserved bits set."""
    t = established()
    t.send(S, RST | AE | 0xE00, after=8, seq=5001, ack=1101, window=65535, ip_id=t.ip_id[C], ttl=43, df=False)
    return t.capture


@forged({5: {"device": "Henan provincial firewall", "source": "intermediary"}}, sample=True)
def ten_byte_payload():
    """Henan's firewall: RST+ACK to the client with the payload 01 … 09 00 (S&P 2025)."""
    t = established()
    t.send(S, RST | ACK, bytes([1, 2, 3, 4, 5, 6, 7, 8, 9, 0]), after=2.8, seq=5001, ack=1101, ip_id=1, ttl=58, df=False)
    return t.capture


@forged({5: {"device": "F5 BIG-IP", "injected": None}}, sample=True)
def f5_reset_cause():
    """An F5 that says in its RST why it sent it."""
    t = established()
    t.send(S, RST | ACK, b"BIG-IP: [0x31ae141:4666] {peer} TCP RST from remote system", after=FAR_MS, seq=5001, ack=1101,
           ttl=244, ip_id=0x0101)
    return t.capture


@forged({6: {"device": "carrier NAT", "cause": "idle_timeout"}}, sample=True)
def carrier_nat_after_30_s():
    """A mobile carrier's NAT: RST+ACK with IP-ID 10003, TTL 127, 31 s after the last segment."""
    t = established()
    t.response()
    t.send(S, RST | ACK, after=31000, seq=5300, ack=1101, ttl=127, ip_id=10003)
    return t.capture


@forged({5: {"device": "Citrix NetScaler"}})
def window_8201():
    """NetScaler's reset code in the window: first data segment out of order under SYN cookies (CTX695832)."""
    t = established()
    t.send(S, RST | ACK, after=FAR_MS, seq=5001, ack=1101, window=8201, ttl=243, ip_id=0x0101)
    return t.capture


@forged({5: {"device": "firewall, window-echo template"}})
def window_echoed():
    """RST+ACK with the trigger's window, DF clear, initial TTL 255: a firewall's template."""
    t = established()
    t.send(S, RST | ACK, after=NEAR_MS, seq=5001, ack=1101, window=502, ttl=254, ip_id=0x0101, df=False)
    return t.capture


@forged({5: {"device": "header-mirroring injector"}})
def header_mirrored():
    """Bare RST with the trigger's IP-ID + 1 and the trigger's SEQ in the acknowledgment field."""
    t = established()
    t.send(S, RST, after=FAR_MS, seq=5001, ack=1001, window=502, ttl=25, ip_id=t.ip_id[C] + 1, df=False)
    return t.capture


@forged({5: {"signature": "PSH+ACK → RST+ACK"}}, {5: {"signature": "PSH+ACK → RST+ACK; RST+ACK"}})
def climbing_resets():
    """RST+ACKs at +0, +1460 and +4380, beyond anything the server sent (Clayton 2006)."""
    t = established()
    for ahead in (0, 1460, 4380):
        t.send(S, RST | ACK, after=8, seq=5001 + ahead, ack=1101, ttl=47, window=0, ip_id=0x2000 + ahead)
    return t.capture


@forged({5: {"cause": "mptcp", "source": "server"}})
def mptcp_reset():
    """MP_TCPRST with the reason 'middlebox interference' (RFC 8684 3.6): only an endpoint writes that."""
    t = established()
    t.abort(S, after=FAR_MS, options=option(30, bytes([0x80, 6])))
    return t.capture


@forged({5: {"claimed_source": "client"}, 6: {"claimed_source": "server"}})
def resets_both_ways():
    """A box resets both ends at once: two RSTs cross, neither answers the other."""
    t = established()
    t.send(C, RST | ACK, after=8, seq=1101, ack=5001, ttl=60, ip_id=0x0001)
    t.send(S, RST | ACK, after=0.1, seq=5001, ack=1101, ttl=60, ip_id=0x0002)
    return t.capture


@forged({7: {"cause": "idle_timeout"}, 28: {"cause": "idle_timeout"}})
def forgotten_after_350_s():
    """Four connections idle for 350 s: the next segment of each is answered by a RST with another TTL."""
    capture, now = Capture(), 0
    for n in range(4):
        t = Talk(capture, sport=40001 + n, start=now).handshake()
        t.request()
        t.response()
        t.send(C, PSH | ACK, b"q", after=350000)
        t.rst(S, after=NEAR_MS, ttl=250)
        now = t.now + 1000
    return capture


@forged({5: {"source": "server", "injected": None}, 9: {"injected": None}})
def many_answers_of_a_closed_socket():
    """A closed socket answers each segment in flight with one bare RST: several, equal, harmless."""
    t = established()
    t.send(S, RST | ACK, after=FAR_MS, seq=5001, ack=1101, window=510)
    for _ in range(2):
        t.send(C, ACK, b"q" * 100, after=0.1, seq=t.nxt[C], ack=5001)
        t.nxt[C] += 100
    t.rst(S, after=FAR_MS, seq=5001)
    t.rst(S, after=0.1, seq=5001)
    return t.capture


@forged({9: {"source": "server"}, 10: {"source": "server"}})
def two_capture_points():
    """One connection seen at two interfaces, 2 ms and three hops apart: the RST passes both."""
    near = established()
    near.rst(S, after=FAR_MS)
    far = established(ttl=(60, 55), skew=(2, -2))
    far.rst(S, after=FAR_MS)
    return pcapng([("lan", near.capture), ("wan", far.capture)])
