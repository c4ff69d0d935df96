# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs that end or are full: killed processes, accept queues, limits on connections."""
import time

from endpoints import answer, linger_abort, read_head, request
from registry import scenario
from scenarios_pools import LONG


SERVER_PROGRAM = """
import os, socket, sys, threading, time
family, port, linger = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
s = socket.socket(family); s.setsockopt(1, 2, 1); s.bind(("", port)); s.listen(64)
print("ready", flush=True)
def work(c):
    c.recv(2000)
    c.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 10\\r\\n\\r\\n0123456789")
    # what comes from now on stays unread: the program is busy
while True:
    c, _ = s.accept()
    if linger:
        c.setsockopt(1, 13, b"\\1\\0\\0\\0\\0\\0\\0\\0")
    threading.Thread(target=work, args=(c,)).start()
    kept = globals().setdefault("kept", []); kept.append(c)
"""


def python_server(run, port, linger=1):
    path = run.write_file("server.py", SERVER_PROGRAM)
    child = run.program(run.topology.server, "/usr/bin/python3", path, str(int(run.topology.family)), str(port),
                        str(linger), stdout=-1)
    child.stdout.readline()
    return child


@scenario({"server": lambda run, root, place: "closed_port" if root.segment.seq == 0 else "abort|half_open|late_data"},
          diagnosis={"server": "process_exit"}, loss=0, dup=0)
def process_killed_server(run):
    """kill -9: all connections of the program end at one instant, then its port refuses."""
    linger = int(run.rng.random() < 0.5)
    child = python_server(run, 8081, linger)
    run.listen()
    run.background()
    clients = [run.dial(8081) for _ in range(run.rng.randint(4, 12))]
    for c in clients:
        run.fetch(c)
    for c in clients:
        run.send(c, request(150, 10))
    run.settle(1)
    run.note["refuses_for"] = gap = run.rng.uniform(0.3, 1.2)
    child.kill()
    run.wait_gone(run.topology.server, 8081)
    run.settle(1)
    for _ in range(run.rng.randint(1, 4)):
        run.try_dial(8081)
        time.sleep(gap / 4)
    if run.rng.random() < 0.6:
        python_server(run, 8081, linger)
        run.fetch(run.dial(8081))
    for c in clients:
        c.close()
    run.settle()


@scenario({"server": lambda run, root, place: "closed_port" if root.segment.seq == 0
           else "late_data|half_open|no_socket"},
          diagnosis={"server": "process_exit"}, loss=0, dup=0)
def redis_killed(run):
    """Redis is killed: its idle connections get a FIN, and what the clients send next is reset."""
    child = run.redis()
    clients = [run.dial() for _ in range(run.rng.randint(4, 10))]
    for c in clients:
        run.send(c, b"*1\r\n$4\r\nPING\r\n")
        c.recv(100)
    run.pause(0.5)
    child.kill()
    run.wait_gone(run.topology.server, run.draw.port)
    time.sleep(run.topology.rtt * run.rng.uniform(0.1, 0.4))
    for c in clients:
        run.send(c, b"*2\r\n$3\r\nGET\r\n$7\r\nsession\r\n")
    run.settle(1.2)
    for _ in range(run.rng.randint(2, 4)):
        run.try_dial()
        run.pause(0.2)
    for c in clients:
        c.close()
    run.settle()


@scenario({"server": lambda run, root, place: "no_socket|abort"}, diagnosis={"server": "accept_queue"},
          **LONG, jitter=0)
def accept_queue_abort(run):
    """Nobody accepts, the queue is full, and tcp_abort_on_overflow is set: the ACK of the handshake is reset."""
    waiting = fill_queue(run, abort=1)
    run.settle(2)
    for c in waiting:
        c.close()


def fill_queue(run, abort):
    backlog = run.rng.randint(1, 4)
    run.topology.server.sysctl(ipv4__tcp_abort_on_overflow=abort, ipv4__tcp_synack_retries=1)
    run.listen(8081, None, backlog=backlog)
    clients = [run.dial(8081) for _ in range(backlog)]
    run.settle()
    for _ in range(run.rng.randint(3, 6)):
        c = run.topology.client.socket(run.topology.family)
        c.setblocking(False)
        c.connect_ex((run.topology.server_ip, 8081))
        clients.append(c)
    run.settle(1.2)
    return clients[backlog:]


@scenario({"server": "no_socket|half_open"}, diagnosis={"server": "accept_queue"}, **LONG, jitter=0)
def accept_queue_full(run):
    """The same without that setting: SYN-ACKs are repeated after the client's ACK, then a reset."""
    run.note["scale"] = "tcp_synack_retries 1 instead of 5"
    waiting = fill_queue(run, abort=0)
    for c in waiting:
        run.send(c, request(150, 100))
    time.sleep(7)       # the client's data goes out again after about 0.2, 0.6, 1.4, 3 and 6.2 s
    run.settle(2)
    for c in waiting:
        c.close()


@scenario({"server": "abort"}, diagnosis={"server": "connection_limit"}, loss=0, dup=0)
def limit_after_accept(run):
    """The program accepts and drops at once what is over its limit, before the first octet."""
    limit, kept = run.rng.randint(1, 4), []

    def handler(c):
        kept.append(c)
        if len(kept) > limit:
            linger_abort(c)
            return
        while (wanted := read_head(c)) is not None:
            c.sendall(answer(wanted))

    run.listen(handler=handler)
    clients = []
    for _ in range(limit + run.rng.randint(2, 6)):
        c = run.dial()
        clients.append(c)
        run.ask(c, 200)
        run.pause(0.1)
    for c in clients:
        c.close()
    run.settle()


@scenario({"server": "abort|late_data"}, diagnosis={"server": "connection_limit"}, loss=0, dup=0)
def sshd_maxstartups(run):
    """sshd over MaxStartups closes what it has just accepted; the client's banner was on its way or unread."""
    limit = run.rng.randint(1, 3)
    run.sshd(f"MaxStartups={limit}:100:{limit}", "LoginGraceTime=20")
    clients = []
    for _ in range(limit):
        c = run.dial()
        c.recv(100)
        clients.append(c)
    for _ in range(run.rng.randint(2, 5)):
        c = run.dial()
        clients.append(c)
        run.send(c, b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")
        run.drain(c, run.topology.rtt + 0.2)
    for c in clients:
        c.close()
    run.settle()
