# SPDX-License-Identifier: GPL-2.0-or-later
"""Other stacks than Linux's as endpoints, on a tap in the place of the host's kernel: lwIP, LWIPv6, gVisor's netstack.

Each speaks for itself, with the host's address and MAC (LWIPv6 with a MAC of its own), and is told the same words; see
lwip_host.c.
"""
import os
import socket
import struct
import time

from endpoints import finish, request
from registry import scenario

PORT = 8090
PLAIN = dict(loss=0, dup=0, offload=False)
SILENT = "02:00:5e:00:53:01"   # the kernel's own MAC where another stack has taken over the host's


def take_over(run, side):
    """Takes the address from the host's kernel and bridges its interface to a tap."""
    t = run.topology
    host = t.server if side == "server" else t.client
    if side not in run.other_stacks:
        run.other_stacks.add(side)
        host.sysctl(ipv6__conf__all__disable_ipv6=1)
        host.ip(f"addr flush dev {side}", f"link set {side} address {SILENT}", "tuntap add dev tap0 mode tap",
                "link add br0 type bridge", f"link set {side} master br0", "link set tap0 master br0",
                "link set tap0 up", "link set br0 up")
    return host


def stack(run, side, program, *words, ttl=0):
    """Puts a program in the place of the client's or the server's kernel; again after its end."""
    t = run.topology
    gateway, address = (t.server_gw, t.server_ip) if side == "server" else (t.client_gw, t.client_ip)
    host = take_over(run, side)
    mac = ":".join(f"{b:02x}" for b in t.macs[side])
    child = run.program(host, run.built(program), mac, address, gateway, *map(str, words), stdout=-1,
                        env={**os.environ, "PRECONFIGURED_TAPIF": "tap0", "LAB_TTL": str(ttl or "")})
    if child.stdout.readline() != b"ready\n":
        raise RuntimeError(program + " did not start")
    time.sleep(0.1)
    return child


def lwip(run, side, *words):
    t = run.topology
    child = stack(run, side, "lwip_host", *words)
    if run.draw.v6:
        device = "r3_s" if side == "server" else "r1_c"
        advertise_router(t.r3 if side == "server" else t.r1, device, t.macs[device])
        time.sleep(0.3)
    return child


def lwipv6(run, side, *words):
    """Its MAC is its own, so the router must ask for it."""
    t = run.topology
    address, router, device = (t.server_ip, t.r3, "r3_s") if side == "server" else (t.client_ip, t.r1, "r1_c")
    child = stack(run, side, "lwipv6_host", *words)
    router.run("ip", "neigh", "del", address, "dev", device, check=False)
    return child


def gvisor(run, side, *words):
    if not hasattr(run, "own_ttl"):
        run.own_ttl = run.rng.choice((64, 128, 255))
    return stack(run, side, "gvisor_host", *words, ttl=run.own_ttl)


def advertise_router(host, device, mac):
    """lwIP takes its IPv6 router from nowhere but an advertisement (RFC 4861 4.2)."""
    s = host.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
    s.sendto(struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0) + b"\1\1" + mac, ("ff02::1", 0))
    s.close()



def ask_it(run, kind):
    """A connection to the stack's port of that kind, used a little."""
    c = run.dial(PORT + kind)
    for _ in range(run.rng.randint(0, 3) if kind == 0 else 0):
        run.ask(c)
        run.pause(0.1)
    return c


def closed_port(run, start):
    """Nothing listens there; the stack answers the SYN."""
    start(run, "server", "server", PORT)
    finish(ask_it(run, 0))
    for _ in range(run.rng.randint(1, 3)):
        run.try_dial(run.rng.randint(30001, 32000))
    run.settle()


def abort(run, start):
    """SO_LINGER 0 after the answer."""
    start(run, "server", "server", PORT)
    other = ask_it(run, 0)
    for _ in range(run.rng.randint(1, 2)):
        c = ask_it(run, 1)
        run.ask(c, 500)
        run.drain(c, run.topology.rtt + 0.4)
        c.close()
    finish(other)
    run.settle()


def late_data(run, start):
    """The stack closes after its answer; the client sends another request."""
    start(run, "server", "server", PORT)
    other = ask_it(run, 0)
    c = ask_it(run, 2)
    run.ask(c, 500)
    run.settle(1, 0.2)
    run.send(c, request(200, 10))
    run.settle(2)
    c.close()
    finish(other)
    run.settle()


def unread(run, start):
    """It closes with a request in its buffer."""
    start(run, "server", "server", PORT)
    c = ask_it(run, 3)
    run.ask(c, 500)
    run.send(c, request(400, 10))
    run.drain(c, run.topology.rtt + 0.9)
    c.close()
    run.settle()


def restarted(run, start):
    """The device restarts: it knows nothing of the connections it had."""
    child = start(run, "server", "server", PORT)
    clients = [ask_it(run, 0) for _ in range(run.rng.randint(1, 3))]
    child.kill()
    child.wait()
    time.sleep(0.2)
    start(run, "server", "server", PORT)
    for c in clients:
        run.send(c, request(200, 100))
        run.pause(0.1)
    run.settle(1.5)
    for c in clients:
        c.close()
    finish(ask_it(run, 0))
    run.settle()


def client_ends(how):
    def play(run, start):
        """The stack is the client."""
        run.listen()
        child = start(run, "client", "client", run.topology.server_ip, run.draw.port, how, run.rng.randint(0, 3))
        run.note["rc"] = child.wait(timeout=20)
        run.settle(2)
    return play


# what is played: causes, diagnosis
PLAYS = {
    "closed_port": (closed_port, {"server": "closed_port"}, {"server": "closed_port"}),
    "abort": (abort, {"server": "abort"}, {"server": "none|unread_data"}),
    "late_data": (late_data, {"server": "late_data|abort|no_socket"},
                  {"server": "stale_connection|idle_close_race|unread_data"}),
    "unread": (unread, {"server": "abort|late_data"}, {"server": "unread_data"}),
    "restarted": (restarted, {"server": "half_open|no_socket"}, {"server": "host_restarted"}),
    "client_abort": (client_ends("abort"), {"client": "abort", "server": "late_data|half_open|echo"},
                     {"client": "none|unread_data"}),
    "client_unread": (client_ends("unread"), {"client": "abort|late_data", "server": "late_data|half_open|echo"},
                      {"client": "unread_data"}),
    "client_late": (client_ends("late"), {"client": "late_data|abort|no_socket",
                                          "server": "late_data|half_open|echo"},
                    {"client": "teardown|unread_data|none"}),
}


def again(run, root, _):
    """These stacks write RST+ACK where they know nothing too, so a second reset need not follow from the first."""
    return "echo|" + run.cause[root.origin].removesuffix("|echo")


def register(name, start, plays):
    for play in plays:
        function, cause, diagnosis = PLAYS[play]
        scenario(cause, again, name=f"{name}_{play}", diagnosis=diagnosis, needs=(name + "_host",), **PLAIN)(
            lambda run, function=function: function(run, start))


register("lwip", lwip, PLAYS)
register("gvisor", gvisor, PLAYS)
# It ends no connection by a reset. After a restart its resets lie one above what the peer expects, so that RFC 5961
# has them challenged and the half-open connection lives on.
register("lwipv6", lwipv6, ("closed_port", "restarted"))
