# SPDX-License-Identifier: GPL-2.0-or-later
"""Resets forged by a box that watches the path, in the ways described for real ones."""
from endpoints import request
from registry import scenario
