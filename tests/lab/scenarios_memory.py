# SPDX-License-Identifier: GPL-2.0-or-later
"""Root causes in what hosts remember: restarts, ports used again, other machines, stuck readers, signed sessions."""
import socket
import struct
import time

from endpoints import Kept, finish, linger_abort, request
from namespaces import Namespace
from registry import scenario
from scenarios_hosts import of_another_machine
from scenarios_programs import several
from scenarios_states import vanish


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
          diagnosis={"server": of_another_machine, "client": "none"})
def rehash_moves_connections(run):
    """An ECMP group loses a member: every segment now goes to another server of the same address."""
    t = run.topology
    ttl = run.note["spare_ttl"] = run.rng.choice((run.draw.server_ttl, 64, 128, 255))
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
    which = ("fwmark", mark) if mark else ("to", f"{t.server_ip}/{length}")
    t.r3.run("ip", six, "rule", "add", *which, "lookup", "101")
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


@scenario({"server": "abort", "client": "abort"},
          diagnosis={"server": "zero_window|unread_data", "client": "zero_window"},
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
    """The server's own filter rejects a signed session: its reset has no signature and changes nothing."""
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


@scenario({"intermediary": "policy_reject|half_open"}, loss=0, dup=0,
          diagnosis={"intermediary": "unsigned_reset|policy_reject"})
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


@scenario({"server": "closed_port|no_socket", "client": "abort"},
          diagnosis={"server": "none|host_restarted", "client": "none"},
          loss=0, dup=0)
def neg_md5_both_sign(run):
    """A signed session ends with a signed reset: harmless."""
    kept = []
    c, listener = signed_pair(run, kept)
    linger_abort(c)
    run.settle(2)
    kept[0].close()
    listener.close()


def on_one_link(run):
    """Two hosts with one address on the client's own link; returns address, MAC addresses and hosts."""
    t, mac = run.topology, ":".join(f"{b:02x}" for b in run.topology.macs["r1_c"])
    client = ":".join(f"{b:02x}" for b in t.macs["client"])
    address = t.client_net + ("63" if run.draw.v6 else "252")
    nodad = " nodad" if run.draw.v6 else ""
    t.r1.ip("link add brc type bridge", f"link set brc address {mac}", f"addr del {t.client_gw}/{t.mask} dev r1_c",
            "link set r1_c master brc", "link set brc up", f"addr add {t.client_gw}/{t.mask} dev brc{nodad}",
            f"neigh add {t.client_ip} lladdr {client} nud permanent dev brc")
    macs = []
    for i in (1, 2):
        twin = Namespace(f"twin{i}")
        macs.append(f"02:00:5e:00:54:{run.rng.randint(1, 250):02x}")
        t.r1.ip(f"link add tw{i} type veth peer name eth netns {twin.path} address {macs[-1]}",
                f"link set tw{i} master brc", f"link set tw{i} up")
        twin.sysctl(ipv6__conf__all__accept_dad=0, ipv6__conf__default__accept_dad=0)
        twin.ip("link set eth up", f"addr add {address}/{t.mask} dev eth{nodad}",
                f"neigh add {t.client_ip} lladdr {client} nud permanent dev eth")
        ttl = run.rng.choice((64, 64, 128, 255))
        twin.sysctl(ipv4__ip_default_ttl=ttl, ipv6__conf__eth__hop_limit=ttl)
        twin.offload("eth", False)
        run.twins.append(twin)
    run.on_link.append(address)
    return address, macs, run.twins


@scenario({"server": "half_open|no_socket|closed_port"}, diagnosis={"server": "address_conflict|backend_changed"},
          loss=0, dup=0, offload=False)
def two_machines_one_address(run):
    """Two machines on the client's link use one address; whose MAC the client has learnt last gets its segments."""
    address, macs, twins = on_one_link(run)
    run.listen(host=twins[0])
    run.listen(8099, host=twins[1])

    def learn(which):
        run.topology.client.ip(f"neigh replace {address} lladdr {macs[which]} nud permanent dev client")

    for _ in range(run.rng.randint(2, 4)):
        learn(0)
        c = run.dial(to=address)
        run.talk(c, 1, 2)
        learn(1)
        run.send(c, request(200, 100))
        run.drain(c, 0.3)
        c.close()
        run.pause(0.3)
        if run.rng.random() < 0.5:
            run.try_dial(to=address)
    learn(0)
    c = run.dial(to=address)
    run.ask(c, 100)
    finish(c)
