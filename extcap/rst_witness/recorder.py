# SPDX-License-Identifier: GPL-2.0-or-later
"""From the kernel's events to records, in order of time, until somebody stops it."""
import fcntl
import os
import select
import signal
import struct
import time

from rst_witness import record
from rst_witness.host import clock_offset, forwards, own_addresses, process_of
from rst_witness.kernel import RECEIVED, SENT, page_events
from rst_witness.netfilter import SEES_DROPS, SEES_REJECTS, Drops, Rejects, remove_orphaned_probes
from rst_witness.record import tag

ALIVE_SECONDS = 5.0      # so often a record says that the recorder is there: a silence between two of them is one
BATCH_SECONDS = 0.05     # events are fetched together: waking up for each would cost more than reading it
REJECT = "reject"
KINDS = {SENT: record.EVENT_SENT, RECEIVED: record.EVENT_RECEIVED, REJECT: record.REJECTED}
IN_INTERRUPT = 0x08 | 0x10 | 0x40              # common_flags: hard interrupt, softirq, NMI


def ends(local, local_port, peer, peer_port):
    return tag(record.T_LOCAL, local) + tag(record.T_LOCAL_PORT, struct.pack("!H", local_port)) + tag(record.T_PEER, peer) + \
        tag(record.T_PEER_PORT, struct.pack("!H", peer_port))


