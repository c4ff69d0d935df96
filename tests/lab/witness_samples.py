#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the sample captures with what the hosts' kernels said (extcap/rst-witness), and their truth.

    witness_samples.py [--only NAME]...   as root, Linux 6.10 or later

    client 192.0.2.10 ── firewall ── server 198.51.100.20

The packets are captured at the client. What the kernels say is recorded apart, on the host named, and put in with
mergecap. The namespaces share a kernel, so each recording holds the events of both hosts.
"""
import argparse
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

import pcapng
from namespaces import Namespace

HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = os.path.normpath(os.path.join(HERE, "..", "..", "sample-captures"))
PROGRAM = os.path.normpath(os.path.join(HERE, "..", "..", "extcap", "rst-witness"))
CLIENT, SERVER = "192.0.2.10", "198.51.100.20"
SETTLE = 2.3         # longer than what is looked at around a reset
REQUEST = b"GET /report HTTP/1.1\r\nHost: www.example.org\r\n\r\n"
COLUMNS = "frame origin cause forged echo box_is_endpoint diagnosis effect".split()

# A program of its own, so that the kernel has a process to name: it answers with what its commands say
HTTPD = r"""
import signal, socket, sys, time
open("/proc/self/comm", "w").write("httpd")
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind((sys.argv[1], 80))
listener.listen()
kept = []
while True:
    one, _ = listener.accept()
    if sys.argv[2] == "close_unread":
        one.recv(16)                      # the request's first line is enough for it
        one.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        time.sleep(0.05)
        one.close()
    elif sys.argv[2] == "answer":
        one.recv(4096)
        one.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        kept.append(one)
    else:
        kept.append(one)                  # reads nothing
"""


class Scene:
    """The hosts, a capture at the client, and a recording on each host that is named."""

    def __init__(self, folder, recorded):
        self.folder, self.children = folder, []
        self.client, self.firewall, self.server = (Namespace(n) for n in ("client", "firewall", "server"))
        for host, end in ((self.client, "c"), (self.server, "s")):
            host.run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth" + end, "netns", self.firewall.path)
        self.client.ip(f"addr add {CLIENT}/24 dev eth0", "link set eth0 up", "route add default via 192.0.2.1")
        self.server.ip(f"addr add {SERVER}/24 dev eth0", "link set eth0 up", "route add default via 198.51.100.1")
        self.firewall.ip("addr add 192.0.2.1/24 dev ethc", "link set ethc up", "addr add 198.51.100.1/24 dev eths", "link set eths up")
        self.firewall.sysctl(ipv4__ip_forward=1)
        self.parts = [folder + "/packets.pcapng"]
        self.start(self.client, "dumpcap", "-q", "-i", "eth0", "-f", "tcp", "-w", self.parts[0], stderr=subprocess.DEVNULL)
        for name in recorded:
            self.parts.append(f"{folder}/{name}.pcapng")
            self.start(getattr(self, name), "unshare", "--uts", "sh", "-c",
                       f"hostname {name}.example && exec {PROGRAM} --capture --fifo {self.parts[-1]}")
        time.sleep(SETTLE)

    def start(self, host, *command, **options):
        self.children.append(host.popen(*command, **options))
        return self.children[-1]

    def serve(self, how):
        child = self.server.popen(sys.executable, "-c", HTTPD, SERVER, how)
        time.sleep(0.4)
        return child

    def connect(self):
        one = self.client.socket(socket.AF_INET)
        one.connect((SERVER, 80))
        return one

    def knock(self):
        """A refusal that is captured and recorded shows that the two clocks agree."""
        try:
            with self.client.socket(socket.AF_INET) as one:
                one.connect((SERVER, 81))
        except ConnectionRefusedError:
            pass
        time.sleep(1.5)

    def finish(self, target):
        """Ends the recordings and merges them; nothing of this machine stays in the file."""
        time.sleep(SETTLE)
        for child in self.children:
            child.send_signal(signal.SIGINT if child is self.children[0] else signal.SIGTERM)
        for child in self.children:
            child.wait()
        merged = self.folder + "/merged.pcapng"
        subprocess.run(["mergecap", "-w", merged, *self.parts], check=True)
        pcapng.write_selection(merged, target)
        release = os.uname().release.encode()
        with open(target, "rb") as file:
            data = file.read()
        with open(target, "wb") as file:
            file.write(data.replace(release, b"6.18.0-example".ljust(len(release), b"0")[:len(release)]))
        for host in (self.client, self.firewall, self.server):
            host.close()


def packet(source, target, ports, seq, ack):
    """A RST+ACK in another's name, with the TTL that the genuine one would have here."""
    ends = socket.inet_aton(source) + socket.inet_aton(target)
    tcp = struct.pack("!HHIIBBHHH", *ports, seq, ack, 5 << 4, 0x14, 502, 0, 0)
    total = sum(struct.unpack("!16H", ends + struct.pack("!HH", 6, len(tcp)) + tcp))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    tcp = tcp[:16] + struct.pack("!H", ~total & 0xffff) + tcp[18:]
    return struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0x4000, 63, 6, 0) + ends + tcp


