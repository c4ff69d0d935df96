# SPDX-License-Identifier: GPL-2.0-or-later
"""Root causes on the path and in the hosts' memory of it: black holes, timers, translation, restarts, other machines."""
import socket
import struct
import time

from endpoints import Kept, answer, finish, linger_abort, read_head, request
from registry import scenario
from scenarios_middlebox import MISCONFIGURED
from scenarios_pools import LONG
from scenarios_programs import several
from scenarios_states import vanish

STRICT = ["ct state established,related accept", "tcp flags & (syn | ack) == syn accept", "meta l4proto tcp drop"]


def shrink(run, interface):
    """A smaller MTU behind the router, which is not allowed to say so."""
    mtu = run.rng.choice((1280, 1300, 1380, 1420) if run.draw.v6 else (1000, 1280, 1380, 1420, 1450))
    run.note["mtu"] = mtu
    r2 = run.topology.r2
    r2.nft("table inet quiet {\n chain out {\n type filter hook output priority filter;\n  icmp type destination-unreachable drop\n"
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


@scenario({"client": "abort|retransmission_timeout"}, diagnosis={"client": "peer_vanished|response_timeout"}, loss=0, dup=0)
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


@scenario({"intermediary": "idle_timeout|state_loss|no_socket|invalid_state", "server": "echo|no_socket", "client": "no_socket|late_data|echo"},
          diagnosis={"intermediary": "half_closed_timeout", "server": "none|half_closed_timeout",
                     "client": "none|half_closed_timeout"}, loss=0, dup=0)
def half_closed_forgotten_by_firewall(run):
    """The client has said all and half-closed; the answer takes longer than the firewall keeps half-closed entries."""
    run.note["scale"] = "2 min are 1 s"
    run.topology.r2.sysctl(netfilter__nf_conntrack_tcp_loose=0, **{
        f"netfilter__nf_conntrack_tcp_timeout_{name}": 1 for name in ("fin_wait", "close_wait", "last_ack", "time_wait")})
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


@scenario({"server": "half_open|no_socket"}, diagnosis={"server": "host_restarted"}, loss=0, dup=0)
def server_rebooted(run):
    """Power loss and restart: the host knows none of its connections, on any port, but listens again."""
    kept = Kept()
    run.listen(8081, kept.handler)
    run.listen(8082, kept.handler)
    clients = [run.dial(run.rng.choice((8081, 8082))) for _ in range(run.rng.randint(3, 8))]
    for c in clients:
        run.ask(c, 200)
    run.settle(0.7)
    for i in range(len(kept)):
        vanish(kept.take(i))
    time.sleep(run.rng.uniform(0.2, 1))
    for c in clients:
        run.send(c, request(200, 100))
        run.pause(0.15)
    run.settle(1.2)
    for c in clients:
        c.close()
    c = run.dial(8081)
    finish(c)
    run.settle()


@scenario({"client": "half_open|challenge_ack|time_wait"}, diagnosis={"client": "port_reuse"}, loss=0, dup=0, jitter=0)
def ports_reused_established(run):
    """A client that lost its state dials again from the same few ports, which the server still holds."""
    kept = Kept()
    ports = run.rng.sample(range(40000, 50000), run.rng.randint(2, 4))
    run.listen(8081, kept.handler)
    for sport in ports:
        c = run.dial(8081, sport)
        run.ask(c, 100)
        vanish(c)
    run.pause(0.6)

    def again(sport):
        def body():
            c = run.dial(8081, sport, timeout=6)
            run.ask(c, 100)
            finish(c)
        return body
    run.together([again(s) for s in ports])
    run.settle()


@scenario({"server": "half_open|no_socket", "client": "echo|teardown"}, spare=True, loss=0, dup=0,
          diagnosis={"server": "backend_changed", "client": "none"})
def rehash_moves_connections(run):
    """An ECMP group loses a member: every segment now goes to another server of the same address."""
    t = run.topology
    ttl = run.rng.choice((run.draw.server_ttl, 64, 128, 255))
    t.spare.sysctl(ipv4__ip_default_ttl=ttl, ipv6__conf__spare__hop_limit=ttl)
    run.listen()
    run.listen(host=t.spare)
    clients = [run.dial() for _ in range(run.rng.randint(2, 5))]
    for c in clients:
        run.ask(c, 300)
    run.settle()
    to_spare(run)
    for c in clients:
        run.send(c, request(200, 100))
        run.pause(0.2)
    run.settle(1.2)
    for c in clients:
        c.close()
    c = run.dial()
    run.ask(c, 100)
    finish(c)
    run.settle()


def to_spare(run, mark=""):
    """Everything, or what has the mark, goes to the second server."""
    t = run.topology
    six, length = ("-6", 128) if run.draw.v6 else ("-4", 32)
    t.r3.run("ip", six, "rule", "add", *(("fwmark", mark) if mark else ("to", f"{t.server_ip}/{length}")), "lookup", "101")
    t.r3.run("ip", six, "route", "add", f"{t.server_ip}/{length}", "dev", "r3_x", "table", "101")
    t.r3.ip(f"neigh replace {t.server_ip} lladdr {':'.join(f'{b:02x}' for b in t.macs['spare'])} "
            "nud permanent dev r3_x")


@scenario({"server": "half_open|no_socket", "client": "echo|half_open|challenge_ack"}, spare=True, loss=0, dup=0,
          diagnosis={"server": "backend_changed", "client": "none|backend_changed"})
def balancer_splits_handshake(run):
    """A balancer that counts packets: the SYN goes to one server, the handshake's ACK to the other."""
    t = run.topology
    run.listen()
    run.listen(host=t.spare)
    to_spare(run, "7")
    t.r3.nft("table inet split {\n chain pre {\n  type filter hook prerouting priority mangle;\n"
             f"  iifname r3_m tcp dport {run.draw.port} numgen inc mod 2 == 1 meta mark set 7\n }}\n}}\n")
    for _ in range(run.rng.randint(2, 5)):
        c = run.try_dial(timeout=1.5)
        if c:
            run.send(c, request(200, 100))
            run.drain(c, run.topology.rtt + 0.2)
            c.close()
        run.settle(0.7)
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


@scenario({"server": "abort", "client": "abort"}, diagnosis={"server": "zero_window|unread_data", "client": "zero_window"},
          loss=0, dup=0)
def reader_stuck(run):
    """The server stopped reading: its window is zero for seconds, probes are answered, then one side gives up."""
    sender_gives_up = run.rng.random() < 0.6
    wait = run.rng.uniform(2.5, 4.5)

    def handler(c):
        c.recv(100)
        time.sleep(wait + (2 if sender_gives_up else 0))
        c.close()

    run.listen(handler=handler, sockopts={(socket.SOL_SOCKET, socket.SO_RCVBUF): run.rng.choice((4000, 8000, 20000))})

    def one():
        c = run.dial()
        c.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 60000)
        c.settimeout(wait)
        run.send(c, b"log line that nobody reads\n" * 8000)
        if sender_gives_up:
            linger_abort(c)
        else:
            run.drain(c, 2)
            c.close()
    several(run, one, 1, 3)
    run.settle(4)


