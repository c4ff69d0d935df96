# SPDX-License-Identifier: GPL-2.0-or-later
"""Derives who sent each RST from where it was seen: on its way it is followed back from capture to capture.

A RST that left an endpoint's own interface is the endpoint's. One that left the middlebox on a side and never
entered it on the other is the middlebox's. TTL and DSCP change on the way and take no part in the matching.
"""
from collections import namedtuple
from dataclasses import dataclass, field

from pcapng import ACK, FIN, RST, SYN, parse

CAPTURE_POINTS = ("client", "mid_c", "mid_s", "server")
COLUMNS = ("capture", "frame", "origin", "cause", "scenario", "forged", "echo", "box_is_endpoint",
           "diagnosis", "effect")

# Captures made before a column existed have "-" there: not told, so not scored
Row = namedtuple("Row", COLUMNS, defaults=("-", "-"))


@dataclass
class Seen:
    """A RST at a capture point."""
    point: str
    number: int
    time: float
    segment: object
    to_client: bool
    origin: str = ""
    root: "Seen" = None      # where it entered the world
    echo: bool = False


@dataclass
class Layout:
    """What the derivation must know of the run."""
    client_ips: set
    server_ips: set
    box_ips: set = field(default_factory=set)
    crossing: str = "same"       # what the box leaves as it was: same, nat, synproxy, or nothing (proxy)
    delay_c: float = 0.0         # expected, in seconds; only decides between equal segments
    delay_s: float = 0.0
    far_server: bool = False     # a second server that is not captured
    on_link: set = field(default_factory=set)   # addresses of servers on the client's own link


def path_key(s):
    return (s.source, s.destination, s.sport, s.dport, s.seq, s.ack, s.flags, s.window, s.ip_id, s.length, s.options)


def crossing_key(s, crossing):
    if crossing == "nat":
        return (s.seq, s.ack, s.flags, s.window, s.ip_id, s.length, s.options)
    if crossing == "synproxy":  # it translates sequence numbers and timestamps
        return (s.source, s.destination, s.sport, s.dport, s.flags, s.ip_id, s.length)
    return path_key(s)


def is_to_client(segment, point, layout):
    if point in ("client", "mid_c"):
        return segment.destination in layout.client_ips
    return segment.destination not in layout.server_ips


def resets(point, frames, layout):
    found = []
    for frame in frames:
        segment = parse(frame)
        if segment and segment.flags & RST:
            found.append(Seen(point, frame.number, frame.time, segment, is_to_client(segment, point, layout)))
    return found


def match_path(later, earlier, delay):
    """Over a wire: each later sight goes to the earlier one that fits its time best; a wire may duplicate.

    Of several alike, one that no other sight has is taken first, so that each of two equal resets has its own.
    """
    by_key = {}
    for seen in earlier:
        by_key.setdefault(path_key(seen.segment), []).append(seen)
    pairs, taken = {}, set()
    for seen in later:
        choices = [e for e in by_key.get(path_key(seen.segment), ()) if -0.002 <= seen.time - e.time <= 5]
        if choices:
            best = min(choices, key=lambda e: (id(e) in taken, abs(seen.time - e.time - delay)))
            pairs[id(seen)] = best
            taken.add(id(best))
    return pairs


def match_crossing(out, entered, crossing):
    """Through the box: one goes in, one comes out, at once."""
    if crossing == "nothing":
        return {}
    left = list(entered)
    pairs = {}
    for seen in out:
        key = crossing_key(seen.segment, crossing)
        choices = [e for e in left if crossing_key(e.segment, crossing) == key
                   and -0.0005 <= seen.time - e.time <= 0.1]
        if choices:
            best = min(choices, key=lambda e: abs(seen.time - e.time))
            pairs[id(seen)] = best
            left.remove(best)
    return pairs


