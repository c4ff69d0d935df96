# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel tells: a tracefs instance of our own, its ring buffer, and the fields of the two tracepoints."""
import glob
import os
import platform
import re
import socket
import struct
import sys
import time

TRACEFS = "/sys/kernel/tracing"
SENT, RECEIVED = "tcp_send_reset", "tcp_receive_reset"


class Refusal(Exception):
    """Why this host cannot be recorded, and what works instead."""


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


_TCP_STATES = {"TCP_" + name: number for number, name in enumerate(    # include/net/tcp_states.h, part of the ABI
    "ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK LISTEN CLOSING "
    "NEW_SYN_RECV".split(), 1)}


class Layout:
    """Where the fields of one event lie, and the names of its numbers, as the running kernel's format file says."""

    def __init__(self, text):
        self.id = int(re.search(r"^ID: (\d+)", text, re.M).group(1))
        self.fields = {name: (int(offset), int(size)) for name, offset, size in
                       re.findall(r"field:[^;]*?(\w+)(?:\[\d+\])?;\s*offset:(\d+);\s*size:(\d+);", text)}
        self.states = {number: name for name, number in
                       ((n, _TCP_STATES.get(n)) for n in re.findall(r'{ TCP_\w+, "(TCP_\w+)" }', text))}
        self.reasons = {int(number): name for number, name in re.findall(r'{ (\d+), "(\w+)" }', text)
                        if "reason" in self.fields}

    def number(self, data, name):
        offset, size = self.fields[name]
        return int.from_bytes(data[offset:offset + size], sys.byteorder)

    def octets(self, data, name):
        offset, size = self.fields[name]
        return data[offset:offset + size]

    def address(self, data, side):
        """Address and port of one side: "s" the socket's own or the reset's source, "d" the other."""
        if self.fields[side + "addr"][1] >= 28:            # a sockaddr_in or sockaddr_in6
            raw = self.octets(data, side + "addr")
            start, size = (8, 16) if int.from_bytes(raw[:2], sys.byteorder) == socket.AF_INET6 else (4, 4)
            return unmapped(raw[start:start + size]), raw[2] << 8 | raw[3]
        v6 = self.number(data, "family") == socket.AF_INET6
        return unmapped(self.octets(data, side + ("addr_v6" if v6 else "addr"))), self.number(data, side + "port")


def unmapped(address):
    return address[12:] if address[:12] == b"\0" * 10 + b"\xff\xff" else address


def page_events(page, commit_size=struct.calcsize("l")):
    """(missed, [(nanoseconds, data)]) of one page of the ring buffer; missed is -1 where they were not counted.

    The page is what trace_pipe_raw gives: the kernel's events/header_page and header_event describe it.
    """
    now, = struct.unpack_from("=Q", page)
    commit = int.from_bytes(page[8:8 + commit_size], sys.byteorder)
    missed, at = 0, 8 + commit_size
    end = min(at + (commit & 0xfffff), len(page))
    if commit & 1 << 31:
        stored = commit & 1 << 30 and end + commit_size <= len(page)
        missed = int.from_bytes(page[end:end + commit_size], sys.byteorder) if stored else -1
    events = []
    while at + 4 <= end:
        head, = struct.unpack_from("=I", page, at)
        kind, delta = (head & 31, head >> 5) if sys.byteorder == "little" else (head >> 27, head & 0x7ffffff)
        at += 4
        if kind == 29 and delta == 0 or kind in (0, 29, 30, 31) and at + 4 > end:
            break
        word = struct.unpack_from("=I", page, at)[0] if kind in (0, 29, 30, 31) else 0
        if kind == 30:                                     # more time than 27 bits hold
            now, at = now + (word << 27) + delta, at + 4
        elif kind == 31:                                   # the time itself, without its top five bits
            now, at = (word << 27) + delta | now & 0x1f << 59, at + 4
        elif kind == 29:                                   # discarded
            now, at = now + delta, at + word
        else:
            now += delta
            size = kind * 4 if kind else word
            if kind == 0:
                events.append((now, page[at + 4:at + size]))
            else:
                events.append((now, page[at:at + size]))
            at += size
    return missed, events


