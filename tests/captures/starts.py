# SPDX-License-Identifier: GPL-2.0-or-later
"""Keeps started tsharks: arguments that are asked for often start once, and fork for each capture (see preload.c)."""
import collections
import itertools
import os
import subprocess
import threading
from pathlib import Path

SOURCE = Path(__file__).with_name("preload.c")
WORTH_IT = 2  # runs with the same arguments before a tshark is kept for them
KEPT = 6      # for each thread; the one that was longest unused ends first


class Started:
    """One tshark with its arguments, waiting for captures."""

    def __init__(self, command, environment, folder):
        self.folder = folder
        self.process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)

    def read(self, capture, number):
        """(exit status, output, errors) for a capture; None where tshark ended before it opened one."""
        output, errors = (self.folder / f"{number}.{end}" for end in ("out", "err"))
        try:
            self.process.stdin.write(f"{capture}\t{output}\t{errors}\n")
            self.process.stdin.flush()
            status = self.process.stdout.readline()
        except BrokenPipeError:
            status = ""
        if not status:
            return None
        texts = [path.read_text(errors="replace") for path in (output, errors)]
        for path in (output, errors):
            path.unlink()
        return int(status), *texts

    def end(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.stdout.close()
        self.process.wait()


class Starts:
    """All started tsharks of a run of the tests."""

    def __init__(self, stage, command):
        """stage: a folder that tshark's user can read; command(words, preload) -> (words, environment)."""
        self.command = command
        self.preload = stage / "preload.so"
        self.folder = stage / "outputs"
        self.folder.mkdir()
        self.folder.chmod(0o777)
        subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-o", self.preload, SOURCE, "-ldl"], check=True)
        self.preload.chmod(0o755)
        self.asked = collections.Counter()
        self.numbers = itertools.count()
        self.own = threading.local()
        self.all = []

    def read(self, capture, args):
        """As Started.read; None where these arguments are not worth a tshark of their own, or cannot be kept."""
        self.asked[args] += 1
        if self.asked[args] <= WORTH_IT or not str(capture).isprintable():
            return None
        kept = self.own.__dict__.setdefault("kept", collections.OrderedDict())
        if args not in kept:
            if len(kept) == KEPT:
                kept.popitem(last=False)[1].end()
            words, environment = self.command(["tshark", "-r", "/dev/null", *args], self.preload)
            kept[args] = Started(words, environment, self.folder)
            self.all.append(kept[args])
        kept.move_to_end(args)
        done = kept[args].read(capture, next(self.numbers))
        if done is None:
            kept.pop(args).end()
            self.asked[args] = -1 << 30
        return done

    def end(self):
        for started in self.all:
            started.end()
