# SPDX-License-Identifier: GPL-2.0-or-later
"""Another protocol than the port expects, refused handshakes, harmless ends of TLS, health checks."""
import socket
import ssl
import time

from endpoints import read_head, request
from registry import scenario
from scenarios_programs import several


def server_context(run, **values):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(run.certificate())
    for name, value in values.items():
        setattr(context, name, value)
    return context


def client_context(**values):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for name, value in values.items():
        setattr(context, name, value)
    return context


def tls_server(run, context, after=None):
    """A server whose handler sees the plain text; a refused handshake closes the socket as Python does."""
    def handler(c):
        try:
            with context.wrap_socket(c, server_side=True) as tls:
                if after:
                    after(tls)
                    return
                while tls.recv(4096):
                    tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + b"x" * 20)
        except (ssl.SSLError, OSError):
            pass
    run.listen(handler=handler)


def haproxy_tls(run, options):
    run.haproxy_at(run.topology.server, "defaults\n mode http\n timeout client 20s\nfrontend f\n bind "
                   f"{run.any_address(run.draw.port)} ssl crt {run.certificate()} {options}\n"
                   " http-request return status 200 content-type text/plain string \"hello\"\n", run.draw.port)


def tls_dial(run, context, name="www.example.test", dialled=None):
    """A TLS connection, or None where the handshake fails; the failed socket is closed."""
    c = dialled or run.dial()
    try:
        return context.wrap_socket(c, server_hostname=name)
    except (ssl.SSLError, OSError):
        c.close()
        return None


@scenario({"server": "abort|late_data"}, diagnosis={"server": "protocol_mismatch"}, loss=0, dup=0, snaplen=262144)
def http_on_tls_port(run):
    """Plain HTTP sent to a TLS port: the server reads the first octets, closes, and resets the rest of the request."""
    if run.rng.random() < 0.5:
        haproxy_tls(run, "")
    else:
        tls_server(run, server_context(run))

    def one():
        c = run.dial()
        run.send(c, request(sizes.pop(), 10).replace(b"GET", b"POST"))
        time.sleep(run.topology.rtt * 0.7)
        run.send(c, b"name=value&" * 20)
        run.drain(c, run.topology.rtt + 0.4)
        c.close()
    sizes = [run.rng.randint(150, 1200) for _ in range(5)]
    several(run, one, 1, 4)
    run.settle()


@scenario({"server": "abort"}, diagnosis={"server": "protocol_mismatch"}, loss=0, dup=0, snaplen=262144)
def tls_on_plain_port(run):
    """A ClientHello to a server of lines: it answers in plain text and closes with the rest unread."""
    banner = run.rng.choice((b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", b"-ERR Protocol error\r\n",
                             b"500 unrecognised command\r\n"))

    def handler(c):
        c.recv(run.rng.choice((5, 64)))
        time.sleep(0.01)
        c.sendall(banner)
        c.close()

    run.listen(handler=handler)
    several(run, lambda: tls_dial(run, client_context()), 1, 4)
    run.settle()


@scenario({"server": "abort|late_data", "client": "abort|late_data"}, diagnosis="tls_failure", loss=0, dup=0,
          snaplen=262144)
def tls_no_common_version(run):
    """The server wants TLS 1.3, the client has 1.2; behind its ClientHello it has already sent more."""
    if run.rng.random() < 0.5:
        haproxy_tls(run, "ssl-min-ver TLSv1.3")
    else:
        tls_server(run, server_context(run, minimum_version=ssl.TLSVersion.TLSv1_3))

    def one():
        c = run.dial()
        context = client_context(maximum_version=ssl.TLSVersion.TLSv1_2)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        engine = context.wrap_bio(incoming, outgoing, server_hostname="www.example.test")
        try:
            engine.do_handshake()
        except ssl.SSLWantReadError:
            pass
        run.send(c, outgoing.read())
        time.sleep(run.topology.rtt * 0.8)
        run.send(c, b"\x15\x03\x03\x00\x02\x01\x5a")   # it gives up waiting: alert user_canceled
        run.drain(c, run.topology.rtt + 0.4)
        c.close()
    several(run, one, 1, 4)
    run.settle()


