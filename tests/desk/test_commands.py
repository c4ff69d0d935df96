# SPDX-License-Identifier: GPL-2.0-or-later
"""Every tshark command that the documents show runs unchanged, and so does every filter in their tables."""
import os
import re
import shutil
import subprocess
import textwrap
import time

import pytest

import questions
from shark import NOBODY, ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# not to be run here: live capture, as root on another host, other programs, and what asks for a window
LEFT_OUT = re.compile(r"tshark -i |rst_witness|wireshark -|docker|--color")


def commands(page):
    """Commands of the indented blocks, with their continued lines; a loop is one command."""
    for block in re.findall(r"(?:^ {4,6}.*\n)+", page.read_text(), re.M):
        text = textwrap.dedent(block)
        if text.startswith("for "):
            yield text
            continue
        for line in re.sub(r"\\\n", "", text).splitlines():
            if line.startswith("tshark "):
                yield line


ALL = [(page.name, command) for page in PAGES for command in commands(page) if not LEFT_OUT.search(command)]


def test_there_are_commands():
    assert len(ALL) > 8 and {"README.md", "filters.md", "report.md", "cases.md"} <= {name for name, _ in ALL}


@pytest.fixture(scope="module")
def desk(shark, sample):
    """A folder with the captures that the documents name, and a shell of an ordinary user in it."""
    place = shark.stage / "desk"
    place.mkdir()
    place.chmod(0o777)
    shutil.copytree(ROOT / "sample-captures", place / "sample-captures")
    for name in ("capture.pcapng", "both.pcapng", "one.pcap"):
        shutil.copy(sample("injected_both_ends"), place / name)
    for path in place.rglob("*"):
        path.chmod(0o755)
    as_user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if os.geteuid() == 0 else []
    environment = [f"{k}={v}" for k, v in shark.environment().items()]
    return lambda command: subprocess.run([*as_user, "env", "-i", *environment, "bash", "-c", command], cwd=place, capture_output=True,
                                          text=True, check=False)


@pytest.mark.parametrize("page,command", ALL, ids=lambda x: x[:40])
def test_command_runs(desk, page, command):
    if "jq" in command and not shutil.which("jq"):
        pytest.skip("no jq")
    done = desk("set -o pipefail; " + command)
    assert done.returncode == 0, f"{page}: {command}\n{done.stderr}"
    assert done.stdout or ">" in command, f"{page}: nothing came of {command}"


@pytest.mark.parametrize("page", ["README.md", "docs/filters.md", "docs/glossary.md"])
def test_filters_of_tables_compile(shark, sample, page):
    cells = re.findall(r"`(rst_origin\.(?:[^`\\]|\\.)+)` *\|$", (ROOT / page).read_text(), re.M)
    assert cells or page.endswith("glossary.md")
    if cells:
        shark.tshark(sample("closed_port"), "-Y", " || ".join(f"({c.replace(chr(92), '')})" for c in cells))


@pytest.mark.parametrize("page", questions.PAGES, ids=lambda p: p.name)
def test_what_was_read_is_true(shark, page):
    """Written anew by tests/desk/questions.py when sentences change."""
    text = page.read_text()
    assert questions.BLOCK.search(text)
    begun = time.monotonic()
    assert questions.written(shark, text) == text
    assert time.monotonic() - begun < 60
