# SPDX-License-Identifier: GPL-2.0-or-later
"""Gathers resets into findings over any number of captures, by the rules of the plugin's own report:
one finding for each reason and sender; up to four services apart; what came in one event together; by cost."""
from collections import Counter

from .groups import title_of
from .rhythm import Times

SERVICES_APART = 4
FRAMES = 5
SURE = {"low": 0, "medium": 1, "high": 2}
SURE_WORDS = {"low": "possibly", "medium": "likely", "high": "very likely"}
NOT_BROKEN_STAGES = ("post_syn", "post_synack", "closing")

# Columns of "resets" that findings are made of; "file" is the capture's name.
NEEDED = ("frame", "part", "part_frame", "time", "source", "claimed_source", "confidence", "score", "cause", "diagnosis",
          "diagnosis_confidence", "diagnosis_text", "advice", "device", "effect", "lost_octets", "stage",
          "stream", "event", "event_position", "idle", "idle_timer", "retry", "contradicted_by", "hops", "duplicate_of",
          "client_address", "client_port", "server_address", "server_port", "finding_group")


def broke(row):
    return row["stage"] not in NOT_BROKEN_STAGES and row["effect"] not in ("ignored", "challenged")


def tells_more(a, b):
    """Which of two resets of one event tells more of its reason."""
    for test, wanted in ((lambda r: r["finding_group"] == "ordinary", False), (lambda r: bool(r["diagnosis"]), True),
                         (lambda r: r["finding_group"] == "undecided", False)):
        if test(a) != test(b):
            return test(a) == wanted
    return False


