# SPDX-License-Identifier: GPL-2.0-or-later
"""Resets forged by a box that watches the path, in the ways described for real ones."""
from endpoints import finish, request
from registry import scenario

BLOCKED = {"intermediary": "blocked_content", "client": "echo", "server": "echo"}
# Where the box acts before it can have seen content of this connection
UNSEEN = {**BLOCKED, "intermediary": "blocked_content|policy_reject"}


def browse(run, exchanges=(0, 3), end=True):
    """A connection that asks a few times and then for what the box does not like."""
    c = run.try_dial()
    if not c:
        return run.settle()
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


# Before the connection has said anything, nobody can tell whom it was about
UNSAID = "unconditional_block|blocked_content|policy_reject"


def injected(name, exchanges=(0, 3), cause=None, place=None, why=None, **spec):
    """A scenario that differs from the others only in what the injector sends, and where it stands."""
    def play(run):
        chosen = {k: v(run) if callable(v) else v for k, v in spec.items()}
        chosen.setdefault("keyword", BAD if chosen.get("trigger", "psh") == "psh" else "")
        run.listen()
        run.background()
        run.inject(**chosen)
        browse(run, exchanges)
    seen = spec.get("trigger", "psh") not in ("syn", "synack", "ack")
    scenario(cause or (BLOCKED if seen else UNSEEN), name=name, **(place or {}),
             diagnosis={"intermediary": why or ("blocked_content" if seen else UNSAID)})(play)


def some_ttl(run):
    return f"fixed:{run.rng.choice((57, 60, 63, 64, 100, 120, 128, 200, 240, 255))}"


injected("inject_exact_to_client", to="client", flags="RA", ttl=some_ttl, ip_id="random")
injected("inject_mimic_to_client", to="client", flags="RA", seq="tracked", ttl="mimic", ip_id="mimic",
         window="mimic", ts=True)


def any_size(run):
    return run.rng.randint(1, 60000)


# Toward whom, with which flags, with which acknowledgment
injected("inject_bare_to_client", to="client", ttl=some_ttl)
injected("inject_bare_to_server", to="server", ttl=some_ttl)
injected("inject_bare_both", to="both", ttl=some_ttl, ip_id="random")
injected("inject_ra_to_server", to="server", flags="RA", ttl=some_ttl, window="random")
injected("inject_ra_both", to="both", flags="RA", ttl=some_ttl, ip_id="zero", window="echo")
injected("inject_ra_ack_zero", to="both", flags="RA", ack="zero", ttl=some_ttl, ip_id="random")
injected("inject_next_expected_window_zero", to="client", seq="tracked", ttl=some_ttl, df=False)

# How many, and where in the sequence space
injected("inject_triple_identical", to="both", flags="RA", offsets=[0, 0, 0], ttl="random", ip_id="random",
         window="random", gap=0.0001)
injected("inject_rising_sequence", to="both", flags="RA", offsets=[0, 1460, 2920], ttl=some_ttl, ip_id="each",
         window="random", gap=0.0002)
injected("inject_rising_4380", to="client", flags="R", offsets=[0, 1460, 4380], ttl="each", ip_id="fixed:64",
         gap=0.0005)
injected("inject_bare_and_ra", to="both", flags="R+RA", offsets=[0, 0], ttl="each", ip_id="each", gap=0.0003)
injected("inject_differing_acks", to="server", flags="R", offsets=[0, 0, 0], ttl="each", ip_id="each", window="random",
         ack="trigger_seq", gap=0.0003)
injected("inject_many_identical", to="client", flags="R", offsets=[0] * 7, ttl=some_ttl, ip_id="each", gap=0.001)


def harmless(name, **spec):
    """Out of the window: the connection lives on, and nothing follows but a challenge ACK."""
    def play(run):
        chosen = {k: v(run) if callable(v) else v for k, v in spec.items()}
        run.listen()
        run.background()
        run.inject(keyword=BAD, **chosen)
        run.inert = lambda s: s.origin == "intermediary"
        c = browse(run, end=False)
        run.talk(c, 0, 2)
        finish(c)
        run.settle()
    scenario({"intermediary": "blocked_content"}, name=name, loss=0,
             diagnosis={"intermediary": "blocked_content|blind_attack"})(play)


harmless("inject_in_window", to="client", flags="R", seq="tracked", ttl=some_ttl,
         offsets=lambda run: [run.rng.randint(2000, 20000)])
harmless("inject_in_window_server", to="server", flags="RA", seq="tracked", ttl=some_ttl, ip_id="random",
         offsets=lambda run: [run.rng.randint(1500, 20000)])
harmless("inject_stale", to="client", flags="RA", ttl=some_ttl, ip_id="random", seq="tracked",
         offsets=lambda run: [-run.rng.randint(10, 5000)], window="echo")
