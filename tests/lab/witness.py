# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel as witness: Linux 6.10 and later say of each reset that their TCP sends, and of each that ended a socket.

The tracepoints tcp:tcp_send_reset and tcp:tcp_receive_reset name no namespace, but addresses, which a run's hosts have
for themselves. A packet filter's reject and a raw socket pass neither. A reset sent by a listener may bear no address;
one sent by close() is traced after the packet, one that answers a segment just before it.
"""
import bisect
import ipaddress
import os
import signal
import struct
import subprocess
import sys
import time
from collections import namedtuple

import pcapng
from pcapng import ACK, FIN, RST, SYN

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
PROGRAM = os.path.join(ROOT, "extcap", "rst-witness")
sys.path.append(os.path.join(ROOT, "extcap"))

from rst_witness import record  # noqa: E402

START_LATEST = 10.0          # the program needs a fraction of a second
TOLD_AFTER = 0.3             # it fetches events every 50 ms, later on a busy machine
# A reset that close() sends is traced up to 4 ms after the packet on an idle machine; several runs share ours
SENT_LATEST, SENT_EARLIEST = 0.15, 0.02
UNSEEN_EARLIEST = 1.0        # where the sender's own interface is not captured, the way to the first capture counts
RECEIVED_LATEST, RECEIVED_EARLIEST = 0.1, 0.002
SAME_ACT = 0.001             # resets closer than this are one act: the event's time does not tell which of them it was
CHALLENGE = 0.004            # a challenge ACK leaves with the packet that draws it

Event = namedtuple("Event", "time sent source sport target dport reason state")


class Recorder:
    """extcap/rst-witness, writing to a file; start() says why where it cannot."""

    def __init__(self, path):
        self.path, self.child = path, None

    def start(self, die_with_parent):
        with open(self.path + ".err", "w+", encoding="utf-8") as errors:
            self.child = subprocess.Popen([PROGRAM, "--capture", "--fifo", self.path], stdin=subprocess.DEVNULL,
                                          stderr=errors, preexec_fn=die_with_parent)
            until = time.monotonic() + START_LATEST
            while time.monotonic() < until and self.child.poll() is None:
                if os.path.exists(self.path) and any(kind == record.START for kind, _, _ in read_records(self.path)):
                    return ""
                time.sleep(0.05)
            errors.seek(0)
            return errors.read().strip() or "the witness did not begin"

    def lost(self):
        """How many events the kernel dropped, as the last record that counts them says."""
        counts = [tags[record.T_LOST] for _, _, tags in read_records(self.path) if record.T_LOST in tags]
        return int.from_bytes(counts[-1], "big") if counts else 0

    def close(self):
        if self.child and self.child.poll() is None:
            self.child.send_signal(signal.SIGINT)
            self.child.wait()


def read_records(path):
    """(kind, time, tags) of each record that is whole; the file may still be written to."""
    for frame in pcapng.read_frames(path, growing=True):
        data = frame.bytes[frame.bytes.index(record.DISSECTOR) + len(record.DISSECTOR) + 5:]
        kind, at, tags = data[1], struct.calcsize("!BBHIQ"), {}
        while at + 2 <= len(data):
            number, size = data[at], data[at + 1]
            tags[number] = data[at + 2:at + 2 + size]
            at += 2 + size
        yield kind, frame.time, tags


def packed(text):
    address = ipaddress.ip_address(text.strip("[]"))
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).packed


def event_of(kind, when, tags):
    """A record of a reset as an Event; None for one of another kind."""
    if kind not in (record.EVENT_SENT, record.EVENT_RECEIVED):
        return None
    ports = (int.from_bytes(tags[tag], "big") for tag in (record.T_LOCAL_PORT, record.T_PEER_PORT))
    words = (tags.get(tag, b"").decode() for tag in (record.T_REASON, record.T_STATE))
    return Event(when, kind == record.EVENT_SENT, tags[record.T_LOCAL], next(ports), tags[record.T_PEER], next(ports), *words)


def read_events(path, addresses):
    """The events of the hosts with these addresses, in order of time, up to now."""
    time.sleep(TOLD_AFTER)
    events = [e for e in (event_of(*told) for told in read_records(path)) if e]
    nobody = {b"\0" * 4, b"\0" * 16}
    return sorted(e for e in events if e.source in addresses or e.source in nobody)


class Testimony:
    """What the kernels said during one run, each event used for one reset only."""

    def __init__(self, events):
        self.events = events
        self.times = [e.time for e in events]
        self.used = set()

    def take(self, sent, source, sport, target, dport, first, last):
        """The earliest unused event of that kind and address in that time; addressless ones match by port."""
        low, high = bisect.bisect_left(self.times, first), bisect.bisect_right(self.times, last)
        for exact in (True, False):
            for i in range(low, high):
                e = self.events[i]
                if i in self.used or e.sent is not sent or e.sport != sport:
                    continue
                if exact and (e.source, e.target, e.dport) == (source, target, dport) \
                        or not exact and sent and not any(e.source):
                    self.used.add(i)
                    return e
        return None

    def sent(self, root):
        s = root.segment
        earlier = SENT_EARLIEST if root.point == root.origin else UNSEEN_EARLIEST
        return self.take(True, s.source, s.sport, s.destination, s.dport, root.time - earlier,
                         root.time + SENT_LATEST)

    def ended_by(self, act, until):
        """The event of the socket that one of these resets, seen at the receiver's own interface, put an end to."""
        s = act[0].segment
        return self.take(False, s.destination, s.dport, s.source, s.sport, act[0].time - RECEIVED_EARLIEST,
                         min(act[-1].time + RECEIVED_LATEST, until))


