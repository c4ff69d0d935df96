# SPDX-License-Identifier: GPL-2.0-or-later
"""Root causes on the path: MTU black holes, a path that is cut, timers of devices, flushed tables, translation."""
import socket
import time

from endpoints import linger_abort, read_head, request
from registry import scenario
from scenarios_middlebox import MISCONFIGURED
from scenarios_programs import several

STRICT = ["ct state established,related accept", "tcp flags & (syn | ack) == syn accept", "meta l4proto tcp drop"]


def shrink(run, interface):
    """A smaller MTU behind the router, which is not allowed to say so."""
    mtu = run.rng.choice((1280, 1300, 1380, 1420) if run.draw.v6 else (1000, 1280, 1380, 1420, 1450))
    run.note["mtu"] = mtu
    r2 = run.topology.r2
    r2.nft("table inet quiet {\n chain out {\n type filter hook output priority filter;\n"
           "  icmp type destination-unreachable drop\n"
           "  icmpv6 type packet-too-big drop\n }\n}\n")
    r2.ip(f"link set {interface} mtu {mtu}")


@scenario({"client": "abort|retransmission_timeout"}, diagnosis={"client": "path_mtu"}, loss=0, dup=0, offload=False)
def mtu_hole_upload(run):
    """Small requests pass, uploads of full-size segments vanish; the client gives up."""
    shrink(run, "mid_s")
    run.listen()

    def one():
        c = run.dial()
        run.talk(c, 1, 2)
        run.send(c, request(sizes.pop(), 100))
        run.drain(c, waits.pop())
        linger_abort(c)
    sizes = [run.rng.randint(3000, 20000) for _ in range(5)]
    waits = [run.rng.uniform(2.0, 4.5) for _ in range(5)]
    several(run, one, 1, 3)
    run.settle(2)


@scenario({"client": "abort"}, diagnosis={"client": "path_mtu|response_timeout"}, loss=0, dup=0, offload=False)
def mtu_hole_download(run):
    """The other way round: the request arrives, the full-size segments of the answer do not, its small tail does."""
    shrink(run, "mid_c")
    run.listen()

    def one():
        c = run.dial()
        run.ask(c, 300, 200)
        run.send(c, request(150, sizes.pop()))
        run.drain(c, waits.pop())
        linger_abort(c)
    sizes = [run.rng.randint(3000, 9000) for _ in range(5)]
    waits = [run.rng.uniform(2.0, 4.5) for _ in range(5)]
    several(run, one, 1, 3)
    run.settle(2)


@scenario({"client": "abort|retransmission_timeout"}, loss=0, dup=0,
          diagnosis={"client": "peer_vanished|response_timeout"})
def peer_gone(run):
    """The path is cut: small and large segments alike go unanswered until the client gives up."""
    run.listen()
    clients = [run.dial() for _ in range(run.rng.randint(1, 3))]
    for c in clients:
        run.talk(c, 1, 2)
    for way in "<>":
        run.wire("s", way, drop_all=1)
    for c in clients:
        run.send(c, request(run.rng.choice((150, 400, 4000)), 100))
        run.pause(0.3)
    for c in clients:
        time.sleep(run.rng.uniform(1, 2))
        linger_abort(c)
    run.settle()


@scenario({"client": "abort|retransmission_timeout|idle_timeout", "server": "abort"},
          diagnosis={"client": "idle_timeout|peer_vanished"}, loss=0, dup=0)
def silent_drop_after_idle(run):
    """The firewall forgot what was idle for 1 s and drops in silence; the client repeats itself, then resets."""
    run.note["scale"] = "30 min are 1 s"
    run.topology.r2.sysctl(netfilter__nf_conntrack_tcp_loose=0, netfilter__nf_conntrack_tcp_timeout_established=1)
    run.firewall(STRICT)
    run.listen()

    def one():
        c = run.dial()
        for _ in range(2):
            run.ask(c, 300)
            time.sleep(shorts.pop())
        run.ask(c, 300)
        time.sleep(longs.pop())
        run.send(c, request(200, 300))
        run.drain(c, waits.pop())
        linger_abort(c)
    shorts = [run.rng.uniform(0.1, 0.6) for _ in range(12)]
    longs = [run.rng.uniform(2.2, 3.5) for _ in range(5)]
    waits = [run.rng.uniform(2.0, 3.5) for _ in range(5)]
    several(run, one, 2, 4)
    run.settle()


@scenario({"intermediary": "idle_timeout|state_loss|invalid_state", "client": "echo", "server": "echo"},
          diagnosis={"intermediary": "idle_timeout"}, loss=0)
def idle_timer_with_survivors(run):
    """Connections idle for less than the firewall's timer live, those idle for longer are rejected."""
    run.note["scale"] = "1 h is 1..2 s"
    timer = run.rng.choice((1, 2))
    run.topology.r2.sysctl(netfilter__nf_conntrack_tcp_loose=0, netfilter__nf_conntrack_tcp_timeout_established=timer)
    run.firewall(MISCONFIGURED)
    run.listen()

    def one():
        c = run.dial()
        idle = idles.pop()
        run.ask(c, 300)
        time.sleep(idle)
        run.send(c, request(300, 300))
        run.drain(c, run.topology.rtt + 0.2)
        c.close()
    idles = [timer * x for x in (0.3, 0.6, 2.3, 2.8, 3.1)]
    several(run, one, 5, 5)
    run.settle()


@scenario({"intermediary": "idle_timeout|state_loss|no_socket|invalid_state", "server": "echo|no_socket",
           "client": "no_socket|late_data|echo"},
          diagnosis={"intermediary": "half_closed_timeout", "server": "none|half_closed_timeout",
                     "client": "none|half_closed_timeout"}, loss=0, dup=0)
