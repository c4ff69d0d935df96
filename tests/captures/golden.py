#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What is printed for each capture: one text file per capture, a block per frame, a line per field.

As a program it writes the files anew: golden.py [NAME...]. Read the difference before committing it.
"""
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from shark import ROOT, Shark  # noqa: E402

EXPECTED = Path(__file__).parent / "expected"
MODES = {"one pass": {}, "two passes": {"args": ("-2",)}, "clipped to 68 bytes": {"clip": 68}}


def captures():
    """Samples by their name, the forged captures of the tests as forged/NAME."""
    found = {path.stem: path for path in sorted((ROOT / "sample-captures").glob("**/*.pcap*"))}
    found.update({f"forged/{path.stem}": path for path in sorted((Path(__file__).parent / "forged").glob("*.pcap*"))})
    return found


def text_of(shark, capture, modes=MODES):
    """What a capture prints, a block per mode; fewer modes make the beginning of the same text."""
    blocks = []
    earlier = None
    for mode, how in modes.items():
        rows = shark.rows(capture, *how.get("args", ()), clip=how.get("clip"))
        lines = [f"== {mode} =="]
        for frame, row in rows.items():
            before = (earlier or {}).get(frame, {})
            lines.append(f"frame {frame}")
            # The second and third block show only what differs from the first.
            lines += [f"    {name}: {value}" for name, value in row.items() if earlier is None or before.get(name) != value]
            lines += [f"    {name}: (absent)" for name in before if name not in row]
            if lines[-1] == f"frame {frame}":
                lines[-1] += " as in one pass"
        if earlier is None:
            earlier = rows
        else:
            lines += [f"frame {frame} absent" for frame in earlier if frame not in rows]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def main():
    known = captures()
    unknown = set(sys.argv[1:]) - set(known)
    if unknown:
        sys.exit("no such capture: " + ", ".join(sorted(unknown)))
    names = sys.argv[1:] or list(known)
    (EXPECTED / "forged").mkdir(parents=True, exist_ok=True)
    shark = Shark()
    try:
        with ThreadPoolExecutor(2) as pool:
            texts = pool.map(lambda name: text_of(shark, known[name]), names)
            for name, text in zip(names, texts):
                (EXPECTED / f"{name}.txt").write_text(text)
        if not sys.argv[1:]:
            for stale in set(EXPECTED.glob("**/*.txt")) - {EXPECTED / f"{name}.txt" for name in names}:
                stale.unlink()
    finally:
        shark.close()
    print(f"{len(names)} expected outputs written; read `git diff {EXPECTED.relative_to(ROOT)}` before committing")


if __name__ == "__main__":
    main()
