# SPDX-License-Identifier: GPL-2.0-or-later
"""Hard negatives: genuine resets that look forged, and captures that hide what would acquit them.

Their names start with neg_, by which score.py counts how many of them are called injected.
"""
import socket
import time

from endpoints import Kept, answer, finish, linger_abort, read_head, request
from pcapng import RST, SYN
from registry import scenario


def server_ends(run, how, bulk=0):
    """A connection that the server ends badly after some exchanges; returns the client's socket."""
    kept = Kept()
    run.listen(8081, kept.handler)
    c = run.dial(8081)
    run.talk(c, 1, 3)

    def end():
        s = kept.take()
        if bulk:
            s.sendall(answer(bulk))
        how(s)
        run.drain(c, run.topology.rtt + 0.3)
        c.close()
        run.settle()
    return c, end


def vary_route(run):
    """Another way of another length, in the direction toward the client."""
    shift = run.rng.choice((-3, -2, -1, 1, 2, 3, 5))
    link = run.rng.choice("cs")
    now = run.draw.hops_c + run.draw.back_c if link == "c" else run.draw.hops_s + run.draw.back_s
    run.wire(link, "<", hops=max(0, max(0, now) + shift) if max(0, now) + shift >= 0 else max(0, now) + 3)


@scenario({"server": "abort"})
def neg_route_change(run):
    """The route changes between the last data and a genuine RST."""
    run.listen()
    run.background()
    _, end = server_ends(run, linger_abort)
    vary_route(run)
    end()


@scenario({"server": "late_data|half_open|no_socket"})
def neg_route_change_reply(run):
    """The same with a bare RST in answer to data."""
    run.listen()
    run.background()
    kept = Kept()
    run.listen(8081, kept.handler)
    c = run.dial(8081)
    run.talk(c, 1, 3)
    kept.take().close()
    run.settle()
    vary_route(run)
    run.send(c, request(200, 10))
    run.settle(1.5)
    c.close()


@scenario({"server": "abort", "client": "abort"})
def neg_ecmp(run):
    """Two ways of different length, drawn for each packet."""
    run.wire("s", "<", alt=500000, alt_hops=run.draw.hops_s + run.rng.randint(1, 4), alt_us=run.rng.randint(0, 4000))
    run.wire("s", ">", alt=500000, alt_hops=run.draw.hops_s + run.rng.randint(1, 4), alt_us=run.rng.randint(0, 4000))
    run.listen()
    run.background()
    _, end = server_ends(run, linger_abort)
    end()
    c = run.dial()
    run.talk(c, 1, 3)
    linger_abort(c)
    run.settle(2)