harmless("inject_beyond", to="both", flags="R", ttl=some_ttl, offsets=lambda run: [run.rng.randint(10 ** 7, 10 ** 9)])
harmless("inject_seq_zero_ack_zero", to="server", flags="RA", ack="zero", seq="tracked", ttl=some_ttl,
         offsets=lambda run: [run.rng.randint(10 ** 8, 10 ** 9)])

# TTL, IP-ID, window: fixed, copied, random
injected("inject_ttl_copied", to="both", ttl="copy", ip_id="copy", window="echo")
injected("inject_mirror_trigger", to="client", ttl="copy", ip_id="copy+1", window="echo", ack="trigger_seq", df=False)
injected("inject_ttl_random", to="both", ttl="random", ip_id="zero", df=False)
injected("inject_ip_id_constant", to="both", flags="RA", ttl=some_ttl, ip_id="fixed:242")
injected("inject_window_echo_255", to="both", flags="RA", ttl="fixed:255", ip_id="random", window="echo", df=False)
injected("inject_reserved_bits", to="client", flags="R", ttl="fixed:52", ip_id="copy", window="fixed:65535", reserved=14,
         ack="trigger_seq", df=False)
injected("inject_all_but_ttl", to="client", flags="RA", seq="tracked", ttl=some_ttl, ip_id="mimic", window="mimic",
         ts=True)
injected("inject_all_but_ip_id", to="both", flags="RA", seq="tracked", ttl="mimic", ip_id="random", window="mimic",
         ts=True)
injected("inject_ttl_mimicked_only", to="both", flags="RA", ttl="mimic", ip_id="zero", window="zero")
injected("inject_ttl_mimicked_bare", to="client", flags="R", ttl="mimic", ip_id="zero", window="zero")
injected("inject_mimic_to_server", to="server", flags="RA", seq="tracked", ttl="mimic", ip_id="mimic", window="mimic",
         ts=True)
injected("inject_mimic_both", to="both", flags="RA", seq="tracked", ttl="mimic", ip_id="mimic", window="mimic", ts=True)

# At which stage
injected("inject_post_syn", trigger="syn", to="client", flags="RA", ttl=some_ttl, ip_id="random", window="random")
injected("inject_post_syn_server", trigger="syn", to="server", flags="R", ttl=some_ttl, ip_id="random")
injected("inject_post_syn_both", trigger="syn", to="both", flags="RA", ttl="rising:60", ip_id="random",
         window="ttl+4164", offsets=[0, 0, 0], gap=0.0001)
injected("inject_post_synack", trigger="synack", to="client", flags="RA", ttl=some_ttl, ip_id="random")
injected("inject_post_synack_both", trigger="synack", to="both", flags="R", ttl=some_ttl, window="random")
injected("inject_post_ack", trigger="ack", to="both", flags="R", ttl=some_ttl, ip_id="random")
injected("inject_post_ack_client", trigger="ack", to="client", flags="RA", ttl="copy", window="echo")
injected("inject_later", (3, 5), trigger="data:3", to="both", flags="RA", ttl=some_ttl, ip_id="random")
injected("inject_on_answer", (2, 3), trigger="answer:2", to="both", flags="R", ttl=some_ttl)
injected("inject_after_fin", (1, 2), trigger="fin", to="both", flags="RA", ttl=some_ttl, ip_id="random")

# Slow and fast boxes: who wins the race against the real answer
injected("inject_slow", to="both", flags="RA", ttl=some_ttl, ip_id="random", delay=[0.05, 0.25])
injected("inject_slow_client", to="client", flags="R", ttl=some_ttl, delay=[0.03, 0.15])
injected("inject_every_segment", (2, 4), trigger="every", per_flow=99, to="both", flags="R", ttl=some_ttl,
         ip_id="random")

# Next to one of the ends: neither its time nor its distance tells it from the host
NEAR_SERVER = {"delay_s": 100, "hops_s": 0, "back_s": 0}
NEAR_CLIENT = {"delay_c": 100, "hops_c": 0, "back_c": 0}
injected("inject_near_server", place=NEAR_SERVER, to="both", flags="RA", ttl="fixed:64", ip_id="random")
injected("inject_near_server_bare", place=NEAR_SERVER, to="client", flags="R", ttl="fixed:64")
injected("inject_near_server_ttl_mimicked", place=NEAR_SERVER, to="both", flags="RA", ttl="mimic", ip_id="random",
         window="echo")
injected("inject_near_client", place=NEAR_CLIENT, to="both", flags="RA", ttl="fixed:64", ip_id="random")
injected("inject_near_client_mimic", place=NEAR_CLIENT, to="server", flags="RA", seq="tracked", ttl="mimic",
         ip_id="mimic", window="mimic", ts=True)

# Documented families
injected("family_three_ra_locked", to="both", flags="RA", offsets=[0, 0, 0], ttl="rising:60", ip_id="random",
         window="ttl+1375", gap=0.0001)
