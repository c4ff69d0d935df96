# SPDX-License-Identifier: GPL-2.0-or-later
"""Other stacks than Linux's as endpoints: lwIP on a tap, libslirp (slirp4netns) as server.

lwIP speaks for itself, with the host's address and MAC. libslirp ends every connection that is routed into its
tap and opens one of its own behind it: the server's namespace routes there, and a namespace behind it, not on the
captured path, holds the real server.
"""
import os
import socket
import struct
import subprocess
import time

from endpoints import answer, finish, linger_abort, read_head, request
from namespaces import Namespace
from registry import scenario

HERE = os.path.dirname(os.path.abspath(__file__))
PORT = 8090
PLAIN = dict(loss=0, dup=0, offload=False)
SILENT = "02:00:5e:00:53:01"   # the kernel's own MAC where another stack has taken over the host's


def build_lwip(run):
    """Compiled once for all runs that want it; the name appears when it is whole."""
    program = os.path.join(os.path.dirname(run.scratch), "lwip_host")
    if not os.path.exists(program):
        own = os.path.join(run.scratch, "lwip_host")
        subprocess.run(["cc", "-std=gnu11", "-O2", "-I/usr/include/lwip", "-o", own, os.path.join(HERE, "lwip_host.c"),
                        "-llwip"], check=True)
        os.replace(own, program)
    return program


def lwip(run, side, *words):
    """Puts lwIP in the place of the client's or the server's kernel; again after its end."""
    t = run.topology
    host, gateway, address = (t.server, t.server_gw, t.server_ip) if side == "server" else (t.client, t.client_gw,
                                                                                           t.client_ip)
    if side not in run.other_stacks:
        run.other_stacks.add(side)
        host.sysctl(ipv6__conf__all__disable_ipv6=1)
        host.ip(f"addr flush dev {side}", f"link set {side} address {SILENT}", "tuntap add dev tap0 mode tap",
                "link add br0 type bridge", f"link set {side} master br0", "link set tap0 master br0",
                "link set tap0 up", "link set br0 up")
    mac = ":".join(f"{b:02x}" for b in t.macs[side])
    child = run.program(host, build_lwip(run), mac, address, gateway, *map(str, words), stdout=-1,
                        env={**os.environ, "PRECONFIGURED_TAPIF": "tap0"})
    if child.stdout.readline() != b"ready\n":
        raise RuntimeError("lwIP did not start")
    time.sleep(0.1)
    if run.draw.v6:
        advertise_router(t.r3 if side == "server" else t.r1, "r3_s" if side == "server" else "r1_c",
                         t.macs["r3_s" if side == "server" else "r1_c"])
        time.sleep(0.3)
    return child


def advertise_router(host, device, mac):
    """lwIP takes its IPv6 router from nowhere but an advertisement (RFC 4861 4.2)."""
    s = host.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
    s.sendto(struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0) + b"\1\1" + mac, ("ff02::1", 0))
    s.close()


def lwip_end(run, kind):
    """A connection to lwIP's port of that kind, used a little."""
    c = run.dial(PORT + kind)
    for _ in range(run.rng.randint(0, 3) if kind == 0 else 0):
        run.ask(c)
        run.pause(0.1)
    return c


@scenario({"server": "closed_port"}, diagnosis={"server": "closed_port"}, **PLAIN)
def lwip_closed_port(run):
    lwip(run, "server", "server", PORT)
    finish(lwip_end(run, 0))
    for _ in range(run.rng.randint(1, 3)):
        run.try_dial(run.rng.randint(30001, 32000))
    run.settle()


@scenario({"server": "abort"}, diagnosis={"server": "none|unread_data"}, **PLAIN)
def lwip_abort(run):
    lwip(run, "server", "server", PORT)
    other = lwip_end(run, 0)
    for _ in range(run.rng.randint(1, 2)):
        c = lwip_end(run, 1)
        run.ask(c, 500)
        run.drain(c, run.topology.rtt + 0.4)
        c.close()
    finish(other)
    run.settle()


@scenario({"server": "late_data|abort|no_socket"}, **PLAIN,
          diagnosis={"server": "stale_connection|idle_close_race|unread_data"})
def lwip_late_data(run):
    """lwIP closes after its answer; the client sends another request."""
    lwip(run, "server", "server", PORT)
    other = lwip_end(run, 0)
    c = lwip_end(run, 2)
    run.ask(c, 500)
    run.settle(1, 0.2)
    run.send(c, request(200, 10))
    run.settle(2)
    c.close()
    finish(other)
    run.settle()


@scenario({"server": "abort|late_data"}, diagnosis={"server": "unread_data"}, **PLAIN)
def lwip_unread(run):
    """lwIP closes with a request in its buffer."""
    lwip(run, "server", "server", PORT)
    c = lwip_end(run, 3)
    run.ask(c, 500)
    run.send(c, request(400, 10))
    run.drain(c, run.topology.rtt + 0.9)
    c.close()
    run.settle()