TCP_MD5SIG = 14


def sign(run, connection, peer, port, key=b"lab secret"):
    """RFC 2385: everything on this socket is signed."""
    t = run.topology
    address = (struct.pack("=HHI16sI", socket.AF_INET6, socket.htons(port), 0, t.packed(peer), 0) if run.draw.v6
               else struct.pack("=HH4s", socket.AF_INET, socket.htons(port), t.packed(peer))).ljust(128, b"\0")
    connection.setsockopt(socket.IPPROTO_TCP, TCP_MD5SIG, address + struct.pack("=BBHI", 0, 0, len(key), 0)
                          + key.ljust(80, b"\0"))


def signed_pair(run, kept):
    """A signed session as BGP has it; both ends know the key."""
    t = run.topology
    listener = run.listen(179, None)
    sign(run, listener, t.client_ip, 0)
    c = t.client.socket(t.family)
    sign(run, c, t.server_ip, 179)
    c.settimeout(4)
    c.connect((t.server_ip, 179))
    s, _ = listener.accept()
    kept.append(s)
    for _ in range(run.rng.randint(1, 4)):
        keep = b"\xff" * 16 + b"\0\x13\x04"
        c.sendall(keep)
        s.recv(100)
        s.sendall(keep)
        c.recv(100)
        run.pause(0.3)
    return c, listener


@scenario({"server": "policy_reject|half_open"}, diagnosis={"server": "unsigned_reset"}, loss=0, dup=0)
def md5_rejected_by_own_firewall(run):
    """The server's own filter rejects a signed session: its reset carries no signature, so the client keeps the session."""
    kept = []
    c, _ = signed_pair(run, kept)
    run.firewall(["tcp dport 179 REJECT", "tcp dport 179 drop"], hook="input", host=run.topology.server)
    for _ in range(run.rng.randint(1, 3)):
        run.send(c, b"\xff" * 16 + b"\0\x13\x04")
        run.settle(1)
    time.sleep(0.5)
    run.inert = lambda s: True
    vanish(c)
    vanish(kept[0])


@scenario({"intermediary": "policy_reject|half_open"}, diagnosis={"intermediary": "unsigned_reset|policy_reject"}, loss=0, dup=0)
def md5_rejected_on_the_path(run):
    """A router's filter rejects a signed session; the endpoints drop its unsigned resets."""
    kept = []
    c, _ = signed_pair(run, kept)
    run.firewall(["tcp dport 179 REJECT", "tcp dport 179 drop"])
    for _ in range(run.rng.randint(1, 3)):
        run.send(c, b"\xff" * 16 + b"\0\x13\x04")
        run.settle(1)
    time.sleep(0.5)
    run.inert = lambda s: True
    vanish(c)
    vanish(kept[0])


@scenario({"server": "closed_port|no_socket", "client": "abort"}, diagnosis={"server": "none|half_open|host_restarted", "client": "none"},
          loss=0, dup=0)
def neg_md5_both_sign(run):
    """A signed session ends with a signed reset: harmless."""
    kept = []
    c, listener = signed_pair(run, kept)
    linger_abort(c)
    run.settle(2)
    kept[0].close()
    listener.close()
