# SPDX-License-Identifier: GPL-2.0-or-later
"""One sharkd process: asked one thing at a time, within a time and a memory limit."""
import hashlib
import json
import os
import selectors
import shutil
import subprocess
import tempfile
import time

from .words import FileFailed, Refused, size

# How often memory and time are looked at while an answer is awaited, in seconds.
LOOK_EVERY = 0.1
PAGE = os.sysconf("SC_PAGE_SIZE")

HOW_TO_INSTALL = ("sharkd does not load the plugin rst_origin. Install it with packaging/quickstart.sh, "
                  "or ask packaging/doctor.sh what is wrong")
AS_ROOT = ("you are root, and Wireshark run by root reads plugins only from the system's folder, where rst_origin is not. "
           "Run this as an ordinary user, or run packaging/quickstart.sh as root to install the plugin for all users")

# A start takes half a second; on a machine that is busy or short of memory it may take a hundred times that.
START_SECONDS = 300


class Sharkd:
    def __init__(self, memory=0):
        """`memory`: octets of resident memory beyond which it is ended; 0 for no limit."""
        program = shutil.which("sharkd")
        if not program:
            raise Refused("sharkd is missing; it comes with Wireshark (Debian: apt-get install wireshark-common)")
        self.memory = memory
        self.loads = 0
        self.asked = 0
        self.buffer = b""
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen([program, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors, start_new_session=True)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)

    def close(self):
        self.process.kill()
        self.process.wait()
        for file in (self.process.stdin, self.process.stdout, self.errors, self.selector):
            try:
                file.close()
            except OSError:
                pass

    def resident(self):
        try:
            with open(f"/proc/{self.process.pid}/statm") as file:
                return int(file.read().split()[1]) * PAGE
        except (OSError, IndexError):
            return 0

    def complaints(self, everything=False):
        """What it complained of since the last call; `everything` also has what it wrote beside that."""
        self.errors.seek(0)
        text = self.errors.read().decode(errors="replace")
        self.errors.seek(0)
        self.errors.truncate()
        return " ".join(line.removeprefix("sharkd: ") for line in text.splitlines() if everything or line.startswith("sharkd: "))

    def send(self, method, params):
        self.asked += 1
        request = {"jsonrpc": "2.0", "id": self.asked, "method": method}
        if params:
            request["params"] = params
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            raise self.ended() from None
        return self.asked

    def ask(self, method, until=None, **params):
        """The result of a request. FileFailed where it took too long, too much memory, or ended sharkd."""
        return self.result(self.answers(self.send(method, params), until)[-1])

    def load(self, path, until=None):
        """Reads a capture; returns its status. Of one that is cut off sharkd says nothing at all, so the status is asked for at once."""
        first = self.send("load", {"file": path})
        answers = self.answers(self.send("status", {}), until)
        for answer in answers:
            if answer["id"] == first:
                self.result(answer)
        return self.result(answers[-1])

    def answers(self, last, until):
        """All answers up to that to the request `last`."""
        found = []
        while not found or found[-1]["id"] != last:
            line = self.line(until)
            if line.startswith(b"{"):
                answer = json.loads(line.decode("utf-8", "replace"))
                if "id" in answer:
                    found.append(answer)
        return found

    def result(self, answer):
        if "error" in answer:
            raise FileFailed("refused", self.complaints() or answer["error"].get("message", "sharkd refused it"))
        return answer.get("result")

    def line(self, until):
        while b"\n" not in self.buffer:
            if self.selector.select(LOOK_EVERY):
                read = self.process.stdout.read(1 << 20)
                if read == b"":
                    raise self.ended()
                self.buffer += read or b""
            if until and time.monotonic() > until:
                raise FileFailed("time_limit", "not finished within the time limit")
            if self.memory and self.resident() > self.memory:
                raise FileFailed("memory_limit", f"needs more memory than the limit of {size(self.memory)}")
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line

    def ended(self):
        code = self.process.wait()
        said = self.complaints(everything=True)[-500:]
        how = f"by signal {-code}" if code < 0 else f"with code {code}"
        return FileFailed("crashed", f"Wireshark's sharkd ended {how} while it read this file" + (f": {said}" if said else ""))


def plugin_of(sharkd):
    """The plugin file that a sharkd has loaded, by the digest of its content; Linux alone knows it."""
    try:
        with open(f"/proc/{sharkd.process.pid}/maps") as maps:
            [path] = {line.split(None, 5)[5].rstrip("\n") for line in maps if line.rstrip().endswith("/rst_origin.so")}
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()[:12]
    except (OSError, ValueError):
        return "?"


class Plugin:
    """What one looks up once: the plugin's fields, Wireshark's columns for addresses, and who reads."""

    def __init__(self, memory):
        """Refused where there is no plugin. The sharkd that told it is kept in `spare`, for the first worker."""
        self.spare = Sharkd(memory)
        try:
            until = time.monotonic() + START_SECONDS
            found = self.spare.ask("complete", until, field="rst_origin.")
            about = self.spare.ask("info", until)
        except FileFailed as failed:
            self.spare.close()
            raise Refused(f"sharkd does not work: {failed}") from None
        self.names = {field["f"].removeprefix("rst_origin.") for field in found.get("field", [])}
        if "source" not in self.names:
            self.spare.close()
            raise Refused(AS_ROOT if os.geteuid() == 0 else HOW_TO_INSTALL)
        formats = [column["format"] for column in about["columns"]]
        self.address_columns = formats.index("%uns"), formats.index("%und")
        self.reader = f"Wireshark {about.get('version', '?')}, rst_origin {plugin_of(self.spare)}"
