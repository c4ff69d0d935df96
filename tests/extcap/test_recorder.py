# SPDX-License-Identifier: GPL-2.0-or-later
"""Real resets of this kernel, recorded: what is told of each, what is left behind, what is lost."""
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

import pytest

from conftest import INSTANCES, PROGRAM
from fixtures import slow
from reading import records
from rst_witness import kernel, record


def ours():
    return {path.name for path in INSTANCES.glob("rst_witness_*")}


def until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "in vain"
        time.sleep(0.05)


class Recording:
    """The program at work in a namespace, until `with` ends; then .records are there."""

    def __init__(self, namespace, path, *words):
        self.path = path
        self.process = namespace.popen(str(PROGRAM), "--capture", "--fifo", str(path), *map(str, words),
                                       stderr=subprocess.PIPE, text=True)
        self.instance = f"rst_witness_{self.process.pid}_{kernel.started(self.process.pid)}"

    def __enter__(self):
        until(lambda: self.process.poll() is not None or (self.path.exists() and self.path.stat().st_size > 200))
        assert self.process.poll() is None, self.process.stderr.read()
        return self

    def __exit__(self, *_):
        time.sleep(0.3)
        self.process.send_signal(signal.SIGTERM)
        self.code = self.process.wait(timeout=10)
        self.records = records(self.path)
        self.events = [r for r in self.records if r["kind"] in (record.EVENT_SENT, record.EVENT_RECEIVED)]


def connect(client, server, port=80):
    with server.socket(socket.AF_INET) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("192.0.2.20", port))
        listener.listen()
        one = client.socket(socket.AF_INET)
        one.connect(("192.0.2.20", port))
        other, _ = listener.accept()
    return one, other


def refuse(client, port=81):
    with client.socket(socket.AF_INET) as one:
        with pytest.raises(ConnectionRefusedError):
            one.connect(("192.0.2.20", port))


def test_reasons_processes_and_times(hosts, tmp_path):
    client, server = hosts
    with Recording(server, tmp_path / "w.pcapng") as recording:
        one, other = connect(client, server)
        one.send(b"GET / HTTP/1.1\r\n\r\n")
        time.sleep(0.1)
        before = time.time()
        other.close()
        after = time.time()
        one.close()
        refuse(client)
    assert recording.code == 0
    sent = [r for r in recording.events if r["kind"] == record.EVENT_SENT]
    assert [r["reason"] for r in sent] == ["TCP_ABORT_ON_CLOSE", "NO_SOCKET"]
    close, refusal = sent
    assert (close["local"], close["local_port"]) == (socket.inet_aton("192.0.2.20"), 80)
    assert close["peer"] == socket.inet_aton("192.0.2.10") and close["state"] == "TCP_CLOSE"
    assert close["pid"] == os.getpid() and close["process"].startswith("py")
    assert before - 0.001 <= close["time"] <= after + 0.001        # wall time to better than a millisecond
    assert "pid" not in refusal and "state" not in refusal and refusal["local_port"] == 81
    received = [r for r in recording.events if r["kind"] == record.EVENT_RECEIVED]
    assert received[0]["local"] == socket.inet_aton("192.0.2.10") and received[0]["peer_port"] == 80
    assert {r["host"] for r in recording.records} == {socket.gethostname()}
    assert {r["kernel"] for r in recording.records} == {os.uname().release}
    assert [r["number"] for r in recording.records] == list(range(1, len(recording.records) + 1))
    assert len({r["session"] for r in recording.records}) == 1
    first, last = recording.records[0], recording.records[-1]
    assert first["kind"] == record.START and last["kind"] == record.STOP and last["lost"] == 0
    assert socket.inet_aton("192.0.2.20") in first["own"] and socket.inet_aton("127.0.0.1") not in first["own"]
    assert first["forwards"] == 0 and first["clock"] < 1_000_000 and "limit" not in first


def test_a_thread_is_told_with_its_process(hosts, tmp_path):
    import threading
    client, server = hosts
    with Recording(server, tmp_path / "w.pcapng") as recording:
        one, other = connect(client, server)
        one.send(b"x")
        time.sleep(0.1)
        thread = threading.Thread(target=other.close)
        thread.start()
        thread.join()
        time.sleep(0.3)
        one.close()
    sent = [r for r in recording.events if r["kind"] == record.EVENT_SENT]
    # where the thread was gone before anybody looked, it is told alone
    assert sent[0]["pid"] == os.getpid() or sent[0]["process"]


