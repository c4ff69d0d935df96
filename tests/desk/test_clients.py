# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs that we did not write read the fields: sharkd, Elasticsearch's mapping, Python, and tshark on a live interface."""
import json
import os
import shutil
import socket
import subprocess
import time

import pytest

from shark import NOBODY

CAPTURE = "injected_both_ends"


def ask(shark, capture, *requests):
    """Answers of sharkd to the requests, in order, after the file was loaded."""
    lines = [{"method": "load", "params": {"file": str(shark.readable(capture))}}, *requests]
    text = "".join(json.dumps({"jsonrpc": "2.0", "id": i, **line}) + "\n" for i, line in enumerate(lines, 1))
    done = shark.run("sharkd", "-", stdin=text)
    answers = {a["id"]: a.get("result") for a in map(json.loads, filter(None, done.stdout.splitlines())) if "id" in a}
    assert answers[1] == {"status": "OK"}
    return [answers[i] for i in range(2, len(lines) + 1)]


needs_sharkd = pytest.mark.skipif(not shutil.which("sharkd"), reason="no sharkd")


@needs_sharkd
def test_sharkd_frames(shark, sample):
    [frames] = ask(shark, sample(CAPTURE), {"method": "frames", "params": {"filter": "rst_origin.injected"}})
    wanted = shark.tshark(sample(CAPTURE), "-2", "-Y", "rst_origin.injected", "-T", "fields", "-e", "frame.number").split()
    assert [f["num"] for f in frames] == [int(n) for n in wanted] != []


@needs_sharkd
def test_sharkd_tree_knows_later_frames(shark, sample):
    [answer] = ask(shark, sample(CAPTURE), {"method": "tap", "params": {"tap0": "stat:rst_origin"}})
    [tap] = answer["taps"]
    [root] = tap["stats"]
    assert root["name"] == "TCP resets"
    sources = next(node for node in root["sub"] if node["name"] == "By source and cause")
    counts = {node["name"]: node["count"] for node in sources["sub"]}
    rows = [row for row in shark.rows(sample(CAPTURE), "-2").values() if "source" in row]
    assert root["count"] == len(rows)
    assert counts == {s: sum(r["source"] == s for r in rows) for s in {r["source"] for r in rows}}


@needs_sharkd
def test_sharkd_intervals(shark, sample):
    [answer] = ask(shark, sample(CAPTURE), {"method": "intervals", "params": {"interval": 100, "filter": "rst_origin.source"}})
    assert answer["frames"] == sum("source" in row for row in shark.rows(sample(CAPTURE), "-2").values())


@needs_sharkd
def test_sharkd_links_frames(shark, sample):
    rows = shark.rows(sample(CAPTURE), "-2")
    number, row = next((n, r) for n, r in rows.items() if "contradicted_by" in r)
    [answer] = ask(shark, sample(CAPTURE), {"method": "frame", "params": {"frame": number, "proto": True}})

    def links(nodes):
        for node in nodes:
            if node.get("t") == "framenum" and "Contradicted" in node["l"]:
                yield node["fnum"]
            yield from links(node.get("n", []))
    assert list(links(answer["tree"])) == [int(row["contradicted_by"])]


@needs_sharkd
def test_sharkd_expert(shark, sample):
    [answer] = ask(shark, sample(CAPTURE), {"method": "tap", "params": {"tap0": "expert"}})
    ours = [d for d in answer["taps"][0]["details"] if d["p"] == "RST Origin"]
    wanted = sum(r.get("injected") == "1" for r in shark.rows(sample(CAPTURE), "-2").values())
    assert sum(d.get("s") == "Warning" and d["m"].startswith("a device on the path: ") for d in ours) == wanted > 0


