# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests of the wire: what it does to frames that a raw socket puts in on one side and another reads on the other."""
import os
import shutil
import socket
import struct
import subprocess
import sys
import time

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from injector import checksum  # noqa: E402
from test_truth import CLIENT, SERVER, frame  # noqa: E402

pytestmark = pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("cc"), reason="needs root and a C compiler")


class Line:
    """left ── a ══wire══ b ── right, all in one namespace."""

    def __init__(self, folder):
        from namespaces import Namespace
        from topology import Wire
        program = str(folder / "wire")
        subprocess.run(["cc", "-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-o", program,
                        os.path.join(HERE, "wire.c")], check=True)
        try:
            self.host = Namespace("host")
        except OSError as error:
            pytest.skip(f"no network namespaces here: {error}")
        self.host.sysctl(ipv6__conf__all__disable_ipv6=1)
        self.host.ip("link add name left type veth peer name a", "link add name right type veth peer name b",
                     *(f"link set dev {i} up" for i in ("left", "a", "right", "b")))
        self.wire = Wire(self.host, program, 1, ("a", "b"))
        self.left, self.right = (self.open(i) for i in ("left", "right"))

    def open(self, interface):
        s = self.host.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        s.setsockopt(263, 23, 1)
        s.bind((interface, 0))
        s.settimeout(0.3)
        return s

    def set(self, **values):
        self.wire.set("c", ">", **values)

    def carry(self, frames):
        """Sends them from left to right; returns what arrives, with its time after the first was sent."""
        started, arrived = time.monotonic(), []
        for f in frames:
            self.left.send(f)
        try:
            while True:
                data = self.right.recv(65536)
                arrived.append((data, time.monotonic() - started))
        except socket.timeout:
            return arrived

    def close(self):
        self.wire.process.stdin.close()
        self.wire.process.wait(timeout=5)
        self.left.close()
        self.right.close()
        self.host.close()


@pytest.fixture
def line(tmp_path):
    line = Line(tmp_path)
    yield line
    line.close()


def packet(number, flags=16, payload=b"", ttl=64):
    data = bytearray(frame(1, 0, CLIENT, SERVER, flags, seq=number, payload=payload, ttl=ttl).bytes)
    data[24:26] = struct.pack("!H", checksum(bytes(data[14:24]) + b"\0\0" + bytes(data[26:34])))
    return bytes(data)


def numbers(arrived):
    return [struct.unpack_from("!I", data, 38)[0] for data, _ in arrived]


def test_frames_pass_unchanged_and_in_order(line):
    sent = [packet(n) for n in range(20)]
    assert [data for data, _ in line.carry(sent)] == sent


def test_delay_keeps_order_in_spite_of_jitter(line):
    line.set(delay=50000, jitter=20000)
    arrived = line.carry([packet(n) for n in range(20)])
    assert numbers(arrived) == list(range(20))
    assert all(when >= 0.050 for _, when in arrived)


def test_hops_are_taken_off_and_the_checksum_is_right(line):
    line.set(hops=5, dscp=10)
    (data, _), = line.carry([packet(1)])
    assert data[22] == 59 and data[15] == 40
    assert checksum(data[14:34]) == 0


def test_a_packet_whose_ttl_runs_out_is_gone(line):
    line.set(hops=5)
    assert numbers(line.carry([packet(1, ttl=5), packet(2, ttl=6)])) == [2]


def test_normalised_ttl(line):
    line.set(ttl=128, hops=3)
    (data, _), = line.carry([packet(1)])
    assert data[22] == 128 and checksum(data[14:34]) == 0


def test_all_is_lost_or_doubled(line):
    line.set(loss=1000000)
    assert line.carry([packet(1)]) == []
    line.set(loss=0, dup=1000000)
    assert numbers(line.carry([packet(1)])) == [1, 1]


def test_only_the_next_data_segments_are_dropped(line):
    line.set(drop_data=1)
    assert numbers(line.carry([packet(1), packet(2, payload=b"x"), packet(3, payload=b"x")])) == [1, 3]


def test_held_data_is_overtaken(line):
    line.set(hold_data=1, hold_us=40000)
    assert numbers(line.carry([packet(1, payload=b"x"), packet(2), packet(3, payload=b"x")])) == [2, 3, 1]


def test_resets_take_the_other_way(line):
    line.set(hops=2, alt_rst=1, alt_hops=7)
    arrived = line.carry([packet(1), packet(2, flags=4)])
    assert [data[22] for data, _ in arrived] == [62, 57]


def test_the_next_reset_is_dropped(line):
    line.set(drop_rst=1)
    assert numbers(line.carry([packet(1, flags=4), packet(2), packet(3, flags=4)])) == [2, 3]


def test_a_class_overtakes_the_others_and_keeps_its_own_order(line):
    line.set(delay=60000, fast_dscp=46, fast_us=50000)
    sent = [packet(1), dscp(packet(2), 46), packet(3), dscp(packet(4), 46)]
    assert numbers(line.carry(sent)) == [2, 4, 1, 3]


def dscp(data, value):
    data = bytearray(data)
    data[15], data[24:26] = value << 2, b"\0\0"
    data[24:26] = struct.pack("!H", checksum(bytes(data[14:34])))
    return bytes(data)
