# SPDX-License-Identifier: GPL-2.0-or-later
"""Resets that an endpoint's own kernel sends, by the reason for which it sends them."""
import socket
import time

from endpoints import answer, linger_abort, read_head, request
from registry import scenario


@scenario({"server": "closed_port"}, diagnosis="closed_port")
def closed_port(run):
    """Nothing listens there; the same hosts may have other connections."""
    run.listen()
    run.background()
    for _ in range(run.rng.randint(1, 3)):
        run.try_dial(port=run.rng.randint(30001, 32000))
        run.pause()


@scenario({"client": "abort"}, diagnosis="none|unread_data")
def client_linger_abort(run):
    """The client closes with SO_LINGER 0 after some exchanges."""
    run.listen()
    run.background()
    c = run.dial()
    run.talk(c, 1, 4)
    if run.rng.random() < 0.4:  # while the answer is on its way
        run.send(c, request(120, run.rng.randint(5000, 60000)))
        time.sleep(run.topology.rtt * run.rng.uniform(0.3, 1.5))
    linger_abort(c)
    run.settle(2)


@scenario({"server": "abort"}, diagnosis="none|unread_data")
def server_linger_abort(run):
    def handler(c):
        for _ in range(turns):
            serve_one(c)
        if late:
            read_head(c)
        linger_abort(c)

    turns, late = run.rng.randint(1, 3), run.rng.random() < 0.5
    run.listen(port=run.draw.port)
    run.background()
    run.listen(port=8081, handler=handler)
    c = run.dial(8081)
    for _ in range(turns):
        run.ask(c)
    if late:
        run.send(c, request(150, 10))
    run.drain(c, run.topology.rtt * 2 + 0.3)
    c.close()
    run.settle()


def serve_one(c):
    wanted = read_head(c)
    if wanted is not None:
        c.sendall(answer(wanted))


@scenario({"server": "abort"}, diagnosis="unread_data")
def server_close_unread(run):
    """The server closes while bytes that it has not read are in its buffer."""
    def handler(c):
        serve_one(c)
        time.sleep(wait)
        c.close()

    wait = run.topology.rtt + 0.1
    run.listen()
    run.background()
    run.listen(port=8081, handler=handler)
    c = run.dial(8081)
    run.ask(c)
    run.send(c, b"unread " * run.rng.randint(1, 900))
    run.drain(c, wait + run.topology.rtt * 2)
    c.close()
    run.settle()


@scenario({"client": "abort"}, diagnosis="unread_data")
def client_close_unread(run):
    """The client has its answer half read and closes."""
    run.listen()
    run.background()
    c = run.dial()
    run.talk(c, 0, 2)
    run.send(c, request(100, run.rng.randint(3000, 50000)))
    c.recv(100)
    run.settle(0.5)
    c.close()
    run.settle(2)


@scenario({"server": "late_data"}, diagnosis="stale_connection|idle_close_race")
def server_data_after_close(run):
    """The server has closed with FIN; the client goes on sending."""
    def handler(c):
        serve_one(c)
        c.close()

    run.listen()
    run.background()
    run.listen(port=8081, handler=handler)
    c = run.dial(8081)
    run.ask(c)
    run.settle(1)
    for _ in range(run.rng.randint(1, 3)):
        run.send(c, request(200, 10))
        run.pause(0.02)
    run.settle(1.5)
    c.close()


@scenario({"client": "late_data"}, diagnosis="teardown|unread_data|none")
def client_data_after_close(run):
    """The client closes with FIN while the server still sends."""
    def handler(c):
        read_head(c)
        for _ in range(12):
            c.sendall(answer(1000))
            time.sleep(run.topology.rtt / 6 + 0.002)
        c.close()

    run.listen()
    run.background()
    run.listen(port=8081, handler=handler)
    c = run.dial(8081)
    run.send(c, request(200, 10))
    while run.rng.random() < 0.6:
        c.recv(2000)
    # Nothing may be unread at close, or it would be an abort
    c.setblocking(False)
    try:
        while c.recv(65536):
            pass
    except OSError:
        pass
    finish_at_once(c)
    run.settle(3)


def finish_at_once(c):
    c.close()


@scenario({"client": "teardown|abort"}, diagnosis="teardown|none")
def client_teardown_after_fin(run):
    """The server has closed; the client, done as well, resets instead of sending its FIN."""
    def handler(c):
        serve_one(c)
        c.close()

    run.listen()
    run.background()
    run.listen(port=8081, handler=handler)
    c = run.dial(8081)
    run.ask(c)
    run.settle(1)
    linger_abort(c)
    run.settle()


@scenario({"server": "teardown|abort"}, diagnosis="teardown|none")
def server_teardown_after_fin(run):
    """The client has sent its FIN; the server answers with RST."""
    def handler(c):
        serve_one(c)
        while c.recv(1000):
            pass
        linger_abort(c)

    run.listen()
    run.background()
    run.listen(port=8081, handler=handler)
    c = run.dial(8081)
    run.ask(c)
    c.shutdown(socket.SHUT_WR)
    run.settle(1.5)
    c.close()


@scenario({"client": "teardown|abort|late_data"}, diagnosis="teardown|unread_data|none")
def browser_closes_tab(run):
    """Half-closed by the client while the answer comes; then it is not interested any more."""
    run.listen()
    run.background()
    c = run.dial()
    run.talk(c, 1, 2)
    run.send(c, request(200, 30000))
    c.shutdown(socket.SHUT_WR)
    time.sleep(run.topology.rtt * run.rng.uniform(0.6, 1.4))
    linger_abort(c)
    run.settle(2)


