# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs tshark with the plugin of the build folder, as an ordinary user even where the tests run as root.

Wireshark started by root reads no plugin but those of the system folder. What that user cannot read is copied to a
folder of its own.
"""
import os
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

import contract
from starts import Starts

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = Path(os.environ.get("RO_PLUGIN_DIR", ROOT / "build" / "plugins"))
NOBODY = "65534"


class Shark:
    def __init__(self, plugins=PLUGINS):
        self.stage = Path(tempfile.mkdtemp(prefix="rst_origin-"))
        self.stage.chmod(0o755)
        self.home = self.stage / "home"
        self.home.mkdir()
        self.home.chmod(0o777)
        self.plugins = self.stage / "plugins"
        if not list(plugins.glob("*/epan/rst_origin.so")):
            raise SystemExit(f"no plugin in {plugins}: build it first (cmake --build build)")
        shutil.copytree(plugins, self.plugins)
        self.staged = {}
        self.staging = threading.Lock()
        self.outputs = {}
        self.starts = Starts(self.stage, self.command)

    def close(self):
        self.starts.end()
        shutil.rmtree(self.stage, ignore_errors=True)

    def environment(self, preload=None):
        keep = {"PATH": os.environ["PATH"], "HOME": str(self.home), "LC_ALL": "C.UTF-8", "TZ": "UTC",
                "WIRESHARK_PLUGIN_DIR": str(self.plugins)}
        if "RO_PRELOAD" in os.environ:  # the sanitizers' library, for a plugin built with it
            preload = f"{os.environ['RO_PRELOAD']} {preload or ''}"
            keep["ASAN_OPTIONS"] = "detect_leaks=0"
            keep["UBSAN_OPTIONS"] = "halt_on_error=1:print_stacktrace=1"
        if preload:
            keep["LD_PRELOAD"] = str(preload)
        return keep

    def readable(self, path):
        """A path under which the ordinary user finds the file."""
        path = Path(path)
        if os.geteuid() != 0 or self.stage in path.parents:
            return path
        with self.staging:
            if path not in self.staged:
                target = self.stage / f"{len(self.staged)}-{path.name}"
                shutil.copy(path, target)
                target.chmod(0o644)
                self.staged[path] = target
            return self.staged[path]

    def command(self, words, preload=None):
        """What runs a program as an ordinary user: words, and environment (None where the words set it)."""
        command = [*map(str, words)]
        environment = self.environment(preload)
        if os.geteuid() == 0:
            command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "env", "-i",
                       *(f"{k}={v}" for k, v in environment.items()), *command]
            environment = None
        return command, environment

    def run(self, program, *args, stdin=None, ok=True, text=True):
        command, environment = self.command([program, *args])
        done = subprocess.run(command, input=stdin, capture_output=True, text=text, timeout=300, env=environment,
                              check=False, stdin=None if stdin is not None else subprocess.DEVNULL)
        error = done.stderr if text else done.stderr.decode(errors="replace")
        self.check(command, done.returncode if ok else 0, error)
        return done

    @staticmethod
    def check(command, status, error):
        if status != 0:
            raise AssertionError(f"{' '.join(map(str, command))}\nexit {status}\n{error}")
        if "AddressSanitizer" in error or "runtime error:" in error:
            raise AssertionError(error)

    def tshark(self, capture, *args, ok=True):
        """What tshark prints of a capture, as a rule by a tshark that was started for many runs."""
        words = ("-r", str(self.readable(capture)), *map(str, args))
        done = self.starts.run(words)
        if done is None:
            return self.run("tshark", *words, ok=ok).stdout
        status, output, error = done
        self.check(["tshark", *words], status if ok else 0, error)
        return output

    def rows(self, capture, *args, names=None, clip=None):
        """Frames that bear one of the fields: {frame number: {field: text}}, absent fields left out."""
        names = names or list(contract.FIELDS) + contract.TEXTS
        key = (str(capture), args, tuple(names), clip)
        if key not in self.outputs:
            path = self.clipped(capture, clip) if clip else capture
            fields = [x for name in names for x in ("-e", f"rst_origin.{name}")]
            text = self.tshark(path, *args, "-T", "fields", "-E", "separator=/t", "-E", "aggregator=|", "-e",
                               "frame.number", *fields)
            self.outputs[key] = dict(self.parse(line, names) for line in text.splitlines() if line.count("\t"))
        return {frame: row for frame, row in self.outputs[key].items() if row}

    @staticmethod
    def parse(line, names):
        frame, *values = line.split("\t")
        row = {name: value for name, value in zip(names, values) if value != ""}
        for name in contract.BOOLEANS:
            if name in row:  # 1 up to Wireshark 4.0, True since
                row[name] = row[name].replace("True", "1").replace("False", "0")
        return int(frame), row

    def clipped(self, capture, length):
        target = self.stage / f"clip{length}-{Path(capture).name}"
        if not target.exists():
            subprocess.run(["editcap", "-s", str(length), str(capture), str(target)], check=True, capture_output=True)
            target.chmod(0o644)
        return target
