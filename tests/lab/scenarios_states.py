# SPDX-License-Identifier: GPL-2.0-or-later
"""Endpoint resets that hang on the state of a connection or of a host: half-open, TIME-WAIT, timers, scans."""
import socket
import struct
import time

from endpoints import Kept, answer, finish, linger_abort, read_head, request
from injector import checksum
from registry import scenario

TCP_REPAIR, TCP_REPAIR_QUEUE, TCP_QUEUE_SEQ, TCP_USER_TIMEOUT = 19, 20, 21, 18
MPTCP = 262


def vanish(connection):
    """The socket goes without a word, as when its host loses power."""
    connection.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    connection.close()


def send_next(connection):
    """SND.NXT of a live socket."""
    connection.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    connection.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR_QUEUE, 2)
    value = connection.getsockopt(socket.IPPROTO_TCP, TCP_QUEUE_SEQ) & 0xFFFFFFFF
    connection.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, -1)   # off, without the window probe
    return value


@scenario({"server": "half_open"}, diagnosis="host_restarted")
def server_restarted(run):
    """The server loses its state; the client's next request gets a bare RST."""
    kept = Kept()
    run.listen()
    run.background()
    run.listen(8081, kept.handler)
    c = run.dial(8081)
    run.talk(c, 1, 3)
    vanish(kept.take())
    time.sleep(run.rng.uniform(0.2, 1.5))
    run.send(c, request(200, 100))
    run.drain(c)
    c.close()
    run.settle()


@scenario({"client": "half_open"}, diagnosis="host_restarted")
def client_restarted(run):
    """The client has gone without a word; the server goes on sending."""
    kept = Kept()
    run.listen()
    run.background()
    run.listen(8081, kept.handler)
    c = run.dial(8081)
    run.talk(c, 1, 3)
    vanish(c)
    time.sleep(run.rng.uniform(0.2, 1.0))
    run.send(kept.take(), answer(run.rng.randint(100, 6000)))
    run.settle(2)
    kept.take().close()
    run.settle()


@scenario({"client": "half_open|challenge_ack"}, jitter=0, diagnosis="port_reuse|host_restarted")
def client_reconnects_same_port(run):
    """After its restart the client takes the same port: the server's challenge ACK is answered with a RST."""
    kept, sport = Kept(), run.rng.randint(40000, 50000)
    run.listen(8081, kept.handler)
    c = run.dial(8081, sport)
    run.talk(c, 1, 2)
    vanish(c)
    run.pause(0.5)
    c = run.dial(8081, sport, timeout=6)
    run.talk(c, 1, 1)
    finish(c)
    run.settle()


@scenario({"server": "no_socket|abort"}, loss=0, dup=0, diagnosis="accept_queue")
def backlog_overflow(run):
    """Nobody accepts and tcp_abort_on_overflow is set."""
    run.topology.server.sysctl(ipv4__tcp_abort_on_overflow=1)
    run.listen(8081, None, backlog=2)
    clients = [run.dial(8081), run.dial(8081)]
    run.settle()
    # These SYNs must all be in before the first of their handshakes fills the queue
    for _ in range(3):
        c = run.topology.client.socket(run.topology.family)
        c.setblocking(False)
        c.connect_ex((run.topology.server_ip, 8081))
        clients.append(c)
    run.settle(2)


@scenario({"server": "abort"}, diagnosis="process_exit|connection_limit|unread_data")
def listener_closed(run):
    """The listener goes while connections wait that nobody has accepted."""
    listener = run.listen(8081, None)
    run.listen()
    run.background()
    waiting = [run.dial(8081) for _ in range(run.rng.randint(1, 3))]
    if run.rng.random() < 0.5:
        run.send(waiting[0], request(200, 10))
    run.settle(1)
    listener.close()
    run.settle(1.5)
    for c in waiting:
        c.close()


@scenario({"client": "time_wait|challenge_ack"}, client_ts=False, server_ts=False, loss=0, dup=0, jitter=0,
          diagnosis="port_reuse")
