# SPDX-License-Identifier: GPL-2.0-or-later
"""Boxes that end the connection themselves: HAProxy, a transparent proxy, a SYN proxy, a service NAT.

Where the box is the TCP endpoint of a leg, its RSTs there count for no recall (column box_is_endpoint).
"""
import os
import time

from endpoints import finish, linger_abort, read_head, request, answer
from registry import scenario
from scenarios_injector import BAD
from scenarios_tools import as_the_real_sender

ECHO = {"client": "echo", "server": "echo"}


def haproxy(run, frontend, backend, backend_port):
    """Starts HAProxy on the middlebox; clients go to the middlebox's own address."""
    t = run.topology
    path = os.path.join(run.directory, "haproxy.cfg")
    bind = f"[{t.box_c_ip}]" if run.draw.v6 else t.box_c_ip
    server = f"[{t.server_ip}]" if run.draw.v6 else t.server_ip
    with open(path, "w", encoding="ascii") as file:
        file.write(f"global\n maxconn 100\n nbthread 1\ndefaults\n mode tcp\n timeout connect 2s\n timeout client 20s\n"
                   f" timeout server 20s\nfrontend f\n bind {bind}:{run.draw.port}\n{frontend}\n default_backend b\n"
                   f"backend b\n{backend}\n server s {server}:{backend_port}\n")
    child = t.r2.popen("haproxy", "-q", "-db", "-f", path, stdout=-3, stderr=-3)
    run.children.append(child)
    run.box_is_endpoint = lambda root: root.origin == "intermediary"
    needle = f":{run.draw.port:04X} "
    for _ in range(100):
        with t.r2, open("/proc/thread-self/net/tcp" + ("6" if run.draw.v6 else ""), encoding="ascii") as file:
            if any(needle in line and " 0A " in line for line in file):
                break
        time.sleep(0.02)
    os.unlink(path)


@scenario({"intermediary": "idle_timeout|abort", "server": "late_data|abort", "client": "late_data"},
          crossing="nothing", loss=0, diagnosis={"intermediary": "idle_close|idle_timeout"})
def haproxy_idle_timeout(run):
    """HAProxy with nolinger ends an idle connection on both sides."""
    run.listen(8081)
    haproxy(run, " timeout client 1200\n option nolinger", " timeout server 1200\n option nolinger", 8081)
    for _ in range(run.rng.randint(1, 3)):
        c = run.dial(to=run.topology.box_c_ip)
        run.talk(c, 1, 2)
        run.others.append(c)
    time.sleep(1.7)
    run.settle()


@scenario({"intermediary": "abort|no_socket|closed_port", "server": "closed_port"}, crossing="nothing", loss=0,
          diagnosis={"server": "closed_port"})
def haproxy_backend_down(run):
    """Nothing listens behind HAProxy: the server refuses it, and it gives the client up."""
    run.listen()
    haproxy(run, " option nolinger", " retries 1\n option nolinger", 8099)
    for _ in range(run.rng.randint(1, 2)):
        c = run.dial(to=run.topology.box_c_ip)
        run.send(c, request(300, 100))
        run.drain(c, 2.8)
        c.close()
    run.settle()


@scenario({"intermediary": "policy_reject|abort|no_socket"}, crossing="nothing", loss=0,
          diagnosis={"intermediary": "blocked_content|unread_data|policy_reject|none"})
def haproxy_reject(run):
    """HAProxy rejects the request by its content."""
    run.listen(8081)
    haproxy(run, " tcp-request inspect-delay 2s\n tcp-request content reject if { req.payload(0,3) -m str BAD }\n"
            " option nolinger", " option nolinger", 8081)
    for _ in range(run.rng.randint(1, 2)):
        c = run.dial(to=run.topology.box_c_ip)
        run.send(c, b"BAD request " * run.rng.randint(2, 60))
        run.drain(c, 1)
        c.close()
        run.settle()


@scenario({"client": "abort", "intermediary": "abort"}, crossing="nothing", loss=0)
def haproxy_client_aborts(run):
    """The client aborts; HAProxy passes that on to its own connection."""
    run.listen(8081)
    haproxy(run, " option nolinger", " option nolinger", 8081)
    c = run.dial(to=run.topology.box_c_ip)
    run.talk(c, 1, 3)
    linger_abort(c)
    run.settle(2)