@scenario({"server": "abort"})
def killed_by_ss_server(run):
    """An administrator destroys the connection with ss -K on the server."""
    run.listen()
    run.listen(8081)
    run.background()
    c = run.dial(8081)
    run.talk(c, 1, 3)
    run.topology.server.run("ss", "-K", "state", "established", "sport", "=", ":8081")
    run.drain(c, run.topology.rtt + 0.2)
    c.close()
    run.settle()


@scenario({"client": "abort"})
def killed_by_ss_client(run):
    run.listen()
    run.listen(8081)
    run.background()
    c = run.dial(8081)
    run.talk(c, 1, 3)
    run.topology.client.run("ss", "-K", "state", "established", "dport", "=", ":8081")
    run.settle()


@scenario({"server": "abort"}, loss=0, diagnosis="zero_window|unread_data")
def zero_window_close(run):
    """The server stops reading until its window is zero, and closes."""
    def handler(c):
        time.sleep(full)
        c.close()

    full = run.topology.rtt * 4 + 0.8
    run.listen(8081, handler, sockopts={(socket.SOL_SOCKET, socket.SO_RCVBUF): 6000})
    c = run.dial(8081)
    c.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 60000)
    c.settimeout(full + 1)
    run.send(c, b"fill it up " * 8000)
    run.drain(c, full + 0.3)
    c.close()
    run.settle()


@scenario({"client": "abort"}, loss=0, diagnosis="zero_window")
def zero_window_client_abort(run):
    """The sender meets a zero window and aborts with data unsent."""
    def handler(c):
        time.sleep(run.topology.rtt * 6 + 1.2)
        c.close()

    run.listen(8081, handler, sockopts={(socket.SOL_SOCKET, socket.SO_RCVBUF): 6000})
    c = run.dial(8081)
    c.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 60000)
    c.settimeout(run.topology.rtt * 3 + 0.5)
    run.send(c, b"fill it up " * 8000)
    linger_abort(c)
    run.settle(4)


@scenario({"client": "abort", "server": "abort"}, loss=0, dup=0, jitter=0, diagnosis="none|unread_data")
def both_abort(run):
    """Both ends abort within half a round trip."""
    kept = []
    run.listen()
    run.background()
    run.listen(8081, handler=kept.append)
    c = run.dial(8081)
    run.send(c, request(200, 10))
    run.settle(1)
    linger_abort(c)
    linger_abort(kept[0])
    run.settle(2)


@scenario({"client": "abort"}, loss=0, diagnosis="unread_data|process_exit")
def process_killed(run):
    """kill -9 of a client that has not read all of its answer."""
    run.listen()
    run.background()
    code = ("import socket,sys,time\n"
            "c=socket.socket(int(sys.argv[1]),socket.SOCK_STREAM)\n"
            "c.connect((sys.argv[2],int(sys.argv[3])))\n"
            "c.sendall(b'GET /item?n=400000 HTTP/1.1\\r\\nHost: www.example.test\\r\\n\\r\\n')\n"
            "c.recv(100)\nprint('reading',flush=True)\ntime.sleep(20)\n")
    t = run.topology
    child = t.client.popen("/usr/bin/python3", "-c", code, str(int(t.family)), t.server_ip, str(run.draw.port),
                           stdout=-1)
    run.children.append(child)
    child.stdout.readline()
    time.sleep(t.rtt * run.rng.uniform(0.2, 3))
    child.kill()
    child.wait()
    run.settle(2)


@scenario({"client": "abort"}, diagnosis="health_check")
def health_check(run):
    """A load balancer's check: connect, reset, again after the same while."""
    run.listen()
    run.background()
    period = run.rng.uniform(0.2, 0.5)
    for _ in range(run.rng.randint(3, 6)):
        linger_abort(run.dial())
        time.sleep(period)
    run.settle()


@scenario({"server": "policy_reject"}, diagnosis="policy_reject|closed_port")
def host_firewall_reject(run):
    """The server's own firewall rejects: the host is the endpoint, whoever in it speaks."""
    blocked = run.rng.randint(30001, 32000)
    run.listen()
    run.firewall([f"tcp dport {blocked} REJECT"], hook="input", host=run.topology.server)
    run.background()
    run.try_dial(blocked)
    run.settle()


@scenario({"client": "abort"}, loss=0, diagnosis="none|unread_data")
def large_upload_aborted(run):
    """Bulk data toward the server, aborted by its sender."""
    def handler(c):
        while c.recv(65536):
            pass

    run.listen(8081, handler)
    c = run.dial(8081)
    run.send(c, b"upload " * run.rng.randint(3000, 40000))
    time.sleep(run.topology.rtt * run.rng.uniform(0, 2))
    linger_abort(c)
    run.settle(2)


@scenario({"server": "abort"}, loss=0, diagnosis="none|unread_data")
def large_download_aborted_by_server(run):
    """Bulk data toward the client, aborted by its sender."""
    def handler(c):
        read_head(c)
        c.sendall(answer(run.rng.randint(20000, 200000)))
        linger_abort(c)

    run.listen()
    run.background()
    run.listen(8081, handler)
    c = run.dial(8081)
    run.send(c, request(200, 10))
    run.drain(c, run.topology.rtt * 2 + 0.3)
    c.close()
    run.settle()
