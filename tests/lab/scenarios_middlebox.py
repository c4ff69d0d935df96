# SPDX-License-Identifier: GPL-2.0-or-later
"""Resets that firewalls and NATs on the path send, or provoke."""
import time

from endpoints import Kept, answer, finish, linger_abort, read_head, request, serve
from pcapng import RST
from registry import scenario
from scenarios_states import raw_segment, send_next

ECHO = {"client": "echo", "server": "echo"}
MISCONFIGURED = ["ct state established,related accept", "tcp flags & (syn | ack) == syn accept", "REJECT"]


def refused(run, root, _place):
    """A filter's refusal in the name of a host of which that point saw nothing else: a closed port looks the same."""
    heard = any(s and s.source == root.segment.source and not s.flags & RST for _, s in run.frames[root.point])
    return "policy_reject|unconditional_block" + ("" if heard else "|closed_port")


@scenario({"intermediary": "policy_reject"}, diagnosis={"intermediary": refused})
def reject_on_syn(run):
    """A firewall rejects connections to one port with a reset."""
    blocked = run.rng.randint(30001, 32000)
    run.listen()
    run.listen(blocked)
    run.firewall([f"tcp dport {blocked} REJECT"])
    run.background()
    for _ in range(run.rng.randint(1, 2)):
        run.try_dial(blocked)
        run.pause()


@scenario({"intermediary": "policy_reject"}, diagnosis={"intermediary": refused})
def reject_on_syn_all(run):
    """Nothing else of the server is ever seen: the firewall rejects whatever comes."""
    run.firewall(["iifname mid_c meta l4proto tcp REJECT"])
    for _ in range(run.rng.randint(1, 4)):
        run.try_dial(run.rng.randint(20, 30000))
        run.pause()


@scenario({"intermediary": "policy_reject", **ECHO}, diagnosis={"intermediary": "policy_reject"})
def reject_midstream(run):
    """A rule that comes while the connection is open: every later segment of the client is rejected."""
    run.listen()
    run.listen(8081)
    run.background()
    c = run.dial(8081)
    run.talk(c, 1, 3)
    run.firewall(["tcp dport 8081 REJECT", "tcp dport 8081 drop"])
    run.send(c, request(300, 500))
    run.drain(c, run.topology.rtt * 2 + 0.2)
    c.close()
    run.settle()


@scenario({"intermediary": "policy_reject", **ECHO}, diagnosis={"intermediary": "policy_reject"})
def reject_midstream_answer(run):
    """The same for the server's segments: the reset goes to the server and bears the client's address."""
    kept = Kept()
    run.listen()
    run.listen(8081, kept.handler)
    run.background()
    c = run.dial(8081)
    run.talk(c, 1, 3)
    run.firewall(["tcp sport 8081 REJECT", "tcp sport 8081 drop"])
    run.send(kept.take(), answer(run.rng.randint(100, 5000)))
    run.settle()
    run.send(c, request(200, 10))
    run.settle(2)
    c.close()


@scenario({"intermediary": "blocked_content|policy_reject", **ECHO},
          diagnosis={"intermediary": "blocked_content|policy_reject"})
def reject_payload(run):
    """A content rule: requests that start with a forbidden word never reach the server."""
    run.listen()
    run.firewall(["@ih,0,32 0x4556494c REJECT", "@ih,0,32 0x4556494c drop"])
    run.background()
    c = run.dial()
    run.talk(c, 0, 3)
    run.send(c, b"EVIL" + b" content" * run.rng.randint(5, 100))
    run.drain(c, run.topology.rtt + 0.2)
    c.close()
    run.settle()


@scenario({"intermediary": "blocked_content|policy_reject", **ECHO},
          diagnosis={"intermediary": "blocked_content|policy_reject"})
def reject_payload_answer(run):
    """A content rule on what the server sends: the server is reset, the client waits."""
    def handler(c):
        read_head(c)
        c.sendall(b"EVIL" + b" content" * 50)
        time.sleep(1)
        c.close()

    run.listen()
    run.listen(8081, handler)
    run.firewall(["@ih,0,32 0x4556494c REJECT", "@ih,0,32 0x4556494c drop"])
    run.background()
    c = run.dial(8081)
    run.send(c, request(200, 10))
    run.settle(1.5)
    run.send(c, request(200, 10))     # the server is gone by now
    run.settle(1.5)
    c.close()
    run.settle()


