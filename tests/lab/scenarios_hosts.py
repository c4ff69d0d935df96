# SPDX-License-Identifier: GPL-2.0-or-later
"""Hard negatives of the hosts: stacks, firewalls and farms whose genuine resets differ from their data."""
import socket

from endpoints import Kept, answer, finish, linger_abort, read_head, request
from registry import scenario
from scenarios_negative import server_ends


def mangle_resets(run, host, statements):
    """A host of another make: its RSTs differ from its data."""
    kind = "ip6" if run.draw.v6 else "ip"
    rules = "\n".join("  tcp flags & rst == rst " + s for s in statements)
    host.nft(f"table {kind} make {{\n chain out {{\n type filter hook output priority mangle;\n{rules}\n }}\n}}\n")


def ttl_of_resets(run, ttl):
    return f"ip6 hoplimit set {ttl}" if run.draw.v6 else f"ip ttl set {ttl}"


@scenario({"server": "abort", "client": "abort"}, server_ttl=64, client_ttl=64, diagnosis="none|unread_data")
def neg_resets_with_other_ttl(run):
    """A stack that sends resets with another initial TTL than data."""
    ttl = run.rng.choice((128, 255))
    mangle_resets(run, run.topology.server, [ttl_of_resets(run, ttl)])
    mangle_resets(run, run.topology.client, [ttl_of_resets(run, ttl)])
    run.listen()
    run.background()
    _, end = server_ends(run, linger_abort)
    end()
    c = run.dial()
    run.talk(c, 1, 2)
    linger_abort(c)
    run.settle()


@scenario({"server": "late_data|half_open|no_socket"}, server_ttl=64,
          diagnosis="stale_connection|idle_close_race|teardown")
def neg_socket_ttl(run):
    """The application set its socket's TTL; the kernel's bare RST for late data has the default."""
    run.listen()
    run.background()
    kept, ttl = Kept(), run.rng.choice((128, 255, 100))
    option = (socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS) if run.draw.v6 else (socket.IPPROTO_IP, socket.IP_TTL)
    run.listen(8081, kept.handler, sockopts={option: ttl})
    c = run.dial(8081)
    run.talk(c, 1, 3)
    kept.take().close()
    run.settle()
    run.send(c, request(200, 10))
    run.settle(1.5)
    c.close()


@scenario({"server": "abort", "client": "abort"}, v6=False, server_ttl=128, client_ttl=128,
          diagnosis="none|unread_data")
def neg_windows_like(run):
    """Aborts with window zero and without timestamps, as Windows sends them."""
    for host in (run.topology.server, run.topology.client):
        mangle_resets(run, host, ["tcp window set 0", "reset tcp option timestamp"])
    run.listen()
    run.background()
    _, end = server_ends(run, linger_abort)
    end()
    c = run.dial()
    run.talk(c, 1, 2)
    linger_abort(c)
    run.settle()


@scenario({"server": "late_data|closed_port|half_open|no_socket"}, v6=False)
def neg_random_ip_id(run):
    """An old kernel: bare resets have an IP-ID from another counter than the connection's data."""
    mangle_resets(run, run.topology.server, [f"ip id set {run.rng.randint(1, 65535)}"])
    kept = Kept()
    run.listen()
    run.listen(8081, kept.handler)
    run.background()
    c = run.dial(8081)
    run.talk(c, 1, 3)
    kept.take().close()
    run.settle()
    run.send(c, request(200, 10))
    run.settle(1.5)
    c.close()
    run.try_dial(run.rng.randint(30001, 32000))


def of_another_machine(run, _root, _place):
    """Two machines that begin with the same TTL: a bare reset shows nothing else, so one that restarted looks alike."""
    return "backend_changed" if run.note["spare_ttl"] != run.draw.server_ttl else "backend_changed|host_restarted"


