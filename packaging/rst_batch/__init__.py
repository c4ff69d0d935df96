# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the plugin rst_origin over many captures and keeps what it says in one database; see docs/fleet.md."""
