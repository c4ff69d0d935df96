#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the forged captures: forge.py [--list] [NAME...]. Each is named after the rule it shows.

Those marked as samples go to sample-captures/forged_NAME, the others to tests/captures/forged/NAME. Everything is
fixed, so running it again changes no file.
"""
import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import doubles  # noqa: E402,F401
import injections  # noqa: E402,F401
import layers  # noqa: E402,F401
import machines  # noqa: E402,F401
import multipath  # noqa: E402,F401
import streams  # noqa: E402,F401
from packets import Capture  # noqa: E402
from registry import CAPTURES  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]


def content(name):
    made = CAPTURES[name].make()
    return made.data() if isinstance(made, Capture) else made


def path(name):
    suffix = ".pcapng" if content(name)[:4] == b"\x0a\x0d\x0d\x0a" else ".pcap"
    if CAPTURES[name].sample:
        return ROOT / "sample-captures" / f"forged_{name}{suffix}"
    return ROOT / "tests" / "captures" / "forged" / f"{name}{suffix}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="print each file and what it shows")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    unknown = set(options.names) - set(CAPTURES)
    if unknown:
        parser.error("no such capture: " + ", ".join(sorted(unknown)))
    for name in options.names or CAPTURES:
        if options.list:
            print(f"{path(name).relative_to(ROOT)}: {CAPTURES[name].make.__doc__ or ''}".strip().splitlines()[0])
            continue
        target = path(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content(name))
    if not options.list:
        print(f"{len(options.names or CAPTURES)} captures written")


if __name__ == "__main__":
    main()