def transparent_proxy(run, disguised):
    """A proxy in the way, under the addresses of both ends, that aborts both legs on a forbidden word."""
    t = run.topology
    if disguised:
        as_the_real_sender(run, "")
    local = "::/0" if run.draw.v6 else "0.0.0.0/0"
    six = "-6" if run.draw.v6 else "-4"
    t.r2.run("ip", six, "rule", "add", "fwmark", "1", "lookup", "100")
    t.r2.run("ip", six, "route", "add", "local", local, "dev", "lo", "table", "100")
    kind = "ip6" if run.draw.v6 else "ip"
    t.r2.nft(f"table {kind} proxy {{\n chain pre {{\n type filter hook prerouting priority mangle; policy accept;\n"
             f"  meta l4proto tcp socket transparent 1 meta mark set 1 accept\n"
             f"  iifname mid_c tcp dport {run.draw.port} tproxy to :3129 meta mark set 1 accept\n }}\n}}\n")
    child = t.r2.popen("/usr/bin/python3", os.path.join(os.path.dirname(os.path.abspath(__file__)), "proxy.py"),
                       str(int(t.family)), "3129", BAD, stdout=-1)
    run.children.append(child)
    child.stdout.readline()
    run.box_is_endpoint = lambda root: root.origin == "intermediary"
    run.listen()
    c = run.dial()
    run.talk(c, 1, 3)
    run.send(c, b"GET / HTTP/1.1\r\nHost: bad.example\r\n\r\n")
    run.drain(c, t.rtt + 0.3)
    c.close()
    run.settle()


for copies_ttl in (False, True):
    scenario({"intermediary": "blocked_content|abort", **ECHO}, crossing="nothing", loss=0,
             name="transparent_proxy" + "_ttl" * copies_ttl, diagnosis={"intermediary": "blocked_content|none"},
             **({"v6": False} if copies_ttl else {}))(
        lambda run, copies_ttl=copies_ttl: transparent_proxy(run, copies_ttl))


SYNPROXY = ("table inet shield {{\n chain raw {{\n type filter hook prerouting priority raw; policy accept;\n"
            "  tcp dport {port} tcp flags syn notrack\n }}\n chain forward {{\n"
            "  type filter hook forward priority filter; policy accept;\n"
            "  tcp dport {port} ct state invalid,untracked synproxy mss 1460 wscale 7 timestamp sack-perm\n"
            "  ct state invalid drop\n }}\n}}\n")


def synproxy(run):
    run.topology.r2.sysctl(netfilter__nf_conntrack_tcp_loose=0)
    run.topology.r2.nft(SYNPROXY.format(port=run.draw.port))


@scenario({"server": "abort"}, crossing="synproxy", v6=False, loss=0, dup=0)
def neg_synproxy_server_abort(run):
    """Behind a SYN proxy, which translates sequence numbers, the server aborts."""
    def handler(c):
        read_head(c)
        c.sendall(answer(500))
        read_head(c)
        linger_abort(c)

    synproxy(run)
    run.listen(handler=handler)
    c = run.dial()
    run.ask(c, 500)
    run.send(c, request(200, 10))
    run.drain(c, run.topology.rtt + 0.3)
    c.close()
    run.settle()


@scenario({"client": "abort"}, crossing="synproxy", v6=False, loss=0, dup=0)
def neg_synproxy_client_abort(run):
    synproxy(run)
    run.listen()
    c = run.dial()
    run.talk(c, 1, 3)
    linger_abort(c)
    run.settle(2)


@scenario({"server": "closed_port", "client": "echo"}, crossing="synproxy", v6=False, loss=0, dup=0,
          diagnosis={"server": "closed_port|accept_queue|none"})
def synproxy_closed_port(run):
    """The SYN proxy answers for a closed port; the server's RST comes when the client is already connected."""
    synproxy(run)
    c = run.dial()
    run.send(c, request(200, 10))
    run.drain(c, run.topology.rtt + 0.3)
    c.close()
    run.settle()


@scenario({"intermediary": "idle_timeout", **ECHO}, loss=0, diagnosis={"intermediary": "idle_timeout"})
def service_nat_idle_both(run):
    """A cloud's load balancer resets both ends when a connection has been idle for so long."""
    flags = run.rng.choice(("R", "RA"))
    run.listen()
    process = run.inject(trigger="manual", to="both", flags=flags, seq="tracked", ttl="fixed:128", ip_id="random",
                         delay=[0, 0.0005])
    idle = run.rng.uniform(1.2, 1.8)
    for _ in range(run.rng.randint(1, 3)):
        c = run.dial()
        run.talk(c, 1, 2)
        time.sleep(idle)
        process.stdin.write(b"fire\n")
        process.stdin.flush()
        run.settle()
        c.close()
        run.settle()


@scenario({"intermediary": "idle_timeout", **ECHO}, loss=0, diagnosis={"intermediary": "idle_timeout"})
def carrier_idle_stale(run):
    """A carrier's NAT resets the client some time after the last packet, with a sequence number it forgot to update."""
    run.listen()
    run.background()
    process = run.inject(trigger="manual", to="client", flags="RA", seq="tracked", offsets=[-run.rng.randint(1, 3000)],
                         ttl="fixed:127", ip_id="fixed:10003", delay=[0, 0.0005])
    c = run.dial()
    run.talk(c, 1, 3)
    time.sleep(1.5)
    process.stdin.write(b"fire\n")
    process.stdin.flush()
    run.settle()
    run.talk(c, 1, 1)
    finish(c)
    run.inert = lambda s: s.origin == "intermediary"
