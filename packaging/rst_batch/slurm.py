# SPDX-License-Identifier: GPL-2.0-or-later
"""batch slurm: an array job over shares of about equal size, and one job after it that merges the parts."""
import os
import shlex
import shutil
import subprocess
import sys

from .rings import place_in_ring
from .run import found
from .units import octets_of
from .words import FAILED_FILES, OK, Refused, plural, shown, size


def shares_of(paths, number):
    """Lists of about equal size; files of one ring buffer stay together. The largest goes where least is, so that all end together."""
    groups = {}
    for path in paths:
        place = place_in_ring(path)
        groups.setdefault(place[0] if place else path, []).append(path)
    sized = sorted(((sum(map(octets_of, files)), files) for files in groups.values()), key=lambda g: (-g[0], g[1]))
    shares = [[0, []] for _ in range(min(number, len(sized)))]
    for octets, files in sized:
        least = min(shares, key=lambda share: share[0])
        least[0] += octets
        least[1] += files
    return [(octets, sorted(files)) for octets, files in shares]


def submit(*words):
    done = subprocess.run(["sbatch", "--parsable", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"sbatch refused: {done.stderr.strip()}")
    return done.stdout.strip().split(";")[0]


def main(options):
    if not shutil.which("sbatch"):
        raise Refused("sbatch is missing; Slurm's commands are needed here (Debian: apt-get install slurm-client)")
    counts = {"others": 0, "unreadable": []}
    shares = shares_of([path for path, _ in found(options.paths, options.null, counts)], max(1, options.shares))
    if not shares:
        raise Refused("no captures there")
    for path in counts["unreadable"]:
        print(f"{shown(path)}: cannot be read: no permission", file=sys.stderr)
    folder = os.path.abspath(options.folder)
    parts = [os.path.join(folder, f"part.{n}.db") for n in range(len(shares))]
    try:
        os.makedirs(folder, exist_ok=True)
        for n, (_, files) in enumerate(shares):
            with open(os.path.join(folder, f"share.{n}"), "wb") as out:
                out.writelines(os.fsencode(path) + b"\0" for path in files)
    except OSError as error:
        raise Refused(f"cannot write into {shown(folder)}: {error.strerror}") from None
    batch = shlex.quote(options.program)
    read = (f"{batch} run --quiet {shlex.join(options.batch)} --db {shlex.quote(folder)}/part.$SLURM_ARRAY_TASK_ID.db -0 - "
            f"< {shlex.quote(folder)}/share.$SLURM_ARRAY_TASK_ID")
    # open-mode append and requeue: a task that was killed goes on in its part where it was
    job = submit(f"--array=0-{len(shares) - 1}", "--requeue", "--open-mode=append", "--job-name=rst_origin", f"--output={folder}/task.%a.log",
                 *options.sbatch, "--wrap", read)
    expect = " ".join(f"--expect {shlex.quote(folder)}/share.{n}" for n in range(len(shares)))
    try:
        after = submit(f"--dependency=afterany:{job}", "--job-name=rst_origin-merge", f"--output={folder}/merge.log", *options.sbatch, "--wrap",
                       f"{batch} merge --db {shlex.quote(os.path.abspath(options.db))} {expect} {shlex.join(parts)}")
    except Refused as refused:
        raise Refused(f"{refused}. Job {job} reads already: end it with scancel {job}, or merge its parts yourself") from None
    total = sum(len(files) for _, files in shares)
    print(f"batch: {plural(total, 'capture')} in {plural(len(shares), 'share')} of {size(min(s for s, _ in shares))} to {size(max(s for s, _ in shares))}; "
          f"job {job} reads, job {after} merges into {shown(options.db)}. Logs are in {shown(folder)}.", file=sys.stderr)
    print(job, after)
    return FAILED_FILES if counts["unreadable"] else OK