def half_closed_forgotten_by_firewall(run):
    """The client has said all and half-closed; the answer takes longer than the firewall keeps half-closed entries."""
    run.note["scale"] = "2 min are 1 s"
    run.topology.r2.sysctl(netfilter__nf_conntrack_tcp_loose=0, **{
        f"netfilter__nf_conntrack_tcp_timeout_{name}": 1
        for name in ("fin_wait", "close_wait", "last_ack", "time_wait")})
    run.firewall(MISCONFIGURED)

    def handler(c):
        wanted = read_head(c)
        c.sendall(b"HTTP/1.1 200 OK\r\n")
        time.sleep(2.3 + wanted / 1000)
        c.sendall(b"Content-Length: 2000\r\n\r\n" + b"y" * 2000)
        c.close()

    run.listen(handler=handler)

    def one():
        c = run.dial()
        run.send(c, request(200, lates.pop()))
        c.shutdown(socket.SHUT_WR)
        run.drain(c, 4.5)
        c.close()
    lates = [run.rng.randint(0, 900) for _ in range(5)]
    several(run, one, 1, 4)
    run.settle(2)


@scenario({"intermediary": "state_loss|invalid_state|policy_reject", "client": "echo", "server": "echo"},
          diagnosis={"intermediary": "state_loss"}, loss=0)
def table_flushed_under_load(run):
    """The firewall's table is flushed: every open connection, idle or busy, is rejected with its next packet."""
    run.topology.r2.sysctl(netfilter__nf_conntrack_tcp_loose=0)
    run.firewall(MISCONFIGURED)
    run.listen()
    clients = [run.dial() for _ in range(run.rng.randint(3, 7))]
    for c in clients:
        run.talk(c, 0, 1)
        run.ask(c, 100)
    run.topology.r2.run("conntrack", "-F")
    for c in clients:
        run.send(c, request(300, 500))
        time.sleep(run.rng.uniform(0, 0.05))
    for c in clients:
        run.drain(c, run.topology.rtt + 0.1)
        c.close()
    run.settle()


@scenario({"intermediary": "state_loss|invalid_state|policy_reject|idle_timeout", "client": "echo", "server": "echo"},
          diagnosis={"intermediary": "state_loss|idle_timeout"}, loss=0, dup=0)
def table_full_evicts(run):
    """The firewall's table is full: each new connection costs the one unused for longest its entry.

    From outside that is a timer whose time varies with the load, so idle_timeout is allowed.
    """
    run.note["rule"] = "conntrack -D stands in for the full table, whose size is not a namespace's own"
    room = run.rng.randint(3, 5)
    run.topology.r2.sysctl(netfilter__nf_conntrack_tcp_loose=0)
    run.firewall(MISCONFIGURED)
    run.listen()
    clients = []
    for i in range(room + run.rng.randint(1, 4)):
        if i >= room:
            port = str(clients[i - room].getsockname()[1])
            run.topology.r2.run("conntrack", "-D", "-p", "tcp", "--orig-port-src", port,
                                *(("-f", "ipv6") if run.draw.v6 else ()))
        clients.append(run.dial())
        run.ask(clients[-1])
        run.pause(0.1)
    for c in clients:
        run.send(c, request(300, 500))
        run.pause(0.05)
    for c in clients:
        run.drain(c, run.topology.rtt + 0.1)
        c.close()
    run.settle()


def clear_of_conntrack(run, port):
    """r2 with a service address: DNAT to the server; what the rule of escape() matches is not translated."""
    t = run.topology
    vip = f"{t.server_net}{'fe' if run.draw.v6 else '251'}"
    t.r2.nft("table inet nat {\n chain pre {\n type nat hook prerouting priority dstnat;\n"
             f"  iifname mid_c {'ip6' if run.draw.v6 else 'ip'} daddr {vip} tcp dport {port} dnat "
             f"{'ip6' if run.draw.v6 else 'ip'} to {t.server_ip}\n }}\n}}\n")
    return vip


@scenario({"client": "no_socket|closed_port", "server": "echo|half_open|no_socket"}, crossing="nat", loss=0, dup=0,
          diagnosis={"client": "untranslated", "server": "untranslated|none"})
def escapes_translation(run):
    """A service address is translated; one segment of the answer is INVALID to conntrack and arrives from the server's
    own address. The client's kernel knows no such connection and resets it, which hits the server's.

    The kernel no longer judges late duplicates INVALID, so a rule stands in for it: notrack for the nth segment.
    """
    t, port = run.topology, run.draw.port
    vip = clear_of_conntrack(run, port)
    run.note["rule"] = "notrack for one segment of each connection stands in for ct state invalid"
    run.listen()

    def one():
        c = run.dial(to=vip)
        run.talk(c, 1, 2)
        sport = c.getsockname()[1]
        t.r2.nft(f"table inet escape{sport} {{\n chain raw {{\n type filter hook prerouting priority raw;\n"
                 f"  iifname mid_s tcp sport {port} tcp dport {sport} tcp flags & (psh | ack) == ack limit rate 1/hour "
                 "burst 1 packets notrack\n"
                 f"  iifname mid_s tcp sport {port} tcp dport {sport} tcp flags & psh == psh limit rate 1/hour "
                 "burst 1 packets notrack\n }\n}\n")
        run.send(c, request(200, sizes.pop()))
        run.drain(c, run.topology.rtt * 2 + 0.8)
        run.send(c, request(200, 100))
        run.drain(c, run.topology.rtt * 2 + 0.3)
        c.close()
    sizes = [run.rng.randint(3000, 40000) for _ in range(5)]
    several(run, one, 1, 3)
    run.settle(2)
