#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the scenarios, several at once, and writes their captures and the truth about every RST in them."""
import argparse
import glob
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

import builds
import pcapng
import truth
import witness
from endpoints import Actors
from namespaces import die_with_parent
from registry import SCENARIOS, load_scenarios, short_set
from software import Programs
from topology import Draw, Topology

TIME_LIMIT = 150  # seconds for one scenario, both attempts; a quiet machine needs 5 to 15


class Run(Actors, Programs):
    """One run of one scenario: the topology, the actors, and what the scenario knows about its RSTs."""

    def __init__(self, name, seed, directory, wire_program, fixed_by_caller=None):
        entry = SCENARIOS[name]
        self.function, self.cause, self.echo_cause, self.crossing = entry[:4]
        fixed, self.diagnosis = entry.fixed, entry.diagnosis
        fixed = {**(fixed_by_caller or {}), **fixed}
        self.name, self.directory = name, directory
        self.rng = random.Random(f"{seed}/{name}")
        self.draw = Draw(self.rng, **fixed)
        self.listeners, self.others, self.injectors, self.children = [], [], [], []
        self.post = {}                      # capture point -> function(list of segments) -> indices to keep
        self.inert = lambda s: False        # RSTs from which nothing follows
        self.box_is_endpoint = lambda s: False
        self.nft_counters = []              # (family, table, counter) that count resets sent by the box
        self.host_counters = {"client": [], "server": []}
        self.on_link, self.twins = [], []   # addresses of servers on the client's own link, and their hosts
        self.check_box = True
        self.mirror_router = False          # mid_c.pcapng holds what passes both sides of the middlebox
        self.wanted = ""                    # the origin without whose resets the run shows nothing
        self.note, self.unsaid = {}, []
        self.frames = {}                    # capture point -> [(frame, segment)], once the run is over
        self.witness_log = os.path.join(os.path.dirname(wire_program), "witness.log")
        self.other_stacks = set()           # "client", "server": its TCP is not the kernel's, which counts nothing
        self.scratch = os.path.join(os.path.dirname(wire_program), name)
        shutil.rmtree(self.scratch, ignore_errors=True)
        os.makedirs(self.scratch)
        self.topology = Topology(self.draw, directory, wire_program)

    # -- what the box does ---------------------------------------------------------------------------------
    def firewall(self, rules, family="inet", hook="forward", priority="filter", definitions="", table="lab",
                 host=None, policy="accept"):
        """A table on the middlebox. REJECT stands for a counted reject with tcp reset."""
        host = host or self.topology.r2
        reject = "tcp flags & rst == 0 counter name resets reject with tcp reset"
        body = "\n".join("    " + rule.replace("REJECT", reject) for rule in rules)
        host.nft(f"table {family} {table} {{\n  counter resets {{ }}\n{definitions}\n  chain guard {{\n"
                 f"    type filter hook {hook} priority {priority}; policy {policy};\n{body}\n  }}\n}}\n")
        if "REJECT" in "".join(rules):
            counters = self.host_counters.get(host.name, self.nft_counters)
            counters.append((host, family, table, "resets"))

    def built(self, program):
        """The path of a program of builds.py that the scenario needs."""
        return os.path.join(os.path.dirname(self.scratch), program)

    def wire(self, link, direction, **values):
        self.topology.wire_process.set(link, direction, **values)

    def inject(self, **spec):
        """Starts an injector on the middlebox (or on another router, for one off the path)."""
        here = os.path.dirname(os.path.abspath(__file__))
        where = spec.pop("where", self.topology.r2)
        log = os.path.join(self.directory, f"injector{len(self.injectors)}.log")
        spec = {"log": log, "seed": self.rng.getrandbits(32), "v6": self.draw.v6,
                "port": self.draw.port, "side_c": "mid_c", "side_s": "mid_s",
                "mac_c": self.topology.macs["r1_m"].hex(), "mac_s": self.topology.macs["r3_m"].hex(),
                "own_c": self.topology.macs["mid_c"].hex(), "own_s": self.topology.macs["mid_s"].hex(),
                "client": self.topology.client_ip, "server": self.topology.server_ip, **spec}
        process = where.popen("/usr/bin/python3", os.path.join(here, "injector.py"), json.dumps(spec),
                              stdout=subprocess.PIPE, stdin=subprocess.PIPE)
        if process.stdout.readline() != b"ready\n":
            raise RuntimeError("the injector did not start")
        self.injectors.append((process, log))
        return process

    def injected(self):
        total = 0
        for process, log in self.injectors:
            process.stdin.close()
            process.wait(timeout=5)
            with open(log, encoding="ascii") as file:
                total += sum(json.loads(line)["rst"] for line in file)
            os.unlink(log)
        self.injectors = []
        return total

    # -- the run -------------------------------------------------------------------------------------------
    def perform(self):
        t = self.topology
        t.start_capture()
        self.function(self)
        self.finish_others()
        dropped = t.stop_capture()
        expected = {
            "client": t.client.tcp_counters()["OutRsts"] + self._counted(self.host_counters["client"]),
            "server": t.server.tcp_counters()["OutRsts"] + self._counted(self.host_counters["server"])
            + sum(host.tcp_counters()["OutRsts"] for host in ([t.spare] if self.draw.spare else []) + self.twins),
            "intermediary": t.r2.tcp_counters()["OutRsts"] + self.injected() + self._counted(self.nft_counters),
        }
        rows, found = self._truth()
        problems = [f"dumpcap dropped {dropped} frames"] if dropped else []
        for origin in ("client", "server") + (("intermediary",) if self.check_box else ()):
            if expected[origin] != found[origin] and origin not in self.other_stacks:
                problems.append(f"{origin}: {expected[origin]} RSTs counted, {found[origin]} seen")
        problems += self.unsaid[:3]
        problems += sorted({f"unexpected RST of the {row.origin}" for p in rows for row in rows[p]
                            if row.cause == "unexpected"})
        if not sum(found.values()) and not self.note.get("no_resets"):
            problems.append("no RST at all")
        if self.wanted and not found[self.wanted]:
            problems.append(f"no RST of the {self.wanted}")
        with open(os.path.join(self.directory, "meta.json"), "w", encoding="ascii") as file:
            json.dump({"scenario": self.name, "draw": vars(self.draw), "counters": expected, "seen": found,
                       "problems": problems, "note": self.note}, file, indent=1)
        return rows, problems

    @staticmethod
    def _counted(counters):
        return sum(host.counter(*name) for host, *name in counters)

    def _truth(self):
        t, d = self.topology, self.draw
        frames = {p: pcapng.read_frames(os.path.join(self.directory, p + ".pcapng")) for p in truth.CAPTURE_POINTS}
        self.frames = {p: [(f, pcapng.parse(f)) for f in frames[p]] for p in frames}
        packed = t.packed
        layout = truth.Layout(
            client_ips={packed(t.client_ip)}, server_ips={packed(t.server_ip)},
            box_ips={packed(t.box_c_ip), packed(t.box_s_ip)}, crossing=self.crossing,
            delay_c=d.delay_c / 1e6, delay_s=d.delay_s / 1e6, far_server=d.spare,
            on_link={packed(ip) for ip in self.on_link})
        seen = truth.trace(frames, layout)
        truth.mark_echoes(seen, frames, self.inert)
        found = truth.counts(seen)
        place, first = {}, {}
        self.bursts = {}
        for root in truth.roots(seen):
            first.setdefault((root.segment.stream, root.origin), id(root))
            self.bursts.setdefault(self._burst_key(root), []).append(id(root))
        self.first_resets = set(first.values())     # of each connection and origin: what these answer is the cause
        for root in truth.roots(seen):  # a scenario may tell the first RST of an origin from the second
            place[id(root)] = sum(1 for k in place.values() if k[0] == root.origin)
            place[id(root)] = (root.origin, place[id(root)])

        def cause_of(root):
            own = self.cause.get(root.origin, "unexpected")
            wanted = self.echo_cause if root.echo else own
            if callable(wanted):
                wanted = wanted(self, root, place[id(root)][1])
            if (wanted == "closed_port" or wanted == "unexpected" and root.origin != "intermediary") \
                    and not root.segment.flags & pcapng.ACK and root.origin not in self.other_stacks:
                return "no_socket|teardown"  # nobody's answer to a SYN: a stray duplicate after an orderly end
            # The tail of one's own abort may be called by either name
            if wanted == "echo" and own == "abort":
                return "echo|abort"
            # What answers the other side's FIN ends a connection that is over; the reset before told why
            return wanted + "|teardown" if wanted == "late_data" and self._answers_fin(root) else wanted

        effects = self._ask_kernels(seen)
        rows = truth.rows(seen, self.name, cause_of, layout, self.box_is_endpoint,
                          lambda root: self._diagnosis(root, place[id(root)][1]),
                          lambda root: effects.get(id(root), "-"))
        for point in truth.CAPTURE_POINTS:
            path = os.path.join(self.directory, point + ".pcapng")
            indices = None
            if point in self.post:
                indices = self.post[point]([pcapng.parse(f) for f in frames[point]])
                rows[point] = truth.select(rows[point], indices)
            pcapng.write_selection(path, path, indices, d.clock_skew if point == "server" else 0)
        if self.mirror_router:
            self._mirror(rows)
        if d.spare:
            return rows, found  # the second server is not captured, so these two files are not both ends of the path
        merged = self._merge("client", "server", "merged")
        rows["merged"] = truth.merged_rows(pcapng.read_frames(merged), [rows["client"], rows["server"]])
        return rows, found

    def _merge(self, one, other, name):
        first, second, target = (os.path.join(self.directory, n + ".pcapng") for n in (one, other, name))
        subprocess.run(["mergecap", "-w", target, "-I", "none", first, second], check=True)
        pcapng.write_selection(target, target)
        return target

    def _mirror(self, rows):
        """Puts both sides of the middlebox into one capture with one interface, as a mirror port delivers them."""
        both = self._merge("mid_c", "mid_s", "router")
        told = truth.merged_rows(pcapng.read_frames(both), [rows["mid_c"], rows["mid_s"]])
        rows["mid_c"] = [row._replace(capture="mid_c") for row in told]
        pcapng.write_selection(both, os.path.join(self.directory, "mid_c.pcapng"), one_interface=True)
        os.unlink(both)

    def _ask_kernels(self, seen):
        """The effect of each RST, by the id of its root; fills self.unsaid with what the kernels did not confirm."""
        if not os.path.exists(self.witness_log):
            return {}
        t = self.topology
        ends = {"client": t.packed(t.client_ip), "server": t.packed(t.server_ip)}
        speakers = set(ends.values()) | {t.packed(ip) for ip in self.on_link}
        testimony = witness.Testimony(witness.read_events(self.witness_log, speakers))
        reasons = self.note.setdefault("kernel_reasons", {})
        for root in truth.roots(seen):
            if root.origin == "intermediary":
                continue
            said = None if root.origin in self.other_stacks else testimony.sent(root)
            reason = f"{root.origin} {said.reason}" if said else f"{root.origin} not said"
            reasons[reason] = reasons.get(reason, 0) + 1
            if not said and root.origin not in self.other_stacks and not self.host_counters[root.origin]:
                self.unsaid.append(f"{root.origin}: its kernel did not say that it sent the RST in frame {root.number} "
                                   f"at {root.point}")
        effects = {}
        for point in ends:
            if self.draw.spare and point == "server" or point in self.other_stacks:
                continue
            sights = [s for s in seen[point] if s.segment.destination == ends[point]]
            for s, found in witness.effects_of(sights, self.frames[point], testimony):
                if not effects.get(id(s.root), "").startswith("reset"):   # a copy may come to a socket that is gone
                    effects[id(s.root)] = found
        return effects

    def _diagnosis(self, root, place):
        """The scenario's word; what follows from another reset may go without one."""
        wanted = self.diagnosis
        if isinstance(wanted, dict):
            wanted = wanted.get("echo" if root.echo and "echo" in wanted else root.origin, "-")
        if callable(wanted):
            wanted = wanted(self, root, place)
        if not wanted or wanted == "-":
            return "-"
        words = wanted.split("|")
        if root.echo or self._answers_fin(root):
            words += ["none"] + (["teardown"] if self._answers_fin(root) else [])
        return "|".join(dict.fromkeys(words))

    def _answers_fin(self, root):
        """A bare RST takes its sequence number from the ACK of what it answers: was that the peer's FIN, after a reset?

        Several that answer one burst share that number: the last answers the last, the one before it the one before.
        """
        key = self._burst_key(root)
        if root.segment.flags & pcapng.ACK or id(root) in self.first_resets or root.point not in self.frames:
            return False
        place = self.bursts[key].index(id(root)) - len(self.bursts[key])
        drew = [s for _, s in self.frames[root.point] if s and s.stream == key[0] and s.source != root.segment.source
                and s.ack == key[2] and (s.length or s.flags & pcapng.FIN)]
        return len(drew) >= -place and bool(drew[place].flags & pcapng.FIN)

    @staticmethod
    def _burst_key(root):
        return root.segment.stream, root.origin, root.segment.seq, root.point

    def close(self):
        for process, _ in self.injectors:
            process.kill()
        for child in self.children:
            if child.poll() is None:
                child.kill()
        self.topology.close()
        shutil.rmtree(self.scratch, ignore_errors=True)