def test_elastic_mapping_covers_every_number(shark, sample):
    """Wireshark's mapping leaves texts of every protocol to Elasticsearch's own guess; the rest must be in it."""
    mapping = json.loads(shark.run("tshark", "-G", "elastic-mapping", "--elastic-mapping-filter", "rst_origin").stdout)
    known = mapping["mappings"]["properties"]["layers"]["properties"]["rst_origin"]["properties"]
    documents = [json.loads(line) for line in
                 shark.tshark(sample(CAPTURE), "-2", "-Y", "rst_origin.source", "-T", "ek").splitlines() if '"layers"' in line]
    assert documents
    layers = [layer for d in documents for layer in [d["layers"]["rst_origin"]] if isinstance(layer, dict)]
    assert {layer["rst_origin_rst_origin_source"] for layer in layers} == {"intermediary", "client"}
    for layer in layers:
        for name in ("score", "ttl", "event", "stream"):
            assert f"rst_origin_rst_origin_{name}" in layer
            assert known[f"rst_origin_rst_origin_{name}"]["type"] in ("integer", "short", "long")
    assert known["rst_origin_rst_origin_injected"]["type"] == "boolean"


def test_python_reads_json(shark, sample):
    packets = json.loads(shark.tshark(sample(CAPTURE), "-2", "-Y", "rst_origin.injected", "-T", "json", "-J", "rst_origin",
                                      "--no-duplicate-keys"))
    said = [p["_source"]["layers"]["rst_origin"] for p in packets]
    assert said and all(r["rst_origin.source"] == "intermediary" for r in said)
    assert any(isinstance(r["rst_origin.sign"], list) and len(r["rst_origin.sign"]) > 1 for r in said)


def may_have_a_namespace():
    if os.geteuid() != 0 or not shutil.which("ip") or not hasattr(socket, "AF_PACKET"):
        return False
    name = f"ro-probe-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True).returncode == 0
    if made:
        subprocess.run(["ip", "netns", "del", name], check=False)
    return made


def replay(name, path, interface):
    """Puts the frames of a capture on an interface of the namespace, in their order."""
    program = f"""
import socket, struct, time
data = open({str(path)!r}, "rb").read()
out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
out.bind(({interface!r}, 0))
at = 24
while at < len(data):
    size = struct.unpack("<I", data[at + 8:at + 12])[0]
    out.send(data[at + 16:at + 16 + size])
    at += 16 + size
    time.sleep(0.02)
"""
    subprocess.run(["ip", "netns", "exec", name, "/usr/bin/python3", "-c", program], check=True)


@pytest.fixture
def namespace():
    if not may_have_a_namespace():
        pytest.skip("needs root, ip and network namespaces")
    name = f"ro-desk-{os.getpid()}"
    def ip(*args):
        subprocess.run(["ip", "-n", name, *args], check=True, capture_output=True)
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        ip("link", "add", "out", "type", "veth", "peer", "name", "in")
        ip("link", "set", "out", "up")
        ip("link", "set", "in", "up")
        yield name
    finally:
        subprocess.run(["ip", "netns", "del", name], check=False)


def test_live_capture_prints_as_it_happens(shark, forged, namespace, tmp_path):
    """The line of an injected reset is there while the capture still runs."""
    out = open(tmp_path / "out", "w+")
    environment = [f"{k}={v}" for k, v in shark.environment().items()]
    # an ordinary user who may capture: what the group "wireshark" is for
    command = ["ip", "netns", "exec", namespace, "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
               "--inh-caps=+net_raw,+net_admin", "--ambient-caps=+net_raw,+net_admin", "env", "-i", *environment,
               "tshark", "-i", "in", "-n", "-l", "-Y", "rst_origin.injected", "-T", "fields", "-e", "frame.number", "-e",
               "rst_origin.source", "-e", "rst_origin.claimed_source"]
    live = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.time() + 20
        while "Capturing on" not in live.stderr.readline():
            assert time.time() < deadline and live.poll() is None
        time.sleep(1.5)
        replay(namespace, forged("three_copies_with_window"), "out")
        deadline = time.time() + 10
        lines = []
        while time.time() < deadline and len(lines) < 1:
            time.sleep(0.2)
            out.seek(0)
            lines = out.read().splitlines()
        assert live.poll() is None
        assert lines and all(line.split("\t")[1] == "intermediary" for line in lines)
    finally:
        live.terminate()
        live.wait(timeout=20)
        out.close()
