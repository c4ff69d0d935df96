# SPDX-License-Identifier: GPL-2.0-or-later
"""Other people's proxies on the middlebox: nginx (stream and http), squid, stunnel, sslsplit.

The box is the TCP endpoint of both legs. Clients go to its own address, except with sslsplit, which takes what was
meant for the server under the server's address.
"""
import os
import ssl
import time

from endpoints import answer, linger_abort, read_head, request
from registry import scenario
from scenarios_tools import as_the_real_sender
from scenarios_tls import client_context, server_context

PROXY = dict(crossing="nothing", loss=0, dup=0)
BACKEND = 8081


def at_box(run):
    run.box_is_endpoint = lambda root: root.origin == "intermediary"
    return run.topology.r2


def bracketed(run, address):
    return f"[{address}]" if run.draw.v6 else address


def dial_box(run, **options):
    return run.dial(to=run.topology.box_c_ip, **options)


def aborting_server(run, port=BACKEND):
    """Answers one request and aborts at the second."""
    def handler(c):
        wanted = read_head(c)
        c.sendall(answer(wanted or 100))
        read_head(c)
        linger_abort(c)
    run.listen(port, handler)


def nginx_stream(run, more=""):
    run.nginx("", host=at_box(run), stream="stream {\n server {\n  listen "
              f"{run.any_address(run.draw.port)};\n  proxy_pass {bracketed(run, run.topology.server_ip)}:{BACKEND};\n"
              f"{more}\n }}\n}}\n")


def send_on_after_abort(run, c):
    """A client whose server aborts, and which has more to send."""
    run.ask(c, 500)
    run.send(c, request(300, 100))
    run.settle(0.8)
    run.send(c, request(300, 100))
    run.settle(1.5)
    c.close()


@scenario({"intermediary": "late_data|idle_timeout|no_socket", "server": "late_data"}, **PROXY,
          diagnosis={"intermediary": "stale_connection|idle_close|idle_close_race"})
def nginx_stream_idle(run):
    """nginx's stream proxy closes idle connections at proxy_timeout; the pool sends on them all the same."""
    run.note["scale"] = "proxy_timeout 1 s instead of 10 min"
    run.listen(BACKEND)
    nginx_stream(run, "  proxy_timeout 1s;")
    for _ in range(run.rng.randint(1, 3)):
        run.others.append(dial_box(run))
        run.talk(run.others[-1], 1, 2)
    time.sleep(1.2)
    run.settle()
    for c in run.others:
        run.send(c, request(200, 100))
    run.settle(2)


@scenario({"intermediary": "abort|no_socket|late_data", "server": "closed_port"}, **PROXY,
          diagnosis={"server": "closed_port", "intermediary": "unread_data|none"})
def nginx_stream_backend_down(run):
    """Nothing listens behind nginx's stream proxy: it drops the client, whose request lies unread."""
    nginx_stream(run)
    for _ in range(run.rng.randint(1, 3)):
        c = dial_box(run)
        run.send(c, request(300, 100))
        run.drain(c, run.topology.rtt + 0.3)
        c.close()
        run.settle()


@scenario({"intermediary": "abort|late_data", "server": "abort"}, **PROXY,
          diagnosis={"server": "none|unread_data", "intermediary": "none|unread_data"})
def nginx_stream_server_aborts(run):
    """The server behind nginx's stream proxy aborts; nginx closes the client's connection, which still sends."""
    aborting_server(run)
    nginx_stream(run)
    c = dial_box(run)
    send_on_after_abort(run, c)


@scenario({"intermediary": "abort|policy_reject"}, **PROXY,
          diagnosis={"intermediary": "blocked_content|unread_data|policy_reject|none"})
def nginx_http_444(run):
    """nginx drops requests for a name it does not serve (return 444) and resets (reset_timedout_connection)."""
    run.nginx("  reset_timedout_connection on;\n  return 444;", host=at_box(run))
    for _ in range(run.rng.randint(1, 3)):
        c = dial_box(run)
        run.fetch(c)
        c.close()
        run.pause(0.2)
    run.settle()


