#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints the table of docs/figures.md: how often the plugin is right on sets of the laboratory.

    figures.py DIR...  --plugin-dir DIR  [--passes 2] [--jobs 2]

DIR is what run.sh wrote, of seeds that nothing was tuned on; one is enough.
"""
import argparse
import os

import score

GROUPS = {"client side": ("client",), "server side": ("server",), "middle": ("mid_c", "mid_s"),
          "client and server merged": ("merged",)}


def percent(part, whole):
    return f"{100 * part / whole:.1f} %" if whole else "–"


def rows(groups):
    """(label, a cell for each group of cases)."""
    m = {name: score.measure(cases) for name, cases in groups.items()}
    counts = (("precision of `intermediary`", "accused rightly", "accused"),
              ("hard negatives called injected", "negatives accused", "negatives"),
              ("client and server mixed up", "mixed up", "all"))
    shares = (("recall of `intermediary`", "boxes found", "boxes"), ("decided", "decided", "all"),
              ("right among decided", "right", "decided"))
    yield "resets", [str(len(cases)) for cases in groups.values()]
    for label, part, whole in counts[:1]:
        yield label, [f"{m[g][part]} of {m[g][whole]}" for g in groups]
    for label, part, whole in shares:
        yield label, [percent(m[g][part], m[g][whole]) for g in groups]
    for label, part, whole in counts[1:]:
        yield label, [f"{m[g][part]} of {m[g][whole]}" for g in groups]
    yield "cause right", [percent(sum(c.cause in c.causes for c in cases), len(cases)) for cases in groups.values()]
    for level in ("high", "medium", "low"):
        of = [[c for c in cases if c.confidence == level and c.source in score.SOURCES] for cases in groups.values()]
        yield f"right where `{level}`", [percent(sum(c.right for c in cases), len(cases)) for cases in of]


def table(cases):
    groups = {name: [c for c in cases if c.point in points] for name, points in GROUPS.items()}
    groups = {name: of for name, of in groups.items() if of}
    lines = ["| | " + " | ".join(groups) + " |", "|---|" + "---|" * len(groups)]
    return lines + [f"| {label} | " + " | ".join(cells) + " |" for label, cells in rows(groups)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directories", nargs="+", metavar="DIR")
    parser.add_argument("--plugin-dir", default=os.environ.get("WIRESHARK_PLUGIN_DIR"))
    parser.add_argument("--passes", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    if not options.plugin_dir:
        parser.error("--plugin-dir or WIRESHARK_PLUGIN_DIR is needed")
    cases = [c for d in options.directories for c in score.read_truth(d)]
    score.ask_plugin(cases, options.plugin_dir, options.passes, options.jobs)
    print("\n".join(table(cases)))


if __name__ == "__main__":
    main()
