# SPDX-License-Identifier: GPL-2.0-or-later
"""Network namespaces held open by file descriptors: when the process that made them ends, they vanish.

No namespace gets a name in /run/netns, so parallel runs cannot collide and nothing is left after a kill -9.
"""
import ctypes
import fcntl
import os
import signal
import socket
import struct
import subprocess
import threading

CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def _check(result, what):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def die_with_parent():
    """For a child just forked: it must not outlive the run, whatever ends that."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _setns(fd):
    _check(_libc.setns(fd, CLONE_NEWNET), "setns")


class Namespace:
    """One host or router. `with namespace:` moves the calling thread into it; sockets stay where they were made."""

    def __init__(self, name):
        self.name = name
        self._saved = threading.local()
        thread = threading.Thread(target=self._create)
        thread.start()
        thread.join()
        self.path = f"/proc/{os.getpid()}/fd/{self.fd}"
        self.run("ip", "link", "set", "lo", "up")

    def _create(self):
        # A thread of its own, because unshare moves the caller for good.
        _check(_libc.unshare(CLONE_NEWNET), "unshare")
        self.fd = os.open("/proc/thread-self/ns/net", os.O_RDONLY)

    def __enter__(self):
        stack = getattr(self._saved, "stack", None)
        if stack is None:
            stack = self._saved.stack = []
        stack.append(os.open("/proc/thread-self/ns/net", os.O_RDONLY))
        _setns(self.fd)
        return self

    def __exit__(self, *_):
        fd = self._saved.stack.pop()
        _setns(fd)
        os.close(fd)

    def _prepare_child(self):
        _setns(self.fd)
        die_with_parent()

    def popen(self, *command, **options):
        return subprocess.Popen(command, preexec_fn=self._prepare_child, **options)

    def run(self, *command, stdin=None, check=True):
        done = subprocess.run(command, preexec_fn=self._prepare_child, input=stdin, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)
        if check and done.returncode != 0:
            raise RuntimeError(f"{self.name}: {' '.join(command)}: {done.stdout}\n{stdin or ''}")
        return done.stdout

    def ip(self, *lines):
        self.run("ip", "-batch", "-", stdin="\n".join(lines) + "\n")

    def nft(self, text):
        self.run("nft", "-f", "-", stdin=text)

    def sysctl(self, **values):
        """Keys as in sysctl with dots written as double underscores; keys that the kernel lacks are an error."""
        with self:
            for key, value in values.items():
                with open("/proc/sys/net/" + key.replace("__", "/"), "w", encoding="ascii") as file:
                    file.write(str(value))

    def socket(self, family, kind=socket.SOCK_STREAM, protocol=0):
        with self:
            return socket.socket(family, kind, protocol)

    def offload(self, interface, on):
        """Checksum, segmentation and receive aggregation: off where frames go through the wire."""
        SIOCETHTOOL = 0x8946
        with self, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            # ETHTOOL_SRXCSUM, STXCSUM, SSG, STSO, SGSO, SGRO in an order that the dependencies allow
            for command in ((0x17, 0x1f, 0x24, 0x2c) if on else (0x2c, 0x24, 0x1f, 0x17)):
                value = bytearray(struct.pack("II", command, int(on)))
                buffer = (ctypes.c_char * len(value)).from_buffer(value)
                request = struct.pack("16sP16x", interface.encode(), ctypes.addressof(buffer))
                try:
                    fcntl.ioctl(control, SIOCETHTOOL, request)
                except OSError as error:
                    if command in (0x17, 0x1f):
                        raise RuntimeError(f"{interface}: offload {command:#x}: {error}") from error

    def tcp_counters(self):
        """The kernel's own count of what it sent: {'OutRsts': n, ...} of the Tcp MIB."""
        with self, open("/proc/thread-self/net/snmp", encoding="ascii") as file:
            rows = [line.split() for line in file if line.startswith("Tcp:")]
        return dict(zip(rows[0][1:], map(int, rows[1][1:])))

    def counter(self, family, table, name):
        """Packets counted by a named nftables counter."""
        import json
        text = self.run("nft", "-j", "list", "counter", family, table, name)
        for item in json.loads(text)["nftables"]:
            if "counter" in item:
                return item["counter"]["packets"]
        raise RuntimeError(f"no counter {name}")

    def close(self):
        os.close(self.fd)
