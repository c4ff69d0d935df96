# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures for the question which machine wrote a reset: ordinary traffic that looks forged, and its guilty twin."""
from packets import ACK, PSH, RST, SYN
from registry import forged
from talk import C, FAR_MS, NEAR_MS, S, SYN_OPTIONS, Talk

GUILTY = {"source": "intermediary", "injected": "1"}
HARMLESS = {"injected": None}


def talked(**fields):
    t = Talk(**fields).handshake()
    for _ in range(2):
        t.request(after=50)
        t.response()
        t.ack(C)
    return t


def other_machine(df):
    """One request goes to another machine of the service, one hop farther, which refuses it; the first streams on."""
    t = talked()
    acked = t.rcv[S]
    t.request(after=500)
    t.rst(S, after=FAR_MS, ttl=51, df=df)
    for _ in range(3):
        t.send(S, PSH | ACK, b"x" * 200, after=200, ack=acked)
        t.rst(C, after=NEAR_MS)
    return t.capture


@forged({11: HARMLESS, 13: HARMLESS}, {11: {"source": "unknown"}})
def ecmp_other_machine_refuses():
    """ECMP: TTL and later data have one cause, a second machine, and accuse nobody."""
    return other_machine(df=True)


@forged({}, {11: GUILTY})
def ecmp_twin_without_df():
    """The same, but without the DF that all machines of the service set: no kernel of theirs wrote it."""
    return other_machine(df=False)


@forged({11: GUILTY}, {11: GUILTY})
def answers_for_a_living_server():
    """A Windows server 12 hops away talks; the next request is refused by something that starts at 64, three hops away."""
    t = talked(ttl=(63, 116))
    t.request(after=500)
    t.rst(S, after=FAR_MS, ttl=61)
    return t.capture


@forged({11: HARMLESS}, {11: HARMLESS})
def packet_filter_of_a_windows_server():
    """The same from as far away as the server is: its own part, or a device beside it, which nobody can tell apart."""
    t = talked(ttl=(63, 116))
    t.request(after=500)
    t.rst(S, after=FAR_MS, ttl=52)
    return t.capture


@forged({}, {n: GUILTY for n in range(10, 35)})
def sweep_of_sequence_numbers():
    """25 resets in steps of 64000, with the client's TTL; the connection goes on and convicts the first as the last."""
    t = talked()
    for n in range(25):
        t.send(C, RST, after=0.2 if n else 500, seq=0x20000000 + n * 64000, window=0, ip_id=0)
    for _ in range(3):
        t.request(after=200)
        t.response()
        t.ack(C)
    return t.capture


@forged({4: HARMLESS, 7: HARMLESS}, {4: HARMLESS, 7: HARMLESS})
def nat_gives_the_port_to_another():
    """A second client behind the NAT takes the port: its SYN draws a challenge ACK, and its kernel resets the old one."""
    t = Talk().handshake()
    t.abort(C, after=5)
    t.send(C, SYN, after=20000, seq=777777, ttl=61, window=64240, options=SYN_OPTIONS, ip_id=99)
    t.ack(S, after=FAR_MS)
    t.send(C, RST, after=NEAR_MS, seq=t.nxt[C], ttl=61, ip_id=0)
    return t.capture