@scenario({"intermediary": "state_loss|invalid_state|policy_reject", **ECHO}, loss=0,
          diagnosis={"intermediary": "state_loss|invalid_state|policy_reject"})
def conntrack_deleted(run):
    """An administrator deletes the entry; the strict firewall rejects what follows."""
    run.topology.r2.sysctl(netfilter__nf_conntrack_tcp_loose=0)
    run.firewall(MISCONFIGURED)
    run.listen()
    run.background()
    c = run.dial()
    run.talk(c, 1, 3)
    run.finish_others()
    run.topology.r2.run("conntrack", "-F")
    run.send(c, request(300, 500))
    run.drain(c, run.topology.rtt + 0.2)
    c.close()
    run.settle()


@scenario({"intermediary": "state_loss|invalid_state|policy_reject", **ECHO}, loss=0,
          diagnosis={"intermediary": "state_loss|invalid_state|policy_reject"})
def conntrack_deleted_answer(run):
    """The same, noticed with the server's next segment."""
    kept = Kept()
    run.topology.r2.sysctl(netfilter__nf_conntrack_tcp_loose=0)
    run.firewall(MISCONFIGURED)
    run.listen(8081, kept.handler)
    c = run.dial(8081)
    run.talk(c, 1, 3)
    run.topology.r2.run("conntrack", "-F")
    run.send(kept.take(), answer(700))
    run.settle(1.5)


@scenario({"intermediary": "idle_timeout|state_loss|invalid_state", **ECHO}, loss=0,
          diagnosis={"intermediary": "idle_timeout"})
def idle_timeout_then_data(run):
    """The firewall forgets idle connections silently; the next packet is rejected."""
    run.topology.r2.sysctl(netfilter__nf_conntrack_tcp_loose=0, netfilter__nf_conntrack_tcp_timeout_established=1)
    run.firewall(MISCONFIGURED)
    run.listen()
    connections = [run.dial() for _ in range(run.rng.randint(1, 3))]
    for c in connections:
        run.ask(c)
    time.sleep(run.rng.uniform(2.2, 3.2))
    for c in connections:
        run.send(c, request(300, 500))
        run.drain(c, run.topology.rtt + 0.1)
        c.close()
    run.settle()


@scenario({"intermediary": "invalid_state|policy_reject", **ECHO}, loss=0,
          diagnosis={"intermediary": "invalid_state|policy_reject"})
def asymmetric_routing(run):
    """The firewall never sees the way back: the handshake's ACK is invalid to it."""
    run.firewall(["iifname mid_s notrack"], hook="prerouting", priority="raw", table="asymmetric")
    run.firewall(["iifname mid_s accept", "ct state invalid REJECT", "ct state invalid drop"])
    run.listen()
    for _ in range(run.rng.randint(1, 2)):
        c = run.dial()
        run.send(c, request(200, 100))
        run.drain(c, run.topology.rtt + 0.2)
        c.close()
        run.settle()


@scenario({"intermediary": "invalid_state|state_loss|policy_reject", **ECHO}, loss=0, dup=0,
          diagnosis={"intermediary": "invalid_state|state_loss|policy_reject"})
def late_segment_invalid(run):
    """The misconfiguration: a segment overtaken by the whole connection is rejected as INVALID after its end."""
    t = run.topology
    t.r2.sysctl(netfilter__nf_conntrack_tcp_loose=0, netfilter__nf_conntrack_tcp_timeout_time_wait=1,
                netfilter__nf_conntrack_tcp_timeout_last_ack=1)
    run.firewall(MISCONFIGURED)
    run.listen()
    run.background()
    c = run.dial()
    run.talk(c, 1, 2)
    run.wire("c", ">", hold_us=int((2.0 + 2 * t.rtt) * 1e6), hold_data=1)
    run.ask(c)
    finish(c)
    time.sleep(2.3)
    run.settle(3)


