# SPDX-License-Identifier: GPL-2.0-or-later
"""batch report: everything in the database as one report, in three forms made of one document."""
import datetime
import json
import shutil
import textwrap

from . import answer
from .findings import NEEDED, Findings
from .look import look_into
from .opening import open_to_read, output
from .page import write_page
from .words import OK, Refused, plural

WIDTH_MOST = 120
PLACES, FILES = 8, 5
VERSION = 1


def place(row):
    """Where a reset is: the capture that it was read from and its frame there."""
    if row["part"]:
        return {"file": named(row["host"], row["part_path"] or row["path"]), "frame": row["part_frame"], "joined_frame": row["frame"]}
    return {"file": named(row["host"], row["path"]), "frame": row["frame"]}


def evidence_of(store, finding):
    """Why we think so: what its plainest reset rests on, as the plugin said it."""
    row = finding.example()
    got = list(store.rows("SELECT evidence FROM diagnoses WHERE file = ? AND n = ?", (row["file"], row["n"])))
    lines = json.loads(got[0][0]) if got and got[0][0] else []
    if not lines:
        lines = [text for text, in store.rows("SELECT text FROM signs WHERE file = ? AND n = ? AND weight <> 0 ORDER BY position LIMIT 5", (row["file"], row["n"]))]
    return [line for line in lines if line]


def finding_document(store, finding):
    row = finding.example()
    where = [place(r) for *_, r in finding.frames]
    made = {
        "group": finding.group, "source": finding.source, "cause": finding.cause, "confidence": finding.confidence(),
        "title": answer.title(finding), "summary": answer.summary(finding), "evidence": evidence_of(store, finding),
        "advice": as_sentence(row["advice"] or ""), "commands": [*finding.commands, {"platform": "any", "command": command(row["part_path"] or row["path"], where[0]["frame"])}],
        "ends": {"client": side(finding.clients, {row["client_port"]} if finding.connections == 1 else ()), "server": side(finding.servers, finding.ports)},
        "frames": where, "files": sorted(finding.files)[:FILES], "files_total": len(finding.files),
        "resets": finding.resets, "events": finding.events, "connections": finding.connections,
        "connections_broken": finding.broken, "connections_refused": finding.refused,
        "connections_with_loss": finding.lost_connections, "lost_octets": finding.lost_octets,
        "made_up_of": [{"source": s, "cause": c, "resets": n} for (s, c), n in ranked(finding.parts)],
        "source_confidence": dict(finding.sure), "claimed_source": dict(finding.claimed),
        "contradicted": finding.contradicted, "retried_same_ports": finding.retried, "reset_again": finding.again,
        "first_time": finding.first, "last_time": finding.last,
        "idle_timers": [{"seconds": s, "resets": n} for s, n in ranked(finding.timers)],
        "places_total": len(finding.places),
        "places": [{"client" if finding.source == "client" else "server": a, "port": p, "resets": n, **every(finding.times_at.get((a, p)))}
                   for (a, p), n in ranked(finding.places)[:PLACES]],
    }
    if finding.total:
        made["connections_total"] = finding.total
    if rhythm := finding.times.rhythm():
        made["every"] = rhythm
    if finding.diagnosis:
        made["diagnosis"] = finding.diagnosis
    if finding.device:
        made["device"] = finding.device
    return made


def every(times):
    rhythm = times and times.rhythm()
    return {"every": rhythm} if rhythm else {}


def as_sentence(text):
    return text and text[0].upper() + text[1:].rstrip(".") + "."


def ranked(counter):
    return sorted(counter.items(), key=lambda item: (-item[1], str(item[0])))


def side(members, ports):
    made = {"count": len(members)}
    if len(members) == 1:
        made["address"] = next(iter(members))
    if len(ports) == 1:
        made["port"] = next(iter(ports))
    return made


def command(path, frame):
    quoted = "'" + path.replace("'", "'\\''") + "'"
    return f"tshark -q -r {quoted} -z rst_origin,report,frame.number=={frame}"


def named(host, path):
    """Captures of two hosts may have one name."""
    return f"{host}:{path}" if host else path


def gather(store, since):
    columns = [f"resets.{n}" for n in NEEDED]
    sql = f"""SELECT files.host, files.path, resets.file, resets.n, parts.path, {', '.join(columns)} FROM files JOIN resets ON resets.file = files.id
        LEFT JOIN parts ON parts.file = resets.file AND parts.part = resets.part
        WHERE resets.time >= ? ORDER BY files.host, files.path, resets.n"""
    findings = Findings(("file", "n", "host", "path", "part_path"))
    for host, path, file, n, part_path, *values in store.rows(sql, (since,)):
        findings.add(named(host, path), {"file": file, "n": n, "host": host, "path": path, "part_path": part_path, **dict(zip(NEEDED, values))})
    return findings