def test_ipv6_and_ports(hosts, tmp_path):
    client, server = hosts
    client.ip("addr add 2001:db8::10/64 dev eth0 nodad")
    server.ip("addr add 2001:db8::20/64 dev eth0 nodad")
    with Recording(server, tmp_path / "w.pcapng", "--ports", "82,83") as recording:
        refuse(client, 81)
        with client.socket(socket.AF_INET6) as one:
            with pytest.raises(ConnectionRefusedError):
                one.connect(("2001:db8::20", 82))
    assert len(recording.events) == 2 and {r["kind"] for r in recording.events} == {record.EVENT_SENT, record.EVENT_RECEIVED}
    assert {r["local"] for r in recording.events} == {socket.inet_pton(socket.AF_INET6, a) for a in ("2001:db8::10", "2001:db8::20")}
    assert recording.records[0]["limit"] == "port 82, port 83"


def test_only_one_process(hosts, tmp_path):
    client, server = hosts
    with Recording(server, tmp_path / "w.pcapng", "--pid", os.getpid()) as recording:
        one, other = connect(client, server)
        other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        other.close()
        one.close()
        refuse(client)
    assert [(r["reason"], r["pid"]) for r in recording.events] == [("TCP_STATE", os.getpid())]


def test_it_leaves_nothing_behind(hosts, tmp_path):
    client, server = hosts
    with Recording(server, tmp_path / "w.pcapng") as recording:
        assert recording.instance in ours()
    assert recording.instance not in ours()
    # the global instance was never touched
    assert "tcp_send_reset" not in open("/sys/kernel/tracing/set_event", encoding="ascii").read()


def test_what_a_killed_one_left_goes_at_the_next_start(hosts, tmp_path):
    client, server = hosts
    killed = Recording(server, tmp_path / "a.pcapng").__enter__()
    killed.process.kill()
    killed.process.wait()
    assert killed.instance in ours()
    with Recording(server, tmp_path / "b.pcapng") as living:
        assert killed.instance not in ours()
        with Recording(server, tmp_path / "c.pcapng"):
            assert living.instance in ours()            # one at work is left alone
            refuse(client)
    assert not {killed.instance, living.instance} & ours()
    assert len(living.events) == 2


def test_it_ends_when_nobody_reads(hosts, tmp_path):
    _, server = hosts
    reader, writer = os.pipe()
    process = server.popen(str(PROGRAM), "--capture", "--fifo", "-", stdout=writer)
    os.close(writer)
    assert os.read(reader, 4) == b"\x0a\x0d\x0d\x0a"
    os.close(reader)
    assert process.wait(timeout=3) == 0
    assert not [name for name in ours() if name.startswith(f"rst_witness_{process.pid}_")]


def test_lost_events_are_counted_and_their_time_is_told(hosts, tmp_path):
    client, server = hosts
    with Recording(server, tmp_path / "w.pcapng", "--buffer-kb", "4") as recording:
        os.kill(recording.process.pid, signal.SIGSTOP)
        began = time.time()
        for _ in range(400):
            refuse(client)
        os.kill(recording.process.pid, signal.SIGCONT)
        time.sleep(0.3)
    lost = [r for r in recording.records if r["kind"] == record.LOST]
    total = recording.records[-1]["lost"]
    assert lost and total > 0 and total + len(recording.events) == 800
    assert all(r["since"] / 1e9 < r["time"] for r in lost)
    assert min(r["since"] / 1e9 for r in lost) <= began + 0.05


def test_it_tells_that_it_is_alive(hosts, tmp_path):
    _, server = hosts
    with Recording(server, tmp_path / "w.pcapng") as recording:
        time.sleep(5.5)
    kinds = [r["kind"] for r in recording.records]
    assert kinds == [record.START, record.ALIVE, record.STOP]


