# SPDX-License-Identifier: GPL-2.0-or-later
"""The path client - r1 - middlebox r2 - r3 - server, each a namespace, with a wire on either side of r2."""
import ipaddress
import os
import re
import select
import signal
import socket
import subprocess
import time

from namespaces import Namespace

CAPTURE_POINTS = ("client", "mid_c", "mid_s", "server")


class Draw:
    """What is drawn from the seed for one run; a scenario overrides what it needs."""

    def __init__(self, rng, **fixed):
        ms = 1000
        self.v6 = rng.random() < 0.3
        self.delay_c = int(10 ** rng.uniform(0, 1.5) * ms)   # client side of the middlebox, one way, 1..32 ms
        self.delay_s = int(10 ** rng.uniform(0, 1.7) * ms)   # server side, 1..50 ms
        self.jitter = rng.choice((0, 0.02, 0.1))             # share of the delay
        self.hops_c = rng.randint(0, 7)
        self.hops_s = rng.randint(0, 12)
        self.back_c = rng.choice((0, 0, 0, 1, -1))           # paths need not be equally long both ways
        self.back_s = rng.choice((0, 0, 0, 1, 2, -2))
        self.loss = rng.choice((0,) * 9 + (3000,))
        self.dup = rng.choice((0,) * 11 + (5000,))
        self.client_ttl = rng.choice((64, 64, 64, 128, 255))
        self.server_ttl = rng.choice((64, 64, 64, 128, 255))
        self.box_ttl = rng.choice((64, 64, 64, 128, 255))
        self.client_ts = rng.random() < 0.8
        self.server_ts = rng.random() < 0.85
        self.sack = rng.random() < 0.85
        self.scaling = rng.random() < 0.9
        self.offload = rng.random() < 0.2                    # on the end hosts only
        self.snaplen = rng.choice((262144,) * 5 + (96, 128))
        self.dscp = rng.choice((-1,) * 6 + (0, 10))          # rewritten on the way from the server
        self.port = rng.choice((80, 443, 443, 8080, 5432, 22, rng.randint(1024, 30000)))
        self.bridge = False                                  # the middlebox bridges instead of routing
        self.spare = False                                   # a second server with the same address
        self.net_c = rng.randint(1, 250)
        self.net_s = rng.choice(("198.51.100", "203.0.113", "192.0.2"))
        self.host_c = rng.randint(10, 240)
        self.host_s = rng.randint(10, 240)
        self.wire_seed = rng.getrandbits(32)
        self.mac = rng.getrandbits(24)
        # Captures of two hosts do not share a clock: the server's is off by so many nanoseconds in the files
        self.clock_skew = rng.choice((0, 0, rng.randint(-40_000_000, 40_000_000), rng.randint(-3 * 10 ** 9, 3 * 10 ** 9)))
        for key, value in fixed.items():
            if not hasattr(self, key):
                raise ValueError(f"no such parameter: {key}")
            setattr(self, key, value(rng) if callable(value) else value)


class Wire:
    """The process that carries the frames; link 'c' is the client's side, 's' the server's."""

    def __init__(self, namespace, program, seed, pairs):
        self.process = namespace.popen(program, str(seed), *pairs, stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, bufsize=0)
        self._answer()

    def _answer(self):
        if self.process.stdout.readline() != b"ok\n":
            raise RuntimeError("the wire did not start or did not understand")

    def set(self, link, direction, **values):
        """direction '>' is toward the server, '<' toward the client."""
        words = " ".join(f"{key}={int(value)}" for key, value in values.items())
        self.process.stdin.write(f"{'cs'.index(link)} {direction} {words}\n".encode())
        self._answer()