@scenario({"intermediary": "invalid_state|policy_reject", **ECHO}, loss=0, dup=0, jitter=0,
          diagnosis={"intermediary": "invalid_state|policy_reject"})
def out_of_window_invalid(run):
    """A segment far beyond the window is INVALID to conntrack and answered; the connection's own data is not."""
    run.firewall(MISCONFIGURED)
    kept = Kept()
    run.listen(8081, kept.handler)
    c = run.dial(8081)
    run.talk(c, 1, 2)
    raw_segment(run, 8081, 16, send_next(c) + 100_000_000, run.rng.getrandbits(32), sport=c.getsockname()[1])
    run.settle(1)
    run.talk(c, 1, 2)
    finish(c)
    run.settle()
    run.inert = lambda s: s.origin == "intermediary"


@scenario({"server": "state_loss|no_socket|half_open", "client": "echo", "intermediary": "state_loss|no_socket"},
          crossing="nat", loss=0, dup=0,
          diagnosis={"server": "state_loss|host_restarted", "intermediary": "state_loss"})
def nat_flushed(run):
    """The NAT forgets; the client's next segment leaves under another port and the server knows nothing of it."""
    r2 = run.topology.r2
    r2.nft("table inet nat {\n chain post {\n type nat hook postrouting priority srcnat; policy accept;\n"
           "  oifname mid_s meta l4proto tcp masquerade random\n }\n}\n")
    run.listen()
    run.background()
    c = run.dial()
    run.talk(c, 1, 3)
    run.finish_others()
    r2.run("conntrack", "-F")
    run.send(c, request(300, 500))
    run.drain(c, run.topology.rtt * 2 + 0.2)
    c.close()
    run.settle()


@scenario({"intermediary": "idle_timeout|state_loss|no_socket", "client": "echo",
           "server": "state_loss|no_socket"}, crossing="nat", loss=0, dup=0,
          diagnosis={"intermediary": "idle_timeout"})
def nat_expired_server_sends(run):
    """The NAT's entry ran out; the server's next segment meets the router's own stack, which knows no socket."""
    kept = Kept()
    r2 = run.topology.r2
    r2.sysctl(netfilter__nf_conntrack_tcp_loose=0, netfilter__nf_conntrack_tcp_timeout_established=1)
    r2.nft("table inet nat {\n chain post {\n type nat hook postrouting priority srcnat; policy accept;\n"
           "  oifname mid_s meta l4proto tcp masquerade\n }\n}\n")
    run.listen(8081, kept.handler)
    c = run.dial(8081)
    run.talk(c, 1, 2)
    time.sleep(run.rng.uniform(2.2, 2.8))
    run.send(kept.take(), answer(400))
    run.settle(2)


@scenario({"client": "abort", "server": "abort"}, crossing="nat", diagnosis="none|unread_data")
def nat_genuine_aborts(run):
    """Genuine resets of both ends cross a NAT that works."""
    kept = Kept()
    run.topology.r2.nft(
        "table inet nat {\n chain post {\n type nat hook postrouting priority srcnat; policy accept;\n"
        "  oifname mid_s meta l4proto tcp masquerade\n }\n}\n")
    run.listen()
    run.background()
    run.listen(8081, kept.handler)
    first, second = run.dial(8081), run.dial(8081)
    run.talk(first, 1, 2)
    run.talk(second, 1, 2)
    linger_abort(first)
    linger_abort(kept.take(1))
    run.settle(2)


@scenario({"intermediary": "policy_reject"}, loss=0, diagnosis={"intermediary": "policy_reject|unconditional_block"})
def connection_limit(run):
    """More than so many connections from one address are rejected."""
    limit = run.rng.randint(1, 3)
    run.listen()
    run.firewall([f"tcp flags & (syn | ack) == syn tcp dport {run.draw.port} ct count over {limit} REJECT",
                  "ct state invalid drop"])
    for _ in range(limit + run.rng.randint(1, 2)):
        c = run.try_dial()
        if c:
            run.ask(c)
            run.others.append(c)
    run.settle()