@scenario({"server": "abort|late_data"}, diagnosis={"server": "tls_failure"}, loss=0, dup=0, snaplen=262144)
def tls_server_resets_on_hello(run):
    """The server does not like the ClientHello (unknown name) and resets without an alert."""
    names = {"www.example.test"}

    def handler(c):
        hello = c.recv(4096, socket.MSG_PEEK)
        known = any(n.encode() in hello for n in names)
        if not known:
            time.sleep(0.002)
            c.close()          # with the ClientHello unread
            return
        with context.wrap_socket(c, server_side=True) as tls:
            while tls.recv(4096):
                tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + b"x" * 20)

    context = server_context(run)
    run.listen(handler=handler)

    def one():
        tls_dial(run, client_context(), f"host{run.rng.randint(1, 99)}.example.net")

    good = tls_dial(run, client_context())
    if good:
        run.fetch(good)
        run.others.append(good)
    several(run, one, 1, 4)
    run.settle()


@scenario({"server": "abort|late_data"}, diagnosis={"server": "tls_failure"}, loss=0, dup=0, snaplen=262144)
def tls_no_client_certificate(run):
    """In TLS 1.3 the client sends its request at once; the server misses a certificate, alerts and closes."""
    context = server_context(run, minimum_version=ssl.TLSVersion.TLSv1_3)
    context.load_verify_locations(run.certificate() + ".crt")
    context.verify_mode = ssl.CERT_REQUIRED
    tls_server(run, context)

    def one():
        tls = tls_dial(run, client_context())
        if tls:
            run.fetch(tls)
            run.drain(tls, 0.3)
            tls.close()
    several(run, one, 1, 4)
    run.settle()


@scenario({"client": "late_data|teardown|abort"}, loss=0, dup=0, snaplen=262144,
          diagnosis={"client": "tls_close|teardown"})
def tls_close_notify(run):
    """The client is done and closes; the server's close_notify finds nobody. Nothing was lost."""
    def after(tls):
        while tls.recv(4096):
            tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + b"x" * 20)
        try:
            tls.unwrap()
        except OSError:
            pass

    tls_server(run, server_context(run), after)

    def one():
        tls = tls_dial(run, client_context())
        if tls:
            for _ in range(turns.pop()):
                run.fetch(tls)
            time.sleep(0.1)
            tls.close()
    turns = [run.rng.randint(1, 3) for _ in range(5)]
    several(run, one, 1, 4)
    run.settle(2)


@scenario({"client": "abort|teardown"}, diagnosis={"client": "health_check"}, loss=0, dup=0)
def haproxy_checks_tcp(run):
    """HAProxy's TCP check: connect, reset, again after `inter`; one HAProxy watches one or two ports."""
    every = run.rng.choice((300, 400, 500))
    haproxy_checks(run, every, "")


@scenario({"client": "abort|teardown"}, diagnosis={"client": "health_check"}, loss=0, dup=0)
def haproxy_checks_http(run):
    """HAProxy's HTTP check: a request, its answer, a reset."""
    every = run.rng.choice((300, 400, 600))
    haproxy_checks(run, every, " option httpchk\n"
                   " http-check send meth GET uri /health ver HTTP/1.1 hdr Host check.example.test\n"
                   " http-check expect status 200\n")


def haproxy_checks(run, every, option):
    run.note["scale"] = "2..10 s are 0.3..0.6 s"

    def handler(c):
        """Slow to close, as programs behind a framework are: HAProxy resets what it finds still open."""
        if read_head(c) is not None:
            c.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
            time.sleep(0.25)
        c.close()

    run.listen(handler=handler)
    t = run.topology
    to = f"[{t.server_ip}]" if run.draw.v6 else t.server_ip
    run.haproxy_at(t.client, "defaults\n mode http\n timeout connect 2s\n timeout client 5s\n timeout server 5s\n"
                   f" timeout check 2s\nfrontend f\n bind 127.0.0.1:8099\n default_backend b\nbackend b\n{option}"
                   f" server s {to}:{run.draw.port} check inter {every}\n", 8099)
    time.sleep(every / 1000 * run.rng.randint(5, 8))
    run.settle()
