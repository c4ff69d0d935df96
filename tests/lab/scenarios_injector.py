# SPDX-License-Identifier: GPL-2.0-or-later
"""Resets forged by a box that watches the path, in the ways described for real ones."""
import time

from endpoints import finish, request
from registry import scenario

BLOCKED = {"intermediary": "blocked_content", "client": "echo", "server": "echo"}


def browse(run, exchanges=(0, 3), end=True):
    """A connection that asks a few times and then for what the box does not like."""
    c = run.dial()
    for _ in range(run.rng.randint(*exchanges)):
        if not run.ask(c):
            break
        run.pause(0.1)
    else:
        run.send(c, request(run.rng.randint(150, 900), run.rng.randint(100, 6000)).replace(b"www.", b"bad."))
    run.drain(c, run.topology.rtt * 2 + 0.25)
    if end:
        c.close()
        run.settle(1.5)
    return c


BAD = b"bad.example".hex()


def injected(name, exchanges=(0, 3), cause=None, **spec):
    """A scenario that differs from the others only in what the injector sends."""
    def play(run):
        chosen = {k: v(run) if callable(v) else v for k, v in spec.items()}
        chosen.setdefault("keyword", BAD if chosen.get("trigger", "psh") == "psh" else "")
        run.listen()
        run.background()
        run.inject(**chosen)
        browse(run, exchanges)
    scenario(cause or BLOCKED, name=name)(play)


def some_ttl(run):
    return f"fixed:{run.rng.choice((57, 60, 63, 64, 100, 120, 128, 200, 240, 255))}"


injected("inject_exact_to_client", to="client", flags="RA", ttl=some_ttl, ip_id="random")
injected("inject_mimic_to_client", to="client", flags="RA", seq="tracked", ttl="mimic", ip_id="mimic",
         window="mimic", ts=True)
