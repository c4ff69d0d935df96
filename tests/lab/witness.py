# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel as witness: Linux 6.10 and later say of each reset that their TCP sends, and of each that ended a socket.

The tracepoints tcp:tcp_send_reset and tcp:tcp_receive_reset name no namespace, but addresses, which a run's hosts have
for themselves. A packet filter's reject and a raw socket pass neither. A reset sent by a listener may bear no address;
one sent by close() is traced after the packet, one that answers a segment just before it.
"""
import bisect
import glob
import ipaddress
import os
import re
import subprocess
import time
from collections import namedtuple

from pcapng import ACK, FIN, RST, SYN

TRACEFS = "/sys/kernel/tracing"
EVENTS = ("tcp_send_reset", "tcp_receive_reset")
# A reset that close() sends is traced up to 4 ms after the packet on an idle machine; several runs share ours
SENT_LATEST, SENT_EARLIEST = 0.15, 0.02
UNSEEN_EARLIEST = 1.0        # where the sender's own interface is not captured, the way to the first capture counts
RECEIVED_LATEST, RECEIVED_EARLIEST = 0.1, 0.002
SAME_ACT = 0.001             # resets closer than this are one act: the event's time does not tell which of them it was
CHALLENGE = 0.004            # a challenge ACK leaves with the packet that draws it

Event = namedtuple("Event", "time sent source sport target dport reason state")
_LINE = re.compile(r" (\d+\.\d+): (tcp_(?:send|receive)_reset): (.*)")
_SENT = re.compile(r"src=(\S+):(\d+) dest=(\S+):(\d+) state=(\S+) reason=(\S+)")
_RECEIVED = re.compile(r"family=(\S+) sport=(\d+) dport=(\d+) saddr=(\S+) daddr=(\S+) saddrv6=(\S+) daddrv6=(\S+)")


class Recorder:
    """A tracefs instance of our own, read to a file by a child; start() says why where it cannot be."""

    def __init__(self, path):
        self.path, self.child = path, None
        self.instance = os.path.join(TRACEFS, "instances", f"rst_lab_{os.getpid()}")

    def start(self, die_with_parent):
        root = os.path.join(TRACEFS, "events", "tcp")
        if not os.path.isdir(os.path.join(TRACEFS, "instances")):
            return "tracefs is not mounted"
        if not all(os.path.isdir(os.path.join(root, e)) for e in EVENTS):
            return "this kernel lacks the tracepoints tcp_send_reset and tcp_receive_reset"
        with open(os.path.join(root, EVENTS[0], "format"), encoding="ascii") as file:
            if "reason" not in file.read():
                return "this kernel gives no reason in tcp_send_reset (6.10 and later do)"
        try:
            self._remove_orphans()
            os.mkdir(self.instance)
            self._write("trace_clock", "mono")
            for event in EVENTS:
                self._write(f"events/tcp/{event}/enable", "1")
        except OSError as error:
            return f"tracefs: {error}"
        with open(self.path, "w", encoding="ascii") as file:
            self.child = subprocess.Popen(["cat", os.path.join(self.instance, "trace_pipe")], stdout=file,
                                          stdin=subprocess.DEVNULL, preexec_fn=die_with_parent)
        return ""

    def _write(self, name, value):
        with open(os.path.join(self.instance, name), "w", encoding="ascii") as file:
            file.write(value)

    @staticmethod
    def _remove_orphans():
        """A run that was killed could not remove its instance."""
        for path in glob.glob(os.path.join(TRACEFS, "instances", "rst_lab_*")):
            if not os.path.exists("/proc/" + path.rsplit("_", 1)[1]):
                try:
                    os.rmdir(path)
                except OSError:
                    pass

    def lost(self):
        """How many events the ring buffers dropped."""
        total = 0
        for path in glob.glob(os.path.join(self.instance, "per_cpu", "cpu*", "stats")):
            with open(path, encoding="ascii") as file:
                total += sum(int(w) for w in re.findall(r"(?:overrun|dropped events): (\d+)", file.read()))
        return total

    def close(self):
        if self.child:
            self.child.kill()
            self.child.wait()
        for _ in range(50):
            try:
                os.rmdir(self.instance)
                return
            except FileNotFoundError:
                return
            except OSError:
                time.sleep(0.02)


def packed(text):
    address = ipaddress.ip_address(text.strip("[]"))
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).packed


def parse_line(line, offset=0.0):
    """An Event of one line of trace_pipe, or None; offset is what turns the monotonic clock into wall time."""
    found = _LINE.search(line)
    if not found:
        return None
    when, kind, rest = float(found.group(1)) + offset, found.group(2), found.group(3)
    if kind == "tcp_send_reset":
        words = _SENT.search(rest)
        if not words:
            return None
        source, sport, target, dport, state, reason = words.groups()
        return Event(when, True, packed(source), int(sport), packed(target), int(dport), reason, state)
    words = _RECEIVED.search(rest)
    if not words:
        return None
    family, sport, dport, source, target, source6, target6 = words.groups()
    if family == "AF_INET6":
        source, target = source6, target6
    return Event(when, False, packed(source), int(sport), packed(target), int(dport), "", "")


def read_events(path, addresses):
    """The events of the hosts with these addresses, in order of time."""
    offset = time.time() - time.monotonic()
    with open(path, encoding="ascii", errors="replace") as file:
        events = [e for e in (parse_line(line, offset) for line in file) if e]
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
