# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of scenarios; they stand in modules of their own and enter themselves here."""
from collections import namedtuple

Scenario = namedtuple("Scenario", "function cause echo_cause crossing fixed")
SCENARIOS = {}


def scenario(cause, echo_cause="echo", crossing="same", name=None, **fixed):
    """Registers a scenario.

    cause: what to call a RST, by its origin: a token, several joined by | where more than one is right (the
    best first), or a function(run, root, place) that returns one. fixed: what is not left to the seed.
    """
    def register(function):
        entry = name or function.__name__
        if entry in SCENARIOS:
            raise ValueError(f"two scenarios called {entry}")
        SCENARIOS[entry] = Scenario(function, cause, echo_cause, crossing, fixed)
        return function
    return register
