#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The rooms of plugin/ and the includes between them. As a program: draws docs/images/rooms.svg anew.

A room may include the rooms before it in ROOMS, never a later one; inside a room no files may include each other in a
circle.
"""
import re
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "docs" / "images" / "rooms.svg"

# The order of the rooms; "core" is the door, plugin/core/capture.*.
ROOMS = ["base", "track", "reset", "points", "judge", "diagnose", "report", "core", "wireshark"]
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.M)


class Include:
    """One include of one file: where it stands, what it names, and the rooms of both."""

    def __init__(self, plugin, path, line, name):
        self.where = f"{path.relative_to(plugin.parent)}:{line}"
        self.path = path
        self.target = find(plugin, path, name)
        self.room = room_of(plugin, path)
        self.target_room = room_of(plugin, self.target) if self.target else None


def find(plugin, path, name):
    """The file that an include means, or None where it is none of ours."""
    for folder in (path.parent, plugin / "core", plugin):
        if (folder / name).is_file():
            return (folder / name).resolve()
    return None


def room_of(plugin, path):
    return path.relative_to(plugin.resolve()).parent.name


def includes_of(plugin):
    plugin = plugin.resolve()
    found = []
    for path in sorted(plugin.rglob("*.[ch]")):
        text = path.read_text()
        for match in INCLUDE.finditer(text):
            include = Include(plugin, path, text.count("\n", 0, match.start()) + 1, match[1])
            if include.target:
                found.append(include)
    return found


def upward(includes):
    """Includes of a later room, each as a sentence that names the line."""
    return [f"{i.where}: {i.room} includes {i.target.name} of {i.target_room}, which comes later" for i in includes
            if ROOMS.index(i.target_room) > ROOMS.index(i.room)]


def circles(includes):
    """Circles of headers; a file that includes its own header makes none."""
    graph = {}
    for i in includes:
        if i.path.suffix == ".h":
            graph.setdefault(i.path, []).append(i)
    faults = []
    state = {}

    def visit(path, trail):
        state[path] = "open"
        for i in graph.get(path, ()):
            if state.get(i.target) == "open":
                faults.append(f"{i.where}: includes {i.target.name}, which leads back to it")
            elif i.target not in state:
                visit(i.target, trail + [path])
        state[path] = "done"

    for path in graph:
        if path not in state:
            visit(path, [])
    return faults


def long_files(plugin, most=400):
    return [f"{path.relative_to(plugin.parent)}: {n} lines" for path in sorted(plugin.rglob("*.[ch]"))
            if (n := len(path.read_text().splitlines())) > most]


def long_functions(plugin, most=50):
    """Bodies between a line "{" and a line "}" at the margin, as clang-format writes them."""
    faults = []
    for path in sorted(plugin.rglob("*.[ch]")):
        opened = None
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if line == "{":
                opened = number
            elif line == "}" and opened:
                if number - opened - 1 > most:
                    faults.append(f"{path.relative_to(plugin.parent)}:{opened}: {number - opened - 1} lines")
                opened = None
    return faults


def picture(includes):
    """The rooms as a stair, with an arrow for each pair of rooms and the number of includes on it."""
    arrows = Counter((i.room, i.target_room) for i in includes if i.room != i.target_room)
    step, width, height, left, top = 64, 150, 36, 20, 20
    row = {room: n for n, room in enumerate(reversed(ROOMS))}
    label = {"core": "capture (the door)", "wireshark": "wireshark (the shell)"}
    out = ['<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{0}" viewBox="0 0 760 {0}" role="img" '
           'aria-label="Rooms of the plugin and the includes between them">'.format(top * 2 + step * len(ROOMS)),
           '<style>text{font:13px sans-serif;fill:#222}.n{font-size:11px;fill:#555}rect{fill:#eef3fb;stroke:#4a6fa5}'
           'path{fill:none;stroke:#8aa}svg{background:#fff}</style>']
    for room in ROOMS:
        y = top + step * row[room]
        out.append(f'<rect x="{left}" y="{y}" width="{width}" height="{height}" rx="5"/>')
        out.append(f'<text x="{left + width / 2:.0f}" y="{y + 23}" text-anchor="middle">{label.get(room, room + "/")}</text>')
    for (room, target), n in sorted(arrows.items(), key=lambda item: (row[item[0][0]], row[item[0][1]])):
        a, b = top + step * row[room] + height / 2, top + step * row[target] + height / 2
        lane = left + width + 18 + 70 * (row[target] - row[room])
        shift = 3 * (row[room] - 4)
        out.append(f'<path d="M{left + width} {a + shift:.0f} C{lane} {a + shift:.0f} {lane} {b + shift:.0f} '
                   f'{left + width} {b + shift:.0f}"/>')
        x = left + width + (18 + 70 * (row[target] - row[room])) * 0.75
        out.append(f'<text class="n" x="{x + 2:.0f}" y="{(a + b) / 2 + shift:.0f}">{n}</text>')
    out.append("</svg>")
    return "\n".join(out) + "\n"


def main():
    PICTURE.write_text(picture(includes_of(ROOT / "plugin")))
    print(f"{PICTURE.relative_to(ROOT)} written")


if __name__ == "__main__":
    sys.exit(main())
