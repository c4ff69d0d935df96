# SPDX-License-Identifier: GPL-2.0-or-later
"""What the host's packet filter has to do with a reset, which passes no tracepoint of TCP.

Where the kernel allows kprobes: each reset of REJECT, at the entry of nf_send_reset(). And everywhere with Linux 5.17 or
later: when packets were dropped by the filter (tracepoint skb:kfree_skb, reason NETFILTER_DROP), since what it rejects it
drops as well. Where it dropped nothing, it rejected nothing. These events have a buffer of their own.
"""
import glob
import os
import platform
import re

from rst_witness.kernel import TRACEFS, Layout, Ring, page_events, read, write

FUNCTIONS = ("nf_send_reset", "nf_send_reset6")            # (net, sk, skb, hook) since 5.10
MODULES = {"nf_send_reset": "nf_reject_ipv4", "nf_send_reset6": "nf_reject_ipv6"}
HOOKS = ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING")
SEES_REJECTS, SEES_DROPS = 1, 2
COPIED = 64                 # octets of the rejected segment that are looked at, from its IP header on
FLAG_RST = 4
DROPS_KB = 64               # buffer for each processor
TOGETHER_NS = 100_000_000   # drops closer than this are told as one stretch of time


def btf_offset(data, struct_name, member):
    """Where a member lies in a struct, in octets, as /sys/kernel/btf/vmlinux says; None where it does not."""
    import struct
    magic, _, _, head, types_at, types_size, names_at, names_size = struct.unpack_from("=HBBIIIII", data)
    if magic != 0xeb9f:
        return None
    names = data[head + names_at:head + names_at + names_size]
    wanted = names.find(b"\0" + struct_name.encode() + b"\0") + 1
    at, end = head + types_at, head + types_at + types_size
    # octets behind a type, by its kind: fixed, and for each of its vlen entries
    fixed = {1: 4, 3: 12, 14: 4, 17: 4}
    each = {4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12}
    while at + 12 <= end:
        name, info = struct.unpack_from("=II", data, at)
        kind, vlen = info >> 24 & 31, info & 0xffff
        if kind == 4 and wanted and name == wanted and vlen:
            for n in range(vlen):
                name, _, offset = struct.unpack_from("=III", data, at + 12 + 12 * n)
                if names[name:name + len(member) + 1] == member.encode() + b"\0":
                    return (offset & 0xffffff if info >> 31 else offset) // 8
        at += 12 + fixed.get(kind, 0) + each.get(kind, 0) * vlen
    return None


def rejected(raw):
    """(source, port, destination, port) of a TCP segment from its first octets, or None where REJECT answers it with no reset."""
    version = raw[0] >> 4
    if version == 4:
        at, proto, ends = (raw[0] & 15) * 4, raw[9], (raw[12:16], raw[16:20])
    elif version == 6:
        at, proto, ends = 40, raw[6], (raw[8:24], raw[24:40])
        while proto in (0, 43, 60) and at + 2 <= len(raw):  # hop-by-hop, routing, destination options
            proto, at = raw[at], at + (raw[at + 1] + 1) * 8
    else:
        return None
    if proto != 6 or at + 14 > len(raw) or raw[at + 13] & FLAG_RST:
        return None
    return ends[0], raw[at] << 8 | raw[at + 1], ends[1], raw[at + 2] << 8 | raw[at + 3]


def probe(line):
    """Adds or takes away a kprobe; never by writing anew, which would take away those of others."""
    fd = os.open(TRACEFS + "/kprobe_events", os.O_WRONLY | os.O_APPEND)
    try:
        os.write(fd, line.encode() + b"\n")
    finally:
        os.close(fd)


class Rejects:
    """Kprobes on REJECT's resets, in the recorder's own instance. `layouts` is empty where there can be none."""

    def __init__(self, instance, group):
        self.group, self.layouts, self.defined = group, {}, []
        try:
            with open("/sys/kernel/btf/vmlinux", "rb") as file:
                offset = btf_offset(file.read(), "sk_buff", "data")
            if offset is None or tuple(map(int, re.findall(r"\d+", platform.release())[:2])) < (5, 10):
                return
            symbols = set(re.findall(r" (nf_send_reset6?)$", read("/proc/kallsyms"), re.M))     # those in no module
            for function in FUNCTIONS:
                place = function if function in symbols else f"{MODULES[function]}:{function}"  # also before it is loaded
                probe(f"p:{group}/{function} {place} hook=$arg4:s32 raw=+0(+{offset}($arg3)):u8[{COPIED}]")
                self.defined.append(function)
                layout = Layout(read(f"{TRACEFS}/events/{group}/{function}/format"))
                write(f"{instance}/events/{group}/{function}/enable", "1")
                self.layouts[layout.id] = layout
        except (OSError, AttributeError):
            self.layouts = {}                               # no kprobes, or a kernel that is locked down

    def close(self):
        for function in self.defined:
            try:
                probe(f"-:{self.group}/{function}")
            except OSError:
                pass

    @staticmethod
    def event(layout, data):
        """(hook's name, the rejected segment's ends), or None where no reset follows."""
        hook, ends = layout.number(data, "hook"), rejected(layout.octets(data, "raw"))
        return (HOOKS[hook] if hook < len(HOOKS) else f"hook {hook}", ends) if ends else None


class Drops:
    """When the filter dropped packets. `ring` is None where the kernel does not say why packets are dropped."""

    def __init__(self, path):
        self.ring, self.path = None, path
        try:
            reason = re.search(r'{ (\d+), "NETFILTER_DROP" }', read(TRACEFS + "/events/skb/kfree_skb/format"))
            if not reason:
                return
            self.ring = Ring(path, DROPS_KB)
            write(path + "/events/skb/kfree_skb/filter", f"reason == {reason.group(1)}")
            write(path + "/events/skb/kfree_skb/enable", "1")
        except OSError:
            self.close()

    def stretches(self, since, until):
        """[(from, to)] in nanoseconds in which packets were dropped since the last look; of a buffer that overflowed, all."""
        if not self.ring:
            return []
        times, most = [], 4 * len(self.ring.pages) * DROPS_KB * 1024 // self.ring.page_size
        for cpu in range(len(self.ring.pages)):
            for n, page in enumerate(self.ring.fetch(cpu)):
                missed, events = page_events(page)
                if missed or n >= most:                     # more than can be told apart
                    return [(since, until)]
                times += [when for when, _ in events]
        made = []
        for when in sorted(times):
            if made and when - made[-1][1] <= TOGETHER_NS:
                made[-1][1] = when
            else:
                made.append([when, when])
        return made

    def close(self):
        if self.ring:
            self.ring.close()
        self.ring = None


def remove_orphaned_probes(is_living):
    """Probes of recorders that were killed; after their instances, which hold them."""
    try:
        lines = read(TRACEFS + "/kprobe_events")
    except OSError:
        return
    for group, function in re.findall(r"^\S+:(rst_witness_\w+)/(\w+) ", lines, re.M):
        if not is_living(group) and not glob.glob(f"{TRACEFS}/instances/{group}"):
            try:
                probe(f"-:{group}/{function}")
            except OSError:
                pass