def time_wait_old_isn(run):
    """A new SYN below the old sequence space meets TIME-WAIT: its ACK is answered with a RST (RFC 1337)."""
    def handler(c):
        read_head(c)
        c.sendall(answer(100))
        c.close()

    sport = run.rng.randint(40000, 50000)
    run.listen(8081, handler)

    def dial_with_isn(isn):
        c = run.topology.client.socket(run.topology.family)
        c.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        c.bind(("", sport))
        c.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
        c.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR_QUEUE, 2)
        c.setsockopt(socket.IPPROTO_TCP, TCP_QUEUE_SEQ, isn)
        c.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 0)
        c.settimeout(5)
        c.connect((run.topology.server_ip, 8081))
        return c

    c = dial_with_isn(1_000_000_000)
    run.send(c, request(150, 100))
    run.drain(c)
    vanish_after_fin(c)
    run.settle(2)
    c = dial_with_isn(900_000_000)
    run.send(c, request(150, 100))
    run.drain(c)
    finish(c)
    run.settle()


def vanish_after_fin(c):
    c.close()


@scenario({"client": "keepalive_failure"}, loss=0, diagnosis="peer_vanished")
def keepalive_failure(run):
    """The other end does not answer the probes any more."""
    run.listen()
    run.background()
    c = run.dial(sockopts={(socket.SOL_SOCKET, socket.SO_KEEPALIVE): 1, (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE): 1,
                           (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL): 1, (socket.IPPROTO_TCP, socket.TCP_KEEPCNT): 3})
    run.talk(c, 1, 2)
    run.finish_others()
    run.wire(run.rng.choice("cs"), "<", drop_all=1)
    time.sleep(4.6)
    run.settle(0.5)


@scenario({"server": "keepalive_failure"}, loss=0, diagnosis="peer_vanished")
def keepalive_failure_server(run):
    kept = Kept()
    run.listen(8081, kept.handler, sockopts={
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE): 1, (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE): 1,
        (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL): 1, (socket.IPPROTO_TCP, socket.TCP_KEEPCNT): 2})
    c = run.dial(8081)
    run.talk(c, 1, 2)
    run.wire(run.rng.choice("cs"), ">", drop_all=1)
    time.sleep(3.6)
    run.settle(0.5)


@scenario({"client": "keepalive_failure|retransmission_timeout"}, loss=0, diagnosis="peer_vanished")
def user_timeout(run):
    """TCP_USER_TIMEOUT with keep-alive: one probe without answer is enough."""
    run.listen()
    c = run.dial(sockopts={(socket.SOL_SOCKET, socket.SO_KEEPALIVE): 1, (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE): 1,
                           (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL): 1, (socket.IPPROTO_TCP, TCP_USER_TIMEOUT): 1500})
    run.talk(c, 1, 2)
    run.wire("s", "<", drop_all=1)
    time.sleep(3.7)
    run.settle(0.5)


@scenario({"client": "retransmission_timeout|half_open|no_socket"}, loss=0, jitter=0, diagnosis="peer_vanished")
def retransmissions_given_up(run):
    """The client gives up sending; when the path is back, the server's data finds no socket."""
    kept = Kept()
    run.topology.client.sysctl(ipv4__tcp_retries2=2)
    run.listen(8081, kept.handler)
    c = run.dial(8081)
    run.talk(c, 1, 2)
    run.wire("c", ">", drop_all=1)
    run.send(c, request(200, 10))
    c.settimeout(5)
    try:
        c.recv(10)
    except OSError:
        pass
    c.close()
    run.wire("c", ">", drop_all=0)
    run.send(kept.take(), answer(500))
    run.settle(2)
    kept.take().close()
    run.settle()


@scenario({"server": "late_data"}, loss=0, diagnosis="stale_connection")
def fin_wait2_timeout(run):
    """The server closed long ago and its FIN-WAIT-2 has run out; the client still sends."""
    def handler(c):
        read_head(c)
        c.sendall(answer(300))
        c.close()

    run.topology.server.sysctl(ipv4__tcp_fin_timeout=1)
    run.listen()
    run.background()
    run.listen(8081, handler)
    c = run.dial(8081)
    run.ask(c, 300)
    time.sleep(run.rng.uniform(1.5, 2.2))
    run.send(c, request(200, 10))
    run.settle(1.5)
    c.close()


