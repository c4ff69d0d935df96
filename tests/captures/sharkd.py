# SPDX-License-Identifier: GPL-2.0-or-later
"""Asks one sharkd process many things: it starts once where tshark would start for each."""
import json

import contract


def ask(shark, *requests):
    """The answers to JSON-RPC requests, by their number from 1."""
    lines = [json.dumps({"jsonrpc": "2.0", "id": n, **request}) for n, request in enumerate(requests, 1)]
    done = shark.run("sharkd", "-", stdin="\n".join(lines) + "\n")
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {a["id"]: a.get("result") for a in answers if "id" in a}


def load(shark, capture):
    return {"method": "load", "params": {"file": str(shark.readable(capture))}}


def frame(number):
    return {"method": "frame", "params": {"frame": number, "proto": True}}


def columns(shark, capture, names):
    """Each field as the only column of the packet list: {field: {frame: text}}, several values joined by commas.

    sharkd keeps the results of a filter, so each request has a filter of its own that selects everything.
    """
    requests = [{"method": "frames", "params": {"column0": f"rst_origin.{name}:0", "filter": f"frame.number != {10 ** 9 + n}"}}
                for n, name in enumerate(names)]
    answers = ask(shark, load(shark, capture), *requests)
    found = {}
    for n, name in enumerate(names, 2):
        found[name] = {row["num"]: text(name, row["c"][0]) for row in answers[n] if row["c"][0]}
    return found


def text(name, value):
    return value.replace("True", "1").replace("False", "0") if name in contract.BOOLEANS else value
