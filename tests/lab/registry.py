# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of scenarios; they stand in modules of their own and enter themselves here."""
import glob
import importlib
import os
from collections import namedtuple

Scenario = namedtuple("Scenario", "function cause echo_cause crossing fixed diagnosis needs")
SCENARIOS = {}


def scenario(cause, echo_cause="echo", crossing="same", name=None, diagnosis=None, needs=(), **fixed):
    """Registers a scenario.

    cause: what to call a RST, by its origin: a token, several joined by | where more than one is right (the
    best first), or a function(run, root, place) that returns one. diagnosis: the root cause in the words of the
    plugin's table, by origin in the same way ("echo" for resets that follow from another), or one for all;
    `none` where nothing more than the mechanism is to be said. An alternative stands there only where one capture
    point cannot tell the two apart; where that depends on what was drawn, a function looks (of_another_machine,
    refused). needs: programs of builds.py. fixed: what is not
    left to the seed.
    """
    def register(function):
        entry = name or function.__name__
        if entry in SCENARIOS:
            raise ValueError(f"two scenarios called {entry}")
        SCENARIOS[entry] = Scenario(function, cause, echo_cause, crossing, fixed, diagnosis, needs)
        return function
    return register


def load_scenarios():
    """Imports the modules; each registers its scenarios."""
    here = os.path.dirname(os.path.abspath(__file__))
    for path in sorted(glob.glob(os.path.join(here, "scenarios_*.py"))):
        importlib.import_module(os.path.basename(path)[:-3])


def kinds(name):
    """What a scenario shows: its causes by origin and its root causes, each by the first word."""
    entry = SCENARIOS[name]
    told = entry.diagnosis if isinstance(entry.diagnosis, dict) else {"all": entry.diagnosis}
    shown = {("cause", origin, cause.split("|")[0]) for origin, cause in entry.cause.items()
             if not callable(cause) and cause != "echo"}
    return shown | {("why", why.split("|")[0]) for why in told.values() if why and not callable(why)}


def short_set(names):
    """Few scenarios that show every root cause and every mechanism of each origin: those that add most go first.

    What must be compiled first is taken only for what nothing else shows.
    """
    left, chosen = set().union(*map(kinds, names)), set()
    for pool in ([n for n in names if not SCENARIOS[n].needs], names):
        reachable = left & set().union(*map(kinds, pool))
        while reachable:
            best = max(pool, key=lambda n: len(kinds(n) & reachable))
            chosen.add(best)
            reachable -= kinds(best)
        left -= set().union(*map(kinds, chosen))
    return [n for n in names if n in chosen]
