# SPDX-License-Identifier: GPL-2.0-or-later
"""Other people's tools on the path: tcpkill, ngrep, scapy, hping3, iptables; each also with the real sender's TTL.

None of them counts what it sends, so the middlebox's resets are not compared with a counter here; where each was first
seen still tells who sent it.
"""
import time

from endpoints import finish, request
from registry import scenario
from scenarios_middlebox import refused

# What such a tool means to say is not on the wire; ngrep and a string match do read content
# An endpoint that gives up after the other was killed does so in its own way
ENDS = {"client": "abort|late_data|teardown|echo", "server": "late_data|half_open|teardown|echo"}
KILLED = {"intermediary": "policy_reject|blocked_content|unknown", **ENDS}
READ = {"intermediary": "blocked_content|policy_reject", **ENDS}
WORD = "EVIL"

SCAPY = """
from scapy.all import IP, TCP, sniff, send, conf
import sys
interface = sys.argv[1]
port, ttl_c, ttl_s, both = map(int, sys.argv[2:6])
conf.verb = 0
def kill(p):
    t = p[TCP]
    if t.flags & 4 or not t.payload or t.dport != port:
        return
    n = len(t.payload)
    send(IP(src=p[IP].dst, dst=p[IP].src, ttl=ttl_c) / TCP(sport=t.dport, dport=t.sport, flags="R", seq=t.ack))
    if both:
        send(IP(src=p[IP].src, dst=p[IP].dst, ttl=ttl_s) / TCP(sport=t.sport, dport=t.dport, flags="R", seq=t.seq + n))
sniff(iface=interface, filter=f"tcp port {port}", prn=kill, store=0,
      started_callback=lambda: print("ready", flush=True))
"""


def real_ttls(run):
    """What the genuine packets have when they leave the middlebox: toward the client, toward the server."""
    d = run.draw
    return (d.server_ttl - 2 - max(0, d.hops_s + d.back_s), d.client_ttl - 2 - d.hops_c)


def as_the_real_sender(run, which="tcp flags & rst == rst"):
    """What the middlebox itself sends, by default its resets, leaves with the TTL of what it forwards."""
    to_client, to_server = real_ttls(run)
    run.topology.r2.nft("table ip disguise {\n chain out {\n  type filter hook output priority mangle;\n"
                        f"  oifname mid_c {which} ip ttl set {to_client}\n"
                        f"  oifname mid_s {which} ip ttl set {to_server}\n }}\n}}\n")


def tcpkill(run, level):
    child = run.program(run.topology.r2, "tcpkill", "-i", run.rng.choice(("mid_c", "mid_s")), f"-{level}",
                        f"tcp port {run.draw.port}", stderr=-1)
    child.stderr.readline()      # listening on ...


def ngrep(run, count):
    run.program(run.topology.r2, "ngrep", "-q", "-d", run.rng.choice(("mid_c", "mid_s")), "-K", str(count), WORD,
                f"tcp port {run.draw.port}")


def scapy(run, both, disguised):
    path = run.write_file("kill.py", SCAPY)
    to_client, to_server = real_ttls(run) if disguised else (64, 64)
    child = run.program(run.topology.r2, "/usr/bin/python3", path, "mid_c", str(run.draw.port), str(to_client),
                        str(to_server), str(int(both)), stdout=-1)
    child.stdout.readline()


def victim(run, start, wait=1.5):
    """A connection that is under way when the tool starts, and asks for the forbidden word then."""
    run.check_box, run.wanted = False, "intermediary"
    run.listen()
    run.listen(8081)
    other = run.dial(8081)
    run.talk(other, 1, 2)
    for _ in range(run.rng.randint(1, 2)):
        c = run.dial()
        run.talk(c, 0, 3)
        if start:
            start()
            start = None
            time.sleep(wait)
        run.send(c, WORD.encode() + b" " + request(run.rng.randint(150, 900), 300))
        run.drain(c, run.topology.rtt * 2 + 0.25)
        c.close()
        run.settle()
    run.talk(other, 1, 1)
    finish(other)


