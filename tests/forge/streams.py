# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures for following a stream: what must move its state, and what must not."""
from packets import ACK, FIN, PSH, RST, SACK_OK, SYN, mss, option, sack, timestamps, wscale
from registry import forged
from talk import C, FAR_MS, NEAR_MS, S, SYN_OPTIONS, Talk


@forged({2: {"claimed_source": "server", "stage": "post_syn", "shape": "reply_to_syn", "trigger": "1",
             "response_time": "0.020000000", "seq_check": "exact", "source": "unknown", "cause": "closed_port",
             "suspicious": None, "injected": None}})
def refused_syn():
    """A closed port: SEQ 0, ACK = ISN+1 (RFC 9293 3.10.7.1).

    A firewall that refuses writes the same, and nothing else of the server was seen to compare: the form gives the cause,
    but no sign says who.
    """
    t = Talk()
    t.send(C, SYN, after=0, window=64240, options=SYN_OPTIONS)
    t.send(S, RST | ACK, after=FAR_MS, seq=0, ack=1001, ip_id=0)
    return t.capture


@forged({3: {"trigger": "2", "response_time": "0.020000000", "stage": "post_syn"}})
def repeated_syn_refused():
    """The SYN is sent twice: the RST answers the newest one, and Karn's rule leaves no round trip."""
    t = Talk()
    t.send(C, SYN, after=0, window=64240, options=SYN_OPTIONS)
    t.send(C, SYN, after=1000, window=64240, options=SYN_OPTIONS, seq=1000)
    t.send(S, RST | ACK, after=FAR_MS, seq=0, ack=1001, ip_id=0)
    return t.capture


@forged({7: {"claimed_source": "server", "stage": "later", "shape": "abort", "seq_delta": "0", "seq_check": "exact",
             "ttl": "52", "ttl_delta": "0", "ip_id_delta": "1", "time_since_last": "0.500000000",
             "time_since_sender": "0.504000000", "source": "server"}})
def genuine_abort():
    """RST+ACK at SND.NXT with its counter's next IP-ID: what a Linux server's close() with unread data looks like."""
    t = Talk().handshake()
    t.request()
    t.response()
    t.ack(C)
    t.abort(S, after=500)
    return t.capture


@forged({8: {"seq_delta": "0", "seq_check": "exact", "shape": "abort"}})
def repeated_data():
    """A segment is sent twice: SND.NXT stays where it was."""
    t = Talk().handshake()
    start = t.nxt[C]
    t.request()
    t.send(C, PSH | ACK, b"q" * 100, after=250, seq=start)
    t.ack(S, after=FAR_MS)
    t.response(after=5)
    t.abort(C, after=NEAR_MS)
    return t.capture


@forged({9: {"seq_delta": "0", "seq_check": "exact"}})
def reordered_data():
    """Segments arrive out of order; the RST at the end of the last octet is at SND.NXT."""
    t = Talk().handshake()
    t.request()
    start = t.nxt[S]
    t.send(S, ACK, b"2" * 1000, after=FAR_MS, seq=start + 1000, ack=t.rcv[S])
    t.send(S, ACK, b"3" * 1000, after=1, seq=start + 2000, ack=t.rcv[S])
    t.send(S, ACK, b"1" * 1000, after=1, seq=start, ack=t.rcv[S])
    t.nxt[S] = t.rcv[C] = start + 3000
    t.ack(C)
    t.abort(S, after=50)
    return t.capture


@forged({13: {"cause": "keepalive_failure", "source": "client", "seq_delta": "0", "shape": "abort"}})
def unanswered_keepalives():
    """Nine probes one below SND.NXT without an answer, then RST+ACK (RFC 9293 3.8.4, Linux's 9 probes 75 s apart)."""
    t = Talk().handshake()
    for n in range(9):
        t.send(C, ACK, after=7200000 if n == 0 else 75000, seq=t.nxt[C] - 1, ack=t.rcv[C])
    t.abort(C, after=75000)
    return t.capture


@forged({8: {"seq_check": "exact", "seq_in_window": "1"}})
def zero_window():
    """The window is closed; a RST at RCV.NXT must still be honoured (RFC 9293 3.10.7.4)."""
    t = Talk().handshake()
    t.request()
    t.response(1000)
    t.ack(C, window=0)
    t.send(S, ACK, after=200, seq=t.nxt[S] - 1, ack=t.rcv[S])
    t.abort(S, after=100)
    return t.capture


