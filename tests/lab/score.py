#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares what the plugin says of each RST with the truth of the laboratory, and with the plain TTL rule.

    score.py DIR...  [--plugin-dir DIR] [--points client,server,...] [--passes 1,2] [--list-wrong]
    score.py DIR...  --verdicts FILE      verdicts from elsewhere: capture, frame, source, cause, diagnosis by tabs

DIR is what run.sh wrote. tshark runs as an unprivileged user, because run by root it ignores WIRESHARK_PLUGIN_DIR.
"""
import argparse
import os
import sys
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pcapng
import score_diagnosis

sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "captures"))

from shark import Shark  # noqa: E402

FIELDS = ("frame.number", "rst_origin.source", "rst_origin.cause", "rst_origin.confidence", "rst_origin.score",
          "rst_origin.sign")
WHY_FIELDS = ("rst_origin.diagnosis", "rst_origin.effect")  # later plugins have these
POINTS = {"client": "client side", "server": "server side", "mid_c": "middle", "mid_s": "middle", "merged": "merged"}
SOURCES = ("client", "server", "intermediary")
ANSWERS = SOURCES + ("unknown", "missing")
# A proxy in its own name owns the address (principle 6): where a capture point is on its path, the side that it stands for
PROXY_SIDES = {"client": ("server",), "mid_c": ("server",), "mid_s": ("client",), "server": ("client",),
               "merged": ("client", "server")}
# Scenarios in which a genuine reset looks forged; see scenarios_negative.py, scenarios_hosts.py, scenarios_capture.py.
NEGATIVE = "neg_"


class Case:
    """A RST at a capture point with its truth and, once asked, a verdict."""
    __slots__ = ("directory", "capture", "frame", "origin", "causes", "scenario", "forged", "echo", "is_endpoint",
                 "point", "source", "cause", "confidence", "score", "signs", "plain", "true_diagnosis", "true_effect",
                 "diagnosis", "effect")

    def __init__(self, directory, row):
        self.directory = directory
        self.capture, self.frame = row["capture"], int(row["frame"])
        self.origin, self.causes, self.scenario = row["origin"], row["cause"].split("|"), row["scenario"]
        self.forged, self.echo = row.get("forged", ""), row.get("echo") == "yes"
        self.is_endpoint = row.get("box_is_endpoint") == "yes"
        self.point = os.path.basename(self.capture).split(".")[0]
        self.true_diagnosis, self.true_effect = row.get("diagnosis", "-"), row.get("effect", "-")
        self.clear()
        self.plain = "missing"

    def clear(self):
        self.source, self.cause, self.confidence, self.score, self.signs = "missing", "", "", "", ""
        self.diagnosis = self.effect = ""

    def is_right(self, said):
        """A device that ends connections for others under its own address is that address's owner, too."""
        return said == self.origin or \
            self.is_endpoint and self.forged == "own" and said in PROXY_SIDES.get(self.point, ())

    @property
    def right(self):
        return self.is_right(self.source)


def read_truth(directory):
    with open(os.path.join(directory, "truth.tsv"), encoding="ascii") as file:
        lines = [line.split("\t") for line in file.read().splitlines()]
    return [Case(directory, dict(zip(lines[0], line))) for line in lines[1:]]


def plain_rule(path):
    """What an engineer does by hand: another TTL than the sender's last packet had means a box, else believe it."""
    verdicts, last, clients = {}, {}, {}
    for frame in pcapng.read_frames(path):
        segment = pcapng.parse(frame)
        if not segment:
            continue
        if segment.flags & pcapng.SYN:
            starts = (segment.source, segment.sport) if not segment.flags & pcapng.ACK \
                else (segment.destination, segment.dport)
            clients[segment.stream] = starts
        sender = (frame.interface, segment.stream, segment.source, segment.sport)
        if segment.flags & pcapng.RST:
            before = last.get(sender)
            claimed = "client" if clients.get(segment.stream) == (segment.source, segment.sport) else "server"
            verdicts[frame.number] = claimed if before is None or before == segment.ttl else "intermediary"
        else:
            last[sender] = segment.ttl
    return verdicts


def known_fields(shark):
    """Those of WHY_FIELDS that this plugin registers."""
    listed = shark.run("tshark", "-G", "fields").stdout
    names = {line.split("\t")[2] for line in listed.splitlines() if "\trst_origin." in line}
    return tuple(f for f in WHY_FIELDS if f in names)


