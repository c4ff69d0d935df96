# SPDX-License-Identifier: GPL-2.0-or-later
"""Hard negatives of the capture: it hides, cuts or repeats what would acquit a genuine reset."""
import time

from endpoints import Kept, linger_abort, request
from pcapng import RST, SYN
from registry import scenario
from scenarios_negative import server_ends


def one_direction(run, client_kept):
    client = run.topology.packed(run.topology.client_ip)
    for point in ("client", "mid_c", "mid_s", "server"):
        run.post[point] = lambda segments: [
            i for i, s in enumerate(segments) if s and (s.source == client) == client_kept]


@scenario({"client": "abort"})
def neg_one_way_client(run):
    """Only the client's packets were captured; it aborts."""
    run.listen()
    run.background()
    c = run.dial()
    run.talk(c, 1, 3)
    run.send(c, request(200, 20000))
    time.sleep(run.topology.rtt * run.rng.uniform(0.5, 1.5))
    linger_abort(c)
    run.settle(2)
    one_direction(run, True)


@scenario({"server": "late_data|half_open|no_socket"})
def neg_one_way_server(run):
    """Only the server's packets were captured; it answers late data."""
    run.listen()
    kept = Kept()
    run.listen(8081, kept.handler)
    run.background()
    c = run.dial(8081)
    run.talk(c, 1, 3)
    kept.take().close()
    run.settle()
    for _ in range(run.rng.randint(1, 3)):
        run.send(c, request(200, 10))
    run.settle(1.5)
    c.close()
    one_direction(run, False)


@scenario({"server": "abort", "client": "abort"}, loss=0, dup=0)
def neg_duplicated_frames(run):
    """The capture holds frames twice, as from two SPAN ports."""
    run.listen()
    run.background()
    _, end = server_ends(run, linger_abort)
    end()
    c = run.dial()
    run.talk(c, 1, 2)
    run.send(c, request(200, 9000))
    time.sleep(run.topology.rtt)
    linger_abort(c)
    run.settle(2)
    every, share = run.rng.random() < 0.5, run.rng.uniform(0.2, 0.6)
    for point in ("client", "mid_c", "mid_s", "server"):
        run.post[point] = lambda segments: [
            i for i in range(len(segments)) for _ in range(2 if every or run.rng.random() < share else 1)]


def cut_start(run, connections_only=True):
    """The capture begins after the handshakes."""
    share = run.rng.uniform(0.3, 0.8)

    def choose(segments):
        first = next((i for i, s in enumerate(segments) if s and s.flags & RST), len(segments))
        start = int(first * share)
        return [i for i, s in enumerate(segments)
                if i >= start and not (connections_only and s and s.flags & SYN)]
    for point in ("client", "mid_c", "mid_s", "server"):
        run.post[point] = choose


@scenario({"server": "abort"})
def neg_midstream_server_abort(run):
    _, end = server_ends(run, linger_abort)
    end()
    cut_start(run)


@scenario({"client": "abort"})
def neg_midstream_client_abort(run):
    run.listen()
    c = run.dial()
    run.talk(c, 2, 4)
    linger_abort(c)
    run.settle(2)
    cut_start(run)


@scenario({"server": "late_data|half_open|no_socket"})
def neg_midstream_late_data(run):
    kept = Kept()
    run.listen(8081, kept.handler)
    c = run.dial(8081)
    run.talk(c, 2, 4)
    kept.take().close()
    run.settle()
    run.send(c, request(200, 10))
    run.settle(1.5)
    c.close()
    cut_start(run)


@scenario({"server": "abort|unknown", "client": "abort|unknown"})
def neg_only_resets(run):
    """A capture filter kept nothing but the resets."""
    run.listen()
    _, end = server_ends(run, linger_abort)
    end()
    c = run.dial()
    run.talk(c, 1, 2)
    linger_abort(c)
    run.settle()
    for point in ("client", "mid_c", "mid_s", "server"):
        run.post[point] = lambda segments: [i for i, s in enumerate(segments) if s and s.flags & RST]


@scenario({"server": "abort"}, offload=True, snaplen=96, loss=0)
def neg_offload_bulk(run):
    """Segmentation and receive offload at the ends: frames larger than the line's, cut by the snap length."""
    run.listen()
    run.background()
    _, end = server_ends(run, linger_abort, bulk=run.rng.randint(20000, 90000))
    end()
