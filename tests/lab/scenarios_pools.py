# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients that keep connections for later against servers that close idle ones: the race, and the stale pool.

Timers are scaled: what is 5 to 75 s in the field is 0.8 to 2 s here (note `scale` in meta.json).
"""
import select
import struct
import time

from endpoints import linger_abort
from pcapng import FIN, RST
from registry import scenario

# The race needs a request under way when the timer fires: a path long enough for a process to hit it
LONG = dict(delay_c=lambda rng: rng.randint(12_000, 32_000), delay_s=lambda rng: rng.randint(12_000, 50_000),
            loss=0, dup=0, snaplen=262144)


def race_or_stale(run, root, _place):
    """Had the server's FIN reached the client when it sent the request that was reset?"""
    closed = None
    for frame, s in run.frames["client"]:
        if not s or s.stream != root.segment.stream:
            continue
        from_client = s.source == run.topology.packed(run.topology.client_ip)
        if not from_client and s.flags & (FIN | RST):
            closed = closed or frame.time
        # The first data after the close, or the last before it, is the request that was lost
        if from_client and s.length and closed is not None:
            return "stale_connection" if frame.time - closed > 0.15 else "stale_connection|idle_close_race"
    return "idle_close_race"


def pools(run, timer, connections, moment, first=None, message="/small"):
    """So many pooled connections, each used a few times, then left alone for moment() seconds and used again."""
    def one(wait, uses, gaps, idle):
        def body():
            time.sleep(wait)
            c = run.dial()
            if first:
                first(c)
            for gap in gaps[:uses]:
                if not run.fetch(c, message):
                    return
                time.sleep(gap)
            run.fetch(c, message)
            time.sleep(idle)
            run.fetch(c, message)
            c.close()
        return body

    run.note["timer"] = timer
    run.together([one(run.rng.uniform(0, 0.6), run.rng.randint(0, 3), [run.rng.uniform(0, 0.4 * timer) for _ in "123"],
                      moment()) for _ in range(connections)])
    run.settle()


def in_the_race(run, timer):
    return lambda: timer - run.topology.rtt * run.rng.uniform(0.25, 0.8)


@scenario({"server": "late_data"}, diagnosis={"server": race_or_stale}, **LONG)
def nginx_keepalive_race(run):
    """nginx closes after keepalive_timeout while the client's next request is on its way."""
    timer = run.rng.choice((0.8, 1.0, 1.2, 1.5, 2.0))
    run.note["scale"] = "5..75 s are 0.8..2 s"
    run.nginx(f"  keepalive_timeout {int(timer * 1000)}ms;")
    pools(run, timer, run.rng.randint(2, 5), in_the_race(run, timer))


@scenario({"server": "late_data|abort"}, diagnosis={"server": race_or_stale}, **LONG)
def haproxy_keepalive_race(run):
    """HAProxy's http-keep-alive timeout meets the client's next request."""
    timer = run.rng.choice((0.8, 1.0, 1.3, 1.7))
    port = run.draw.port
    run.haproxy_at(run.topology.server, f"defaults\n mode http\n timeout client 20s\n timeout http-keep-alive "
                   f"{int(timer * 1000)}\nfrontend f\n bind {run.any_address(port)}\n http-request return status 200 "
                   "content-type text/plain string \"hello from here\"\n", port)
    pools(run, timer, run.rng.randint(2, 5), in_the_race(run, timer))


@scenario({"server": "abort"}, diagnosis={"server": "idle_close_race"}, **LONG)
def keepalive_race_unread(run):
    """A busy server decides to close an idle connection and does so when the next request lies unread in its buffer."""
    timer, pause = run.rng.choice((0.8, 1.0, 1.2)), run.topology.rtt

    def handler(c):
        while True:
            if not select.select([c], [], [], timer)[0]:
                time.sleep(pause)      # its event loop is late
                c.close()
                return
            data = c.recv(4096)
            if not data:
                c.close()
                return
            c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + b"x" * 20)

    run.listen(handler=handler)
    pools(run, timer, run.rng.randint(2, 5), lambda: timer - run.topology.rtt * run.rng.uniform(0.1, 0.5))


@scenario({"server": "late_data"}, diagnosis={"server": race_or_stale}, loss=0, dup=0)
def nginx_stale_pool(run):
    """The pool does not look whether nginx has closed: the request goes out on a connection long dead."""
    timer = run.rng.choice((0.5, 0.8, 1.0))
    run.note["scale"] = "60..75 s are 0.5..1 s"
    run.nginx(f"  keepalive_timeout {int(timer * 1000)}ms;")
    pools(run, timer, run.rng.randint(1, 4), lambda: timer + run.topology.rtt + run.rng.uniform(0.3, 2.0))