def trace(frames_by_point, layout):
    """Every RST at every capture point with its origin; frames_by_point maps the point to its frames."""
    seen = {p: resets(p, frames_by_point[p], layout) for p in CAPTURE_POINTS}
    for to_client in (True, False):
        order = ("server", "mid_s", "mid_c", "client") if to_client else ("client", "mid_c", "mid_s", "server")
        first, near, far, last = ([s for s in seen[p] if s.to_client is to_client] for p in order)
        source = "server" if to_client else "client"
        before, after = (layout.delay_s, layout.delay_c) if to_client else (layout.delay_c, layout.delay_s)
        for s in first:
            s.origin, s.root = source, s
        pairs = match_path(near, first, before)
        for s in near:
            parent = pairs.get(id(s))
            s.origin, s.root = (parent.origin, parent.root) if parent else ("intermediary", s)
            if not parent and layout.far_server and to_client:
                s.origin = "server"
        pairs = match_crossing(far, near, layout.crossing)
        for s in far:
            parent = pairs.get(id(s))
            s.origin, s.root = (parent.origin, parent.root) if parent else ("intermediary", s)
        pairs = match_path(last, far, after)
        for s in last:
            parent = pairs.get(id(s))
            s.origin, s.root = (parent.origin, parent.root) if parent else ("intermediary", s)
            if not parent and to_client and s.segment.source in layout.on_link:
                s.origin = "server"
    return seen


def mark_echoes(seen, frames_by_point, inert=lambda s: False):
    """A RST follows from an earlier one if its sender had received that, or had itself aborted the connection.

    inert tells which RSTs had no effect (out of the window), so that nothing follows from them.
    """
    for point, origin in (("client", "client"), ("server", "server")):
        sights = {s.number: s for s in seen[point]}
        ended = set()
        for frame in frames_by_point[point]:
            segment = parse(frame)
            if not segment:
                continue
            s = sights.get(frame.number)
            if segment.flags & SYN and not segment.flags & (ACK | RST):
                ended.discard(segment.stream)
            if not s:
                continue
            own = s.root is s and s.origin == origin
            if own:
                s.echo = segment.stream in ended
                if segment.flags & ACK and segment.seq != 0 and not segment.flags & FIN:
                    ended.add(segment.stream)
            elif not inert(s):
                ended.add(segment.stream)


def roots(seen):
    """Each RST once, where it entered the world, in order of time."""
    unique = {id(s.root): s.root for p in CAPTURE_POINTS for s in seen[p]}
    return sorted(unique.values(), key=lambda s: s.time)


def counts(seen):
    """How many RSTs each origin sent, to compare with the kernels' counters."""
    result = {"client": 0, "server": 0, "intermediary": 0}
    for root in roots(seen):
        result[root.origin] += 1
    return result


def rows(seen, scenario, cause_of, layout, box_is_endpoint=lambda s: False, diagnosis_of=lambda s: "-",
         effect_of=lambda s: "-"):
    """The truth as rows by capture point; cause_of, diagnosis_of and effect_of take a root.

    What follows from a reset that did not pass a point looks there like any host that knows nothing of the connection.
    """
    result = {}
    for point in CAPTURE_POINTS:
        result[point], reset_here = [], set()
        for s in seen[point]:
            root = s.root
            unexplained = root.echo and s.segment.stream not in reset_here
            reset_here.add(s.segment.stream)
            own = root.origin != "intermediary" or root.segment.source in layout.box_ips
            cause = cause_of(root) + ("|no_socket" if unexplained else "")
            result[point].append(Row(point, s.number, root.origin, cause, scenario,
                                     "own" if own else "forged", "yes" if root.echo else "no",
                                     "yes" if root.origin == "intermediary" and box_is_endpoint(root) else "no",
                                     diagnosis_of(root), effect_of(root)))
    return result


def select(point_rows, indices):
    """The rows after a capture was cut to the frames with these indices (from 0, repeats allowed, or pairs)."""
    by_number = {row.frame: row for row in point_rows}
    indices = [i[0] if isinstance(i, tuple) else i for i in indices]
    return [by_number[i + 1]._replace(frame=n) for n, i in enumerate(indices, 1) if i + 1 in by_number]


def merged_rows(merged_frames, rows_of_interface):
    """Rows of a capture that holds several interfaces; the frames of each keep their order."""
    by_number = [{row.frame: row for row in rows_} for rows_ in rows_of_interface]
    place = [0] * len(rows_of_interface)
    result = []
    for frame in merged_frames:
        place[frame.interface] += 1
        row = by_number[frame.interface].get(place[frame.interface])
        if row:
            result.append(row._replace(capture="merged", frame=frame.number))
    return result


def write(path, all_rows):
    with open(path, "w", encoding="ascii") as file:
        file.write("\t".join(COLUMNS) + "\n")
        for row in all_rows:
            file.write("\t".join(map(str, row)) + "\n")