class Ring:
    """A tracefs instance of our own, and its buffers: the global one belongs to others."""

    def __init__(self, path, buffer_kb=0):
        self.path, self.pages = path, []
        os.mkdir(path)
        try:
            write(path + "/trace_clock", "mono")                # the one that can be turned into wall time exactly
            if buffer_kb:
                write(path + "/buffer_size_kb", str(buffer_kb))
            if os.path.exists(path + "/buffer_percent"):
                write(path + "/buffer_percent", "0")            # wake the reader at the first event
            subbuf = path + "/buffer_subbuf_size_kb"
            self.page_size = int(read(subbuf)) * 1024 if os.path.exists(subbuf) else os.sysconf("SC_PAGE_SIZE")
            for name in sorted(glob.glob(path + "/per_cpu/cpu*/trace_pipe_raw")):
                self.pages.append(os.open(name, os.O_RDONLY | os.O_NONBLOCK))
        except BaseException:
            self.close()
            raise

    def fetch(self, cpu):
        """The pages that have something, one after the other."""
        while True:
            try:
                page = os.read(self.pages[cpu], self.page_size)
            except BlockingIOError:
                return
            if not page:
                return
            yield page

    def lost(self):
        """How many events the kernel has dropped so far."""
        return sum(int(number) for path in glob.glob(self.path + "/per_cpu/cpu*/stats")
                   for number in re.findall(r"^(?:overrun|dropped events): (\d+)", read(path), re.M))

    def close(self):
        for fd in self.pages:
            os.close(fd)
        self.pages = []
        for _ in range(50):
            try:
                os.rmdir(self.path)
                return
            except FileNotFoundError:
                return
            except OSError:
                time.sleep(0.02)


class Instance(Ring):
    """The events of TCP."""

    def __init__(self, buffer_kb=0):
        events = TRACEFS + "/events/tcp/"
        if not os.path.isdir(TRACEFS + "/instances"):
            raise Refusal(f"tracefs is not mounted. Mount it: mount -t tracefs tracefs {TRACEFS}"
                          if os.geteuid() == 0 else
                          f"{TRACEFS} cannot be read. Run this as root (sudo), or record with --remote root@HOST.")
        if not os.path.exists(events + SENT + "/format"):
            raise Refusal(f"Linux {platform.release()} has no tracepoint tcp:{SENT}. It came with 4.15; reasons came with "
                          "6.10. A capture on this host's own interface still tells what left it.")
        self.layouts = {}
        for name in (SENT, RECEIVED):
            layout = Layout(read(events + name + "/format"))
            self.layouts[layout.id] = (name, layout)
        self.gives_reasons = any(layout.reasons for _, layout in self.layouts.values())
        remove_orphans()
        self.name = f"rst_witness_{os.getpid()}_{started(os.getpid())}"
        super().__init__(f"{TRACEFS}/instances/{self.name}", buffer_kb)
        try:
            for name in (SENT, RECEIVED):
                write(f"{self.path}/events/tcp/{name}/enable", "1")
        except BaseException:
            self.close()
            raise


def started(pid):
    """When a process began, in ticks since the machine did; None where there is none. A number alone is used again."""
    try:
        return int(read(f"/proc/{pid}/stat").rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return None


def is_living(name):
    """Whether the recorder of that name is at work: rst_witness_PID_BEGIN, with more behind it."""
    found = re.match(r"rst_witness_(\d+)(?:_(\d+))?", name)
    return bool(found and found.group(2) and started(found.group(1)) == int(found.group(2)))


def remove_orphans():
    """A recorder that was killed could not remove its instance. One whose files are open is in use: EBUSY."""
    for path in glob.glob(TRACEFS + "/instances/rst_witness_*"):
        if not is_living(os.path.basename(path)):
            try:
                os.rmdir(path)
            except OSError:
                pass
