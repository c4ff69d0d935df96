# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line."""
import argparse
import os
import signal
import sys

from . import export, merge, report, run, slurm, watch
from .words import INTERRUPTED, STOPPED, USAGE, Refused, Stopped

COMMANDS = ("run", "report", "export", "merge", "slurm", "watch")

ABOUT = """Who reset what, over thousands of captures. Without a command word it is "run":

  batch DIR|FILE...            read every capture (by content, below folders) into rst_origin.db, then say what came of it
  find ... | batch -           the same for a list of names on the standard input (-0: ended by NUL)
  batch report                 the report over all of it, as if it were one capture (--json, --html, --text)
  batch export --format csv    the resets as csv, ndjson or columns
  batch watch DIR              follow a ring buffer of dumpcap, and say new findings once
  batch merge PART.db...       several databases into one
  batch slurm DIR              the same work as an array job of Slurm, with a merge at the end

Run it again after an interruption: finished captures are not read again, changed ones are.
Exit code: 0 all read; 1 some captures could not be read, each is named; 2 wrong use; 3 stopped by the database or the disk."""


def octets(text):
    units = {"k": 10 ** 3, "m": 10 ** 6, "g": 10 ** 9}
    number = text[:-1] if text[-1:].lower() in units else text
    return int(float(number) * units.get(text[-1:].lower(), 1))


def seconds(text):
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
    number = text[:-1] if text[-1:] in units else text
    return float(number) * units.get(text[-1:], 1)


def point(text):
    name, _, folder = text.partition("=")
    if not name or not folder or "," in name:
        raise argparse.ArgumentTypeError("is NAME=DIR")
    return name, folder


def add_database(parser):
    parser.add_argument("--db", default="rst_origin.db", metavar="FILE|URL", help="SQLite file, or postgresql://… (default: rst_origin.db)")
    parser.add_argument("--lock-wait", type=seconds, default=60.0, metavar="TIME", help="how long to wait for a locked database (default: 60s)")


