# SPDX-License-Identifier: GPL-2.0-or-later
"""What the hosts do: servers that answer requests, clients that ask, and the ways in which either ends badly."""
import re
import select
import socket
import struct
import threading
import time


def request(path_length, answer_length):
    """A request of about path_length bytes that asks for answer_length bytes."""
    head = f"GET /item?n={answer_length} HTTP/1.1\r\nHost: www.example.test\r\nX-Pad: "
    pad = "x" * max(1, path_length - len(head) - 4)
    return (head + pad + "\r\n\r\n").encode()


def answer(length):
    body = (b"The quick brown fox jumps over the lazy dog. " * (length // 45 + 1))[:length]
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % length + body


def read_head(connection):
    """Reads up to the blank line; returns what was asked for, or None at the end."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        part = connection.recv(1)
        if not part:
            return None
        head += part
    return int(re.search(rb"[?]n=(\d+)|Content-Length: (\d+)", head).group(1) or 0) if b"?n=" in head else 0


def serve(connection, wait=0):
    """Answers requests until the client is done, then closes with FIN."""
    try:
        while (wanted := read_head(connection)) is not None:
            if wait:
                time.sleep(wait)
            connection.sendall(answer(wanted))
    except OSError:
        pass
    connection.close()


def linger_abort(connection):
    """Close with SO_LINGER 0: the kernel sends RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def finish(connection):
    """Close with FIN and wait for the other end's."""
    try:
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(3)
        while connection.recv(65536):
            pass
    except OSError:
        pass
    connection.close()


class Kept(list):
    """Server connections that a scenario means to end itself; until it takes one, requests on it are answered.

    A socket that another thread waits on is not closed by close(): the wait holds it open. So the waits are short,
    and take() returns a connection only when its thread has let go.
    """

    def handler(self, connection):
        entry = (connection, threading.Event(), threading.Event())
        self.append(entry)
        try:
            while not entry[1].is_set():
                if select.select([connection], [], [], 0.01)[0]:
                    wanted = read_head(connection)
                    if wanted is None:
                        break
                    connection.sendall(answer(wanted))
        finally:
            entry[2].set()

    def take(self, index=0):
        for _ in range(200):     # the client may be ahead of the thread that accepts
            if len(self) > index:
                break
            time.sleep(0.01)
        connection, stop, stopped = self[index]
        stop.set()
        stopped.wait(3)
        return connection


class Actors:
    """Mixed into a run: hosts that listen, connect and talk. Needs self.topology, self.draw and self.rng."""

    def listen(self, port=None, handler=serve, host=None, backlog=16, **options):
        port = self.draw.port if port is None else port
        host = host or self.topology.server
        listener = host.socket(self.topology.family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for (level, option), value in options.get("sockopts", {}).items():
            listener.setsockopt(level, option, value)
        listener.bind(("", port))
        listener.listen(backlog)
        self.listeners.append(listener)
        if handler:
            def loop():
                while True:
                    try:
                        connection, _ = listener.accept()
                    except OSError:
                        return
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    threading.Thread(target=self._quiet, args=(handler, connection), daemon=True).start()
            threading.Thread(target=loop, daemon=True).start()
        return listener

    @staticmethod
    def _quiet(handler, connection):
        try:
            handler(connection)
        except OSError:
            pass

    def dial(self, port=None, sport=0, to=None, timeout=4, sockopts=None, host=None):
        """A client socket, connected; raises like connect."""
        c = (host or self.topology.client).socket(self.topology.family)
        c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for (level, option), value in (sockopts or {}).items():
            c.setsockopt(level, option, value)
        if sport:
            c.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            c.bind(("", sport))
        c.settimeout(timeout)
        c.connect((to or self.topology.server_ip, self.draw.port if port is None else port))
        return c

    def try_dial(self, *args, **options):
        """The same, where refusal is what is expected."""
        try:
            return self.dial(*args, **options)
        except OSError:
            return None

    def ask(self, connection, length=None, path_length=None):
        """One request and the whole answer; False when the connection ended before."""
        length = self.rng.randint(50, 4000) if length is None else length
        path_length = self.rng.randint(90, 600) if path_length is None else path_length
        try:
            connection.sendall(request(path_length, length))
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                part = connection.recv(1)
                if not part:
                    return False
                head += part
            left = length
            while left > 0:
                part = connection.recv(left)
                if not part:
                    return False
                left -= len(part)
            return True
        except OSError:
            return False

    @staticmethod
    def fetch(connection, path="/small", method="GET", body=b"", head=""):
        """One HTTP exchange with a real server; the status, or 0 when the connection ended before the answer did."""
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        try:
            connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: www.example.test\r\n{head}{length}\r\n".encode()
                               + body)
            with connection.makefile("rb") as answered:
                first = answered.readline()
                size = 0
                while (line := answered.readline()) not in (b"\r\n", b""):
                    if line.lower().startswith(b"content-length:"):
                        size = int(line.split(b":")[1])
                if not first or len(answered.read(size)) < size:
                    return 0
            return int(first.split()[1])
        except (OSError, ValueError, IndexError):
            return 0

    @staticmethod
    def together(functions):
        """Runs them at the same time and waits for all; the network's errors are the scenario's subject."""
        def quiet(function):
            try:
                function()
            except OSError:
                pass
        threads = [threading.Thread(target=quiet, args=(f,), daemon=True) for f in functions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(45)

    def talk(self, connection, low=0, high=3):
        """A few exchanges, with the pauses of a person or a program between them."""
        for _ in range(self.rng.randint(low, high)):
            if not self.ask(connection):
                return False
            self.pause(0.3)
        return True

    def send(self, connection, data):
        try:
            connection.sendall(data)
            return True
        except OSError:
            return False

    def drain(self, connection, timeout=1.0):
        """Reads until the end, an error or the timeout; what a client does that waits for its answer."""
        try:
            connection.settimeout(timeout)
            while connection.recv(65536):
                pass
        except OSError:
            pass

    def pause(self, longest=0.2):
        time.sleep(self.rng.uniform(0, longest))

    def settle(self, round_trips=1.5, extra=0.03):
        """Long enough for what was sent to have its answer."""
        time.sleep(self.topology.rtt * round_trips * (1 + self.draw.jitter) + extra)

    def background(self, port=None):
        """None to two other connections of the same hosts; some end before, some after the reset."""
        port = self.draw.port if port is None else port
        for _ in range(self.rng.choice((0, 0, 1, 1, 2))):
            c = self.dial(port)
            self.talk(c, 1, 2)
            if self.rng.random() < 0.5:
                finish(c)
            else:
                self.others.append(c)

    def finish_others(self):
        for c in self.others:
            if self.rng.random() < 0.5:
                self.talk(c, 1, 1)
            finish(c)
        self.others = []