@scenario({"server": "half_open|no_socket"}, diagnosis={"server": "host_restarted"}, **PLAIN)
def lwip_restarted(run):
    """The device restarts: lwIP knows nothing of the connections it had."""
    child = lwip(run, "server", "server", PORT)
    clients = [lwip_end(run, 0) for _ in range(run.rng.randint(1, 3))]
    child.kill()
    child.wait()
    time.sleep(0.2)
    lwip(run, "server", "server", PORT)
    for c in clients:
        run.send(c, request(200, 100))
        run.pause(0.1)
    run.settle(1.5)
    for c in clients:
        c.close()
    finish(lwip_end(run, 0))
    run.settle()


def lwip_client(name, how, cause, diagnosis):
    def play(run):
        run.listen()
        child = lwip(run, "client", "client", run.topology.server_ip, run.draw.port, how, run.rng.randint(0, 3))
        run.note["rc"] = child.wait(timeout=20)
        run.settle(2)
    scenario({"client": cause, "server": "late_data|half_open|echo"}, name=name, diagnosis={"client": diagnosis},
             **PLAIN)(play)


lwip_client("lwip_client_abort", "abort", "abort", "none|unread_data")
lwip_client("lwip_client_unread", "unread", "abort|late_data", "unread_data")
lwip_client("lwip_client_late", "late", "late_data|abort|no_socket", "teardown|unread_data|none")


def behind_tap(run, start):
    """The server's namespace hands what comes for its address to a user-space stack on a tap; returns the host behind.

    start(host, path of the server's namespace) runs the stack in the namespace of the host behind.
    """
    t = run.topology
    run.other_stacks.add("server")
    behind = Namespace("behind")
    run.behind = behind
    t.server.sysctl(ipv4__ip_forward=1, ipv4__conf__all__rp_filter=0, ipv4__conf__default__rp_filter=0)
    t.server.ip(f"addr del {t.server_ip}/24 dev server", "addr add 169.254.77.1/32 dev server")
    behind.ip(f"addr add {t.server_ip}/32 dev lo")
    start(behind, t.server.path)
    for _ in range(100):
        if "tap0" in t.server.run("ip", "-o", "link"):
            break
        time.sleep(0.05)
    time.sleep(0.3)
    route_into_tap(run)
    t.server.nft("table ip hide {\n chain post {\n  type nat hook postrouting priority srcnat;\n"
                 "  oifname tap0 masquerade\n }\n}\n")
    return behind


def route_into_tap(run):
    """After the stack has set its own routes."""
    t = run.topology
    gateway = ":".join(f"{b:02x}" for b in t.macs["r3_s"])
    t.server.run("ip", "route", "flush", "exact", "default", check=False)
    t.server.ip(f"route replace {t.server_gw} dev server",
                f"neigh replace {t.server_gw} lladdr {gateway} nud permanent dev server",
                f"route replace default via {t.server_gw} onlink dev server",
                f"route replace {t.server_ip}/32 dev tap0",
                f"neigh replace {t.server_ip} lladdr 52:55:0a:00:02:02 nud permanent dev tap0")


def slirp(run):
    def start(behind, path):
        run.stack = run.program(behind, "slirp4netns", "--configure", "--disable-host-loopback", "--netns-type=path",
                                path, "tap0")
    return behind_tap(run, start)


SLIRP = dict(v6=False, loss=0, dup=0, offload=False)


@scenario({"server": "closed_port"}, diagnosis={"server": "closed_port"}, **SLIRP)
def slirp_closed_port(run):
    """libslirp finds nothing behind it and refuses in the server's name."""
    behind = slirp(run)
    run.listen(host=behind)
    run.background()
    for _ in range(run.rng.randint(1, 3)):
        run.try_dial(run.rng.randint(30001, 32000))
        run.pause()
    run.settle()


@scenario({"server": "abort|late_data|no_socket"}, diagnosis={"server": "none|unread_data"}, **SLIRP)
def slirp_server_aborts(run):
    """The server behind libslirp aborts; libslirp passes that on in its own way."""
    def handler(c):
        wanted = read_head(c)
        c.sendall(answer(wanted or 100))
        read_head(c)
        linger_abort(c)

    behind = slirp(run)
    run.listen(8081, handler, host=behind)
    for _ in range(run.rng.randint(1, 2)):
        c = run.dial(8081)
        run.ask(c, 300)
        run.send(c, request(200, 10))
        run.drain(c, run.topology.rtt + 0.5)
        run.send(c, request(200, 10))
        run.settle(1.5)
        c.close()
    run.settle()
