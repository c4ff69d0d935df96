# SPDX-License-Identifier: GPL-2.0-or-later
"""What is read as one capture: a file, the files of a ring buffer, or those of several capture points."""
import os
import re
import shutil
import subprocess

from .recognise import kind_of, kind_of_octets
from .words import FileFailed, Refused, shown

# A list of names longer than this is no list of captures but a pipe that never ends.
MOST_NAMES = 5_000_000
LONGEST_NAME = 4096

CUT = "cut off in the middle of a packet; what stands before the cut was read"


class Unit:
    def __init__(self, files, name=None, host="", points=()):
        """`points`: [(name of the point, its files)], where there are several; then `files` are all of them."""
        self.files = list(files)
        self.name = name or self.files[0]
        self.host = host
        self.points = list(points)
        self.kind = ""
        self.frames_of_parts = []
        self.broken_parts = []  # what is wrong with files of several that were read as one
        self.stamp_read = None  # as it was before it was read: what is written meanwhile is a change
        self.only_last = False  # keep the resets of the last file alone: those of the others are known

    def paths(self):
        return self.files

    def stamp(self):
        """Changes when one of the files does."""
        parts = []
        for path in self.files:
            try:
                found = os.stat(path)
                parts.append(f"{found.st_size}:{found.st_mtime_ns}")
            except OSError:
                parts.append("gone")
        return " ".join(parts) + "".join(f" {name}={len(files)}" for name, files in self.points)

    def size(self):
        return sum(octets_of(p) for p in self.files)

    def part_rows(self):
        for n, path in enumerate(self.files, 1):
            frames = self.frames_of_parts[n - 1] if len(self.frames_of_parts) == len(self.files) else None
            yield n, shown(path), octets_of(path), frames

    def recognise(self):
        self.stamp_read, self.broken_parts = self.stamp(), []
        kinds = [kind_of(path) for path in self.files]
        self.kind = kinds[0] if len(kinds) == 1 else "joined"

    def joined(self, folder):
        """One file for sharkd to read, and settings for the plugin. `folder` is the worker's own."""
        if len(self.files) == 1:
            return self.plain_name(self.files[0], folder), ()
        if not self.points:
            return merge(self.whole(self.files, folder), os.path.join(folder, "joined.pcapng"), "-a", "-I", "any"), ()
        streams = []
        for n, (_, files) in enumerate(self.points):
            files = self.whole(files, folder, f"point{n}-")
            streams.append(files[0] if len(files) == 1 else merge(files, os.path.join(folder, f"point{n}.pcapng"), "-I", "any"))
        self.frames_of_parts = []  # frames of the points are mixed, so none can be numbered by its file
        names = ",".join(name for (name, _), stream in zip(self.points, streams) for name in interface_names(name, stream))
        return merge(streams, os.path.join(folder, "joined.pcapng"), "-I", "none"), (("rst_origin.point_names", names),)

    def whole(self, files, folder, name=""):
        """Files that mergecap reads to their end: it stops at the first that is cut off, and leaves out all later ones."""
        made, self.frames_of_parts = [], []
        for n, path in enumerate(files):
            frames, wrong = frames_in(path)
            self.frames_of_parts.append(frames)
            if wrong:
                self.broken_parts.append(f"{shown(path)}: {wrong}")
                copy = os.path.join(folder, f"{name}part{n}.pcapng")
                code, _, err = tool("editcap", path, copy)
                if not os.path.exists(copy):
                    raise FileFailed("not_joined", f"editcap could not copy {path}: {err or code}")
                path = copy
            made.append(path)
        return made

    @staticmethod
    def plain_name(path, folder):
        """The path, or a link to it where its octets are no UTF-8, which sharkd's JSON cannot carry."""
        path = os.path.abspath(path)
        try:
            path.encode()
            return path
        except UnicodeEncodeError:
            link = os.path.join(folder, "link")
            if os.path.lexists(link):
                os.unlink(link)
            os.symlink(os.fsencode(path), os.fsencode(link))
            return link


def octets_of(path):
    return os.path.getsize(path) if os.path.isfile(path) else 0


def tool(name, *args):
    program = shutil.which(name)
    if not program:
        raise Refused(f"{name} is missing; it comes with Wireshark (Debian: apt-get install wireshark-common)")
    done = subprocess.run([program, *args], capture_output=True, text=True, errors="replace", check=False)
    return done.returncode, done.stdout, " ".join(done.stderr.split())


def capinfos(path, option, *labels):
    """What stands behind each label, as texts; and what is wrong with the file, empty where nothing is."""
    code, out, err = tool("capinfos", "-M", option, path)
    found = [re.search(rf"^{label}[^:]*: *(\S+)", out, re.M) for label in labels]
    if not all(found):
        raise FileFailed("not_a_capture" if code else "damaged", f"{shown(path)}: {err or 'capinfos says nothing of it'}")
    return [one[1] for one in found], err if code else ""


def frames_in(path):
    """How many packets can be read, and what is wrong behind them."""
    [number], wrong = capinfos(path, "-c", "Number of packets")
    return int(number), CUT if "cut short" in wrong else wrong


def interface_names(name, path):
    number = int(capinfos(path, "-I", "Number of interfaces in file")[0][0])
    return [name] if number <= 1 else [f"{name}/{i}" for i in range(number)]


def merge(files, target, *options):
    code, _, err = tool("mergecap", *options, "-w", target, *files)
    if code:
        raise FileFailed("not_joined", f"mergecap could not join its {len(files)} files: {err}")
    return target


def captures_below(folder, counts):
    """The captures in a folder, by content, in the order of their names; the others are counted."""
    for base, folders, names in os.walk(folder, onerror=lambda error: counts["unreadable"].append(error.filename)):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(base, name)
            try:
                kind_of(path)
            except FileFailed as failed:
                if failed.kind == "unreadable":
                    counts["unreadable"].append(path)
                else:
                    counts["others"] += 1
                continue
            yield path


def names_of_input(stream, null=False):
    """Names from a list, one a line (or ended by NUL)."""
    end = b"\0" if null else b"\n"
    rest, count = b"", 0
    while True:
        block = stream.read1(1 << 16) if hasattr(stream, "read1") else stream.read(1 << 16)
        if not count and not rest and block[:4] and looks_binary(block, null):
            raise Refused("the standard input holds a capture, not names: save it as a file and name that")
        lines = (rest + block).split(end)
        rest = lines.pop()
        if len(rest) > LONGEST_NAME:
            raise Refused(f"the standard input is no list of names: a line is longer than {LONGEST_NAME} octets")
        for line in [*lines, *([rest] if not block and rest else [])]:
            count += bool(line)
            if count > MOST_NAMES:
                raise Refused(f"the list of names does not end: more than {MOST_NAMES:,}")
            if line:
                yield os.fsdecode(line)
        if not block:
            return


def looks_binary(block, null):
    return kind_of_octets(block[:4096]) is not None or (not null and b"\0" in block[:4096])
