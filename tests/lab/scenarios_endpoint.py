# SPDX-License-Identifier: GPL-2.0-or-later
"""Resets that an endpoint's own kernel sends, by the reason for which it sends them."""
import socket
import time

from endpoints import answer, finish, linger_abort, read_head, request, serve
from registry import scenario


@scenario({"server": "closed_port"})
def closed_port(run):
    """Nothing listens there; the same hosts may have other connections."""
    run.listen()
    run.background()
    for _ in range(run.rng.randint(1, 3)):
        run.try_dial(port=run.rng.randint(30001, 32000))
        run.pause()


@scenario({"client": "abort"})
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


@scenario({"server": "abort"})
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


@scenario({"server": "abort"})
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


@scenario({"client": "abort"})
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


@scenario({"server": "late_data"})
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


@scenario({"client": "late_data"})
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