@scenario({"server": "late_data"}, diagnosis={"server": race_or_stale}, loss=0, dup=0)
def redis_stale_pool(run):
    """Redis closes clients idle for `timeout` seconds (1 here, 300 in the field); the pool sends on."""
    run.note["scale"] = "300 s are 1 s"
    run.redis("--timeout", "1", "--hz", "50")

    def one(wait, idle, uses):
        def body():
            time.sleep(wait)
            c = run.dial()
            for _ in range(uses):
                run.send(c, b"*1\r\n$4\r\nPING\r\n")
                c.recv(100)
            time.sleep(idle)
            run.send(c, b"*2\r\n$3\r\nGET\r\n$7\r\nsession\r\n")
            run.drain(c, run.topology.rtt + 0.5)
            c.close()
        return body
    run.together([one(run.rng.uniform(0, 0.8), run.rng.uniform(2.6, 4) + run.topology.rtt, run.rng.randint(1, 4))
                  for _ in range(run.rng.randint(2, 4))])
    run.settle()


def postgres_start(c):
    """The start-up message of protocol 3 without password; reads to ReadyForQuery."""
    words = b"user\0lab\0database\0postgres\0\0"
    c.sendall(struct.pack("!II", len(words) + 8, 196608) + words)
    text = b""
    while b"Z\0\0\0\5" not in text:
        part = c.recv(4096)
        if not part:
            return
        text += part


def postgres_query(run, c, text=b"select 1"):
    run.send(c, b"Q" + struct.pack("!I", len(text) + 5) + text + b"\0")
    try:
        answer = b""
        while b"Z\0\0\0\5" not in answer:
            part = c.recv(4096)
            if not part:
                return
            answer += part
    except OSError:
        pass


@scenario({"server": "late_data"}, diagnosis={"server": race_or_stale}, loss=0, dup=0, snaplen=262144)
def postgres_stale_pool(run):
    """PostgreSQL's idle_session_timeout says FATAL and closes; the pool finds out when it sends its next query."""
    timer = run.rng.choice((0.7, 1.0, 1.5))
    run.note["scale"] = "10 min are 0.7..1.5 s"
    run.postgres(f"idle_session_timeout={int(timer * 1000)}ms")

    def one(wait, idle, uses):
        def body():
            time.sleep(wait)
            c = run.dial()
            postgres_start(c)
            for _ in range(uses):
                postgres_query(run, c)
            time.sleep(idle)
            run.send(c, b"Q" + struct.pack("!I", 13) + b"select 2\0")
            time.sleep(run.topology.rtt + 0.3)
            run.drain(c, 0.2)
            c.close()
        return body
    run.together([one(run.rng.uniform(0, 0.5), timer + run.topology.rtt + run.rng.uniform(0.3, 1.5),
                      run.rng.randint(1, 3)) for _ in range(run.rng.randint(2, 4))])
    run.settle()


@scenario({"client": "late_data"}, diagnosis={"client": "idle_close_race"}, **LONG)
def client_closes_idle_race(run):
    """The pool on the client's side closes after its own timer while the server pushes a message."""
    timer = run.rng.choice((0.8, 1.0, 1.4))
    lead = [run.topology.rtt * run.rng.uniform(0.3, 0.8) for _ in range(5)]
    turn = []

    def handler(c):
        mine = lead[len(turn) % len(lead)]
        turn.append(c)
        while c.recv(4096):
            c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + b"x" * 20)
            if not select.select([c], [], [], timer + run.topology.rtt - mine)[0]:
                c.sendall(b"event: something happened\r\n")
        c.close()

    run.listen(handler=handler)

    def one(wait):
        def body():
            time.sleep(wait)
            c = run.dial()
            run.fetch(c)
            time.sleep(timer)
            c.close()
        return body
    run.together([one(run.rng.uniform(0, 0.5)) for _ in range(run.rng.randint(2, 4))])
    run.settle(2)


@scenario({"server": "abort"}, diagnosis={"server": "none"}, loss=0, dup=0)
def neg_silences_without_timer(run):
    """Connections that the server ends after silences of any length: no timer is to be made up from them."""
    def handler(c):
        try:
            while c.recv(4096):
                c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + b"x" * 20)
                if not select.select([c], [], [], waits.pop())[0]:
                    linger_abort(c)
                    return
        except OSError:
            pass

    waits = [run.rng.uniform(0.3, 1) * 2.2 ** k for k in range(4) for _ in "12"][:7]
    run.rng.shuffle(waits)
    run.listen(handler=handler)

    def one(wait):
        def body():
            time.sleep(wait)
            c = run.dial()
            run.fetch(c)
            run.drain(c, 14)
            c.close()
        return body
    run.together([one(run.rng.uniform(0, 0.5)) for _ in range(run.rng.randint(2, 4))])
    run.settle()


@scenario({"server": "late_data"}, diagnosis={"server": "none|stale_connection|teardown"}, loss=0, dup=0)
def neg_one_more_line_after_close(run):
    """The server ends the exchange in order; the client, not asked any more, sends a farewell that nobody reads."""
    def handler(c):
        c.recv(4096)
        c.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 20\r\n\r\n" + b"x" * 20)
        c.close()

    run.listen(handler=handler)
    for _ in range(run.rng.randint(1, 3)):
        c = run.dial()
        run.fetch(c, head="Connection: close\r\n")
        run.settle(0.6)
        run.send(c, b"bye\r\n")
        run.settle()
        c.close()