def run_tshark(shark, path, passes, more=()):
    fields = FIELDS + more
    asked = [word for field in fields for word in ("-e", field)]
    text = shark.tshark(path, *(["-2"] if passes == 2 else []), "-n", "-Y", "tcp.flags.reset == 1", "-T", "fields",
                        "-E", "aggregator=;", *asked)
    verdicts = {}
    for line in text.splitlines():
        words = (line.split("\t") + [""] * len(fields))[:len(fields)]
        first = [w.split(";")[0] for w in words[1:5]]
        why = dict(zip(more, (w.split(";")[0] for w in words[len(FIELDS):])))
        verdicts[int(words[0])] = (*first, words[5], *(why.get(f, "") for f in WHY_FIELDS))
    return verdicts


def ask_plugin(cases, plugin_dir, passes, jobs):
    """Fills the verdicts in."""
    by_file = defaultdict(list)
    for case in cases:
        case.clear()
        by_file[os.path.join(case.directory, case.capture)].append(case)
    shark = Shark(Path(plugin_dir))
    try:
        more = known_fields(shark)

        def one(item):
            path, wanted = item
            verdicts = run_tshark(shark, path, passes, more)
            for case in wanted:
                if case.frame in verdicts:
                    (source, case.cause, case.confidence, case.score, case.signs, case.diagnosis,
                     case.effect) = verdicts[case.frame]
                    case.source = source or "missing"

        with ThreadPoolExecutor(jobs) as pool:
            list(pool.map(one, by_file.items()))
    finally:
        shark.close()
    return {f.rpartition(".")[2] for f in more}


def read_verdicts(cases, path):
    with open(path, encoding="ascii") as file:
        rows = [line.rstrip("\n").split("\t") for line in file if line.strip() and not line.startswith("capture")]
    found = {(r[0], int(r[1])): (*r[2:5], "", "", "")[:3] for r in rows}
    for case in cases:
        case.clear()
        if (case.capture, case.frame) in found:
            case.source, case.cause, case.diagnosis = found[case.capture, case.frame]
    return {"diagnosis"} if any(len(r) > 4 for r in rows) else set()


def share(part, whole):
    return f"{100 * part / whole:5.1f} % ({part}/{whole})" if whole else "    – (0/0)"


def measure(cases, answer=lambda c: c.source):
    """The figures of one group; a box that is itself the endpoint of its leg is nobody's miss."""
    m = Counter()
    for c in cases:
        said = answer(c)
        m["all"] += 1
        m["decided"] += said in SOURCES
        m["right"] += c.is_right(said)
        if {said, c.origin} == {"client", "server"}:
            m["mixed up"] += 1
        if said == "intermediary":
            m["accused"] += 1
            m["accused rightly"] += c.origin == "intermediary"
        if c.origin == "intermediary" and not c.is_endpoint:
            m["boxes"] += 1
            m["boxes found"] += said == "intermediary"
        if c.scenario.startswith(NEGATIVE) and c.origin != "intermediary":
            m["negatives"] += 1
            m["negatives accused"] += said == "intermediary"
    return m


def mean_right(cases, answer):
    """Each scenario counts once, so that one burst of a hundred RSTs does not drown the rest."""
    groups = defaultdict(list)
    for c in cases:
        if not c.is_endpoint:
            groups[c.scenario].append(answer(c) == c.origin)
    means = [sum(g) / len(g) for g in groups.values()]
    return f"{100 * sum(means) / len(means):5.1f} % of {len(means)}" if means else "–"


def confusion(cases, answer):
    table = Counter((c.origin if not c.is_endpoint else "box as endpoint", answer(c)) for c in cases)
    lines = ["    truth \\ verdict " + "".join(f"{a:>14}" for a in ANSWERS)]
    for origin in SOURCES + ("box as endpoint",):
        if any(table[origin, a] for a in ANSWERS):
            lines.append(f"    {origin:16}" + "".join(f"{table[origin, a]:14}" for a in ANSWERS))
    return lines


def report_group(title, cases):
    lines = [f"== {title}: {len(cases)} RSTs"]
    lines += confusion(cases, lambda c: c.source)
    ours, plain = measure(cases), measure(cases, lambda c: c.plain)
    lines.append(f"    {'':34}{'rst_origin':>24}{'plain TTL rule':>24}")
    for label, part, whole in (("precision of intermediary", "accused rightly", "accused"),
                               ("recall of intermediary", "boxes found", "boxes"),
                               ("decided", "decided", "all"), ("right among decided", "right", "decided"),
                               ("right of all", "right", "all"),
                               ("client and server mixed up", "mixed up", "all"),
                               ("hard negatives called injected", "negatives accused", "negatives")):
        lines.append(f"    {label:34}{share(ours[part], ours[whole]):>24}{share(plain[part], plain[whole]):>24}")
    caused = [c for c in cases if c.source != "missing"]
    lines.append(f"    {'right, mean over scenarios':34}{mean_right(cases, lambda c: c.source):>24}"
                 f"{mean_right(cases, lambda c: c.plain):>24}")
    lines.append(f"    {'cause right':34}{share(sum(c.cause in c.causes for c in caused), len(caused)):>24}")
    for level in ("high", "medium", "low"):
        of = [c for c in cases if c.confidence == level and c.source in SOURCES]
        lines.append(f"    {'right where confidence is ' + level:34}{share(sum(c.right for c in of), len(of)):>24}")
    return lines


