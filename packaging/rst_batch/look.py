# SPDX-License-Identifier: GPL-2.0-or-later
"""Looks into captures once more for what the database has not: the commands of each system that belong to the advice, and
how many connections to the service there were. Both come from the plugin's own report on the reset that shows a finding best."""
import json
import shutil
import subprocess
import time

from .units import Unit

FINDINGS, CAPTURES = 10, 5


def look_into(store, findings, seconds):
    """Within that time; the findings that matter most first. What is not there any more, or has changed, is left as it is."""
    until = time.monotonic() + seconds
    tshark = shutil.which("tshark") if seconds else None
    for finding in findings:
        finding.commands = []
    for finding in findings[:FINDINGS]:
        if not tshark or finding.group == "ordinary":
            return
        totals = []
        for file, frame in sorted(finding.files.items(), key=lambda f: f[0] != finding.frames[0][1])[:CAPTURES]:
            said = frame and report_on(tshark, path_of(store, file), frame, until - time.monotonic())
            if not said or (said["source"], said.get("diagnosis")) != (finding.source, finding.diagnosis):
                break
            finding.commands = finding.commands or said["commands"]
            totals.append(said.get("connections_total", 0))
        if len(totals) == len(finding.files) and all(totals) and None not in finding.service:
            finding.total = sum(totals)


def path_of(store, name):
    """Where the capture lies, if it lies here and is the one that was read."""
    for path, stamp in store.rows("SELECT path, stamp FROM files WHERE path = ? OR host || ':' || path = ?", (name, name)):
        if Unit([path]).stamp() == stamp:
            return path
    return None


def report_on(tshark, path, frame, seconds):
    """The plugin's finding on one reset, or None."""
    if not path or seconds <= 0:
        return None
    try:
        done = subprocess.run([tshark, "-q", "-n", "-r", path, "-z", f"rst_origin,report,json,frame.number=={frame}"], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=seconds, check=False)
        findings = json.loads(done.stdout)["findings"]
        return findings[0] if len(findings) == 1 else None
    except (OSError, ValueError, KeyError, subprocess.TimeoutExpired):
        return None
