# SPDX-License-Identifier: GPL-2.0-or-later
"""Hard negatives of the path: genuine resets that routes, losses, delays and boxes make look forged.

All hard negatives have names that start with neg_, by which score.py counts how many of them are called injected.
"""
import time

from endpoints import Kept, answer, linger_abort, read_head, request
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


@scenario({"server": "abort"}, diagnosis="none|unread_data")
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


@scenario({"server": "abort", "client": "abort"}, diagnosis="none|unread_data")
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


@scenario({"server": "abort"}, diagnosis="none|unread_data")
def neg_rst_takes_other_way(run):
    """Only the RST takes the other way: faster or slower, and with another TTL."""
    run.wire("s", "<", alt_rst=1, alt_hops=max(0, run.draw.hops_s + run.rng.choice((-2, 2, 4))),
             alt_us=run.rng.choice((0, -run.draw.delay_s // 3, 3000)))
    run.listen()
    run.background()
    _, end = server_ends(run, linger_abort)
    end()


@scenario({"server": "closed_port"}, diagnosis="closed_port")
def neg_ecmp_closed_port(run):
    """A closed port of a host that is reached by two ways."""
    run.wire("s", "<", alt=500000, alt_hops=run.draw.hops_s + run.rng.randint(1, 4), alt_us=run.rng.randint(0, 3000))
    run.listen()
    run.background()
    for _ in range(run.rng.randint(2, 4)):
        run.try_dial(run.rng.randint(30001, 32000))


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


@scenario({"server": "idle_timeout|abort"}, diagnosis="idle_close")
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


@scenario({"client": "abort"}, loss=0, diagnosis="none|unread_data|teardown")
def neg_burst(run):
    """One close, and a RST for each segment that was still on its way."""
    run.listen()
    c = run.dial()
    run.talk(c, 1, 2)
    run.send(c, request(200, 200000))
    time.sleep(run.topology.rtt * run.rng.uniform(1.5, 3))
    linger_abort(c)
    run.settle(2)


@scenario({"server": "abort", "client": "abort"}, diagnosis="none|unread_data")
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


@scenario({"server": "abort"}, loss=0, jitter=0, dup=0)
def neg_data_behind_rst(run):
    """Data sent before the RST arrives after it: the network reordered them."""
    def how(c):
        linger_abort(c)

    _, end = server_ends(run, how, bulk=run.rng.randint(300, 5000))
    run.wire(run.rng.choice("cs"), "<", hold_us=run.rng.randint(1000, 25000), hold_data=run.rng.randint(1, 2))
    end()


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


@scenario({"server": "abort"}, dscp=-1, diagnosis="none|unread_data")
def neg_dscp_change(run):
    """The path starts to rewrite DSCP just before the RST."""
    _, end = server_ends(run, linger_abort)
    run.wire("s", "<", dscp=run.rng.choice((8, 10, 46)))
    end()


@scenario({"server": "closed_port"}, delay_c=300, delay_s=150, jitter=0.3, diagnosis="closed_port")
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