def block_word(firewall, word):
    """Watches what passes, and resets both ends once somebody says the word."""
    watch = firewall.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
    watch.bind(("ethc", 0))
    out = firewall.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)

    def work():
        while True:
            data = watch.recv(65536)
            if data[23] != 6 or word not in data[54:]:
                continue
            source, target = socket.inet_ntoa(data[26:30]), socket.inet_ntoa(data[30:34])
            sport, dport, seq, ack, offset = struct.unpack_from("!HHIIB", data, 34)
            end = seq + struct.unpack_from("!H", data, 16)[0] - 20 - (offset >> 4) * 4 & 0xffffffff
            out.sendto(packet(target, source, (dport, sport), ack, end), (source, 0))
            time.sleep(0.002)                                   # the word itself arrives first
            out.sendto(packet(source, target, (sport, dport), end, ack), (target, 0))
            return
    threading.Thread(target=work, daemon=True).start()


def witness_unread_data(folder, target):
    """The server answers a request that it has not read to its end, and closes."""
    scene = Scene(folder, ["server"])
    httpd = scene.serve("close_unread")
    one = scene.connect()
    one.send(REQUEST)
    time.sleep(0.5)
    one.close()
    scene.finish(target)
    httpd.kill()
    return lambda s: ("server", "abort|late_data", "own", "no", "no", "unread_data", "reset")


def witness_firewall(folder, target):
    """A device between the two resets both ends on a word; neither kernel sent a reset, and both were recorded."""
    scene = Scene(folder, ["server", "client"])
    httpd = scene.serve("answer")
    scene.knock()
    block_word(scene.firewall, b"forbidden")
    one = scene.connect()
    one.send(REQUEST)
    one.recv(4096)
    time.sleep(0.2)
    one.send(REQUEST.replace(b"report", b"forbidden"))
    time.sleep(0.5)
    one.close()
    scene.finish(target)
    httpd.kill()

    def truth(s):
        if s.ack and not s.seq:
            return "server", "closed_port", "own", "no", "no", "closed_port|none", "reset"
        return "intermediary", "blocked_content", "forged", "no", "no", "blocked_content|none", "reset"
    return truth


def witness_process_killed(folder, target):
    """The server's program is killed while requests wait for it; later clients are refused."""
    scene = Scene(folder, ["server"])
    httpd = scene.serve("wait")
    ones = [scene.connect() for _ in range(3)]
    for one in ones:
        one.send(REQUEST)
    time.sleep(0.4)
    httpd.kill()
    httpd.wait()
    time.sleep(0.3)
    try:
        scene.connect()
    except ConnectionRefusedError:
        pass
    for one in ones:
        one.close()
    scene.finish(target)

    def truth(s):
        if s.ack and not s.seq:
            return "server", "closed_port", "own", "no", "no", "process_exit|closed_port", "reset"
        return "server", "abort", "own", "no", "no", "process_exit", "reset"
    return truth


def write_truth(capture, told):
    with open(capture[:-len(".pcapng")] + ".truth.tsv", "w", encoding="ascii") as file:
        file.write("\t".join(COLUMNS) + "\n")
        for frame in pcapng.read_frames(capture):
            segment = pcapng.parse(frame) if frame.interface == 0 else None
            if segment and segment.flags & pcapng.RST:
                file.write("\t".join([str(frame.number), *told(segment)]) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append")
    parser.add_argument("--out", default=TARGET)
    options = parser.parse_args()
    for scene in (witness_unread_data, witness_firewall, witness_process_killed):
        if options.only and scene.__name__ not in options.only:
            continue
        target = os.path.join(options.out, scene.__name__ + ".pcapng")
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            write_truth(target, scene(folder, target))
        print(target)


if __name__ == "__main__":
    main()