def tool(name, causes, diagnosis, start):
    """Registers the tool as it is and, as name_ttl, with the real sender's TTL."""
    for disguised in (False, True):
        def play(run, disguised=disguised):
            if disguised:
                as_the_real_sender(run)
            victim(run, lambda: start(run, disguised))
        scenario(causes, name=name + "_ttl" * disguised, v6=False, loss=0, dup=0,
                 diagnosis={"intermediary": diagnosis} if diagnosis else None)(play)


tool("tcpkill_1", KILLED, "", lambda run, _: tcpkill(run, 1))
tool("tcpkill_3", KILLED, "", lambda run, _: tcpkill(run, 3))
tool("tcpkill_9", KILLED, "", lambda run, _: tcpkill(run, 9))
tool("ngrep_kill", READ, "blocked_content", lambda run, _: ngrep(run, run.rng.choice((1, 2, 3))))
tool("scapy_kill", READ, "", lambda run, disguised: scapy(run, run.rng.random() < 0.5, disguised))


def iptables(run, *words):
    command = "ip6tables-legacy" if run.draw.v6 else "iptables-legacy"
    run.topology.r2.run(command, "-A", "FORWARD", "-p", "tcp", *words, "-j", "REJECT", "--reject-with", "tcp-reset")
    run.topology.r2.run(command, "-A", "FORWARD", "-p", "tcp", *words, "-j", "DROP")


def reject_syn(run):
    """The old iptables rejects SYNs to one port."""
    run.listen()
    blocked = run.rng.randint(30001, 32000)
    iptables(run, "--dport", str(blocked))
    run.background()
    for _ in range(run.rng.randint(1, 3)):
        run.try_dial(blocked)
        run.pause()


def reject_midstream(run):
    """The old iptables gets the rule while connections are open."""
    run.listen()
    c = run.dial()
    run.talk(c, 1, 3)
    iptables(run, "--dport", str(run.draw.port))
    run.send(c, request(300, 500))
    run.drain(c, run.topology.rtt * 2 + 0.2)
    c.close()
    run.settle()


def reject_string(run):
    """The old iptables rejects what holds a word."""
    run.listen()
    iptables(run, "--dport", str(run.draw.port), "-m", "string", "--algo", "bm", "--string", WORD)
    for _ in range(run.rng.randint(1, 3)):
        c = run.dial()
        run.talk(c, 0, 2)
        run.send(c, WORD.encode() + request(300, 500))
        run.drain(c, run.topology.rtt * 2 + 0.2)
        c.close()
        run.settle()


def guesses(run):
    """hping3 on a router sends resets in the client's name with sequence numbers at random."""
    t = run.topology
    run.inert = lambda s: s.origin == "intermediary"
    run.listen()
    c = run.dial()
    run.talk(c, 1, 2)
    sport = c.getsockname()[1]
    for _ in range(run.rng.randint(3, 8)):
        t.r2.run("hping3", "-q", "-c", "1", "-R", "-a", t.client_ip, "-s", str(sport), "-k", "-p", str(run.draw.port),
                 "-M", str(run.rng.getrandbits(32)), t.server_ip, check=False)
    run.settle()
    run.talk(c, 1, 2)
    finish(c)
    run.settle()


def on_the_box(function, name, causes, diagnosis, **fixed):
    """Registers what the middlebox's own rules or programs do, as they are and with the real sender's TTL."""
    for disguised in (False, True):
        def play(run, disguised=disguised):
            run.check_box = False
            if disguised:
                as_the_real_sender(run)
            function(run)
        more = {**fixed, "v6": False} if disguised else fixed
        scenario(causes, name=name + "_ttl" * disguised, diagnosis={"intermediary": diagnosis}, loss=0, **more)(play)


on_the_box(reject_syn, "iptables_reject_syn", {"intermediary": "policy_reject"}, refused)
on_the_box(reject_midstream, "iptables_reject_midstream",
           {"intermediary": "policy_reject", "client": "echo", "server": "echo"}, "policy_reject", dup=0)
on_the_box(reject_string, "iptables_reject_string", READ, "blocked_content|policy_reject", dup=0)
on_the_box(guesses, "hping3_guesses", {"intermediary": "blind_attack|blocked_content|unknown", "client": "echo",
                                       "server": "echo"}, "blind_attack", dup=0, v6=False)