def run_scenario(name, seed, directory, wire_program, fixed):
    """Runs in a process of its own; writes truth.tsv or leaves error.txt."""
    os.makedirs(directory, exist_ok=True)
    signal.alarm(TIME_LIMIT)
    for attempt in (1, 2):
        for old in glob.glob(os.path.join(directory, "*")):
            os.unlink(old)
        problems = []
        try:
            run = Run(name, seed, directory, wire_program, fixed)
            rows, problems = run.perform()
            truth.write(os.path.join(directory, "truth.tsv"), [row for p in rows for row in rows[p]])
            run.close()
        except Exception:  # reported below, whatever it was
            problems.append(traceback.format_exc())
        if not problems:
            return
    with open(os.path.join(directory, "error.txt"), "w", encoding="ascii", errors="replace") as file:
        file.write("\n".join(problems) + "\n")


def run_all(names, seed, out, jobs, wire_program, fixed):
    waiting, running = list(names), {}
    while waiting or running:
        while waiting and len(running) < jobs:
            name = waiting.pop(0)
            pid = os.fork()
            if pid == 0:
                die_with_parent()
                try:
                    run_scenario(name, seed, os.path.join(out, name), wire_program, fixed)
                finally:
                    os._exit(0)  # daemon threads may still sit in accept
            running[pid] = name
            time.sleep(0.05)
        pid, status = os.wait()
        name = running.pop(pid)
        error = os.path.join(out, name, "error.txt")
        if status != 0:
            with open(error, "w", encoding="ascii") as file:
                file.write(f"ended with status {status} (14: over {TIME_LIMIT} s)\n")
        if os.path.exists(error):
            with open(error, encoding="ascii") as file:
                print(f"{name}: {file.read().strip()}", file=sys.stderr)


