#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes inputs of shell_fuzz.c out of captures: seeds.py FOLDER. One file per sample of Ethernet frames, payloads clipped to
100 octets, its first 60 frames."""
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "captures"))

import rewrite  # noqa: E402

WAITS_NS = [0, 50_000, 1_000_000, 20_000_000, 1_300_000_000, 31_000_000_000, 350_000_000_000, 3_000]


def seed(packets):
    out = bytearray([1])
    before = packets[0].time_ns
    for packet in packets[:60]:
        wait = min(range(8), key=lambda n: abs(WAITS_NS[n] - (packet.time_ns - before)))
        before = packet.time_ns
        frame = packet.data[:154]
        out += bytes([wait << 5]) + len(frame).to_bytes(2, "little") + frame
    return bytes(out)


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    files = [*(ROOT / "sample-captures").glob("*.pcap*"), *(ROOT / "tests/captures/forged").glob("*.pcap*")]
    with tempfile.TemporaryDirectory() as work:
        for path in sorted(files):
            found = rewrite.read(path, Path(work))
            if found and found[0] == rewrite.LINK_ETHERNET and found[1]:
                (folder / path.stem).write_bytes(seed(found[1]))


if __name__ == "__main__":
    main()
