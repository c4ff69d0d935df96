# SPDX-License-Identifier: GPL-2.0-or-later
"""The figures of score.py for root causes (rst_origin.diagnosis) and for what the receiver did (rst_origin.effect).

Truth `none` means that saying nothing is right; `-` that the laboratory does not know, so nothing is scored.
"""
from collections import Counter, defaultdict

NONE = "none"
# The plugin may say unknown of an effect where the capture does not show it: silent, not wrong
NOTHING = ("", "unknown")


def alternatives(word):
    """What of the truth's word is right; empty where it is not told."""
    return [] if word in ("", "-") else word.split("|")


def judge(truth, said):
    """right, wrong or silent; silence is right where nothing is to be said, allowed where `none` is one of several."""
    if said in NOTHING:
        return "right" if truth == [NONE] else "allowed" if NONE in truth else "silent"
    return "right" if said in truth else "wrong"


def told(cases, field):
    """(case, alternatives, said) of those RSTs of which the laboratory knows the truth and the plugin saw."""
    for c in cases:
        truth = alternatives(getattr(c, "true_" + field))
        if truth and c.source != "missing":
            yield c, truth, getattr(c, field)


def figures(cases, field):
    counts = Counter()
    for c, truth, said in told(cases, field):
        counts[judge(truth, said)] += 1
        counts["all"] += 1
        if NONE in truth and said not in NOTHING and said not in truth:
            counts["made up"] += 1
        if truth == [NONE]:
            counts["harmless"] += 1
    return counts


def mean_over_scenarios(cases, field):
    groups = defaultdict(list)
    for c, truth, said in told(cases, field):
        if judge(truth, said) != "allowed":
            groups[c.scenario].append(judge(truth, said) == "right")
    means = [sum(g) / len(g) for g in groups.values()]
    return (100 * sum(means) / len(means), len(means)) if means else (0.0, 0)


def confusion(cases, field):
    """Rows by the truth's first word; what was said, most often first. Right answers are marked with *."""
    table = defaultdict(Counter)
    for _, truth, said in told(cases, field):
        mark = {"right": "*", "allowed": "(*)"}.get(judge(truth, said), "")
        table[truth[0]][(NONE if said in NOTHING else said) + mark] += 1
    return [f"    {name:22}{sum(row.values()):6}   " + ", ".join(f"{k} {v}" for k, v in row.most_common())
            for name, row in sorted(table.items())]


def report(cases, field):
    n = figures(cases, field)
    if not n["all"]:
        return [f"== {field}: the truth tells none"]
    mean, scenarios = mean_over_scenarios(cases, field)
    asked = n["all"] - n["allowed"]
    return ([f"== {field}: {n['all']} RSTs told of: right {n['right']}, wrong {n['wrong']}, silent {n['silent']}, "
             f"silent where that is allowed {n['allowed']}",
             f"    right {100 * n['right'] / max(1, asked):.1f} % of {asked}, mean over {scenarios} scenarios "
             f"{mean:.1f} %; made up where nothing was to be said: {n['made up']}",
             f"    {'truth (first word)':22}{'n':>6}   said (* right, (*) allowed)"] + confusion(cases, field))


def list_wrong(cases, field):
    return [f"    {field}\t{c.directory}/{c.capture}\t{c.frame}\t{c.origin}\ttruth={'|'.join(truth)}\tsaid={said}"
            for c, truth, said in told(cases, field) if judge(truth, said) == "wrong"]