class Finding:
    """Counts over the resets of one kind. Grows with the pairs of addresses and the captures in it, not with resets."""

    def __init__(self, head):
        self.group, self.source, self.diagnosis = head["finding_group"], head["source"], head["diagnosis"]
        self.cause, self.device = head["cause"], head["device"]
        self.resets = self.events = self.connections = self.broken = self.refused = self.lost_connections = 0
        self.lost_octets = self.retried = self.again = self.contradicted = 0
        self.claimed, self.sure, self.parts, self.hops, self.timers = Counter(), Counter(), Counter(), Counter(), Counter()
        self.clients, self.servers, self.ports, self.pairs, self.places = set(), set(), set(), set(), Counter()
        self.files = {}  # {capture: frame of a reset of the finding's own kind; None where it was joined of several files}
        self.times, self.times_at = Times(), {}  # of events; the same for each place
        self.first = self.last = None
        self.idle = None  # shortest and longest
        self.total = 0  # connections to the service in the captures, with resets or without; 0 where it is not known
        self.frames = []  # (-rank, file, frame, row): the plainest first, then the earliest
        self.seen = {}  # of the capture that is being read: {stream: what it counted as}

    def next_file(self):
        self.seen = {}

    def title(self):
        return title_of(self.diagnosis, self.cause, self.source)

    @property
    def service(self):
        one = len(self.servers) == 1
        return (next(iter(self.servers)) if one else None), (next(iter(self.ports)) if len(self.ports) == 1 else None)

    def add(self, file, row):
        now = row["time"]
        self.first = now if self.first is None else min(self.first, now)
        self.last = now if self.last is None else max(self.last, now)
        self.resets += 1
        self.claimed[row["claimed_source"]] += 1
        self.sure[row["confidence"]] += 1
        self.contradicted += row["contradicted_by"] is not None
        self.parts[row["source"], row["cause"]] += 1
        place = row["client_address"] if self.source == "client" else row["server_address"], row["server_port"]
        self.places[place] += 1
        own = self.is_own(row)
        self.files[file] = self.files.get(file) or (row["frame"] if own and not row["part"] else None)
        if row["idle_timer"] is not None:
            self.timers[row["idle_timer"]] += 1
        self.add_connection(row)
        if row["event_position"] == 1:
            self.events += 1
            self.times.add(now)
            self.times_at.setdefault(place, Times()).add(now)
            idle = row["idle"] or 0.0
            self.idle = (min(self.idle[0], idle), max(self.idle[1], idle)) if self.idle else (idle, idle)
        if own:
            self.hops[row["hops"]] += row["hops"] is not None
            self.add_frame(file, row)

    def is_own(self, row):
        return (row["source"], row["diagnosis"], row["finding_group"]) == (self.source, self.diagnosis, self.group) and \
            (self.diagnosis or row["cause"] == self.cause)

    def add_connection(self, row):
        had = self.seen.get(row["stream"], set())
        has = {"seen"} | {word for word, true in (("broken", broke(row)), ("lost", row["lost_octets"]), ("retried", row["retry"])) if true}
        new = has - had
        self.broken += "broken" in new
        self.retried += "retried" in new
        if "lost" in new:
            self.lost_connections += 1
            self.lost_octets += row["lost_octets"]
        if not had:
            self.connections += 1
            self.refused += row["stage"] in ("post_syn", "post_synack")
            self.clients.add(row["client_address"])
            self.servers.add(row["server_address"])
            self.ports.add(row["server_port"])
            pair = row["client_address"], row["server_address"], row["server_port"]
            self.again += pair in self.pairs
            self.pairs.add(pair)
        self.seen[row["stream"]] = had | has

    def add_frame(self, file, row):
        rank = SURE.get(row["diagnosis_confidence"] if self.diagnosis else row["confidence"], 0) * 1000 + min(abs(row["score"] or 0), 999)
        if len(self.frames) < FRAMES or -rank < self.frames[-1][0]:
            self.frames = sorted([*self.frames, (-rank, file, row["frame"], row)], key=lambda f: f[0])[:FRAMES]

    def example(self):
        return self.frames[0][3]

    def confidence(self):
        return (self.example()["diagnosis_confidence"] if self.diagnosis else self.example()["confidence"]) or "low"

    def order(self):
        """What lost data or broke connections comes first, harmless ones last; see docs/report.md."""
        tier = 2 if self.group == "ordinary" else 0 if self.broken or self.lost_connections else 1
        cost = self.lost_connections * 4 + self.broken * 2 + len(self.clients)
        return tier, -cost, self.group == "undecided", not self.diagnosis, -self.resets, self.first

    def take(self, other):
        """The same kind of another service joins in."""
        for name in ("resets", "events", "connections", "broken", "refused", "lost_connections", "lost_octets", "retried", "again", "contradicted"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("claimed", "sure", "parts", "hops", "timers", "places"):
            getattr(self, name).update(getattr(other, name))
        for name in ("clients", "servers", "ports", "pairs"):
            getattr(self, name).update(getattr(other, name))
        for file, frame in other.files.items():
            self.files[file] = self.files.get(file) or frame
        self.times.take(other.times)
        for place, times in other.times_at.items():
            self.times_at.setdefault(place, Times()).take(times)
        self.first, self.last = min(self.first, other.first), max(self.last, other.last)
        if self.idle and other.idle:
            self.idle = min(self.idle[0], other.idle[0]), max(self.idle[1], other.idle[1])
        self.idle = self.idle or other.idle
        self.frames = sorted(self.frames + other.frames, key=lambda f: f[0])[:FRAMES]


class Findings:
    def __init__(self, more=()):
        """`more`: further columns to keep with the resets that show a finding."""
        self.columns = (*NEEDED, *more)
        self.of = {}  # {(kind, service): Finding}
        self.groups = Counter()
        self.resets = self.events = self.connections = self.copies = 0
        self.waiting, self.file = [], None

    def add_page(self, file, page):
        for reset in page:
            self.add(file, reset["row"])

    def add(self, file, row):
        """Takes in one reset; those of one capture follow each other."""
        if file != self.file:
            self.end_of_file()
            self.file = file
        self.waiting.append({name: row[name] for name in self.columns})

    def end_of_file(self):
        rows, self.waiting = self.waiting, []
        heads = {}
        for row in rows:
            if row["event"] not in heads or tells_more(row, heads[row["event"]]):
                heads[row["event"]] = row
        touched = {}
        for row in rows:
            finding = self.finding_of(heads[row["event"]])
            touched[id(finding)] = finding
            finding.add(self.file, row)
            self.groups[finding.group] += 1
            self.copies += row["duplicate_of"] is not None
        self.resets += len(rows)
        self.events += len(heads)
        self.connections += len({row["stream"] for row in rows})
        for finding in touched.values():
            finding.next_file()

    def finding_of(self, head):
        kind = (head["diagnosis"], head["device"], head["finding_group"], head["source"], None if head["diagnosis"] else head["cause"])
        service = (head["server_address"], 0 if head["stage"] == "post_syn" else head["server_port"])
        key = (kind, None if head["finding_group"] == "ordinary" else service)
        if key not in self.of:
            self.of[key] = Finding(head)
        return self.of[key]

    def close(self):
        """All findings, what matters most first."""
        self.end_of_file()
        self.file = None
        services = Counter(kind for kind, _ in self.of)
        joined = {}
        for (kind, service), finding in self.of.items():
            key = (kind, service if services[kind] <= SERVICES_APART else None)
            if key in joined:
                joined[key].take(finding)
            else:
                joined[key] = finding
        return sorted(joined.values(), key=Finding.order)