def collect(names, out):
    """One truth.tsv for the whole set; captures are named by their path in it."""
    total, bad = [], []
    for name in names:
        directory = os.path.join(out, name)
        if os.path.exists(os.path.join(directory, "error.txt")):
            bad.append(name)
            continue
        with open(os.path.join(directory, "truth.tsv"), encoding="ascii") as file:
            for line in file.read().splitlines()[1:]:
                row = truth.Row(*line.split("\t"))
                total.append(row._replace(capture=f"{name}/{row.capture}.pcapng"))
    truth.write(os.path.join(out, "truth.tsv"), total)
    return total, bad


def main():
    load_scenarios()

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out")
    parser.add_argument("--scenario", action="append", help="only this one (may be repeated)")
    parser.add_argument("--causes", action="store_true", help="only those that name a root cause")
    parser.add_argument("--short", action="store_true", help="one for each root cause and origin, in two minutes")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--jobs", type=int, default=8)
    parser.add_argument("--fix", action="append", default=[], metavar="KEY=NUMBER",
                        help="do not draw this parameter (see Draw in topology.py), unless the scenario says otherwise")
    options = parser.parse_args()
    fixed = {key: json.loads(value) for key, value in (word.split("=", 1) for word in options.fix)}
    names = options.scenario or [n for n in SCENARIOS if SCENARIOS[n].diagnosis or not options.causes]
    if options.short:
        names = short_set(names)
    if options.list:
        print("\n".join(names))
        return 0
    unknown = [n for n in names if n not in SCENARIOS]
    if unknown or not options.out:
        parser.error(f"no such scenario: {', '.join(unknown)}" if unknown else "--out is needed")
    out = os.path.abspath(options.out)
    os.makedirs(out, exist_ok=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o711)  # PostgreSQL runs as nobody
        wire_program = builds.build("wire", scratch)
        for program in sorted({p for n in names for p in SCENARIOS[n].needs}):
            builds.build(program, scratch)
        recorder = witness.Recorder(os.path.join(scratch, "witness.log"))
        missing = recorder.start(die_with_parent)
        if missing:
            print(f"no kernel witness, so no effect is told: {missing}", file=sys.stderr)
        try:
            run_all(names, options.seed, out, options.jobs, wire_program, fixed)
            lost = 0 if missing else recorder.lost()
            if lost:
                print(f"the kernel dropped {lost} events", file=sys.stderr)
        finally:
            recorder.close()
    total, bad = collect(names, out)
    print(f"seed {options.seed}: {len(names) - len(bad)} of {len(names)} scenarios, {len(total)} RST sightings, "
          f"{time.monotonic() - started:.0f} s" + (f"; not usable: {', '.join(bad)}" if bad else ""))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
