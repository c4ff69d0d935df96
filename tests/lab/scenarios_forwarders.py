# SPDX-License-Identifier: GPL-2.0-or-later
"""User-space stacks that stand before a real server: libslirp (slirp4netns) and pasta.

They end every connection that is routed into their tap and open one of their own behind it: the server's namespace
routes there, and a namespace behind it, not on the captured path, holds the real server.
"""
import time

from endpoints import answer, linger_abort, read_head, request
from namespaces import Namespace
from registry import scenario


def behind_tap(run, start):
    """The server's namespace hands what comes for its address to a user-space stack on a tap; returns the host behind.

    start(host behind) runs the stack there, with its tap in the server's namespace.
    """
    t = run.topology
    run.other_stacks.add("server")
    behind = Namespace("behind")
    run.behind = behind
    t.server.sysctl(ipv4__ip_forward=1, ipv4__conf__all__rp_filter=0, ipv4__conf__default__rp_filter=0)
    t.server.ip(f"addr del {t.server_ip}/24 dev server", "addr add 169.254.77.1/32 dev server")
    behind.ip(f"addr add {t.server_ip}/32 dev lo")
    start(behind)
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
    def start(behind):
        path = run.topology.server.path
        run.program(behind, "slirp4netns", "--configure", "--disable-host-loopback", "--netns-type=path", path, "tap0")
    return behind_tap(run, start)


def pasta(run):
    """passt's stack in the form for namespaces. It wants a default route where its sockets are.

    That of Debian 12 answers a SYN to a closed port with RST without ACK, which a client in SYN-SENT must ignore
    (RFC 9293 3.10.7.3).
    """
    def start(behind):
        behind.ip("link add out type veth peer name nowhere", "link set nowhere up", "addr add 192.0.0.2/24 dev out",
                  "link set out up", "route add default via 192.0.0.1")
        fd = run.topology.server.fd
        run.program(behind, "pasta", "--foreground", "--quiet", "--ipv4-only", "--config-net", "--runas", "0",
                    "--ns-ifname", "tap0", "-t", "none", "-u", "none", "-T", "none", "-U", "none", "--no-dhcp",
                    "--netns-only", "--netns", f"/proc/self/fd/{fd}", pass_fds=(fd,))
    return behind_tap(run, start)


PLAIN = dict(v6=False, loss=0, dup=0, offload=False)


def closed_port(run, start):
    """The stack finds nothing behind it and refuses in the server's name."""
    behind = start(run)
    run.listen(host=behind)
    run.background()
    for _ in range(run.rng.randint(1, 3)):
        run.try_dial(run.rng.randint(30001, 32000))
        run.pause()
    run.settle()


def server_aborts(run, start):
    """The server behind it aborts; the stack passes that on in its own way."""
    def handler(c):
        wanted = read_head(c)
        c.sendall(answer(wanted or 100))
        read_head(c)
        linger_abort(c)

    behind = start(run)
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


def late_data(run, start):
    """The server behind it closes after its answer; the client sends on."""
    def handler(c):
        wanted = read_head(c)
        c.sendall(answer(wanted or 100))
        c.close()

    behind = start(run)
    run.listen(8081, handler, host=behind)
    for _ in range(run.rng.randint(1, 2)):
        c = run.dial(8081)
        run.ask(c, 300)
        run.settle(1, 0.2)
        for _ in range(2):
            run.send(c, request(200, 10))
            run.settle(1.5, 0.1)
        c.close()
    run.settle()


for name, start_stack in (("slirp", slirp), ("pasta", pasta)):
    for play, cause, why in (
            (closed_port, "closed_port", "closed_port"),
            (server_aborts, "abort|late_data|no_socket", "none|unread_data"),
            (late_data, "late_data|abort|no_socket", "stale_connection|idle_close_race|unread_data")):
        scenario({"server": cause}, name=f"{name}_{play.__name__}", diagnosis={"server": why}, **PLAIN)(
            lambda run, play=play, start_stack=start_stack: play(run, start_stack))