def raw_segment(run, port, flags, seq, ack=0, window=1024, sport=None, count_ttl=None):
    """One segment without options, as a scanner sends it."""
    t = run.topology
    raw = t.client.socket(t.family, socket.SOCK_RAW, socket.IPPROTO_TCP)
    sport = sport or run.rng.randint(33000, 60000)
    tcp = struct.pack("!HHIIBBHHH", sport, port, seq & 0xFFFFFFFF, ack, 5 << 4, flags, window, 0, 0)
    source, target = t.packed(t.client_ip), t.packed(t.server_ip)
    pseudo = source + target + (struct.pack("!IHBB", 20, 0, 0, 6) if run.draw.v6 else struct.pack("!BBH", 0, 6, 20))
    tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
    if count_ttl:
        option = (socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS) if run.draw.v6 else (socket.IPPROTO_IP, socket.IP_TTL)
        raw.setsockopt(*option, count_ttl)
    raw.sendto(tcp, (t.server_ip, 0))
    raw.close()
    return sport


@scenario({"client": "scan", "server": "closed_port|scan"}, diagnosis="port_scan|closed_port")
def syn_scan(run):
    """Half-open scan: open ports answer with SYN-ACK, which the scanner's kernel resets."""
    ports = [run.draw.port] + [run.rng.randint(20, 30000) for _ in range(run.rng.randint(2, 6))]
    run.listen()
    sport, seq, ttl = run.rng.randint(33000, 60000), run.rng.getrandbits(32), run.rng.choice((None, 255, 47))
    for port in run.rng.sample(ports, len(ports)):
        raw_segment(run, port, 2, seq, sport=sport, count_ttl=ttl)
        run.pause(0.02)
    run.settle(2)


@scenario({"server": "scan|no_socket"}, diagnosis="port_scan")
def ack_scan(run):
    """Bare ACKs to open and closed ports."""
    run.listen()
    run.background()
    for port in [run.draw.port] + [run.rng.randint(20, 30000) for _ in range(run.rng.randint(1, 4))]:
        raw_segment(run, port, 16, run.rng.getrandbits(32), run.rng.getrandbits(32))
        run.pause(0.02)
    run.settle(2)


@scenario({"client": "connect_cancelled"}, loss=0, dup=0, diagnosis="none|response_timeout")
def connect_cancelled(run):
    """The client closes its socket before the SYN-ACK arrives."""
    run.listen()
    run.background()
    for _ in range(run.rng.randint(1, 2)):
        c = run.topology.client.socket(run.topology.family)
        c.setblocking(False)
        c.connect_ex((run.topology.server_ip, run.draw.port))
        time.sleep(run.topology.rtt * run.rng.uniform(0.05, 0.5))
        c.close()
        run.settle(1.5)


@scenario({"client": "abort", "server": "abort"}, echo_cause="echo|abort", loss=0, dup=0)
def mptcp_fastclose(run):
    """A multipath connection is aborted: RST with MP_FASTCLOSE. (Kernel may answer in kind.)"""
    t = run.topology
    listener = t.server.socket(t.family, socket.SOCK_STREAM, MPTCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("", 8081))
    listener.listen(4)
    c = t.client.socket(t.family, socket.SOCK_STREAM, MPTCP)
    c.settimeout(3)
    c.connect((t.server_ip, 8081))
    s, _ = listener.accept()
    c.sendall(request(200, 10))
    s.recv(1000)
    s.sendall(answer(2000))
    c.recv(100)
    run.settle()
    linger_abort(c)
    run.settle(2)
    s.close()
    run.settle()


@scenario({"client": "late_data|half_open|no_socket", "server": "late_data"}, loss=0)
def half_closed_forgotten(run):
    """The client closes and forgets (short FIN-WAIT-2); the server has not finished its answer."""
    def handler(c):
        read_head(c)
        c.sendall(answer(400))
        time.sleep(run.topology.rtt * 2 + 1.6)
        c.sendall(answer(900))
        c.close()

    run.topology.client.sysctl(ipv4__tcp_fin_timeout=1)
    run.listen(8081, handler)
    c = run.dial(8081)
    run.ask(c, 400)
    c.close()
    time.sleep(1.7)
    run.settle(4)
