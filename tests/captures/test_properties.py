# SPDX-License-Identifier: GPL-2.0-or-later
"""What must not change a verdict, tried on captures: the same packets with other numbers, times, addresses, in other files, asked
in another order. Each reset keeps its source, cause, score and signs; where it may not, the reason stands here.

RO_PROPERTIES=all tries every sample and forged capture instead of some, and more constants: about half an hour.
"""
import json
import os
import random
import subprocess

import pytest

import golden
import packets as forge
import rewrite
import sharkd
import talk
from fixtures import QUICK

ALL = os.environ.get("RO_PROPERTIES") == "all"
NAMES = ("source", "cause", "score", "sign")
# The same captures in every run: those of one interface, of which every ninth and some that failed once.
CHOSEN = dict(sorted(golden.captures().items()))
SOME = list(CHOSEN) if ALL else list(CHOSEN)[4::18 if QUICK else 9]
SHIFTS = [(0x9E3779B9, 0x85EBCA6B), (0x80000000, 0), (0, 0x7FFFFFFF)] + ([(0x12345678, 0xFEDCBA98), (5, 0x40000000)] if ALL else [])


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    return tmp_path_factory.mktemp("properties")


@pytest.fixture(scope="module")
def plain(shark, work):
    """name -> (link type, packets, verdicts); read once for all properties."""
    known = {}

    def get(name):
        if name not in known:
            found = rewrite.read(CHOSEN[name], work)
            if found is not None:
                link, read = found
                path = rewrite.write(shark.stage / f"plain-{name.replace('/', '-')}.pcapng", link, read)
                found = (link, read, verdicts(shark, path), path)
            known[name] = found
        if known[name] is None:
            pytest.skip("several interfaces or link types")
        return known[name]
    return get


def verdicts(shark, path, *args):
    """(source, cause, score, signs) of each reset, in the order of frames."""
    rows = shark.rows(path, *(args or ("-2",)), names=NAMES)
    return {frame: tuple(row.get(name) for name in NAMES) for frame, row in sorted(rows.items()) if "source" in row}


def judged(shark, name, link, changed, interfaces=1, kept=None):
    """Verdicts of a changed capture; kept: the frames of the plain one among it, in their order."""
    path = rewrite.write(shark.stage / f"changed-{name.replace('/', '-')}-{random.getrandbits(48):x}.pcapng", link, changed, interfaces)
    try:
        found = verdicts(shark, path)
    finally:
        path.unlink()
    if kept is None:
        return found
    return {n: found[frame] for n, frame in enumerate(kept, 1) if frame in found}


@pytest.mark.parametrize("name", SOME)
def test_shifted_numbers(shark, plain, name):
    """RFC 9293 3.4.1: an initial sequence number may be any."""
    link, read, before, _ = plain(name)
    if any(rewrite.layers(p) is None for p in read):
        pytest.skip("numbers stand in other places, too")
    for by in SHIFTS:
        changed = rewrite.shift_numbers(read, by)
        if rewrite.numbers_of_resets(changed) == rewrite.numbers_of_resets(read):
            assert judged(shark, name, link, changed) == before, by


@pytest.mark.parametrize("name", SOME)
def test_another_time(shark, plain, name):
    link, read, before, _ = plain(name)
    for days in (-3, 2000) if ALL else (2000,):
        assert judged(shark, name, link, rewrite.move_times(read, days * 86400 * 10 ** 9 + 17)) == before


@pytest.mark.parametrize("name", SOME)
def test_unrelated_connections(shark, plain, name):
    """Connections of other hosts, that end in order, between the packets."""
    link, read, before, _ = plain(name)
    if link != rewrite.LINK_ETHERNET:
        pytest.skip("forged connections are Ethernet's")
    mixed = sorted([(p.time_ns, 0, n, p) for n, p in enumerate(read)] + strangers(read[0].time_ns, read[-1].time_ns),
                   key=lambda row: (row[0], row[1]) if is_sorted(read) else (row[1], row[2]))
    kept = [frame for frame, row in enumerate(mixed, 1) if row[1] == 0]
    order = [row[2] for row in mixed if row[1] == 0]
    assert order == sorted(order)
    assert judged(shark, name, link, [row[3] for row in mixed], kept=kept) == before


def is_sorted(read):
    times = [p.time_ns for p in read]
    return times == sorted(times)


