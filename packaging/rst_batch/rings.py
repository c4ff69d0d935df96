# SPDX-License-Identifier: GPL-2.0-or-later
"""Which files are one capture that was cut into files: by their names and numbers, and their times agree."""
import os
import re

from .units import Unit, capinfos, octets_of
from .words import FileFailed, Refused

# The clocks of files that follow each other may overlap by this much, in seconds: packets are written out of order.
OVERLAP = 1.0

NAMES = (
    re.compile(r"^(?P<stem>.+)_(?P<number>\d{5,})_(?P<time>\d{14})(?P<end>\.[^/]*)?$"),  # dumpcap -b
    re.compile(r"^(?P<stem>.+)_(?P<time>\d{14})_(?P<number>\d{5,})(?P<end>\.[^/]*)?$"),  # dumpcap -b nametimenum:2
    re.compile(r"^(?P<stem>.+\.(?:pcap|cap|dmp|pcapng))(?P<number>\d*)(?P<end>)$"),  # tcpdump -C
)


def place_in_ring(path):
    """(what all files of the ring share, number in it), or None."""
    folder, name = os.path.split(path)
    for n, pattern in enumerate(NAMES):
        found = pattern.match(name)
        if found:
            return (folder, n, found["stem"], found["end"] or ""), int(found["number"] or 0)
    return None


def times(path):
    """First and last packet of a file, in seconds since the epoch; None where it holds none."""
    try:
        return tuple(map(float, capinfos(path, "-Sae", "First packet time", "Last packet time")[0]))
    except (FileFailed, ValueError):
        return None


def runs(members):
    """Splits the files of a ring, in the order of their numbers, where numbers or times do not follow."""
    run, last = [], None
    for number, path in sorted(members):
        when = times(path) if len(members) > 1 else None
        follows = run and number == last[0] + 1 and when and last[1] and when[0] > last[1][0] and when[0] >= last[1][1] - OVERLAP
        if run and not follows:
            yield run
            run = []
        run.append(path)
        last = number, when
    if run:
        yield run


def pieces(files, most):
    """Cuts a run into pieces of at most `most` octets, since sharkd holds a capture's connections in memory."""
    piece, octets = [], 0
    for path in files:
        size = octets_of(path)
        if piece and octets + size > most:
            yield piece
            piece, octets = [], 0
        piece.append(path)
        octets += size
    if piece:
        yield piece


def units_of(paths, most, host="", told=False):
    """Units of single files and rings, in the order of the first file's name. `told`: each folder is one capture."""
    rings, alone = {}, []
    for path in paths:
        place = ((os.path.dirname(path),), 0) if told else place_in_ring(path)
        if place:
            rings.setdefault(place[0], []).append((place[1], path))
        else:
            alone.append([path])
    for members in rings.values():
        if told:
            timed = sorted(((times(p) or (0.0, 0.0))[0], p) for _, p in members)
            found = [[p for _, p in timed]]
        else:
            found = runs(members)
        for run in found:
            alone += pieces(run, most)
    return [Unit(files, host=host) for files in sorted(alone)]


def units_of_points(points, most, host=""):
    """One unit for each stretch of time in which files of several points overlap. `points`: [(name, paths)]."""
    timed = []
    for name, paths in points:
        for path in paths:
            when = times(path)
            if when:
                timed.append((when[0], when[1], name, path))
    if not timed:
        raise Refused("--points: no capture with a packet in these folders")
    groups, end = [], None
    for first, last, name, path in sorted(timed):
        octets = sum(octets_of(p) for _, p in groups[-1]) if groups else 0
        # a new stretch begins where nothing overlaps; a stretch that has grown too long is cut where a file begins
        if end is None or first > end + OVERLAP or octets > most:
            groups.append([])
            end = last
        groups[-1].append((name, path))
        end = max(end, last)
    made = []
    for group in groups:
        of_point = [(name, [p for n, p in group if n == name]) for name, _ in points]
        of_point = [(name, files) for name, files in of_point if files]
        files = [p for _, some in of_point for p in some]
        made.append(Unit(files, host=host, points=of_point if len(of_point) > 1 else ()))
    return made
