# SPDX-License-Identifier: GPL-2.0-or-later
"""The list of forged captures: what each is called, how it is made, and what must be said of its frames."""
from dataclasses import dataclass
from typing import Callable

CAPTURES = {}


@dataclass
class Forged:
    make: Callable
    expect: dict       # frame number -> field without "rst_origin." -> text, or None where it must be absent
    two_pass: dict     # the same for a second pass, where later frames count
    sample: bool       # lives in sample-captures, as an example for users


def forged(expect=None, two_pass=None, sample=False):
    def keep(make):
        CAPTURES[make.__name__] = Forged(make, expect or {}, two_pass or {}, sample)
        return make
    return keep
