# SPDX-License-Identifier: GPL-2.0-or-later
"""Root causes that lie in programs: timers of idleness, of answers and of age, and data that nobody read."""
import time

from endpoints import linger_abort, read_head, answer, request
from registry import scenario


def several(run, function, low=2, high=5, spread=0.6):
    """That many connections at the same time, started at different moments."""
    def later(wait):
        def body():
            time.sleep(wait)
            function()
        return body
    run.together([later(run.rng.uniform(0, spread)) for _ in range(run.rng.randint(low, high))])


@scenario({"server": "abort|idle_timeout"}, diagnosis={"server": "idle_close"}, loss=0, dup=0)
def haproxy_ends_idle(run):
    """HAProxy on the server host resets clients that were silent for `timeout client` (option nolinger)."""
    timer = run.rng.choice((0.8, 1.0, 1.5, 2.0))
    run.note["scale"] = "50 s are 0.8..2 s"
    run.listen(8099)
    to = "[::1]" if run.draw.v6 else "127.0.0.1"
    run.haproxy_at(run.topology.server, f"defaults\n mode tcp\n timeout connect 2s\n timeout server 20s\n"
                   f" timeout client {int(timer * 1000)}\nfrontend f\n"
                   f" bind {run.any_address(run.draw.port)}\n option nolinger\n"
                   f" default_backend b\nbackend b\n server s {to}:8099\n", run.draw.port)
    gaps = [[run.rng.uniform(0, 0.7 * timer) for _ in range(run.rng.randint(0, 3))] for _ in range(5)]

    def one():
        c = run.dial()
        for gap in gaps.pop():
            run.ask(c)
            time.sleep(gap)
        run.ask(c)
        run.drain(c, timer + 1 + run.topology.rtt)
        c.close()
    several(run, one)
    run.settle()


@scenario({"server": "abort|idle_timeout"}, diagnosis={"server": "idle_close"}, loss=0, dup=0)
def server_ends_idle(run):
    """A server that sets SO_LINGER 0 and ends what was silent for a fixed time, whatever its age."""
    timer = run.rng.choice((0.8, 1.1, 1.6))

    def handler(c):
        c.settimeout(timer)
        try:
            while (wanted := read_head(c)) is not None:
                c.sendall(answer(wanted))
        except TimeoutError:
            linger_abort(c)

    run.listen(handler=handler)
    gaps = [[run.rng.uniform(0, 0.7 * timer) for _ in range(run.rng.randint(0, 3))] for _ in range(5)]

    def one():
        c = run.dial()
        for gap in gaps.pop():
            run.ask(c)
            time.sleep(gap)
        run.ask(c)
        run.drain(c, timer + 1 + run.topology.rtt)
        c.close()
    several(run, one, 3)
    run.settle()


def slow_server(run, answers_after):
    """Answers the first requests at once and the last one late or never."""
    def handler(c):
        turn = 0
        try:
            while read_head(c) is not None:
                turn += 1
                if turn == 2:
                    time.sleep(answers_after)
                c.sendall(answer(200))
        except OSError:
            pass
        c.close()
    run.listen(handler=handler)


@scenario({"client": "abort"}, diagnosis={"client": "response_timeout"}, loss=0, dup=0)
def client_response_timeout(run):
    """The client gives up a fixed time after its request and resets, with or without its earlier answers read."""
    timer = run.rng.choice((0.8, 1.0, 1.5, 2.0, 2.5))
    run.note["scale"] = "10..60 s are 0.8..2.5 s"
    slow_server(run, timer + 3)

    def one():
        c = run.dial()
        run.ask(c, 200)
        time.sleep(pauses.pop())
        run.send(c, request(150, 200))
        c.settimeout(timer)
        try:
            c.recv(10)
        except OSError:
            pass
        linger_abort(c)
    pauses = [run.rng.uniform(0, 0.7) for _ in range(6)]
    several(run, one)
    run.settle(2)


@scenario({"client": "late_data"}, diagnosis={"client": "response_timeout"}, loss=0, dup=0)
def curl_max_time(run):
    """curl --max-time closes with FIN; the server's late answer is reset by the client's kernel."""
    timer = run.rng.choice((0.8, 1.0, 1.5, 2.0))
    run.note["scale"] = "10..60 s are 0.8..2 s"
    late = timer + run.topology.rtt + run.rng.uniform(0.2, 0.8)

    def handler(c):
        read_head(c)
        time.sleep(late)
        c.sendall(answer(2000))
        c.close()

    run.listen(handler=handler)
    t = run.topology
    host = f"[{t.server_ip}]" if run.draw.v6 else t.server_ip

    def one():
        t.client.run("curl", "-s", "-o", "/dev/null", "--max-time", str(timer), "-g",
                     f"http://{host}:{run.draw.port}/report", check=False)
    several(run, one, 2, 4)
    time.sleep(late - timer + 0.2)
    run.settle(2)