def add_reading(parser):
    parser.add_argument("-j", "--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="sharkd processes (default: one per processor)")
    parser.add_argument("--restart-after", type=int, default=30, metavar="N", help="captures after which a sharkd is replaced, since it leaks (default: 30)")
    parser.add_argument("--time-limit", type=seconds, default=1800.0, metavar="TIME", help="for each capture (default: 30m; 0: none)")
    parser.add_argument("--memory-limit", type=octets, default=4 * 10 ** 9, metavar="SIZE", help="for each sharkd (default: 4G; 0: none)")
    parser.add_argument("--host", default="", metavar="NAME", help="name of the capture host, kept with each capture")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress and no summary; what fails is still said")


def add_slurm(cluster):
    cluster.add_argument("paths", nargs="*", metavar="DIR|FILE|-")
    cluster.add_argument("-0", "--null", action="store_true")
    cluster.add_argument("--shares", type=int, default=8, metavar="N", help="tasks, of about equal size (default: 8)")
    cluster.add_argument("--folder", default="rst_origin-slurm", metavar="DIR", help="for lists, parts and logs; on a shared file system")
    cluster.add_argument("--sbatch", action="append", default=[], metavar="OPTION", help="passed on to sbatch, for instance --sbatch=--partition=long")
    cluster.add_argument("--batch", action="append", default=[], metavar="OPTION", help="passed on to each batch, for instance --batch=--workers=4")
    cluster.add_argument("--db", default="rst_origin.db", metavar="FILE")


def add_watch(follow):
    follow.add_argument("folder", metavar="DIR")
    follow.add_argument("--every", type=seconds, default=5.0, metavar="TIME", help="how often to look for closed files (default: 5s)")
    follow.add_argument("--settled", type=seconds, default=60.0, metavar="TIME", help="the newest file counts as closed when it has not changed for so long (default: 60s)")
    follow.add_argument("--before", type=int, default=1, metavar="N", help="files read before each new one, for connections that began there (default: 1)")
    follow.add_argument("--keep", type=seconds, default=604800.0, metavar="TIME", help="how long results are kept (default: 7d)")
    follow.add_argument("--repeat", type=seconds, default=3600.0, metavar="TIME", help="the same finding is said again after so long at the earliest (default: 1h)")
    follow.add_argument("--most", type=int, default=20, metavar="N", help="findings said per hour; the rest is counted (default: 20)")
    follow.add_argument("--harmless", action="store_true", help="say harmless ones, too")
    follow.add_argument("--syslog", action="store_true", help="to syslog instead of the standard output")
    follow.add_argument("--command", metavar="COMMAND", help="run for each finding, with it as JSON on its standard input")
    follow.add_argument("--once", action="store_true", help="read what is closed now, and end")
    add_database(follow)
    add_reading(follow)


def parser():
    made = argparse.ArgumentParser(prog="batch", description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter)
    words = made.add_subparsers(dest="word", metavar="")
    add = lambda name, text: words.add_parser(name, help=text, description=text)  # noqa: E731
    one = add("run", "read captures into the database")
    one.add_argument("paths", nargs="*", metavar="DIR|FILE|-")
    one.add_argument("-0", "--null", action="store_true", help="names on the standard input are ended by NUL")
    one.add_argument("--again", action="store_true", help="read everything anew")
    one.add_argument("--one", action="store_true", help="the files of each folder are one capture, in the order of their times")
    one.add_argument("--apart", action="store_true", help="read the files of a ring buffer apart")
    one.add_argument("--join-limit", type=octets, default=10 ** 9, metavar="SIZE", help="read at most so much as one capture (default: 1G)")
    one.add_argument("--points", nargs="+", type=point, metavar="NAME=DIR", help="folders of several capture points of the same traffic")
    one.add_argument("--format", choices=export.FORMATS, help="write the resets as well, when all is read")
    one.add_argument("--out", default="-", metavar="FILE", help="where --format writes (default: standard output)")
    add_database(one)
    add_reading(one)
    said = add("report", "the report over everything in the database")
    form = said.add_mutually_exclusive_group()
    for name in ("text", "json", "html"):
        form.add_argument(f"--{name}", dest="form", action="store_const", const=name, default="text")
    said.add_argument("--out", default="-", metavar="FILE")
    said.add_argument("--look", type=seconds, default=10.0, metavar="TIME", help="how long to look into the captures for the commands of each system and for totals (default: 10s; 0: not at all)")
    said.add_argument("--since", metavar="YYYY-MM-DD", help="resets from this day (UTC) on")
    add_database(said)
    out = add("export", "the resets, in one order whatever the number of workers")
    out.add_argument("--format", choices=export.FORMATS, default="ndjson")
    out.add_argument("--out", default="-", metavar="FILE")
    add_database(out)
    both = add("merge", "several SQLite databases into one; of a capture that is in several the reading of the part named last stays")
    both.add_argument("parts", nargs="+", metavar="PART.db")
    both.add_argument("--expect", metavar="FILE", action="append", default=[], help="a list of names that must all be there in the end")
    add_database(both)
    add_slurm(add("slurm", "an array job that reads, and a job after it that merges"))
    add_watch(add("watch", "follow a ring buffer, and say new findings once"))
    return made


def with_command(words):
    """"run" is understood where no command word comes first."""
    if words and (words[0] in COMMANDS or words[0] in ("-h", "--help")):
        return words
    return ["run", *words]


def main(words, program):
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    options = parser().parse_args(with_command(words) if words else ["--help"])
    options.program = program
    work = {"run": run.main, "report": report.main, "export": export.main, "merge": merge.main, "slurm": slurm.main, "watch": watch.main}
    try:
        return work[options.word](options)
    except Refused as refused:
        print(f"batch: {refused}", file=sys.stderr)
        return USAGE
    except Stopped as stopped:
        print(f"batch: stopped: {stopped}", file=sys.stderr)
        return STOPPED
    except KeyboardInterrupt:
        print("batch: interrupted. What was finished is kept; the same command goes on from there.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
