#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes a capture to measure with: make_capture.py FILE [PACKETS [STREAMS]]. 200 connections are alive at a time.

Every twentieth connection ends in a reset, as an abort, an injection or a refusal; the others close by FIN.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "forge"))

from packets import ACK, FIN, PSH, SYN, Capture  # noqa: E402
from talk import C, FAR_MS, S, SYN_OPTIONS, Talk  # noqa: E402


def conversation(n, frames):
    """One connection with about so many frames, as (time, frame, length)."""
    client = f"10.{n % 7 + 1}.{n // 250 % 250}.{n % 250 + 1}"
    t = Talk(Capture(), client=client, server=f"198.51.100.{n % 50 + 1}", sport=20000 + n % 40000, dport=443,
             isn=(n * 7919, n * 104729), ttl=(60 - n % 7, 50 - n % 5), start=n * 9.0)
    ending = n % 20
    if ending == 0 and n % 60 == 0:
        t.send(C, SYN, after=0, window=64240, options=SYN_OPTIONS)
        t.send(S, 0x14, after=FAR_MS, seq=0, ack=t.nxt[C], ip_id=0)
        return t.capture.frames
    t.handshake()
    while len(t.capture.frames) < frames - 4:
        t.send(C, PSH | ACK, b"q" * (200 + n % 300), after=30)
        t.send(S, ACK, b"r" * 1400, after=FAR_MS)
        t.send(S, PSH | ACK, b"r" * 700, after=0.2)
        t.ack(C)
    if ending == 0:
        (t.abort if n % 40 else t.rst)(S, after=5)
    else:
        t.send(C, FIN | ACK, after=1)
        t.send(S, FIN | ACK, after=FAR_MS)
        t.ack(C)
    return t.capture.frames


def main():
    packets = int(sys.argv[2]) if len(sys.argv) > 2 else 200000
    streams = int(sys.argv[3]) if len(sys.argv) > 3 else max(packets // 40, 1)
    whole = Capture()
    for n in range(streams * 11 // 10):
        whole.frames += conversation(n, packets // streams)
        if n + 1 >= streams and len(whole.frames) >= packets:
            break
    whole.frames.sort(key=lambda frame: frame[0])
    Path(sys.argv[1]).write_bytes(whole.data())
    print(f"{sys.argv[1]}: {len(whole.frames)} packets, {n + 1} connections")


if __name__ == "__main__":
    main()