def report_scenarios(cases):
    lines = ["== by scenario (all capture points)", f"    {'scenario':44}{'n':>6}{'right':>7}{'unknown':>9}{'wrong':>7}"
             f"{'cause':>7}{'plain wrong':>13}"]
    groups = defaultdict(list)
    for c in cases:
        groups[c.scenario].append(c)
    for name in sorted(groups):
        of = [c for c in groups[name] if not c.is_endpoint]
        right = sum(c.right for c in of)
        unknown = sum(c.source in ("unknown", "missing") for c in of)
        lines.append(f"    {name:44}{len(of):6}{right:7}{unknown:9}{len(of) - right - unknown:7}"
                     f"{sum(c.cause in c.causes for c in of):7}{sum(c.plain != c.origin for c in of):13}")
    return lines


def report_causes(cases):
    lines = ["== by cause (truth's first word)", f"    {'cause':28}{'n':>6}{'right':>7}   most often said instead"]
    groups = defaultdict(list)
    for c in cases:
        groups[c.causes[0]].append(c)
    for name in sorted(groups):
        other = Counter(c.cause for c in groups[name] if c.cause not in c.causes).most_common(3)
        lines.append(f"    {name:28}{len(groups[name]):6}{sum(c.cause in c.causes for c in groups[name]):7}   "
                     + ", ".join(f"{k or '(none)'} {v}" for k, v in other))
    return lines


def list_wrong(cases):
    lines = ["== wrong"]
    for c in cases:
        if c.source in SOURCES and not c.right:
            lines.append("    " + "\t".join((os.path.join(c.directory, c.capture), str(c.frame), f"truth={c.origin}",
                                             f"verdict={c.source}", c.confidence, c.score,
                                             f"cause={'|'.join(c.causes)}/{c.cause}", "echo" if c.echo else "-",
                                             c.signs)))
    return lines


def report_why(cases, fields, wrong):
    """Root cause and effect; fields are those of the two that the plugin has."""
    lines = []
    for field in ("diagnosis", "effect"):
        if field not in fields:
            lines.append(f"== {field}: this plugin has no {field} field")
            continue
        lines += score_diagnosis.report(cases, field)
        if wrong:
            lines += score_diagnosis.list_wrong(cases, field)
    return lines


def report(title, cases, wrong=False, fields=()):
    lines = [f"#### {title}"]
    for group in dict.fromkeys(POINTS.values()):
        of = [c for c in cases if POINTS.get(c.point) == group]
        if of:
            lines += report_group(group, of)
    if len({POINTS.get(c.point) for c in cases}) > 1:
        lines += report_group("all capture points", cases)
    lines += report_scenarios(cases) + report_causes(cases) + report_why(cases, fields, wrong)
    if wrong:
        lines += list_wrong(cases)
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directories", nargs="+", metavar="DIR")
    parser.add_argument("--plugin-dir", default=os.environ.get("WIRESHARK_PLUGIN_DIR"),
                        help="as WIRESHARK_PLUGIN_DIR: holds 4.0/epan/rst_origin.so or the like")
    parser.add_argument("--verdicts", help="a table instead of the plugin")
    parser.add_argument("--points", default=",".join(POINTS))
    parser.add_argument("--passes", default="1,2")
    parser.add_argument("--scenario", action="append", help="only this one (may be repeated)")
    parser.add_argument("--list-wrong", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    cases = [c for d in options.directories for c in read_truth(d)]
    cases = [c for c in cases if c.point in options.points.split(",")
             and (not options.scenario or c.scenario in options.scenario)]
    plain = {}
    for case in cases:
        path = os.path.join(case.directory, case.capture)
        if path not in plain:
            plain[path] = plain_rule(path)
        case.plain = plain[path].get(case.frame, "missing")
    name = ", ".join(options.directories)
    if options.verdicts:
        fields = read_verdicts(cases, options.verdicts)
        print(report(name, cases, options.list_wrong, fields))
        return 0
    if not options.plugin_dir:
        parser.error("--plugin-dir, WIRESHARK_PLUGIN_DIR or --verdicts is needed")
    for passes in options.passes.split(","):
        fields = ask_plugin(cases, options.plugin_dir, int(passes), options.jobs)
        print(report(f"{name}, {'one pass' if passes == '1' else 'two passes'}", cases, options.list_wrong, fields))
    return 0


if __name__ == "__main__":
    sys.exit(main())