class Topology:
    def __init__(self, draw, directory, wire_program):
        self.draw = draw
        self.directory = directory
        self.family = socket.AF_INET6 if draw.v6 else socket.AF_INET
        names = ["client", "r1", "wire", "r2", "r3", "server"] + (["spare"] if draw.spare else [])
        for name in names:
            setattr(self, name, Namespace(name))
        self.captures = {}
        self._address()
        self._connect()
        self.wire_process = Wire(self.wire, wire_program, draw.wire_seed, ("w0", "w1", "w2", "w3"))
        self._lengths()

    def _address(self):
        d = self.draw
        if d.v6:
            self.client_net, self.server_net = f"2001:db8:c{d.net_c:02x}::", "2001:db8:5e::"
            self.client_ip, self.client_gw = f"{self.client_net}{d.host_c:x}", self.client_net + "1"
            self.server_ip, self.server_gw = f"{self.server_net}{d.host_s:x}", self.server_net + "1"
            left, right = "2001:db8:12::", "2001:db8:23::"
            self.mask = 64
        else:
            self.client_net, self.server_net = f"10.7.{d.net_c}.", d.net_s + "."
            self.client_ip, self.client_gw = f"{self.client_net}{d.host_c}", self.client_net + "1"
            self.server_ip, self.server_gw = f"{self.server_net}{d.host_s}", self.server_net + "1"
            left, right = "172.20.12.", "172.20.23."
            self.mask = 24
        if d.bridge:
            right = left
        self.r1_ip, self.box_c_ip = left + "1", left + "2"
        self.box_s_ip, self.r3_ip = (right + "4", right + "3")
        self.macs = {n: bytes((2, i)) + d.mac.to_bytes(3, "big") + bytes((i,)) for i, n in enumerate(
            ("client", "r1_c", "r1_m", "mid_c", "mid_s", "r3_m", "r3_s", "server", "spare", "r3_x"), 1)}

    def _connect(self):
        d = self.draw
        mac = {n: ":".join(f"{b:02x}" for b in m) for n, m in self.macs.items()}
        veth = []

        def pair(a, ns_a, b, ns_b):
            veth.append(f"link add {a} netns {ns_a.path} "
                        + (f"address {mac[a]} " if a in mac else "")
                        + f"type veth peer name {b} netns {ns_b.path}"
                        + (f" address {mac[b]}" if b in mac else ""))

        pair("client", self.client, "r1_c", self.r1)
        pair("r1_m", self.r1, "w0", self.wire)
        pair("mid_c", self.r2, "w1", self.wire)
        pair("mid_s", self.r2, "w2", self.wire)
        pair("r3_m", self.r3, "w3", self.wire)
        pair("server", self.server, "r3_s", self.r3)
        if d.spare:
            pair("spare", self.spare, "r3_x", self.r3)
        self.wire.ip(*veth)

        hosts = [self.client, self.r1, self.r2, self.r3, self.server] + ([self.spare] if d.spare else [])
        self.wire.sysctl(ipv6__conf__all__disable_ipv6=1)
        self.wire.ip(*(f"link set w{i} up" for i in range(4)))
        for host in hosts:
            host.sysctl(ipv6__conf__all__accept_dad=0, ipv6__conf__default__accept_dad=0,
                        ipv6__conf__all__accept_ra=0, ipv4__conf__all__rp_filter=0,
                        ipv4__conf__default__rp_filter=0)
            if host in (self.r1, self.r2, self.r3):
                host.sysctl(ipv4__ip_forward=1, ipv6__conf__all__forwarding=1)
        nodad = " nodad" if d.v6 else ""

        def address(ip, device):
            return f"addr add {ip}/{self.mask} dev {device}{nodad}"

        def neighbour(ip, name, device):
            return f"neigh add {ip} lladdr {mac[name]} nud permanent dev {device}"

        to_client, to_server = f"{self.client_net}0/24", f"{self.server_net}0/24"
        if d.v6:
            to_client, to_server = f"{self.client_net}/64", f"{self.server_net}/64"
        self.client.ip("link set client up", address(self.client_ip, "client"),
                       neighbour(self.client_gw, "r1_c", "client"), f"route add default via {self.client_gw}")
        far = ("r3_m" if d.bridge else "mid_c"), (self.r3_ip if d.bridge else self.box_c_ip)
        self.r1.ip("link set r1_c up", "link set r1_m up", address(self.client_gw, "r1_c"),
                   address(self.r1_ip, "r1_m"), neighbour(self.client_ip, "client", "r1_c"),
                   neighbour(far[1], far[0], "r1_m"), f"route add default via {far[1]}")
        far = ("r1_m" if d.bridge else "mid_s"), (self.r1_ip if d.bridge else self.box_s_ip)
        self.r3.ip("link set r3_m up", "link set r3_s up", address(self.server_gw, "r3_s"),
                   address(self.r3_ip, "r3_m"), neighbour(self.server_ip, "server", "r3_s"),
                   neighbour(far[1], far[0], "r3_m"), f"route add default via {far[1]}")
        if d.bridge:
            self.r2.ip("link set mid_c up", "link set mid_s up", "link add br0 type bridge",
                       "link set mid_c master br0", "link set mid_s master br0", "link set br0 up",
                       address(self.box_c_ip, "br0"), neighbour(self.r1_ip, "r1_m", "br0"),
                       neighbour(self.r3_ip, "r3_m", "br0"), f"route add {to_client} via {self.r1_ip}",
                       f"route add {to_server} via {self.r3_ip}")
        else:
            self.r2.ip("link set mid_c up", "link set mid_s up", address(self.box_c_ip, "mid_c"),
                       address(self.box_s_ip, "mid_s"), neighbour(self.r1_ip, "r1_m", "mid_c"),
                       neighbour(self.r3_ip, "r3_m", "mid_s"), f"route add {to_client} via {self.r1_ip}",
                       f"route add {to_server} via {self.r3_ip}")
        self.server.ip("link set server up", address(self.server_ip, "server"),
                       neighbour(self.server_gw, "r3_s", "server"), f"route add default via {self.server_gw}")
        if d.spare:
            self.spare.ip("link set spare up", address(self.server_ip, "spare"),
                          neighbour(self.server_gw, "r3_x", "spare"), f"route add default via {self.server_gw}")
            self.r3.ip("link set r3_x up")
        for host, interfaces in ((self.client, ("client",)), (self.server, ("server",)),
                                 (self.r1, ("r1_c", "r1_m")), (self.r2, ("mid_c", "mid_s")),
                                 (self.r3, ("r3_m", "r3_s")), (self.wire, ("w0", "w1", "w2", "w3"))):
            for interface in interfaces:
                # r2's sides stay plain even then, so that the capture there shows packets as they are on a line
                host.offload(interface, d.offload and interface in ("client", "server"))
        if d.spare:
            self.spare.offload("spare", False)
            self.r3.offload("r3_x", False)

        for host, ttl, stamps in ((self.client, d.client_ttl, d.client_ts), (self.server, d.server_ttl, d.server_ts),
                                  (self.r2, d.box_ttl, True)) + (
                                  ((self.spare, d.server_ttl, d.server_ts),) if d.spare else ()):
            host.sysctl(ipv4__ip_default_ttl=ttl, ipv6__conf__all__hop_limit=ttl,
                        ipv6__conf__default__hop_limit=ttl, ipv4__tcp_timestamps=int(stamps),
                        ipv4__tcp_sack=int(d.sack), ipv4__tcp_window_scaling=int(d.scaling))
            device = {"client": "client", "server": "server", "r2": "mid_c", "spare": "spare"}[host.name]
            host.sysctl(**{f"ipv6__conf__{device}__hop_limit": ttl})
        self.r2.sysctl(ipv6__conf__mid_s__hop_limit=d.box_ttl)
        if d.bridge:
            self.r2.sysctl(ipv6__conf__br0__hop_limit=d.box_ttl)

    def _lengths(self):
        d = self.draw
        for link, delay, hops, back in (("c", d.delay_c, d.hops_c, d.back_c), ("s", d.delay_s, d.hops_s, d.back_s)):
            common = dict(delay=delay, jitter=delay * d.jitter, loss=d.loss, dup=d.dup)
            self.wire_process.set(link, ">", hops=hops, **common)
            self.wire_process.set(link, "<", hops=max(0, hops + back), **common)
        if d.dscp >= 0:
            self.wire_process.set("s", "<", dscp=d.dscp)

    @property
    def rtt(self):
        """The round trip between the ends in seconds, without jitter."""
        return 2 * (self.draw.delay_c + self.draw.delay_s) / 1e6

    def start_capture(self):
        for point, host in (("client", self.client), ("mid_c", self.r2), ("mid_s", self.r2), ("server", self.server)):
            path = os.path.join(self.directory, point + ".pcapng")
            process = host.popen("dumpcap", "-q", "-B", "4", "-i", point, "-w", path, "-s", str(self.draw.snaplen),
                                 "-f", "tcp or icmp or (icmp6 and ip6[40] < 128)", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, bufsize=0)
            self.captures[point] = process
        for point, process in self.captures.items():
            text, end = b"", time.monotonic() + 10
            while b"File:" not in text:
                if not select.select([process.stderr], [], [], max(0, end - time.monotonic()))[0]:
                    raise RuntimeError(f"dumpcap at {point} did not start: {text!r}")
                part = os.read(process.stderr.fileno(), 4096)
                if not part:
                    raise RuntimeError(f"dumpcap at {point} ended: {text!r}")
                text += part

    def stop_capture(self):
        # What is on its way must land. Then the wires are cut, so that no retransmission makes a host send a
        # RST that its kernel counts and the capture no longer sees. dumpcap reads its ring every quarter second.
        time.sleep(self.rtt / 2 + 0.05)
        for link in "cs":
            for way in "<>":
                self.wire_process.set(link, way, drop_all=1)
        time.sleep(self.rtt / 2 + 0.4)
        for process in self.captures.values():
            process.send_signal(signal.SIGINT)
        dropped = 0
        for process in self.captures.values():
            _, text = process.communicate(timeout=10)
            for count in re.findall(r"received/dropped on interface .*: \d+/(\d+)", text.decode()):
                dropped += int(count)
        return dropped

    def packed(self, address):
        return ipaddress.ip_address(address).packed

    def close(self):
        self.wire_process.process.stdin.close()
        self.wire_process.process.wait(timeout=5)
