# SPDX-License-Identifier: GPL-2.0-or-later
"""What a record tells of the host: its clock, its processes, its addresses, and whether it passes on packets."""
import os
import re
import socket
import struct
import time

from rst_witness.kernel import TRACEFS, read


def clock_offset():
    """Nanoseconds from the monotonic clock to wall time, and how far off that may be: the tightest of some readings."""
    best = None
    for _ in range(5):
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        wall = time.clock_gettime_ns(time.CLOCK_REALTIME)
        after = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        if best is None or after - before < best[1]:
            best = (wall - (before + after) // 2, after - before)
    return best


def process_of(thread):
    """(name, process id) of a thread, or None where it is gone and the kernel has forgotten its name."""
    try:
        status = read(f"/proc/{thread}/status")
        pid = int(re.search(r"^Tgid:\s*(\d+)", status, re.M).group(1))
        return read(f"/proc/{pid}/comm").rstrip("\n"), pid
    except OSError:
        pass
    try:
        found = re.search(rf"^{thread} (.*)$", read(TRACEFS + "/saved_cmdlines"), re.M)
    except OSError:
        found = None
    return (found.group(1), thread) if found else None


def own_addresses():
    """Addresses that this host alone should have: not those on lo and on interfaces without ARP, which load balancers
    give to several hosts at once, and not those of one link only."""
    addresses = []
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as route:
        route.send(struct.pack("=IHHIIB7x", 24, 22, 0x301, 1, 0, 0))       # RTM_GETADDR of all families
        done = False
        while not done:
            data, at = route.recv(65536), 0
            while at + 16 <= len(data):
                size, kind = struct.unpack_from("=IH", data, at)
                done = done or kind in (2, 3)                                # NLMSG_ERROR, NLMSG_DONE
                if kind == 20:
                    addresses += _address_of(data[at + 16:at + size])
                at += max(16, size + 3 & ~3)
    return sorted(set(addresses))


def _address_of(message):
    index, at, found = struct.unpack_from("=I", message, 4)[0], 8, {}
    while at + 4 <= len(message):
        size, kind = struct.unpack_from("=HH", message, at)
        found[kind] = message[at + 4:at + size]
        at += max(4, size + 3 & ~3)
    try:
        flags = int(read(f"/sys/class/net/{socket.if_indextoname(index)}/flags"), 16)
    except OSError:
        flags = 0
    address = found.get(2) or found.get(1)                                   # IFA_LOCAL, IFA_ADDRESS
    return [] if flags & 0x88 or message[3] >= 253 or not address else [address]                  # IFF_NOARP, IFF_LOOPBACK; RT_SCOPE_LINK


def forwards():
    """Whether this host may pass on what others send: then a reset with its address may come from behind it."""
    for path in ("/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv6/conf/all/forwarding"):
        if os.path.exists(path) and read(path).strip() != "0":
            return True
    return False