@forged({5: {"seq_delta": "0", "seq_check": "exact"}})
def fast_open():
    """Data in the SYN, acknowledged by the SYN-ACK (RFC 7413): ISN+1+50 is the client's SND.NXT."""
    t = Talk()
    t.send(C, SYN, b"f" * 50, after=0, window=64240, options=SYN_OPTIONS + option(34, b"cookie12"))
    t.send(S, SYN | ACK, after=FAR_MS, window=65160, options=SYN_OPTIONS)
    t.ack(C)
    t.ack(S, after=FAR_MS)
    t.abort(C, after=5)
    return t.capture


@forged({5: {"seq_delta": "0", "seq_check": "exact"}})
def simultaneous_open():
    """Both send a SYN, both a SYN-ACK (RFC 9293 3.5, figure 7)."""
    t = Talk(dport=40002)
    t.send(C, SYN, after=0, window=64240, options=SYN_OPTIONS)
    t.send(S, SYN, after=1, window=65160, options=SYN_OPTIONS)
    t.send(C, SYN | ACK, after=NEAR_MS, seq=1000, ack=5001, window=64240, options=SYN_OPTIONS)
    t.send(S, SYN | ACK, after=FAR_MS, seq=5000, ack=1001, window=65160, options=SYN_OPTIONS)
    t.abort(S, after=100)
    return t.capture


@forged({6: {"source": "server"}, 12: {"seq_delta": "0", "seq_check": "exact", "stage": "post_psh"}})
def ports_used_again():
    """The same ports, another ISN: the second connection owes nothing to the first."""
    t = Talk().handshake()
    t.request()
    t.ack(S, after=FAR_MS)
    t.abort(S, after=30)
    second = Talk(t.capture, isn=(900000000, 3000000000), start=t.now + 2000).handshake()
    second.request()
    second.ack(S, after=FAR_MS)
    second.abort(S, after=30)
    return t.capture


@forged({4: {"stage": "later", "claimed_source": "server", "seq_check": "exact", "injected": None}})
def joined_in_midstream():
    """No SYN was seen: the window scale is unknown, the next sequence number is not."""
    t = Talk(isn=(77000, 99000))
    t.rcv = [99000, 77000]
    t.request()
    t.response()
    t.ack(C)
    t.abort(S, after=50)
    return t.capture


@forged({4: {"injected": None, "rtt": None}})
def only_the_client():
    """The server's direction is missing from the capture."""
    t = Talk()
    t.send(C, SYN, after=0, window=64240, options=SYN_OPTIONS)
    t.rcv[C] = 5001
    t.ack(C, after=24)
    t.request()
    t.abort(C, after=3000)
    return t.capture


@forged({3: {"injected": None, "trigger": None, "response_time": None}})
def only_the_server():
    """The client's direction is missing: nothing can be said of what the RST answers."""
    t = Talk()
    t.nxt[C], t.rcv[S] = 1001, 1001
    t.send(S, SYN | ACK, after=0, window=65160, options=SYN_OPTIONS)
    t.response()
    t.abort(S, after=3000)
    return t.capture


@forged({6: {"seq_delta": "0", "seq_check": "exact"}})
def super_segments():
    """Captured before segmentation offload: 60000 octets in one frame."""
    t = Talk().handshake()
    t.send(C, ACK, b"t" * 60000)
    t.ack(S, after=FAR_MS)
    t.abort(C, after=5)
    return t.capture


@forged({6: {"seq_check": "exact", "injected": None}})
def time_goes_back():
    """The clock steps back by ten seconds before the RST: no negative times, no timing evidence."""
    t = Talk().handshake()
    t.request()
    t.ack(S, after=FAR_MS)
    t.abort(S, after=-10000)
    return t.capture


@forged({13: {"seq_check": "exact", "source": "server", "injected": None},
         14: {"seq_check": "exact", "source": "server", "injected": None}})
def every_frame_twice():
    """A SPAN port that mirrors both ways: two copies of one RST are one RST."""
    t = Talk().handshake()
    t.request()
    t.response()
    t.ack(C)
    t.abort(S, after=50)
    frames, t.capture.frames = t.capture.frames, []
    for time_us, frame, length in frames:
        t.capture.frames += [(time_us, frame, length), (time_us + 3, frame, length)]
    return t.capture


@forged({8: {"seq_delta": "0", "seq_check": "exact"}})
def sequence_wraps():
    """The server's sequence numbers pass 2^32."""
    t = Talk(isn=(1000, 0xFFFFFF00)).handshake()
    t.request()
    t.response(200)
    t.response(200, after=1)
    t.ack(C)
    t.abort(S, after=50)
    return t.capture


