# SPDX-License-Identifier: GPL-2.0-or-later
"""Devices that read what is sent: the SNI or Host they act on is known, and those that act before anything is said."""
from endpoints import finish
from registry import scenario
from scenarios_injector import some_ttl
from scenarios_tls import client_context, server_context, tls_dial, tls_server

BLOCKED = {"intermediary": "blocked_content", "client": "echo", "server": "echo"}


def blocked_name(run):
    return f"{run.rng.choice(('blocked', 'forbidden', 'news', 'video'))}{run.rng.randint(1, 99)}.example"


@scenario(BLOCKED, diagnosis={"intermediary": "blocked_content"}, loss=0, dup=0, snaplen=262144)
def sni_blocked(run):
    """A device resets on one server name; other names of the same server pass."""
    name = blocked_name(run)
    run.note["server_name"] = name
    tls_server(run, server_context(run))
    run.inject(keyword=name.encode().hex(), to=run.rng.choice(("both", "client", "both")),
               flags=run.rng.choice(("R", "RA")), ttl=some_ttl(run), ip_id="random",
               offsets=[0] * run.rng.randint(1, 3), gap=0.0002, seq="tracked")
    for asked in run.rng.sample([name, "www.example.test", name, f"mail.{run.rng.randint(1, 9)}.example.test"], 4):
        tls = tls_dial(run, client_context(), asked)
        if tls:
            run.fetch(tls)
            finish(tls)
        run.settle(1.2)


@scenario(BLOCKED, diagnosis={"intermediary": "blocked_content"}, loss=0, dup=0, snaplen=262144)
def host_blocked(run):
    """The same for the Host of plain HTTP, in whichever request of the connection it stands."""
    name = blocked_name(run)
    run.note["server_name"] = name
    run.nginx("")
    run.inject(keyword=name.encode().hex(), to=run.rng.choice(("both", "client")),
               flags=run.rng.choice(("R", "RA", "RA")), ttl=some_ttl(run),
               ip_id=run.rng.choice(("random", "zero")), window="random",
               offsets=run.rng.choice(([0], [0, 0, 0], [0, 1460, 2920])), gap=0.0002)
    for _ in range(run.rng.randint(1, 3)):
        c = run.dial()
        for _ in range(run.rng.randint(0, 2)):
            run.fetch(c)
        run.send(c, f"GET /a{run.rng.randint(1, 999)} HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
        run.drain(c, run.topology.rtt + 0.2)
        c.close()
        run.settle()
    c = run.dial()
    run.fetch(c)
    finish(c)


def syn_resetter(name, cause="blocked_content|policy_reject", **spec):
    def play(run):
        run.listen()
        run.listen(8081)
        chosen = {k: v(run) if callable(v) else v for k, v in spec.items()}
        run.inject(trigger="syn", **chosen)
        for _ in range(run.rng.randint(2, 5)):
            c = run.try_dial()
            if c:
                run.drain(c, run.topology.rtt + 0.1)
                c.close()
            run.settle(1)
            run.pause()
        c = run.dial(8081)
        run.talk(c, 1, 2)
        finish(c)
    scenario({"intermediary": cause, "client": "echo", "server": "echo|closed_port|no_socket"}, name=name,
             diagnosis={"intermediary": "unconditional_block|policy_reject", "server": "none|unconditional_block",
                        "client": "none|unconditional_block"}, loss=0, dup=0)(play)


syn_resetter("every_syn_reset_both", to="both", flags="RA", ttl=some_ttl, ip_id="random", window="random",
             offsets=[0, 0, 0], gap=0.0001)
syn_resetter("every_syn_reset_client", to="client", flags="RA", ttl=some_ttl, ip_id="random")
