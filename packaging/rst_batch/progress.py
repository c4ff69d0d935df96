# SPDX-License-Identifier: GPL-2.0-or-later
"""How far it is, and how long it will take: one line on a terminal that is written over, nothing elsewhere."""
import sys
import time

from .words import span

EVERY = 0.2


class Progress:
    def __init__(self, total_files, total_octets, quiet=False):
        self.files, self.octets = total_files, max(total_octets, 1)
        self.done = self.read = self.failed = self.resets = 0
        self.begun = self.last = time.monotonic()
        self.shown = sys.stderr.isatty() and not quiet

    def line(self):
        passed = time.monotonic() - self.begun
        left = passed * (self.octets - self.read) / self.read if self.read else None
        parts = [f"{self.done:,} of {self.files:,} captures", f"{100 * self.read // self.octets} %", f"{self.resets:,} resets"]
        if self.failed:
            parts.append(f"{self.failed:,} failed")
        parts.append(f"{span(left)} left" if left is not None else "")
        return ", ".join(filter(None, parts))

    def one(self, octets, resets, failed):
        self.done += 1
        self.read += octets
        self.resets += resets
        self.failed += failed
        self.show()

    def show(self):
        now = time.monotonic()
        if self.shown and now - self.last >= EVERY:
            self.last = now
            sys.stderr.write("\r\033[K" + self.line())
            sys.stderr.flush()

    def say(self, text):
        """A line of its own, above the progress."""
        if self.shown:
            sys.stderr.write("\r\033[K")
        print(text, file=sys.stderr, flush=True)

    def end(self):
        if self.shown:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
