# SPDX-License-Identifier: GPL-2.0-or-later
"""Resets that firewalls, NATs and proxies on the path send, or provoke."""
import time

from endpoints import request
from registry import scenario


@scenario({"intermediary": "policy_reject"})
def reject_on_syn(run):
    """A firewall rejects connections to one port with a reset."""
    blocked = run.rng.randint(30001, 32000)
    run.listen()
    run.listen(blocked)
    run.firewall([f"tcp dport {blocked} REJECT"])
    run.background()
    for _ in range(run.rng.randint(1, 2)):
        run.try_dial(blocked)
        run.pause()


@scenario({"intermediary": "policy_reject"})
def reject_midstream(run):
    """A rule that comes while the connection is open: every later segment of the client is rejected."""
    run.listen()
    run.listen(8081)
    run.background()
    c = run.dial(8081)
    run.talk(c, 1, 3)
    run.firewall(["tcp dport 8081 REJECT", "tcp dport 8081 drop"])
    run.send(c, request(300, 500))
    run.drain(c, run.topology.rtt * 2 + 0.2)
    c.close()
    run.settle()