@scenario({"intermediary": "abort"}, **PROXY, diagnosis={"intermediary": "zero_window|response_timeout|none"})
def nginx_http_slow_reader(run):
    """The client does not read; nginx gives up after send_timeout and resets."""
    run.note["scale"] = "send_timeout 1 s instead of 60"
    run.nginx("  reset_timedout_connection on; send_timeout 1s; postpone_output 0;\n"
              "  location /big { alias /proc/kallsyms; }", host=at_box(run))
    c = dial_box(run, sockopts={(1, 8): 4096})
    run.send(c, b"GET /large HTTP/1.1\r\nHost: www.example.test\r\n\r\n" * 12)
    time.sleep(2.6)
    run.settle()
    c.close()


SQUID = """http_port {port}
http_access allow all
cache deny all
cache_mem 8 MB
access_log none
cache_log {scratch}/cache.log
cache_store_log none
pid_filename {scratch}/squid.pid
coredump_dir {scratch}
netdb_filename none
pinger_enable off
unlinkd_program /bin/true
shutdown_lifetime 1 second
forwarded_for delete
via off
visible_hostname proxy.example.test
{more}
"""


def squid(run, more=""):
    host = at_box(run)
    os.chmod(run.scratch, 0o777)
    text = SQUID.format(port=f"{bracketed(run, run.topology.box_c_ip)}:{run.draw.port}",
                        scratch=run.scratch, more=more)
    run.program(host, "squid", "-N", "-f", run.write_file("squid.conf", text))
    run.wait_listening(host, run.draw.port, 20)


def tunnel(run, port=BACKEND):
    """A CONNECT through squid to the server."""
    c = dial_box(run)
    to = f"{bracketed(run, run.topology.server_ip)}:{port}"
    run.send(c, f"CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n\r\n".encode())
    read_head(c)
    return c


@scenario({"intermediary": "abort|late_data", "server": "abort"}, **PROXY,
          diagnosis={"server": "none|unread_data", "intermediary": "none|unread_data"})
def squid_tunnel_server_aborts(run):
    """The server aborts a connection that goes through squid's CONNECT."""
    aborting_server(run)
    squid(run)
    c = tunnel(run)
    send_on_after_abort(run, c)


@scenario({"intermediary": "abort|late_data", "client": "abort"}, **PROXY,
          diagnosis={"client": "none|unread_data", "intermediary": "none|unread_data"})
def squid_tunnel_client_aborts(run):
    """The client aborts its tunnel through squid in the middle of an answer."""
    run.listen(BACKEND)
    squid(run)
    c = tunnel(run)
    run.talk(c, 1, 2)
    run.send(c, request(200, 200_000))
    time.sleep(run.topology.rtt * 1.5)
    linger_abort(c)
    run.settle(2)


@scenario({"intermediary": "late_data|idle_timeout|no_socket", "server": "late_data"}, **PROXY,
          diagnosis={"intermediary": "stale_connection|idle_close_race|idle_close"})