@scenario({"server": "half_open|no_socket"}, spare=True, loss=0, dup=0, diagnosis=of_another_machine)
def neg_failover(run):
    """The address moves to a second server, which knows nothing of the connection and resets it."""
    t = run.topology
    run.note["spare_ttl"] = run.draw.server_ttl
    if run.rng.random() < 0.5:
        ttl = run.note["spare_ttl"] = run.rng.choice((64, 128, 255))
        t.spare.sysctl(ipv4__ip_default_ttl=ttl, ipv6__conf__spare__hop_limit=ttl)
    run.listen()
    run.background()
    c = run.dial()
    run.talk(c, 1, 3)
    run.finish_others()
    run.settle()
    prefix = f"{t.server_ip}/128" if run.draw.v6 else f"{t.server_ip}/32"
    t.r3.ip(f"route replace {prefix} dev r3_x",
            f"neigh replace {t.server_ip} lladdr {':'.join(f'{b:02x}' for b in t.macs['spare'])} "
            "nud permanent dev r3_x")
    run.send(c, request(200, 100))
    run.drain(c, t.rtt + 0.2)
    c.close()
    run.settle()


@scenario({"server": "abort"}, loss=0, dup=0)
def neg_port_reused(run):
    """After a genuine RST the client takes the same port again: the server is alive, but in another connection."""
    sport, turn = run.rng.randint(40000, 50000), []

    def handler(c):
        turn.append(c)
        while (wanted := read_head(c)) is not None:
            c.sendall(answer(wanted))
            if len(turn) == 1:
                linger_abort(c)
                return

    run.listen(8081, handler)
    c = run.dial(8081, sport)
    run.ask(c)
    run.drain(c, run.topology.rtt + 0.2)
    c.close()
    c = run.dial(8081, sport)
    run.talk(c, 1, 2)
    finish(c)
    run.settle()


@scenario({"server": "policy_reject"}, server_ttl=64, diagnosis="policy_reject|host_restarted|none")
def neg_host_firewall_other_ttl(run):
    """The server's own firewall rejects with the default TTL what its application sends with another."""
    ttl = run.rng.choice((128, 255))
    option = (socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS) if run.draw.v6 else (socket.IPPROTO_IP, socket.IP_TTL)
    run.listen(8081, sockopts={option: ttl})
    c = run.dial(8081)
    run.talk(c, 1, 3)
    run.firewall(["tcp dport 8081 REJECT", "tcp dport 8081 drop"], hook="input", host=run.topology.server)
    run.send(c, request(300, 500))
    run.drain(c, run.topology.rtt + 0.2)
    c.close()
    run.settle()


@scenario({"server": "abort", "client": "abort"}, spare=True, loss=0, dup=0, diagnosis="none|unread_data")
def neg_server_farm(run):
    """One address, two servers: ports are forwarded to hosts of different make and distance."""
    farm(run, 8081)
    run.listen()
    run.background()
    kept = Kept()
    run.listen(8081, kept.handler, host=run.topology.spare)
    c = run.dial(8081)
    run.talk(c, 1, 3)
    linger_abort(kept.take())
    run.drain(c, run.topology.rtt + 0.3)
    c.close()
    run.settle()


@scenario({"server": "closed_port"}, spare=True, loss=0, dup=0, diagnosis="closed_port")
def neg_server_farm_closed_port(run):
    """The refusing host is not the one that the address's other connections have shown."""
    blocked = run.rng.randint(30001, 32000)
    farm(run, blocked)
    run.listen()
    run.background()
    c = run.dial()
    run.talk(c, 1, 2)
    for _ in range(run.rng.randint(1, 3)):
        run.try_dial(blocked)
        run.pause()
    run.others.append(c)


def farm(run, port):
    """Segments to this port go to the second server, whose initial TTL may be another."""
    t = run.topology
    ttl = run.rng.choice((64, 128, 255))
    t.spare.sysctl(ipv4__ip_default_ttl=ttl, ipv6__conf__spare__hop_limit=ttl)
    six, length = ("-6", 128) if run.draw.v6 else ("-4", 32)
    t.r3.run("ip", six, "rule", "add", "ipproto", "tcp", "dport", str(port), "lookup", "101")
    t.r3.run("ip", six, "route", "add", f"{t.server_ip}/{length}", "dev", "r3_x", "table", "101")
    t.r3.ip(f"neigh replace {t.server_ip} lladdr {':'.join(f'{b:02x}' for b in t.macs['spare'])} "
            "nud permanent dev r3_x")
