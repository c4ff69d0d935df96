# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads one capture with a sharkd: loaded once, filtered once, its resets fetched page by page.

sharkd answers at most 32 columns a request, joins repeated values by commas, and remembers the result of a
filter text across files. So columns are asked in groups, signs one by one, and each file's filter has a number of its own.
"""
import itertools
import json
import pickle
import tempfile
import time

from . import fields
from .groups import group_of
from .units import CUT
from .words import FileFailed

COLUMNS_AT_ONCE = 32
RESETS_AT_ONCE = 1000
SPOOL_IN_MEMORY = 4 << 20
# Texts asked for with the rest, so that three requests hold all; resets with more are asked again.
SIGNS_AT_ONCE, EVIDENCE_AT_ONCE = 14, 8
MOST_SIGNS = 24


class Answer:
    """What a capture gave. Pages of resets lie in a spool, on disk where they are many."""

    def __init__(self):
        self.frames = 0
        self.resets = 0
        self.first_time = None
        self.last_time = None
        self.warning = ""
        self.pages = 0
        self.spool = tempfile.SpooledTemporaryFile(SPOOL_IN_MEMORY)

    def add(self, page):
        pickle.dump(page, self.spool)
        self.pages += 1
        self.resets += len(page)

    def each_page(self):
        self.spool.seek(0)
        for _ in range(self.pages):
            yield pickle.load(self.spool)

    def close(self):
        self.spool.close()


class Reader:
    """Knows the plugin's fields, and how to ask for them. One for all workers."""

    def __init__(self, plugin):
        names, address_columns = plugin.names, plugin.address_columns
        self.name = plugin.reader
        self.single = [n for n in fields.SINGLE if n in names]
        self.unknown = sorted(names - set(fields.SINGLE) - fields.APART)
        self.packet = ["frame.time_epoch:1", str(address_columns[0]), "tcp.srcport:-1", str(address_columns[1]), "tcp.dstport:-1"]
        self.asked = [*self.packet, "rst_origin.sign:0",
                      *(f"rst_origin.{n}:{0 if n in fields.SEVERAL else 1}" for n in self.single),
                      *(f"rst_origin.{n}:0" for n in self.unknown), "rst_origin.sign.weight:0",
                      *sign_texts(1, SIGNS_AT_ONCE), *evidence(1)]
        self.of_sign = {}  # {token: (family, source)}, the same wherever the sign fires
        self.filters = itertools.count(10 ** 9)

    def read(self, sharkd, path, seconds=0, frames_of_parts=(), settings=()):
        """Everything the plugin says of one capture. `frames_of_parts`: frames of each file that it was joined from."""
        until = time.monotonic() + seconds if seconds else None
        answer = Answer()
        try:
            for name, value in settings:
                sharkd.ask("setconf", until, name=name, value=value)
            sharkd.complaints()
            status = sharkd.load(path, until)
            sharkd.loads += 1
            answer.warning = sharkd.complaints()
            self.times(sharkd, until, answer, status)
            if answer.frames:
                self.resets(sharkd, until, answer, list(itertools.accumulate(frames_of_parts)))
            return answer
        except BaseException:
            answer.close()
            raise

    @staticmethod
    def times(sharkd, until, answer, status):
        answer.frames = status["frames"]
        if answer.frames:
            [first] = sharkd.ask("frames", until, limit=1, column0="frame.time_epoch:1")
            answer.first_time = fields.value(fields.REAL, first["c"][0])
            answer.last_time = answer.first_time + status["duration"]

    def resets(self, sharkd, until, answer, ends):
        chosen = f"rst_origin.source && frame.number != {next(self.filters)}"
        while True:
            page = self.page(sharkd, until, chosen, answer.resets)
            for n, reset in enumerate(page, answer.resets + 1):
                reset["row"]["part"], reset["row"]["part_frame"] = part_of(reset["row"]["frame"], ends)
                reset["n"] = n
            if page:
                answer.add(page)
            if len(page) < RESETS_AT_ONCE:
                return

    def columns(self, sharkd, until, chosen, skip, wanted):
        """{frame: its texts in the order of `wanted`}, of one page of resets."""
        found = {}
        for at in range(0, len(wanted), COLUMNS_AT_ONCE):
            columns = {f"column{i}": name for i, name in enumerate(wanted[at:at + COLUMNS_AT_ONCE])}
            place = {"skip": skip} if skip else {}
            for row in sharkd.ask("frames", until, filter=chosen, limit=RESETS_AT_ONCE, **place, **columns):
                found.setdefault(row["num"], []).extend(row["c"])
        return found

    def page(self, sharkd, until, chosen, skip):
        """One page of resets. The common ones need no more than the first columns."""
        texts = self.columns(sharkd, until, chosen, skip, self.asked)
        resets = [self.reset(frame, row) for frame, row in texts.items()]

        def more(wanted):
            return self.columns(sharkd, until, chosen, skip, wanted)

        most = max((len(r["signs"]) for r in resets), default=0)
        if most > SIGNS_AT_ONCE:
            found = more(sign_texts(SIGNS_AT_ONCE + 1, most))
            for r in resets:
                for sign, text in zip(r["signs"][SIGNS_AT_ONCE:], found[r["row"]["frame"]]):
                    sign["sign.text"] = text
        if any(sign["sign"] not in self.of_sign for r in resets for sign in r["signs"]):
            found = more([f"rst_origin.{name}:{i}" for i in range(1, most + 1) for name in ("sign.family", "sign.source")])
            for r in resets:
                row = found[r["row"]["frame"]]
                for i, sign in enumerate(r["signs"]):
                    self.of_sign[sign["sign"]] = row[2 * i], row[2 * i + 1] or None
        for r in resets:
            for sign in r["signs"]:
                sign["sign.family"], sign["sign.source"] = self.of_sign[sign["sign"]]
        at = 1
        while any(len(r["evidence"]) == at - 1 + EVIDENCE_AT_ONCE for r in resets):
            at += EVIDENCE_AT_ONCE
            found = more(evidence(at))
            for r in resets:
                r["evidence"] += [text for text in found[r["row"]["frame"]] if text]
        return resets

    def reset(self, frame, texts):
        row = dict.fromkeys(fields.COLUMNS)
        row["frame"] = frame
        packet = dict(zip(fields.PACKET, texts))
        row.update((name, fields.value(kind, packet[name])) for name, kind in fields.PACKET.items())
        at = len(fields.PACKET)
        signs = [{"sign": token} for token in texts[at].split(",")[:MOST_SIGNS] if token]
        at += 1
        for name, text in zip(self.single, texts[at:]):
            row["reset_number" if name == "number" else fields.column(name)] = fields.value(fields.SINGLE[name], text)
        at += len(self.single)
        more = {name: text for name, text in zip(self.unknown, texts[at:]) if text}
        row["more"] = json.dumps(more, sort_keys=True) if more else None
        at += len(self.unknown)
        for sign, weight, text in zip(signs, texts[at].split(","), texts[at + 1:at + 1 + SIGNS_AT_ONCE] + [""] * MOST_SIGNS):
            sign["sign.weight"], sign["sign.text"] = fields.value(fields.INTEGER, weight), text
        ends = [(row["source_address"], row["source_port"]), (row["destination_address"], row["destination_port"])]
        if row["claimed_source"] == "server":
            ends.reverse()
        (row["client_address"], row["client_port"]), (row["server_address"], row["server_port"]) = ends
        row["finding_group"] = group_of(row)
        return {"row": row, "signs": signs, "evidence": [text for text in texts[at + 1 + SIGNS_AT_ONCE:] if text]}


def sign_texts(first, last):
    return [f"rst_origin.sign.text:{i}" for i in range(first, last + 1)]


def evidence(first):
    return [f"rst_origin.{fields.EVIDENCE}:{i}" for i in range(first, first + EVIDENCE_AT_ONCE)]


def part_of(frame, ends):
    """Which of the joined files a frame comes from (from 1), and its number there; (None, None) where none were joined."""
    before = 0
    for part, end in enumerate(ends, 1):
        if frame <= end:
            return part, frame - before
        before = end
    return None, None


def verdict_on(answer, unit):
    """The state of a file in the database, and a word on it."""
    if "cut short" in answer.warning:
        return "cut", CUT
    if unit.broken_parts:
        return ("cut" if all(text.endswith(CUT) for text in unit.broken_parts) else "damaged"), "; ".join(unit.broken_parts)
    if answer.warning:
        return "damaged", answer.warning
    if not answer.frames and unit.kind in ("zstd", "lz4"):
        raise FileFailed("not_a_capture", f"{unit.kind} data without a capture in it")
    return "done", ""
