# SPDX-License-Identifier: GPL-2.0-or-later
"""Hard negatives of harder paths: far reordering, other IP-IDs, classes that overtake, gateway failover, captures that
start late or copy.
"""
import time

from endpoints import answer, linger_abort, read_head, request
from pcapng import SYN
from registry import scenario
from scenarios_injector import BAD, browse, some_ttl
from scenarios_negative import server_ends

NOTHING = "none|unread_data"


def abort_amid_data(run, bulk):
    """A server that aborts with so many octets under way, and a client that aborts while an answer comes."""
    run.listen()
    run.background()
    _, end = server_ends(run, linger_abort, bulk=bulk)
    end()
    c = run.dial()
    run.talk(c, 1, 2)
    run.send(c, request(200, 20_000))
    time.sleep(run.topology.rtt * run.rng.uniform(0.8, 2))
    linger_abort(c)


@scenario({"server": "abort", "client": "abort"}, diagnosis=NOTHING, loss=0)
def neg_reordered_far(run):
    """Packets are overtaken by up to 120 ms, as behind bonded radio links."""
    for link in "cs":
        for way in "<>":
            run.wire(link, way, reorder=run.rng.choice((50_000, 150_000)), reorder_us=run.rng.randint(20_000, 120_000))
    abort_amid_data(run, bulk=run.rng.randint(0, 20_000))
    time.sleep(0.15)
    run.settle(2)


@scenario({"server": "abort", "client": "abort"}, diagnosis=NOTHING, loss=0)
def neg_bonded_unequal(run):
    """Two bonded links, one of them slower by 5 to 60 ms: each packet takes either."""
    for way in "<>":
        run.wire("s", way, alt=500_000, alt_hops=run.draw.hops_s, alt_us=run.rng.randint(5_000, 60_000))
    run.listen()
    run.background()
    _, end = server_ends(run, linger_abort, bulk=run.rng.randint(0, 20_000))
    end()
    c = run.dial()
    run.talk(c, 1, 3)
    linger_abort(c)
    time.sleep(0.07)
    run.settle(2)


@scenario({"server": "abort|late_data", "client": "abort|late_data"}, diagnosis=NOTHING, v6=False, loss=0, dup=0)
def neg_ip_id_zero(run):
    """Hosts that send IP-ID 0 in everything they mark as not to be fragmented."""
    for host in (run.topology.server, run.topology.client):
        host.nft("table ip make {\n chain out {\n type filter hook output priority mangle;\n"
                 "  meta l4proto tcp ip id set 0\n }\n}\n")
    ends_of_both(run)


@scenario({"server": "abort|late_data", "client": "abort|late_data"}, diagnosis=NOTHING, v6=False, loss=0, dup=0)
def neg_ip_id_from_few(run):
    """Hosts that draw each IP-ID anew, here from sixteen values."""
    values = ", ".join(f"{i} : {run.rng.randint(1, 65535)}" for i in range(16))
    for host in (run.topology.server, run.topology.client):
        host.nft("table ip make {\n chain out {\n type filter hook output priority mangle;\n"
                 f"  meta l4proto tcp ip id set numgen random mod 16 map {{ {values} }}\n }}\n}}\n")
    ends_of_both(run)


def ends_of_both(run):
    run.listen()
    run.background()
    _, end = server_ends(run, linger_abort)
    end()
    c = run.dial()
    run.talk(c, 1, 3)
    linger_abort(c)
    run.settle(2)


@scenario({"server": "abort"}, diagnosis=NOTHING, loss=0, dup=0)
def neg_gateway_fails_over(run):
    """The client's gateway fails over to its partner, with another MAC and another way, just before a genuine reset."""
    t, mac = run.topology, f"02:00:5e:00:01:{run.rng.randint(1, 250):02x}"
    run.listen()
    run.background()
    _, end = server_ends(run, linger_abort)
    t.r1.ip(f"link set r1_c address {mac}")
    t.client.ip(f"neigh replace {t.client_gw} lladdr {mac} nud permanent dev client")
    shift = run.rng.randint(1, 4)
    run.wire("c", "<", hops=run.draw.hops_c + shift)
    run.wire("c", ">", hops=run.draw.hops_c + shift)
    end()


@scenario({"server": "late_data"}, diagnosis="stale_connection|idle_close_race|unread_data|none", loss=0, dup=0)
def neg_one_point_starts_late(run):
    """Two capture points, one of which starts when the connection is under way."""
    def handler(c):
        wanted = read_head(c)
        c.sendall(answer(wanted or 100))
        c.close()

    run.listen(8081, handler)
    c = run.dial(8081)
    run.ask(c, 3000)
    run.settle(1)
    run.send(c, request(200, 10))
    run.settle(1.5)
    c.close()
    late, share = run.rng.choice(("client", "server")), run.rng.uniform(0.3, 0.7)

    def from_there(segments):
        start = int(len(segments) * share)
        return [i for i, s in enumerate(segments) if i >= start and not (s and s.flags & SYN)]
    run.post[late] = from_there


@scenario({"server": "abort|late_data", "client": "abort|late_data"}, diagnosis=NOTHING, loss=0, dup=0)
def neg_span_copies(run):
    """A mirror port delivers most packets twice, the copy 1 microsecond to 3 ms later."""
    ends_of_both(run)
    longest, share = 10 ** run.rng.uniform(3, 6.48), run.rng.uniform(0.5, 1)

    def copies(point):
        def choose(segments):
            when = [frame.time for frame, _ in run.frames[point]]
            both = [(when[i], i, 0) for i in range(len(segments))]
            both += [(when[i] + later / 1e9, i, later) for i in range(len(segments)) if run.rng.random() < share
                     for later in (int(run.rng.uniform(1000, longest)),)]
            return [(i, later) for _, i, later in sorted(both)]
        return choose
    for point in ("client", "mid_c", "mid_s", "server"):
        run.post[point] = copies(point)


@scenario({"server": "abort|late_data", "client": "abort|late_data"}, diagnosis=NOTHING, loss=0, dup=0, dscp=-1,
          delay_s=lambda rng: rng.randint(15_000, 50_000))
def neg_dscp_overtakes(run):
    """Hosts mark what is small as urgent, and the network lets it overtake the rest: resets pass data under way."""
    kind = "ip6" if run.draw.v6 else "ip"
    for host in (run.topology.server, run.topology.client):
        host.nft(f"table {kind} classes {{\n chain out {{\n  type filter hook output priority mangle;\n"
                 f"  meta l4proto tcp meta length < 120 {kind} dscp set ef\n }}\n}}\n")
    sooner = run.rng.randint(5_000, 14_000)
    for way in "<>":
        run.wire("s", way, fast_dscp=46, fast_us=sooner)
    abort_amid_data(run, bulk=run.rng.randint(3_000, 30_000))
    run.settle(2)


@scenario({"server": "abort|late_data", "client": "abort|late_data"}, diagnosis=NOTHING, loss=0, dup=0)
def neg_forwarded_copies(run):
    """A mirror of both sides of a router, in one file: each packet twice, the copy with TTL - 1 and other MACs."""
    run.mirror_router = True
    ends_of_both(run)


@scenario({"intermediary": "blocked_content", "client": "echo", "server": "echo"}, loss=0, dup=0,
          diagnosis={"intermediary": "blocked_content|none"})
def forwarded_copies_injected(run):
    """The same mirror; the router itself resets both ends, so each of its resets is there once."""
    run.mirror_router = True
    run.listen()
    run.background()
    run.inject(keyword=BAD, flags=run.rng.choice(("R", "RA")), ttl=some_ttl(run))
    browse(run)
