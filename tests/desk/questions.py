#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes what was read into README.md and docs/questions.md: after each command the report's answer and first finding.
questions.py (needs the built plugin)."""
import re
import shlex
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "captures")]

from shark import ROOT, Shark  # noqa: E402

PAGES = [ROOT / "README.md", ROOT / "docs" / "questions.md"]
BLOCK = re.compile(r"```console\n\$ (.*?)\n(.*?)```", re.S)


def read(shark, command):
    """What the command prints, up to the end of the first finding."""
    program, *words = shlex.split(command)
    at = words.index("-r") + 1
    words[at] = shark.readable(ROOT / words[at])
    text = shark.run(program, *words).stdout
    return re.split(r"\n(?=2\. |\nHarmless:)", text)[0].rstrip("\n") + "\n"


def written(shark, page):
    return BLOCK.sub(lambda found: f"```console\n$ {found[1]}\n{read(shark, found[1])}```", page)


def main():
    shark = Shark()
    try:
        for page in PAGES:
            page.write_text(written(shark, page.read_text()))
    finally:
        shark.close()


if __name__ == "__main__":
    main()