@scenario({"intermediary": "policy_reject", **ECHO}, bridge=True,
          diagnosis={"intermediary": "policy_reject|unconditional_block"})
def bridge_firewall(run):
    """A transparent firewall: a bridge without a hop of its own, resets with the server's MAC address."""
    run.topology.r2.sysctl(**{"bridge__bridge-nf-call-iptables": 1, "bridge__bridge-nf-call-ip6tables": 1})
    blocked = run.rng.randint(30001, 32000)
    run.listen()
    run.listen(8081)
    run.background()
    run.firewall([f"tcp dport {blocked} REJECT"])
    run.try_dial(blocked)
    c = run.dial(8081)
    run.talk(c, 1, 2)
    run.firewall(["tcp dport 8081 REJECT", "tcp dport 8081 drop"], table="later")
    run.send(c, request(300, 500))
    run.drain(c, run.topology.rtt + 0.2)
    c.close()
    run.settle()


@scenario({"intermediary": "policy_reject"}, diagnosis={"intermediary": refused})
def reject_near_server(run):
    """The rejecting router is the server's own gateway."""
    blocked = run.rng.randint(30001, 32000)
    run.listen()
    run.listen(blocked)
    run.firewall([f"tcp dport {blocked} REJECT"], host=run.topology.r3)
    run.background()
    run.try_dial(blocked)
    run.settle()


@scenario({"intermediary": "policy_reject"}, diagnosis={"intermediary": refused})
def reject_near_client(run):
    """The rejecting router is the client's own gateway."""
    blocked = run.rng.randint(30001, 32000)
    run.listen()
    run.listen(blocked)
    run.firewall([f"tcp dport {blocked} REJECT"], host=run.topology.r1)
    run.background()
    run.try_dial(blocked)
    run.settle()


@scenario({"intermediary": "policy_reject|teardown", **ECHO}, diagnosis={"intermediary": "policy_reject|teardown"})
def reject_on_fin(run):
    """The rule comes so late that only the client's FIN is rejected."""
    run.listen()
    run.listen(8081)
    run.background()
    c = run.dial(8081)
    run.talk(c, 1, 2)
    run.firewall(["tcp dport 8081 REJECT", "tcp dport 8081 drop"])
    c.close()
    run.settle(2)


def rewrite(run, match):
    """A box in the path that turns packets into resets: TTL, IP-ID, options and timing stay the genuine sender's."""
    run.topology.r2.nft("table inet lab {\n counter resets { }\n chain rewrite {\n"
                        "  type filter hook forward priority mangle; policy accept;\n"
                        f"  {match} counter name resets tcp flags set 0x14\n }}\n}}\n")
    run.nft_counters.append((run.topology.r2, "inet", "lab", "resets"))


@scenario({"intermediary": "blocked_content|policy_reject", **ECHO}, loss=0, dup=0,
          diagnosis={"intermediary": "blocked_content|policy_reject|unconditional_block"})
def rewritten_synack(run):
    """The server's SYN-ACK becomes a RST on its way: nothing but its options betrays it."""
    run.listen()
    run.listen(8081)
    run.background()
    rewrite(run, "tcp sport 8081 tcp flags & (syn | ack | rst) == (syn | ack)")
    run.try_dial(8081)
    run.settle(2)


@scenario({"intermediary": "blocked_content|policy_reject", **ECHO}, loss=0, dup=0,
          diagnosis={"intermediary": "blocked_content|policy_reject"})
def rewritten_acks(run):
    """The server's segments without payload become resets: a reset in the place of the acknowledgment of a request."""
    run.listen()
    run.listen(8081, lambda c: serve(c, wait=0.25))   # so that its acknowledgments come by themselves
    run.background()
    c = run.dial(8081)
    run.talk(c, 1, 2)
    rewrite(run, "tcp sport 8081 tcp flags & (syn | ack | rst | fin) == ack meta length < 90")
    run.send(c, request(300, 500))
    run.drain(c, run.topology.rtt + 0.4)
    time.sleep(0.25)
    c.close()
    run.settle(2)
