# SPDX-License-Identifier: GPL-2.0-or-later
"""Sentences on findings, after those of the plugin's own report: the answer first, both ends, numbers."""
import datetime

from .findings import SURE_WORDS
from .words import plural

# Silences that differ by less than this share are told as one number, as in the plugin's report.
SAME = 0.02
# What is shorter is no pause (RO_PAUSE_NS of the plugin), in seconds.
PAUSE = 1.2


def end_text(address, port):
    address = f"[{address}]" if port is not None and ":" in str(address) else address
    return f"{address}:{port}" if port is not None else str(address)


def end(finding, side):
    members = finding.clients if side == "client" else finding.servers
    port = next(iter(finding.ports)) if side == "server" and len(finding.ports) == 1 else None
    if side == "client" and finding.connections == 1:
        port = finding.example()["client_port"]
    if len(members) > 1:
        return plural(len(members), side) + (f", port {port}" if port is not None else "")
    return end_text(next(iter(members)), port)


def duration(seconds):
    if seconds < 1:
        return f"{seconds * 1000:.1f} ms"
    return f"{seconds:.3f} s" if seconds < 100 else f"{seconds:.0f} s"


def instant(seconds, date=True):
    moment = datetime.datetime.fromtimestamp(int(seconds // 1), datetime.timezone.utc)
    return moment.strftime("%Y-%m-%d %H:%M:%S" if date else "%H:%M:%S") + f".{int(seconds % 1 * 1000):03d}"


def title(finding):
    said = finding.title()
    return f"{said[0].upper()}{said[1:]}: {end(finding, 'client')} → {end(finding, 'server')}"


def token(finding):
    return finding.diagnosis or finding.cause


def about_silence(finding):
    return "idle" in token(finding) or "stale" in token(finding)


def verb(finding):
    many = finding.connections != 1
    if finding.refused == finding.connections and finding.source != "client":
        return "were refused" if many else "was refused"
    if finding.group == "ordinary":
        return "were ended with a reset" if many else "was ended with a reset"
    if finding.broken or finding.lost_connections:
        return "were reset" if many else "was reset"
    return "got a reset"


def by_whom(finding):
    if finding.source == "client":
        return " by the clients" if len(finding.clients) > 1 else f" by the client {end(finding, 'client')}"
    if finding.source == "server":
        return " by the servers" if len(finding.servers) > 1 else " by the server"
    if finding.source == "intermediary":
        return " by a device between client and server" + (f" ({finding.device})" if finding.device else "")
    return ""


def after_silence(finding):
    if not about_silence(finding) or not finding.idle or finding.idle[0] < PAUSE:
        return ""
    least, most = finding.idle
    return f" after {duration(least)}" + (f" to {duration(most)}" if most - least > most * SAME else "") + " without traffic"


def connections(finding):
    """"4 of 6 connections", where all connections to the service are known."""
    counted = max(finding.total, finding.connections)
    if counted == finding.total == 1:
        return "The only connection"
    if counted > finding.connections:
        return f"{finding.connections:,} of {plural(counted, 'connection')}"
    return ("All " if finding.total and counted > 1 else "") + plural(finding.connections, "connection")


def sentence(finding):
    text = f"{connections(finding)} to {end(finding, 'server')} {verb(finding)}{by_whom(finding)}{after_silence(finding)}"
    if finding.source == "unknown":
        text += "; who sent it is not decided"
    return text + (f": {finding.title()}" if finding.diagnosis or (finding.cause != "unknown" and finding.source != "unknown") else "")


def losses(finding):
    if not finding.lost_connections or finding.group == "ordinary":
        return ""
    if about_silence(finding) and not finding.claimed["client"]:
        return f"{plural(finding.lost_connections, 'request was', 'requests were')} lost: sent and not acknowledged."
    who = "It lost" if finding.connections == 1 else f"{finding.lost_connections:,} of them lost"
    return f"{who} {plural(finding.lost_octets, 'octet')} that had been sent and {'was' if finding.lost_octets == 1 else 'were'} not acknowledged."


def detail(finding):
    text = finding.example()["diagnosis_text"] or ""
    if text:
        text = ("For example: " + text if finding.connections > 1 else text[0].upper() + text[1:]).rstrip(".") + "."
    return " ".join(filter(None, (text, losses(finding))))


def summary(finding):
    return " ".join(filter(None, (sentence(finding) + ".", detail(finding))))


def confidence(finding):
    return SURE_WORDS[finding.confidence()]


def headline(findings, resets, captures):
    if not captures:
        return "Nothing was read: there is no capture with results in the database."
    if not findings:
        return "No reset in " + ("this capture." if captures == 1 else f"any of the {captures:,} captures.")
    if findings[0].group == "ordinary":
        return f"Nothing to do: {'the reset is' if resets == 1 else f'all {resets:,} resets are'} ordinary, and no data was lost by {'it' if resets == 1 else 'them'}."
    return sentence(findings[0]) + "."