injected("family_bare_random_ttl", to="both", flags="R", ttl="random", ip_id="zero", df=False, window="random")
injected("family_ra_ttl_248", to="both", flags="RA", ttl="fixed:250", df=False,
         ip_id=lambda run: f"fixed:{run.rng.randint(0x9916, 0x9933)}")
injected("family_payload_ten_bytes", to="client", flags="RA", ttl="fixed:64", ip_id="fixed:1", df=False, window="zero",
         payload="01020304050607080900")
injected("family_pair_12503", to="both", flags="R", offsets=[0, 12503], ttl=some_ttl, ip_id="steps:1", gap=0.0004)
injected("family_payload_zeros", to="both", flags="RA", ttl=some_ttl, ip_id="random", payload="00" * 22)
injected("family_self_report", why="self_report|blocked_content", to="client", flags="RA", ttl="fixed:255", ip_id="random", window="echo",
         payload=b"BIG-IP: [0x2c1a9b7:912] Policy action".hex())


def residual(name, trigger, **spec):
    """After one hit, later connections of the pair are reset at an early stage, for a while."""
    def play(run):
        run.listen()
        chosen = {k: v(run) if callable(v) else v for k, v in spec.items()}
        run.inject(keyword=BAD, residual=30, residual_trigger=trigger, **chosen)
        browse(run)
        for _ in range(run.rng.randint(2, 4)):
            run.pause(0.3)
            c = run.try_dial()
            if c:
                run.ask(c)
                c.close()
            run.settle(1)
    scenario(BLOCKED if trigger == "psh" else UNSEEN, name=name,
             diagnosis={"intermediary": "blocked_content" if trigger == "psh" else UNSAID})(play)


residual("residual_post_syn", "syn", to="both", flags="RA", ttl=some_ttl, ip_id="random")
residual("residual_post_synack", "synack", to="client", flags="RA", ttl="random", ip_id="random")
residual("residual_post_psh", "psh", to="both", flags="R", ttl="random")


def inline(name, **spec):
    """An IPS in the path: the trigger and what follows is dropped, both ends are reset in its stead."""
    def play(run):
        run.listen()
        run.firewall([f"tcp dport {run.draw.port} @ih,0,32 0x4556494c drop",
                      "tcp sport @blocked tcp flags & rst == 0 drop", "tcp dport @blocked tcp flags & rst == 0 drop"],
                     definitions="  set blocked { type inet_service; }")
        run.background()
        run.inject(keyword=b"EVIL".hex(), dropped=True, block="inet lab blocked", **spec)
        c = run.dial()
        run.talk(c, 0, 3)
        run.send(c, b"EVIL" + b" content" * run.rng.randint(5, 100))
        run.drain(c, run.topology.rtt + 0.3)
        c.close()
        run.settle()
    scenario(BLOCKED, name=name, diagnosis={"intermediary": "blocked_content"})(play)


inline("ips_drop_and_reset", to="both", flags="RA", ttl="fixed:255", ip_id="random", window="echo")
inline("ips_drop_and_reset_bare", to="both", flags="R", ttl="fixed:64")
inline("ips_drop_and_reset_client", to="client", flags="RA", ttl="fixed:128", ip_id="random", window="zero")
inline("ips_mimic", to="both", flags="RA", seq="trigger", ttl="mimic", ip_id="mimic", window="mimic", ts=True)


@scenario({"intermediary": "blind_attack", "client": "echo", "server": "echo"}, loss=0, dup=0,
          diagnosis={"intermediary": "blind_attack"})
def blind_sweep(run):
    """An attacker off the path sweeps the server's window with the client's address: challenge ACKs, then a hit."""
    t = run.topology
    window, misses = run.rng.randint(20000, 60000), run.rng.randint(2, 6)
    hit = run.rng.random() < 0.5
    run.listen()
    run.background()
    offsets = [window * i for i in range(-misses, 0)] + [run.rng.randint(100, 3000)] + ([0] if hit else [])
    process = run.inject(where=t.r1, side_c="r1_c", side_s="r1_m", own_s=t.macs["r1_m"].hex(),
                         mac_s=t.macs["mid_c"].hex(), own_c=t.macs["r1_c"].hex(), mac_c=t.macs["client"].hex(),
                         trigger="manual", to="server", flags="R", seq="tracked", offsets=offsets, gap=0.003,
                         ttl="fixed:250", ip_id="each", window="random")
    c = run.dial()
    run.talk(c, 1, 3)
    process.stdin.write(b"fire\n")
    process.stdin.flush()
    run.settle(1.5)
    run.talk(c, 1, 1)
    finish(c)
    run.settle()
    last = len(offsets) - 1
    place = []

    def inert(s):
        if s.origin != "intermediary" or s.point != "server":
            return False
        place.append(s)
        return not (hit and len(place) - 1 == last)
    run.inert = inert
