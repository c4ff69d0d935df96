# SPDX-License-Identifier: GPL-2.0-or-later
"""Multipath TCP: resets that its rules ask for, and one that somebody else writes."""
import struct

from packets import ACK, RST, option
from registry import forged
from talk import C, FAR_MS, NEAR_MS, S, SYN_OPTIONS, Talk

MP_CAPABLE = option(30, b"\x01\x81")                                # RFC 8684 3.1, version 1
MP_FASTCLOSE = option(30, b"\x70\x00" + struct.pack("!Q", 0x1122334455667788))
MP_TCPRST = option(30, b"\x80\x06")                                 # RFC 8684 3.6: middlebox interference


def talked():
    t = Talk().handshake((SYN_OPTIONS + MP_CAPABLE, SYN_OPTIONS + MP_CAPABLE))
    for _ in range(2):
        t.request(after=50)
        t.response()
        t.ack(C)
    return t


@forged({11: {"injected": None, "claimed_source": "server", "cause": "mptcp"}})
def mptcp_fastclose_answered():
    """The client ends all subflows at once; the server answers with a bare reset (RFC 8684 3.5)."""
    t = talked()
    t.ack(C, after=50, options=MP_FASTCLOSE)
    t.rst(S, after=FAR_MS)
    return t.capture


@forged({10: {"injected": None, "claimed_source": "server", "cause": "mptcp"}})
def mptcp_subflow_reset():
    """The server resets one subflow and says why."""
    t = talked()
    t.send(S, RST | ACK, after=50, seq=t.nxt[S], ack=t.rcv[S], options=MP_TCPRST, window=510)
    return t.capture


@forged({}, {11: {"source": "intermediary", "injected": "1"}})
def mptcp_reset_by_another():
    """The same connection, reset from nine hops nearer in answer to a request, while the server goes on."""
    t = talked()
    t.request(after=50)
    t.rst(S, after=3, ttl=61, ip_id=4711, df=False)
    for _ in range(2):
        t.response(after=200)
        t.ack(C, after=NEAR_MS)
    return t.capture
