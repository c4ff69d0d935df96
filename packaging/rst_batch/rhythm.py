# SPDX-License-Identifier: GPL-2.0-or-later
"""How often: the median interval between events, where most keep to it (the rule of core/report/rhythm.c)."""
from array import array

LEAST = 4  # intervals
FIT = 0.05
SHORTEST = 1.0  # seconds
# Times that are kept, 8 octets each; more are no rhythm that anybody would want to hear of.
MOST = 100_000


class Times:
    def __init__(self):
        self.times, self.full = array("d"), False

    def add(self, when):
        if len(self.times) < MOST:
            self.times.append(when)
        else:
            self.full = True

    def take(self, other):
        self.full |= other.full or len(self.times) + len(other.times) > MOST
        self.times.extend(other.times[:MOST - len(self.times)])

    def rhythm(self):
        """{"seconds", "plus_minus", "intervals"}, or None where there is none."""
        if self.full or len(self.times) <= LEAST:
            return None
        times = sorted(self.times)
        gaps = sorted(b - a for a, b in zip(times, times[1:]))
        period = gaps[len(gaps) // 2]
        fits = [abs(gap - period) for gap in gaps if abs(gap - period) <= period * FIT]
        if period < SHORTEST or len(fits) < LEAST or len(fits) * 5 < len(gaps) * 4:
            return None
        return {"seconds": round(period, 6), "plus_minus": round(max(fits), 6), "intervals": len(fits)}