class Recorder:
    """Reads the events and writes the records until it is told to stop or nobody reads any more."""

    def __init__(self, instance, fd, ports=(), pid=0):
        self.instance, self.writer = instance, record.Writer(fd)
        self.rejects = self.drops = None
        self.ports, self.pid = frozenset(ports), pid
        self.last = [time.clock_gettime_ns(time.CLOCK_MONOTONIC)] * len(instance.pages)
        self.held, self.lost_written = [], 0
        limits = [f"port {port}" for port in sorted(self.ports)] + ([f"process {pid}"] if pid else [])
        if not instance.gives_reasons:
            limits.append("before Linux 6.10: no reasons, and not every reset is told")
        self.limit = tag(record.T_LIMIT, ", ".join(limits)) if limits else b""
        self.looked = self.last[0] if self.last else 0
        self.poller = select.poll()
        for page in instance.pages:
            self.poller.register(page, select.POLLIN)
        self.poller.register(fd, 0)                          # tells when the reader has gone
        self.wake = os.pipe()
        for end in self.wake:
            fcntl.fcntl(end, fcntl.F_SETFL, os.O_NONBLOCK)
        signal.set_wakeup_fd(self.wake[1])
        self.poller.register(self.wake[0], select.POLLIN)
        self.out = fd

    def watch_filter(self, is_living):
        """The packet filter, too, as far as the kernel tells of it."""
        remove_orphaned_probes(is_living)
        self.rejects = Rejects(self.instance.path, self.instance.name)
        self.drops = Drops(self.instance.path + "_drops")
        self.instance.layouts.update({number: (REJECT, layout) for number, layout in self.rejects.layouts.items()})

    def close(self):
        if self.drops:
            self.drops.close()
        self.instance.close()
        if self.rejects:
            self.rejects.close()

    def sees(self):
        """What of the packet filter is recorded; nothing where only some of all resets are."""
        if self.limit:
            return 0
        return (SEES_REJECTS if self.rejects and self.rejects.layouts else 0) | (SEES_DROPS if self.drops and self.drops.ring else 0)

    def tell_drops(self):
        """Since the last time; written before the status that says that all is told up to here."""
        until = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        offset, _ = clock_offset()
        for begin, end in self.drops.stretches(self.looked, until) if self.drops else []:
            self.writer.record(record.DROPPED, end + offset, tag(record.T_SINCE, struct.pack("!q", begin + offset)))
        self.looked = until

    def status(self, kind):
        self.tell_drops()
        offset, error = clock_offset()
        self.lost_written = self.instance.lost()
        tags = tag(record.T_LOST, struct.pack("!Q", self.lost_written)) + tag(record.T_CLOCK, struct.pack("!I", min(error, 0xffffffff)))
        tags += self.limit + tag(record.T_FORWARDS, bytes([forwards()])) + tag(record.T_FILTER, bytes([self.sees()]))
        self.writer.record(kind, time.clock_gettime_ns(time.CLOCK_MONOTONIC) + offset,
                           tags + b"".join(tag(record.T_OWN, address) for address in own_addresses()[:64]))
        self.writer.flush()

    def run(self, knock=lambda: None):
        self.status(record.START)
        knock()
        due = time.monotonic() + ALIVE_SECONDS
        while True:
            ready = dict(self.poller.poll(max(0, due - time.monotonic()) * 1000))
            if ready.get(self.out, 0):
                return                                       # nobody reads any more
            if self.wake[0] not in ready and ready:
                time.sleep(BATCH_SECONDS)
            self.batch()
            if self.wake[0] in ready:
                break
            if time.monotonic() >= due:
                self.status(record.ALIVE)
                due += ALIVE_SECONDS
        self.batch(True)
        self.status(record.STOP)

    def batch(self, all_of_them=False):
        """Fetches what there is and writes it in order of time; what came meanwhile waits for the next batch."""
        until = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        for cpu in range(len(self.instance.pages)):
            for page in self.instance.fetch(cpu):
                missed, events = page_events(page)
                if missed:
                    self.held.append((events[0][0] if events else until, record.LOST, (missed, self.last[cpu])))
                for when, data in events:
                    name, layout = self.instance.layouts.get(struct.unpack_from("=H", data)[0], ("", None))
                    if layout:
                        self.held.append((when, KINDS[name], (layout, data)))
                if events:
                    self.last[cpu] = events[-1][0]
        if not self.held:
            return
        offset, _ = clock_offset()
        self.held.sort(key=lambda event: event[0])
        now = [event for event in self.held if all_of_them or event[0] <= until]
        self.held = self.held[len(now):]
        for when, kind, what in now:
            if kind == record.LOST:
                tags = tag(record.T_LOST, struct.pack("!Q", max(self.instance.lost(), 1))) + \
                    tag(record.T_SINCE, struct.pack("!q", what[1] + offset))
                self.writer.record(record.LOST, when + offset, tags + self.limit)
            else:
                self.event(kind, when + offset, *what)
        self.writer.flush()

    def rejected(self, wall_ns, layout, data):
        found = self.rejects.event(layout, data)
        if not found or self.pid:
            return
        hook, (peer, peer_port, local, local_port) = found
        if not self.ports or local_port in self.ports or peer_port in self.ports:
            self.writer.record(record.REJECTED, wall_ns, ends(local, local_port, peer, peer_port) +
                               tag(record.T_STATE, hook) + tag(record.T_REASON, "nf_send_reset"))

    def event(self, kind, wall_ns, layout, data):
        if kind == record.REJECTED:
            self.rejected(wall_ns, layout, data)
            return
        local, local_port = layout.address(data, "s")
        peer, peer_port = layout.address(data, "d")
        if self.ports and local_port not in self.ports and peer_port not in self.ports:
            return
        process = b""
        if kind == record.EVENT_SENT and not layout.number(data, "skbaddr") and not data[2] & IN_INTERRUPT:
            thread = struct.unpack_from("=i", data, 4)[0]
            name, pid = process_of(thread) or ("", thread)
            if self.pid and pid != self.pid:
                return
            process = (tag(record.T_PROCESS, name) if name else b"") + tag(record.T_PID, struct.pack("!I", pid))
            process += tag(record.T_THREAD, struct.pack("!I", thread)) if thread != pid else b""
        elif self.pid:
            return
        tags = ends(local, local_port, peer, peer_port)
        if "state" in layout.fields and layout.number(data, "state"):    # 0: no socket
            tags += tag(record.T_STATE, layout.states.get(layout.number(data, "state"), "UNKNOWN"))
        if layout.reasons:
            number = layout.number(data, "reason")
            tags += tag(record.T_REASON, layout.reasons.get(number, f"number {number}"))
        self.writer.record(kind, wall_ns, tags + process)
