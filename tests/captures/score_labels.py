#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares what the plugin says of each RST with labels that people gave to real captures.

    score_labels.py FOLDER [--passes 1|2] [--plugin-dir DIR] [--list]

FOLDER holds labels.tsv (capture, frame, label, cause, confidence, reason by tabs; label is endpoint, intermediary or
unknown) and the captures. Resets of one cause in one capture are not independent: together they count for five at most,
each for its share. Rows labelled unknown are not scored. --list prints the rows that differ.
tshark runs as an unprivileged user where this is root, since run by root it ignores WIRESHARK_PLUGIN_DIR.
"""
import argparse
import csv
import os
import shutil
import subprocess
import tempfile
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor

FIELDS = ("frame.number", "rst_origin.source", "rst_origin.confidence", "rst_origin.cause", "rst_origin.score",
          "rst_origin.sign")
MOST = 5  # rows per capture and cause


class Row:
    """One labelled RST and what the plugin said of it."""

    def __init__(self, row):
        self.capture, self.frame, self.label, self.cause = row["capture"], int(row["frame"]), row["label"], row["cause"]
        self.sure, self.reason = row["confidence"], row["reason"]
        self.weight = 1.0
        self.source, self.confidence, self.said, self.score, self.signs = "missing", "", "", "", ""

    @property
    def decided(self):
        return self.source in ("client", "server", "intermediary")

    @property
    def right(self):
        return self.decided and (self.source == "intermediary") == (self.label == "intermediary")


def read_labels(folder):
    with open(os.path.join(folder, "labels.tsv"), encoding="utf-8") as file:
        rows = [Row(r) for r in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    groups = Counter((r.capture, r.label, r.cause) for r in rows)
    for row in rows:
        row.weight = min(1.0, MOST / groups[row.capture, row.label, row.cause])
    return rows


def command(path, passes):
    words = ["tshark", "-n", "-r", path, "-Y", "rst_origin", "-T", "fields", "-E", "aggregator=;"]
    if passes == 2:
        words.insert(1, "-2")
    for field in FIELDS:
        words += ["-e", field]
    if os.geteuid() == 0:
        words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] + words
    return words


def ask(folder, rows, plugin_dir, passes, jobs=2):
    """Fills in what the plugin says."""
    by_capture = defaultdict(list)
    for row in rows:
        by_capture[row.capture].append(row)
    with tempfile.TemporaryDirectory() as home:
        os.chmod(home, 0o777)
        plugins = os.path.join(home, "plugins")  # the plugins' own folder may lie where that user cannot go
        shutil.copytree(plugin_dir, plugins)
        environment = {"PATH": os.environ["PATH"], "HOME": home, "WIRESHARK_PLUGIN_DIR": plugins}

        def one(capture):
            done = subprocess.run(command(os.path.join(folder, capture), passes), env=environment, timeout=120,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
            said = {}
            for line in done.stdout.splitlines():  # a frame may hold several resets: the first counts
                words = (line.split("\t") + [""] * len(FIELDS))[:len(FIELDS)]
                said[int(words[0])] = words
            for row in by_capture[capture]:
                if row.frame in said:
                    words = said[row.frame]
                    row.source, row.confidence, row.said, row.score = (w.split(";")[0] for w in words[1:5])
                    row.signs = words[5]

        with ThreadPoolExecutor(jobs) as pool:
            list(pool.map(one, by_capture))


def share(rows, of):
    """Weight of the rows for which `of` holds, and of all."""
    return sum(r.weight for r in rows if of(r)), sum(r.weight for r in rows)


def measure(rows):
    """Each figure as a part and a whole."""
    rows = [r for r in rows if r.label != "unknown"]
    accused = [r for r in rows if r.source == "intermediary"]
    forged = [r for r in rows if r.label == "intermediary"]
    decided = [r for r in rows if r.decided]
    high = [r for r in decided if r.confidence == "high"]
    return {
        "precision": share(accused, lambda r: r.right),
        "recall": share(forged, lambda r: r.right),
        "decided": share(rows, lambda r: r.decided),
        "right": share(decided, lambda r: r.right),
        "high right": share(high, lambda r: r.right),
    }


def differing(rows):
    return [r for r in rows if r.label != "unknown" and not r.right]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--passes", type=int, default=2, choices=(1, 2))
    parser.add_argument("--plugin-dir", default=os.environ.get("WIRESHARK_PLUGIN_DIR"))
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if not options.plugin_dir:
        parser.error("needs --plugin-dir or WIRESHARK_PLUGIN_DIR")
    rows = read_labels(options.folder)
    ask(options.folder, rows, options.plugin_dir, options.passes)
    for name, (part, whole) in measure(rows).items():
        print(f"{name:12}{100 * part / whole if whole else 0:6.1f} %  ({part:.1f} of {whole:.1f})")
    if options.list:
        for r in differing(rows):
            print(r.capture, r.frame, f"label {r.label} ({r.cause}, {r.sure})",
                  f"said {r.source} {r.confidence} {r.said} {r.score}: {r.signs}", sep="\t")


if __name__ == "__main__":
    main()