def acts(sights):
    """Resets of one sender in one connection at one interface, in order of time, and when the next of them began.

    An event belongs to the last reset before it: sockets that are opened anew, and a second equal reset that is the
    one which counts, would else give their event to the first. Those less than 1 ms apart are one act.
    """
    by_flow = {}
    for seen in sorted(sights, key=lambda s: s.time):
        s = seen.segment
        flow = by_flow.setdefault((s.source, s.sport, s.destination, s.dport), [])
        if flow and seen.time - flow[-1][-1].time < SAME_ACT:
            flow[-1].append(seen)
        else:
            flow.append([seen])
    for flow in by_flow.values():
        for act, following in zip(flow, flow[1:] + [None]):
            yield act, following[0].time if following else float("inf")


def effects_of(sights, frames, testimony):
    """(sight, effect) of each RST that reached the receiver's interface."""
    for act, until in acts(sights):
        ended = testimony.ended_by(act, until)
        for seen in act:
            if not ended:
                yield seen, unanswered(seen, frames)
            elif seen is act[0] and all(alike(seen, other) for other in act):
                yield seen, "reset"
            else:               # a copy shares what the first did; of several unlike ones any may be the one that did it
                yield seen, "reset|ignored" if alike(seen, act[0]) else "ignored|reset"


def alike(one, other):
    a, b = one.segment, other.segment
    return (a.seq, a.ack, a.flags, a.window, a.ip_id) == (b.seq, b.ack, b.flags, b.window, b.ip_id)


def unanswered(seen, frames):
    """What the receiver did with a RST that ended no socket: challenged, ignored, or - if not known."""
    rst, fins, acked, synack, after = seen.segment, set(), False, False, None
    for frame, s in frames:
        if not s or s.stream != rst.stream or frame.number == seen.number:
            continue
        mine = s.source == rst.destination
        if frame.number < seen.number:
            if s.flags & SYN and not s.flags & ACK:
                fins, acked, synack = set(), False, False
            synack |= bool(mine and s.flags & SYN and s.flags & ACK)
            acked |= not mine and s.flags & (SYN | RST | ACK) == ACK
            if s.flags & FIN:
                fins.add(mine)
        elif mine:
            after = (frame.time, s)
            break
    if synack and not acked:
        return "-"      # in SYN-RECEIVED no event tells
    if after and after[0] - seen.time < CHALLENGE and after[1].length == 0 \
            and after[1].flags & (SYN | FIN | RST | ACK) == ACK and after[1].ack != rst.seq:
        return "challenged"
    # TIME-WAIT may end without an event, and nobody would notice
    return "ignored|reset" if len(fins) == 2 else "ignored"
