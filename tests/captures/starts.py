# SPDX-License-Identifier: GPL-2.0-or-later
"""Keeps started tsharks, which fork for each run with the run's own arguments (see preload.c)."""
import itertools
import os
import subprocess
import threading
from pathlib import Path

SOURCE = Path(__file__).with_name("preload.c")
# Options that tshark reads before its dissectors are registered: alone, and with a value. A tshark is kept for each set.
EARLY = {"-2", "-V", "-x", "-P", "-l"}
EARLY_WITH_VALUE = {"-C", "-O", "-X"}


def early(args):
    """Those of the arguments that the started tshark must be given."""
    found = []
    words = iter(args)
    for word in words:
        if word in EARLY:
            found.append(word)
        elif word in EARLY_WITH_VALUE:
            found += [word, next(words)]
    return tuple(found)


class Started:
    """One tshark that waits for runs."""

    def __init__(self, command, environment, folder):
        self.folder = folder
        self.process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)

    def run(self, args, number):
        """(exit status, output, errors) of a run with these arguments."""
        output, errors = (self.folder / f"{number}.{end}" for end in ("out", "err"))
        self.process.stdin.write("\t".join([str(output), str(errors), *args]) + "\n")
        self.process.stdin.flush()
        status = self.process.stdout.readline()
        if not status:
            raise AssertionError(f"the started tshark ended: {self.process.args}")
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
    """All started tsharks of a run of the tests: one for each thread and set of early options."""

    def __init__(self, stage, command):
        """stage: a folder that tshark's user can read; command(words, preload) -> (words, environment)."""
        self.command = command
        self.preload = stage / "preload.so"
        self.folder = stage / "outputs"
        self.folder.mkdir()
        self.folder.chmod(0o777)
        subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-o", self.preload, SOURCE, "-ldl"],
                       check=True)
        self.preload.chmod(0o755)
        self.numbers = itertools.count()
        self.own = threading.local()
        self.all = []

    def run(self, args):
        """As Started.run; None where an argument cannot be handed on."""
        if not all(word.isprintable() for word in args):
            return None
        kept = self.own.__dict__.setdefault("kept", {})
        key = early(args)
        if key not in kept:
            kept[key] = Started(*self.command(["tshark", "-r", "/dev/null", *key], self.preload), self.folder)
            self.all.append(kept[key])
        return kept[key].run(args, next(self.numbers))

    def end(self):
        for started in self.all:
            started.end()
