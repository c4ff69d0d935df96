# SPDX-License-Identifier: GPL-2.0-or-later
"""Workers, each with a sharkd of its own, and the one writer that takes what they found."""
import contextlib
import errno
import os
import queue
import re
import shutil
import tempfile
import threading
import time

from .opening import open_to_write
from .reading import Reader, verdict_on
from .sharkd import Sharkd
from .words import FileFailed, shown, span

# Results that wait for the writer; a worker that is far ahead waits.
WAITING = 8
# Age in seconds at which the folder of a process that is gone is taken away.
LEFT_OVER = 86400


def own_folder():
    """A folder for joined captures, named after this process; those that killed processes left a day ago are removed."""
    base = tempfile.gettempdir()
    for name in os.listdir(base):
        found = re.fullmatch(r"rst_batch-(\d+)-\w+", name)
        path = os.path.join(base, name)
        with contextlib.suppress(OSError):
            if found and not os.path.exists(f"/proc/{found[1]}"):
                about = os.stat(path)
                if about.st_uid == os.geteuid() and time.time() - about.st_mtime > LEFT_OVER:
                    shutil.rmtree(path, ignore_errors=True)
    return tempfile.mkdtemp(prefix=f"rst_batch-{os.getpid()}-")


class Pool:
    def __init__(self, plugin, workers, restart_after, seconds, memory):
        self.reader, self.workers = Reader(plugin), workers
        self.restart_after, self.seconds, self.memory = restart_after, seconds, memory
        self.work, self.results = queue.Queue(), queue.Queue(WAITING)
        self.stopping = threading.Event()
        self.shark = None
        self.folder = own_folder()
        self.spare = [plugin.spare]
        self.sharks = {plugin.spare}

    def run(self, units):
        """Yields (unit, state, answer, failure, seconds) as they are finished. The caller closes each answer."""
        units = sorted(units, key=lambda unit: -unit.size())  # the longest first, so that none is left to wait for
        for unit in units:
            self.work.put(unit)
        threads = [threading.Thread(target=self.worker, daemon=True) for _ in range(min(self.workers, len(units)))]
        for thread in threads:
            thread.start()
        try:
            for _ in units:
                result = None
                while result is None:
                    try:
                        result = self.results.get(timeout=0.2)
                    except queue.Empty:
                        yield None  # so that the caller can show its progress
                if isinstance(result, BaseException):
                    raise result
                yield result
        finally:
            self.stopping.set()
            for shark in list(self.sharks):
                shark.process.kill()
            self.end()
            deadline = time.monotonic() + 5
            while any(t.is_alive() for t in threads) and time.monotonic() < deadline:
                try:
                    self.results.get(timeout=0.05)
                except queue.Empty:
                    pass

    def run_in_order(self, units):
        """The same with one worker that stays, one capture after the other."""
        for unit in units:
            self.shark, result = self.one(unit, self.shark, self.folder)
            yield result

    def opened(self, options):
        """The database to write to; where it cannot be opened, nothing of the pool is left behind."""
        try:
            return open_to_write(options)
        except BaseException:
            self.end()
            raise

    def end(self):
        self.close(self.shark)
        for shark in self.spare:
            shark.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def worker(self):
        shark = None
        folder = own_folder()
        try:
            while not self.stopping.is_set():
                try:
                    unit = self.work.get_nowait()
                except queue.Empty:
                    return
                shark, result = self.one(unit, shark, folder)
                if not self.stopping.is_set():
                    self.results.put(result)
        except BaseException as error:  # a fault of this program: the writer stops and says it
            self.results.put(error)
        finally:
            self.close(shark)
            shutil.rmtree(folder, ignore_errors=True)

    def take(self):
        try:
            return self.spare.pop()
        except IndexError:
            return Sharkd(self.memory)

    def close(self, shark):
        if shark:
            self.sharks.discard(shark)
            shark.close()

    def one(self, unit, shark, folder):
        begun = time.monotonic()
        state, answer, failed = "failed", None, None
        try:
            unit.recognise()
            path, settings = unit.joined(folder)
            if shark is None:
                shark = self.take()
                self.sharks.add(shark)
            answer = self.reader.read(shark, path, self.seconds, unit.frames_of_parts, settings)
            state, answer.message = verdict_on(answer, unit)
        except FileFailed as error:
            failed = error
            if error.kind == "time_limit":
                failed = FileFailed("time_limit", f"not finished within the time limit of {span(self.seconds)}")
        except OSError as error:
            failed = FileFailed("no_room" if error.errno == errno.ENOSPC else "unreadable", f"{error.strerror}: {shown(error.filename or folder)}")
        except (ValueError, LookupError, TypeError) as error:  # JSON that is none: one capture's trouble, not all of them's
            failed = FileFailed("misread", f"sharkd's answer is not as expected: {type(error).__name__} {error}"[:300])
        if failed and answer:
            answer.close()
            answer = None
        # a sharkd that failed is not trusted with the next capture; a file that is none does it no harm
        if shark and (failed and failed.kind in ("time_limit", "memory_limit", "crashed", "misread") or shark.loads >= self.restart_after or settings_changed(unit)):
            self.close(shark)
            shark = None
        for name in os.listdir(folder):
            os.unlink(os.path.join(folder, name))
        return shark, (unit, state, answer, failed, time.monotonic() - begun)


def settings_changed(unit):
    return bool(unit.points)
