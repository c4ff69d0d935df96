# SPDX-License-Identifier: GPL-2.0-or-later
"""Hard negatives: genuine resets that look forged, and captures that hide what would acquit them."""
from registry import scenario