@scenario({"server": "abort"})
def neg_rst_takes_other_way(run):
    """Only the RST takes the other way: faster or slower, and with another TTL."""
    run.wire("s", "<", alt_rst=1, alt_hops=max(0, run.draw.hops_s + run.rng.choice((-2, 2, 4))),
             alt_us=run.rng.choice((0, -run.draw.delay_s // 3, 3000)))
    run.listen()
    run.background()
    _, end = server_ends(run, linger_abort)
    end()


@scenario({"server": "closed_port"})
def neg_ecmp_closed_port(run):
    """A closed port of a host that is reached by two ways."""
    run.wire("s", "<", alt=500000, alt_hops=run.draw.hops_s + run.rng.randint(1, 4), alt_us=run.rng.randint(0, 3000))
    run.listen()
    run.background()
    for _ in range(run.rng.randint(2, 4)):
        run.try_dial(run.rng.randint(30001, 32000))


def one_direction(run, client_kept):
    client = run.topology.packed(run.topology.client_ip)
    for point in ("client", "mid_c", "mid_s", "server"):
        run.post[point] = lambda segments: [
            i for i, s in enumerate(segments) if s and (s.source == client) == client_kept]


@scenario({"client": "abort"})
def neg_one_way_client(run):
    """Only the client's packets were captured; it aborts."""
    run.listen()
    run.background()
    c = run.dial()
    run.talk(c, 1, 3)
    run.send(c, request(200, 20000))
    time.sleep(run.topology.rtt * run.rng.uniform(0.5, 1.5))
    linger_abort(c)
    run.settle(2)
    one_direction(run, True)


@scenario({"server": "late_data|half_open|no_socket"})
def neg_one_way_server(run):
    """Only the server's packets were captured; it answers late data."""
    run.listen()
    kept = Kept()
    run.listen(8081, kept.handler)
    run.background()
    c = run.dial(8081)
    run.talk(c, 1, 3)
    kept.take().close()
    run.settle()
    for _ in range(run.rng.randint(1, 3)):
        run.send(c, request(200, 10))
    run.settle(1.5)
    c.close()
    one_direction(run, False)


@scenario({"server": "abort"}, loss=40000, dup=0)
def neg_loss_and_reordering(run):
    """A bad path around a genuine abort in the middle of bulk data."""
    for link in "cs":
        for way in "<>":
            run.wire(link, way, reorder=100000, reorder_us=run.rng.randint(500, 6000))
    run.listen()
    _, end = server_ends(run, linger_abort, bulk=run.rng.randint(8000, 40000))
    end()


@scenario({"client": "abort"}, loss=30000, dup=20000)
def neg_bad_path_client_abort(run):
    for way in "<>":
        run.wire("s", way, reorder=80000, reorder_us=run.rng.randint(500, 6000))
    run.listen()
    c = run.dial()
    run.talk(c, 1, 2)
    run.send(c, request(200, 30000))
    time.sleep(run.topology.rtt * run.rng.uniform(0.8, 2))
    linger_abort(c)
    run.settle(3)


@scenario({"server": "idle_timeout|abort"})
def neg_long_idle(run):
    """The server's own idle timer: several connections, reset after the same while."""
    idle = run.rng.uniform(1.2, 2.0)

    def handler(c):
        read_head(c)
        c.sendall(answer(300))
        time.sleep(idle)
        linger_abort(c)

    run.listen(8081, handler)
    connections = []
    for _ in range(run.rng.randint(1, 4)):
        c = run.dial(8081)
        run.ask(c, 300)
        connections.append(c)
        run.pause(0.2)
    time.sleep(idle)
    run.settle()


@scenario({"server": "abort"}, loss=0, jitter=0, dup=0)
def neg_rst_beyond_lost(run):
    """The data before the RST got lost: it lies beyond what the receiver has."""
    _, end = server_ends(run, linger_abort, bulk=run.rng.randint(1500, 9000))
    run.wire(run.rng.choice("cs"), "<", drop_data=run.rng.randint(1, 3))
    end()


@scenario({"client": "abort"}, loss=0)
def neg_burst(run):
    """One close, and a RST for each segment that was still on its way."""
    run.listen()
    c = run.dial()
    run.talk(c, 1, 2)
    run.send(c, request(200, 200000))
    time.sleep(run.topology.rtt * run.rng.uniform(1.5, 3))
    linger_abort(c)
    run.settle(2)


@scenario({"server": "abort", "client": "abort"})
def neg_ttl_normaliser(run):
    """The box sets every TTL to the same, except on RSTs."""
    ttl, kind = run.rng.choice((64, 128, 200)), "ip6" if run.draw.v6 else "ip"
    what = "hoplimit" if run.draw.v6 else "ttl"
    run.topology.r2.nft(f"table {kind} scrub {{\n chain post {{\n type filter hook postrouting priority mangle;\n"
                        f"  tcp flags & rst == 0 {kind} {what} set {ttl}\n }}\n}}\n")
    run.listen()
    run.background()
    _, end = server_ends(run, linger_abort)
    end()
    c = run.dial()
    run.talk(c, 1, 2)
    linger_abort(c)
    run.settle()


def mangle_resets(run, host, statements):
    """A host of another make: its RSTs differ from its data."""
    kind = "ip6" if run.draw.v6 else "ip"
    rules = "\n".join("  tcp flags & rst == rst " + s for s in statements)
    host.nft(f"table {kind} make {{\n chain out {{\n type filter hook output priority mangle;\n{rules}\n }}\n}}\n")


def ttl_of_resets(run, ttl):
    return f"ip6 hoplimit set {ttl}" if run.draw.v6 else f"ip ttl set {ttl}"


@scenario({"server": "abort", "client": "abort"}, server_ttl=64, client_ttl=64)
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


@scenario({"server": "late_data|half_open|no_socket"}, server_ttl=64)
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


@scenario({"server": "abort", "client": "abort"}, v6=False, server_ttl=128, client_ttl=128)
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


@scenario({"server": "abort"}, loss=0, jitter=0, dup=0)
def neg_data_behind_rst(run):
    """Data sent before the RST arrives after it: the network reordered them."""
    def how(c):
        linger_abort(c)

    _, end = server_ends(run, how, bulk=run.rng.randint(300, 5000))
    run.wire(run.rng.choice("cs"), "<", hold_us=run.rng.randint(1000, 25000), hold_data=run.rng.randint(1, 2))
    end()


@scenario({"server": "abort", "client": "abort"}, loss=0, dup=0)
def neg_duplicated_frames(run):
    """The capture holds frames twice, as from two SPAN ports."""
    run.listen()
    run.background()
    _, end = server_ends(run, linger_abort)
    end()
    c = run.dial()
    run.talk(c, 1, 2)
    run.send(c, request(200, 9000))
    time.sleep(run.topology.rtt)
    linger_abort(c)
    run.settle(2)
    every, share = run.rng.random() < 0.5, run.rng.uniform(0.2, 0.6)
    for point in ("client", "mid_c", "mid_s", "server"):
        run.post[point] = lambda segments: [
            i for i in range(len(segments)) for _ in range(2 if every or run.rng.random() < share else 1)]


def cut_start(run, connections_only=True):
    """The capture begins after the handshakes."""
    share = run.rng.uniform(0.3, 0.8)

    def choose(segments):
        first = next((i for i, s in enumerate(segments) if s and s.flags & RST), len(segments))
        start = int(first * share)
        return [i for i, s in enumerate(segments)
                if i >= start and not (connections_only and s and s.flags & SYN)]
    for point in ("client", "mid_c", "mid_s", "server"):
        run.post[point] = choose


@scenario({"server": "abort"})
def neg_midstream_server_abort(run):
    _, end = server_ends(run, linger_abort)
    end()
    cut_start(run)


@scenario({"client": "abort"})
def neg_midstream_client_abort(run):
    run.listen()
    c = run.dial()
    run.talk(c, 2, 4)
    linger_abort(c)
    run.settle(2)
    cut_start(run)


@scenario({"server": "late_data|half_open|no_socket"})
def neg_midstream_late_data(run):
    kept = Kept()
    run.listen(8081, kept.handler)
    c = run.dial(8081)
    run.talk(c, 2, 4)
    kept.take().close()
    run.settle()
    run.send(c, request(200, 10))
    run.settle(1.5)
    c.close()
    cut_start(run)


@scenario({"server": "abort|unknown", "client": "abort|unknown"})
def neg_only_resets(run):
    """A capture filter kept nothing but the resets."""
    run.listen()
    _, end = server_ends(run, linger_abort)
    end()
    c = run.dial()
    run.talk(c, 1, 2)
    linger_abort(c)
    run.settle()
    for point in ("client", "mid_c", "mid_s", "server"):
        run.post[point] = lambda segments: [i for i, s in enumerate(segments) if s and s.flags & RST]


@scenario({"server": "half_open|no_socket"}, spare=True, loss=0, dup=0)
def neg_failover(run):
    """The address moves to a second server, which knows nothing of the connection and resets it."""
    t = run.topology
    if run.rng.random() < 0.5:
        t.spare.sysctl(ipv4__ip_default_ttl=run.rng.choice((64, 128, 255)))
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


@scenario({"client": "abort"}, loss=0, dup=0)
def neg_rst_lost(run):
    """The first RST gets lost; the server goes on until a second one answers it."""
    def handler(c):
        read_head(c)
        for _ in range(8):
            c.sendall(answer(600))
            time.sleep(run.topology.rtt / 3 + 0.005)

    run.listen(8081, handler)
    c = run.dial(8081)
    run.send(c, request(200, 10))
    run.settle(1)
    run.wire("s", ">", drop_rst=1)
    linger_abort(c)
    run.settle(4)


@scenario({"server": "abort"}, offload=True, snaplen=96, loss=0)
def neg_offload_bulk(run):
    """Segmentation and receive offload at the ends: frames larger than the line's, cut by the snap length."""
    run.listen()
    run.background()
    _, end = server_ends(run, linger_abort, bulk=run.rng.randint(20000, 90000))
    end()


@scenario({"server": "abort"}, dscp=-1)
def neg_dscp_change(run):
    """The path starts to rewrite DSCP just before the RST."""
    _, end = server_ends(run, linger_abort)
    run.wire("s", "<", dscp=run.rng.choice((8, 10, 46)))
    end()


@scenario({"server": "closed_port"}, delay_c=300, delay_s=150, jitter=0.3)
def neg_near_server(run):
    """A server in the next rack refuses within half a millisecond."""
    run.listen()
    run.background()
    for _ in range(run.rng.randint(1, 3)):
        run.try_dial(run.rng.randint(30001, 32000))
        run.pause()


@scenario({"server": "late_data|half_open|no_socket"}, loss=0)
def neg_delay_drops(run):
    """The path gets much faster just before a genuine answer: faster than any round trip before."""
    kept = Kept()
    run.listen(8081, kept.handler)
    c = run.dial(8081)
    run.talk(c, 1, 3)
    kept.take().close()
    run.settle()
    for way in "<>":
        run.wire("s", way, delay=run.draw.delay_s // 3, jitter=0)
    run.settle(0.3)
    run.send(c, request(200, 10))
    run.settle(1.5)
    c.close()


@scenario({"server": "policy_reject"}, server_ttl=64)
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