def document(store, since=None, seconds=0):
    start = -1e18
    if since:
        try:
            start = datetime.datetime.strptime(since, "%Y-%m-%d").replace(tzinfo=datetime.timezone.utc).timestamp()
        except ValueError:
            raise Refused(f"--since {since}: a day is written YYYY-MM-DD") from None
    gathered = gather(store, start)
    findings = gathered.close()
    look_into(store, findings, seconds)
    states = dict(store.rows("SELECT status, COUNT(*) FROM files GROUP BY status"))
    [(packets, first, last)] = store.rows("SELECT SUM(frames), MIN(first_time), MAX(last_time) FROM files")
    with_results = sum(states.get(s, 0) for s in ("done", "cut", "damaged"))
    troubles = [{"file": named(h, p), "status": s, "message": m} for h, p, s, m in store.rows("SELECT host, path, status, message FROM files WHERE status NOT IN ('done', 'waiting') ORDER BY host, path")]
    read = {"captures": with_results, "failed": states.get("failed", 0), "not_yet_read": states.get("waiting", 0), "packets": packets or 0}
    if first is not None:
        read.update(first_time=first, last_time=last)
    made = {"report": "rst_origin_batch", "version": VERSION, "answer": answer.headline(findings, gathered.resets, with_results),
            "read": read, "resets": gathered.resets, "events": gathered.events, "connections": gathered.connections,
            "second_copies": gathered.copies, "groups": {g: gathered.groups[g] for g in ("path", "undecided", "endpoint", "ordinary")},
            "findings": [finding_document(store, f) for f in findings], "troubles": troubles}
    if since:
        made["since"] = since
    return made


def what_was_read(made):
    read = made["read"]
    text = f"Read: {plural(read['captures'], 'capture')}, {plural(read['packets'], 'packet')}"
    if "first_time" in read:
        text += f", from {answer.instant(read['first_time'])} to {answer.instant(read['last_time'])} UTC"
    text += f"; {plural(made['resets'], 'reset')} in {plural(made['connections'], 'connection')}"
    for number, words in ((read["failed"], "could not be read"), (read["not_yet_read"], "not read yet: run the batch again")):
        text += f"; {plural(number, 'capture')} {words}" if number else ""
    return text + "."


def where_text(finding):
    frames = "; ".join(f"{w['file']}: frame {w['frame']}" for w in finding["frames"])
    more = f" (of {finding['resets']:,} resets in {plural(finding['files_total'], 'capture')})" if finding["resets"] > len(finding["frames"]) else ""
    when = answer.instant(finding["first_time"])
    if finding["last_time"] - finding["first_time"] >= 0.001:
        when += " to " + answer.instant(finding["last_time"])
    when += " UTC" + every_text(finding)
    return f"{frames}{more}, {when}."


def every_text(made):
    rhythm = made.get("every")
    return f", every {answer.duration(rhythm['seconds'])} ({rhythm['intervals']:,} intervals)" if rhythm else ""


def write_text(made, out):
    width = min(shutil.get_terminal_size((100, 24)).columns, WIDTH_MOST)

    def put(text, first="", rest=None):
        out.write("\n".join(textwrap.wrap(clean(text), max(width, 40), initial_indent=first, subsequent_indent=first if rest is None else rest,
                                          break_long_words=False, break_on_hyphens=False)) + "\n")

    put(made["answer"])
    put(what_was_read(made))
    number = 0
    for finding in made["findings"]:
        if finding["group"] == "ordinary":
            continue
        number += 1
        out.write("\n")
        put(f"{number}. {finding['title']}", "", "   ")
        put(finding["summary"], "   ")
        if finding["source"] == "unknown":
            put("Who sent it is not decided" + (":" if finding["evidence"] else "."), "   ")
        else:
            put(f"Why we think so ({answer.SURE_WORDS[finding['confidence']]})" + (":" if finding["evidence"] else "."), "   ")
        for line in finding["evidence"]:
            put("- " + line, "     ", "       ")
        put("What to do: " + finding["advice"], "   ", "     ")
        for one in finding["commands"]:
            out.write("       " + clean(one["command"]) + (f"   # {one['platform']}" if one["platform"] != "any" else "") + "\n")
        if finding["places_total"] > 1:
            put("Resets by place: " + "; ".join(f"{answer.end_text(p.get('server') or p.get('client'), p['port'] if 'server' in p else None)}: {p['resets']:,}{every_text(p)}" for p in finding["places"])
                + (f"; and {finding['places_total'] - len(finding['places']):,} more" if finding["places_total"] > len(finding["places"]) else ""), "   ", "     ")
        put(where_text(finding), "   ")
    harmless = [f for f in made["findings"] if f["group"] == "ordinary"]
    if harmless:
        out.write("\nHarmless:\n")
    for finding in harmless:
        first = finding["frames"][0]
        put(f"- {finding['summary'].split('. ')[0].rstrip('.')} ({plural(finding['resets'], 'reset')} in {plural(finding['files_total'], 'capture')}), for example {first['file']}, frame {first['frame']}", "   ", "     ")
    if made["troubles"]:
        out.write("\nNot read, or not wholly:\n")
    for trouble in made["troubles"]:
        put(f"- {trouble['file']}: {trouble['message']}", "   ", "     ")


def clean(text):
    """Without control characters, which a capture may have written into a name."""
    return "".join(c if c.isprintable() else "\\x%02x" % ord(c) for c in str(text))


def main(options):
    with open_to_read(options) as store:
        made = document(store, options.since, options.look)
        with output(options.out) as out:
            if options.form == "json":
                json.dump(made, out, ensure_ascii=False, indent=1)
                out.write("\n")
            elif options.form == "html":
                write_page(made, what_was_read(made), where_text, out)
            else:
                write_text(made, out)
    return OK