@scenario({"client": "abort"}, diagnosis={"client": "none"}, loss=0, dup=0)
def neg_user_cancels(run):
    """People who press stop, each after a while of their own: no timer."""
    slow_server(run, 8)
    waits = [run.rng.uniform(0.25, 0.5) * 1.9 ** k for k in range(5)]
    run.rng.shuffle(waits)

    def one():
        c = run.dial()
        run.ask(c, 200)
        run.send(c, request(150, 200))
        time.sleep(waits.pop())
        linger_abort(c)
    several(run, one, 3, 4)
    run.settle(2)


@scenario({"server": "abort"}, diagnosis={"server": "max_age"}, loss=0, dup=0)
def server_max_age(run):
    """The server ends each connection at the same age, busy or not."""
    age = run.rng.choice((1.2, 1.5, 2.0, 2.5))
    run.note["scale"] = "30 min are 1.2..2.5 s"

    def handler(c):
        end = time.monotonic() + age
        try:
            while (left := end - time.monotonic()) > 0:
                c.settimeout(left)
                wanted = read_head(c)
                if wanted is None:
                    return
                c.sendall(answer(wanted))
        except TimeoutError:
            pass
        linger_abort(c)

    run.listen(handler=handler)
    paces = [run.rng.uniform(0.05, 0.5) for _ in range(6)]

    def one():
        c, pace = run.dial(), paces.pop()
        while run.ask(c, 300):
            time.sleep(pace)
        c.close()
    several(run, one, 3, 5, spread=1.5)
    run.settle()


@scenario({"server": "abort"}, diagnosis={"server": "none"}, loss=0, dup=0)
def neg_ages_without_pattern(run):
    """The server aborts busy connections, each at an age of its own."""
    ages = [run.rng.uniform(0.4, 0.6) * 1.6 ** k for k in range(5)]
    run.rng.shuffle(ages)

    def handler(c):
        end = time.monotonic() + ages.pop()
        try:
            while (left := end - time.monotonic()) > 0:
                c.settimeout(left)
                wanted = read_head(c)
                if wanted is None:
                    return
                c.sendall(answer(wanted))
        except TimeoutError:
            pass
        linger_abort(c)

    run.listen(handler=handler)
    paces = [run.rng.uniform(0.05, 0.3) for _ in range(6)]

    def one():
        c, pace = run.dial(), paces.pop()
        while run.ask(c, 300):
            time.sleep(pace)
        c.close()
    several(run, one, 3, 4, spread=1.5)
    run.settle()


def upload(run, c, size, path="/upload", pace=0.0):
    """Sends a body in pieces, as long as it is taken, and does not look at what comes back before."""
    head = f"POST {path} HTTP/1.1\r\nHost: www.example.test\r\nContent-Length: {size}\r\n\r\n".encode()
    if not run.send(c, head):
        return
    for _ in range(size // 2000):
        if not run.send(c, b"part of it " * 181 + b"123456789"):
            return
        time.sleep(pace)


@scenario({"server": "abort|late_data"}, diagnosis={"server": "unread_data"}, loss=0, dup=0)
def nginx_413(run):
    """nginx refuses an upload with 413, swallows what comes for lingering_time and closes; the client still sends."""
    limit = run.rng.choice((1, 8, 64))
    run.note["scale"] = "lingering_time 0.2 s instead of 30 s"
    run.nginx(f"  client_max_body_size {limit}k; keepalive_timeout 0; lingering_time 200ms;"
              f"  lingering_timeout 100ms; location /upload {{ proxy_pass http://[::1]:9; }}")
    pace = 0.015

    def one():
        c = run.dial()
        upload(run, c, sizes.pop(), pace=pace)
        run.drain(c, run.topology.rtt + 0.3)
        c.close()
    sizes = [run.rng.randint(80_000, 250_000) for _ in range(5)]
    several(run, one, 1, 3)
    run.settle()


@scenario({"server": "abort|late_data"}, diagnosis={"server": "unread_data"}, loss=0, dup=0)
def answered_before_read(run):
    """The server answers 403 by the head alone and closes with the body unread."""
    code = run.rng.choice((b"403 Forbidden", b"413 Content Too Large", b"401 Unauthorized", b"429 Too Many Requests"))

    def handler(c):
        read_head(c)
        time.sleep(0.02)
        c.sendall(b"HTTP/1.1 " + code + b"\r\nContent-Length: 6\r\nConnection: close\r\n\r\nrefuse")
        time.sleep(wait)
        c.close()

    wait = run.rng.choice((0, 0.02, 0.1))
    run.listen(handler=handler)

    def one():
        c = run.dial()
        upload(run, c, sizes.pop(), pace=0.001)
        run.drain(c, run.topology.rtt + 0.3)
        c.close()
    sizes = [run.rng.randint(20_000, 120_000) for _ in range(5)]
    several(run, one, 1, 3)
    run.settle()


@scenario({"client": "abort"}, diagnosis={"client": "unread_data"}, loss=0, dup=0)
def client_reads_only_the_head(run):
    """A client that wants the status only and closes with the body unread."""
    run.nginx("")

    def one():
        c = run.dial()
        run.fetch(c)
        run.send(c, b"GET /large HTTP/1.1\r\nHost: www.example.test\r\n\r\n")
        c.recv(300)
        run.settle(0.6)
        c.close()
    several(run, one, 1, 3)
    run.settle(2)