def test_the_packet_filter_and_a_knock(hosts, tmp_path):
    """What it rejects passes no tracepoint of TCP; that it dropped something at that time is recorded, or the reset itself."""
    client, server = hosts
    if not shutil.which("nft"):
        pytest.skip("no nft here")
    for words in ("add table inet f", "add chain inet f i { type filter hook input priority 0; }", "add rule inet f i tcp dport 82 reject with tcp reset"):
        server.run("nft", *words.split())
    with Recording(server, tmp_path / "w.pcapng", "--knock", "192.0.2.10:7") as recording:
        time.sleep(0.3)
        refuse(client, 82)
        at = time.time()
    knocks = [r for r in recording.events if 7 in (r["local_port"], r["peer_port"])]
    assert [r["kind"] for r in knocks] == [record.EVENT_SENT, record.EVENT_RECEIVED]
    assert not [r for r in recording.events if r["kind"] == record.EVENT_SENT and r["local_port"] == 82]
    sees = recording.records[0]["filter"]
    if not sees:
        pytest.skip("this kernel tells nothing of its packet filter")
    told = [r for r in recording.records if r["kind"] == (record.REJECTED if sees & 1 else record.DROPPED)]
    assert told and min(abs(r["time"] - at) for r in told) < 0.2
    assert not [r for r in recording.records if r["kind"] == record.DROPPED and r["since"] / 1e9 > r["time"] + 1e-6]


# ---- through ssh ----

@pytest.fixture
def sshd(hosts, tmp_path):
    """A server that root may enter with a key, in the server's namespace."""
    if not os.path.exists("/usr/sbin/sshd"):
        pytest.skip("no sshd")
    _, server = hosts
    os.makedirs("/run/sshd", exist_ok=True)
    for name in ("host", "key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)], check=True)
    (tmp_path / "config").write_text(
        f"HostKey {tmp_path}/host\nAuthorizedKeysFile {tmp_path}/key.pub\nStrictModes no\nUsePAM no\n"
        "PermitRootLogin prohibit-password\nListenAddress 192.0.2.20:2222\nPidFile none\n")
    (tmp_path / "ssh_config").write_text(
        f"Host web\nHostName 192.0.2.20\nPort 2222\nUser root\nIdentityFile {tmp_path}/key\nIdentitiesOnly yes\n"
        "StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n")
    process = server.popen("/usr/sbin/sshd", "-D", "-e", "-f", str(tmp_path / "config"), stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    yield tmp_path
    process.kill()
    process.wait()


def ssh_wrapper(folder):
    """ssh that finds the test's configuration, first in PATH."""
    (folder / "bin").mkdir()
    wrapper = folder / "bin" / "ssh"
    wrapper.write_text(f'#!/bin/sh\nexec /usr/bin/ssh -F {folder}/ssh_config "$@"\n')
    wrapper.chmod(0o755)
    return {**os.environ, "PATH": f"{folder}/bin:{os.environ['PATH']}"}


def test_another_host_through_ssh(hosts, sshd):
    """The program sends itself: nothing of it is on the other host."""
    client, server = hosts
    path = sshd / "remote.pcapng"
    before = ours()
    process = client.popen(sys.executable, str(PROGRAM), "--capture", "--fifo", str(path), "--remote", "web", "--ports", "81",
                           env=ssh_wrapper(sshd))
    until(lambda: path.exists() and path.stat().st_size > 200)
    refuse(client)
    time.sleep(0.5)
    process.terminate()
    process.wait(timeout=10)
    until(lambda: ours() == before)                       # the other end notices, and cleans up
    found = records(path)
    assert [r["reason"] for r in found if r["kind"] == record.EVENT_SENT] == ["NO_SOCKET"]
    assert socket.inet_aton("192.0.2.20") in found[0]["own"]  # it ran on the server


@slow
def test_installed_on_the_other_host(hosts, sshd):
    """ssh HOST rst-witness --capture --fifo - > file, as docs/witness.md says."""
    client, _ = hosts
    path = sshd / "piped.pcapng"
    before = ours()
    with open(path, "wb") as out:
        process = client.popen("ssh", "web", f"{PROGRAM} --capture --fifo -", stdout=out, env=ssh_wrapper(sshd))
        until(lambda: path.stat().st_size > 200)
        refuse(client)
        time.sleep(0.5)
        process.terminate()
        process.wait(timeout=10)
    until(lambda: ours() == before)
    assert [r["reason"] for r in records(path) if r["kind"] == record.EVENT_SENT] == ["NO_SOCKET"]


def test_a_host_that_cannot_be_reached(run_witness, tmp_path):
    (tmp_path / "ssh_config").write_text("Host *\nConnectTimeout 1\n")
    done = run_witness("--capture", "--fifo", tmp_path / "x", "--remote", "root@127.0.0.1.invalid", env=ssh_wrapper(tmp_path))
    assert done.returncode == 1 and "Traceback" not in done.stderr