def strangers(first_ns, last_ns):
    rows = []
    for n in range(5):
        t = talk.Talk(forge.Capture(), client=f"172.31.7.{n + 1}", server="172.31.9.9", sport=51000 + n, dport=8443,
                      isn=(n * 7919 + 1, n * 104729 + 1))
        t.handshake()
        for _ in range(4):
            t.send(talk.C, forge.PSH | forge.ACK, b"q" * 150, after=30)
            t.send(talk.S, forge.PSH | forge.ACK, b"r" * 900, after=talk.FAR_MS)
        t.send(talk.C, forge.FIN | forge.ACK, after=5)
        t.send(talk.S, forge.FIN | forge.ACK, after=talk.FAR_MS)
        t.send(talk.C, forge.ACK, after=1)
        start = t.capture.frames[0][0]
        offset = first_ns + (last_ns - first_ns) * n // 5
        rows += [(offset + int((us - start) * 1000), 1, n, rewrite.Packet(offset + int((us - start) * 1000), frame, len(frame)))
                 for us, frame, *_ in t.capture.frames]
    return rows


@pytest.mark.parametrize("name", SOME)
def test_split_and_merged(shark, plain, name):
    """Written in three files and put together by mergecap."""
    link, read, before, _ = plain(name)
    if not is_sorted(read):
        pytest.skip("mergecap sorts by time")
    third = len(read) // 3 + 1
    parts = [rewrite.write(shark.stage / f"part{n}.pcapng", link, read[n * third:(n + 1) * third]) for n in range(3)]
    merged = shark.stage / "merged.pcapng"
    subprocess.run(["mergecap", "-a", "-w", str(merged), *map(str, parts)], check=True, capture_output=True)
    merged.chmod(0o644)
    shark.outputs.clear()
    assert verdicts(shark, merged) == before


@pytest.mark.xfail(reason="the second interface is taken for a second capture point, which has seen nothing of the connection yet")
@pytest.mark.parametrize("name", SOME)
def test_two_interfaces_one_after_the_other(shark, plain, name):
    """A capture point that was stopped and started again is one capture point."""
    link, read, before, _ = plain(name)
    assert judged(shark, name, link, rewrite.two_interfaces(read), interfaces=2) == before


@pytest.mark.parametrize("name", SOME)
def test_addresses_of_ipv6(shark, plain, name):
    """Source and cause stay. IPv6 has no IP-ID and no DF: where those speak, and the marks of devices are made of them,
    something is missing."""
    link, read, before, _ = plain(name)
    changed = rewrite.as_ipv6(read)
    if changed is None:
        pytest.skip("other packets than TCP over IPv4")
    after = judged(shark, name, link, changed)
    assert list(after) == list(before)
    for frame, verdict in before.items():
        if not any(word in (verdict[3] or "") for word in ("ip_id", "df_", "flow_label", "injector_mark")):
            assert after[frame][:2] == verdict[:2], frame


@pytest.mark.parametrize("name", SOME)
def test_clipped_payloads(shark, plain, name):
    """Nothing captured behind the TCP headers: the source stays unless the payload itself was evidence."""
    link, read, before, _ = plain(name)
    after = judged(shark, name, link, rewrite.clip(read))
    assert list(after) == list(before)
    for frame, verdict in before.items():
        if "injector_mark" not in (verdict[3] or ""):
            assert after[frame][:2] == verdict[:2], frame


@pytest.mark.parametrize("name", SOME)
def test_read_filter(shark, plain, name):
    """-2 -R with a filter that every TCP frame passes: frames get other numbers, resets the same verdicts."""
    _, _, before, path = plain(name)
    assert list(verdicts(shark, path, "-2", "-R", "tcp").values()) == list(before.values())


@pytest.mark.parametrize("name", SOME)
def test_frames_in_any_order(shark, plain, name):
    """sharkd, and a user who clicks about: what a frame shows does not depend on what was shown before."""
    _, _, before, path = plain(name)
    frames = list(before)[:40]
    shuffled = random.Random(7).sample(frames, len(frames)) + frames[::-1]
    answers = sharkd.ask(shark, sharkd.load(shark, path), *[sharkd.frame(n) for n in frames + shuffled])
    shown = {}
    for n, frame in enumerate(frames + shuffled, 2):
        text = json.dumps(ours(answers[n]["tree"]))
        assert text != "[]"
        assert shown.setdefault(frame, text) == text, frame


def ours(tree):
    """The subtrees of the plugin."""
    found = []
    for node in tree:
        if node.get("l", "").startswith("TCP Reset Origin"):
            found.append(node)
        else:
            found += ours(node.get("n", []))
    return found


def test_captures_are_of_all_kinds(shark, plain):
    """The properties are about something: all sources, and most captures can be changed."""
    seen = set()
    n = 0
    for name in SOME:
        try:
            seen |= {verdict[0] for verdict in plain(name)[2].values()}
            n += 1
        except pytest.skip.Exception:
            pass
    assert n * 3 >= len(SOME) * 2 and {"client", "server", "intermediary"} <= seen