@forged({7: {"seq_check": "exact"}})
def frames_lost_by_the_capture():
    """The client acknowledges octets that are missing: the capture lost them, the RST beyond is no forgery."""
    t = Talk().handshake()
    t.request()
    t.response(1000)
    t.nxt[S] += 5000
    t.rcv[C] = t.nxt[S]
    t.ack(C)
    t.abort(S, after=50)
    return t.capture


@forged({6: {"seq_delta": "0", "seq_check": "exact"}})
def timestamps_negotiated():
    """An abort with the next timestamp of its sender's clock."""
    both = (SYN_OPTIONS + timestamps(100000, 0), SYN_OPTIONS + timestamps(700000, 100000))
    t = Talk().handshake(both)
    t.send(C, PSH | ACK, b"q" * 100, options=b"\1\1" + timestamps(100025, 700000))
    t.send(S, ACK, after=FAR_MS, options=b"\1\1" + timestamps(700045, 100025))
    t.abort(S, after=50, options=b"\1\1" + timestamps(700095, 100025))
    return t.capture


@forged({8: {"stage": "closing", "seq_delta": "0", "cause": "late_data", "source": "client", "trigger": "7"}})
def data_after_close():
    """The client has closed; more data of the server is answered by a bare RST (RFC 9293 3.6.1)."""
    t = Talk().handshake()
    t.request()
    t.send(C, FIN | ACK, after=1)
    t.ack(S, after=FAR_MS)
    t.response(after=5)
    t.rst(C, after=NEAR_MS, seq=t.rcv[S])
    return t.capture


@forged({4: {"stage": "post_ack", "seq_delta": "0"}})
def reset_after_handshake():
    """RST right after the handshake, no data."""
    t = Talk().handshake()
    t.abort(C, after=2)
    return t.capture


@forged({3: {"stage": "post_synack", "shape": "reply", "trigger": "2", "response_time": "0.004000000",
             "source": "client"}})
def half_open():
    """The client answers the SYN-ACK with a bare RST."""
    t = Talk()
    t.send(C, SYN, after=0, window=1024, options=mss(1460))
    t.send(S, SYN | ACK, after=FAR_MS, window=65160, options=mss(1460))
    t.rst(C, after=NEAR_MS)
    return t.capture


@forged({7: {"seq_check": "in_window", "seq_delta": "100000", "seq_in_window": "1"}})
def scaled_window():
    """100000 ahead lies in a window of 502 << 8 octets, and far outside one of 502 (RFC 7323 2.2)."""
    scaled = mss(1460) + SACK_OK + b"\1" + wscale(8)
    t = Talk().handshake((scaled, scaled))
    t.request()
    t.response()
    t.ack(C)
    t.rst(S, seq=t.nxt[S] + 100000)
    return t.capture


@forged({7: {"seq_check": "above", "seq_in_window": "0", "seq_delta": "1000000"}})
def above_the_window():
    """A million ahead: the receiver drops it silently (RFC 5961 3.2)."""
    t = Talk().handshake()
    t.request()
    t.response()
    t.ack(C)
    t.rst(S, seq=t.nxt[S] + 1000000)
    return t.capture


@forged({7: {"seq_check": "below", "seq_in_window": "0", "seq_delta": "-1"}})
def below_the_window():
    """One octet behind RCV.NXT."""
    t = Talk().handshake()
    t.request()
    t.response()
    t.ack(C)
    t.rst(S, seq=t.nxt[S] - 1)
    return t.capture


@forged({7: {"seq_check": "in_window", "seq_delta": "1"}, 11: {"seq_check": "exact", "seq_delta": "0"}})
def reset_moves_nothing():
    """A RST one ahead is a claim, not a fact: the data after it and the next RST are judged as if it had not come."""
    t = Talk().handshake()
    t.request()
    t.response()
    t.ack(C)
    t.rst(S, seq=t.nxt[S] + 1)
    t.ack(C, after=NEAR_MS)  # challenge ACK (RFC 5961 3.2)
    t.response(500, after=FAR_MS)
    t.ack(C)
    t.abort(S, after=50)
    return t.capture


@forged({9: {"seq_delta": "1000"}})
def at_the_sack_edge():
    """The RST stands at the right edge of the receiver's SACK block, which Linux accepts."""
    t = Talk().handshake()
    t.request()
    t.response(1000)
    t.ack(C)
    start = t.nxt[S]
    t.send(S, ACK, b"2" * 500, after=1, seq=start + 500, ack=t.rcv[S])
    t.send(C, ACK, after=NEAR_MS, seq=t.nxt[C], ack=start, options=b"\1\1" + sack((start + 500, start + 1000)))
    t.send(S, RST | ACK, after=5, seq=start + 1000, ack=t.rcv[S], window=510)
    return t.capture
