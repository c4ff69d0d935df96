# SPDX-License-Identifier: GPL-2.0-or-later
"""What can go wrong, each with a clear word and an exit code; and how paths, numbers and times are written."""
import os

OK, FAILED_FILES, USAGE, STOPPED, INTERRUPTED = 0, 1, 2, 3, 130


class Refused(Exception):
    """The command line or the surroundings are wrong; nothing was begun. Exit code 2."""


class Stopped(Exception):
    """The database or the disk gave up. What was finished is kept; the same command goes on. Exit code 3."""


def shown(path):
    """A path as text that every database takes, whatever octets are in it."""
    return os.fsencode(path).decode("utf-8", "backslashreplace").replace("\0", "")


class FileFailed(Exception):
    """One capture could not be read; the others can. `kind` is a token for the database."""

    def __init__(self, kind, text):
        super().__init__(text)
        self.kind = kind


def plural(number, word, many=None):
    return f"{number:,} {word if number == 1 else many or word + 's'}"


def size(octets):
    for unit in ("B", "kB", "MB", "GB"):
        if octets < 1000 or unit == "GB":
            return f"{octets:.0f} {unit}" if unit == "B" else f"{octets:.1f} {unit}"
        octets /= 1000
    return ""


def span(seconds):
    """A duration for people: 3 s, 4 min 05 s, 2 h 07 min."""
    seconds = int(seconds + 0.5)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60:02d} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60:02d} min"