def squid_idle_client(run):
    """squid closes persistent client connections after client_idle_pconn_timeout; the client's pool does not look."""
    run.note["scale"] = "client_idle_pconn_timeout 1 s instead of 2 min"
    run.listen(BACKEND)
    squid(run, "client_idle_pconn_timeout 1 second")
    url = f"http://{bracketed(run, run.topology.server_ip)}:{BACKEND}/item?n=300"
    for _ in range(run.rng.randint(1, 3)):
        run.others.append(dial_box(run))
        run.fetch(run.others[-1], url)
    time.sleep(2.4)
    run.settle()
    for c in run.others:
        run.send(c, f"GET {url} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    run.settle(1.5)


def stunnel(run, more="", backend=BACKEND):
    host = at_box(run)
    text = (f"foreground = yes\ndebug = 0\npid =\n[lab]\naccept = {bracketed(run, run.topology.box_c_ip).strip('[]')}:"
            f"{run.draw.port}\nconnect = {run.topology.server_ip}:{backend}\ncert = {run.certificate()}\n{more}\n")
    run.program(host, "stunnel4", run.write_file("stunnel.conf", text))
    run.wait_listening(host, run.draw.port)


def tls(run, c):
    try:
        return client_context().wrap_socket(c, server_hostname="www.example.test")
    except OSError:
        c.close()
        return None


@scenario({"intermediary": "idle_timeout|abort"}, **PROXY, diagnosis={"intermediary": "idle_close|idle_timeout"})
def stunnel_idle(run):
    """stunnel resets both legs at TIMEOUTidle."""
    run.note["scale"] = "TIMEOUTidle 1 s instead of 12 h"
    run.listen(BACKEND)
    stunnel(run, "TIMEOUTidle = 1")
    for _ in range(run.rng.randint(2, 4)):
        c = tls(run, dial_box(run))
        run.talk(c, 1, 2)
        run.others.append(c)
    time.sleep(2.3)
    run.settle()


@scenario({"intermediary": "abort|no_socket", "server": "closed_port"}, **PROXY,
          diagnosis={"server": "closed_port", "intermediary": "none|unread_data|tls_failure"})
def stunnel_backend_down(run):
    """Nothing listens behind stunnel: it resets the client whose handshake has just been done."""
    stunnel(run)
    for _ in range(run.rng.randint(1, 3)):
        c = tls(run, dial_box(run))
        if c:
            run.send(c, request(200, 100))
            run.drain(c, run.topology.rtt + 0.3)
            c.close()
    run.settle()


@scenario({"intermediary": "abort"}, **PROXY, diagnosis={"intermediary": "protocol_mismatch"}, snaplen=262144)
def stunnel_plain_http(run):
    """Plain HTTP on stunnel's TLS port."""
    run.listen(BACKEND)
    stunnel(run)
    for _ in range(run.rng.randint(1, 3)):
        c = dial_box(run)
        run.send(c, request(run.rng.randint(150, 900), 100))
        run.drain(c, run.topology.rtt + 0.4)
        c.close()
    run.settle()


def sslsplit(run):
    """Takes what goes to the server's port into sslsplit on the middlebox, under the server's address."""
    t, host = run.topology, at_box(run)
    authority = run.certificate("authority.example.test")
    host.nft("table inet split {\n chain pre {\n  type nat hook prerouting priority dstnat;\n"
             f"  iifname mid_c tcp dport {run.draw.port} redirect to :3130\n }}\n}}\n")
    run.program(host, "sslsplit", "-k", authority + ".key", "-c", authority + ".crt", "-P", "-O",
                "ssl", "0.0.0.0", "3130", "netfilter")
    run.wait_listening(host, 3130)
    return t


def tls_echo(run, end):
    """A TLS server: answers one request, then ends in that way at the second."""
    context = server_context(run)

    def handler(c):
        try:
            with context.wrap_socket(c, server_side=True) as secure:
                secure.recv(4096)
                secure.sendall(answer(300))
                secure.recv(4096)
                end(secure)
        except (ssl.SSLError, OSError):
            pass
    run.listen(handler=handler)


def split(name, disguised):
    @scenario({"intermediary": "abort|late_data|teardown", "server": "abort"}, name=name, v6=False, **PROXY,
              diagnosis={"server": "none|unread_data|tls_close",
                         "intermediary": "stale_connection|idle_close_race|none|tls_close"})
    def play(run):
        """sslsplit reads TLS under a certificate of its own; the server aborts, sslsplit ends the client's leg."""
        if disguised:
            as_the_real_sender(run, "")
        tls_echo(run, linger_abort)
        sslsplit(run)
        for _ in range(run.rng.randint(1, 2)):
            c = tls(run, run.dial())
            if not c:
                continue
            run.send(c, request(200, 300))
            run.settle(2, 0.1)
            run.send(c, request(200, 300))
            run.settle(1.5, 0.1)
            run.send(c, request(200, 300))
            run.settle(1.5)
            c.close()
        run.settle()
    return play


split("sslsplit_server_aborts", False)
split("sslsplit_server_aborts_ttl", True)
