# SPDX-License-Identifier: GPL-2.0-or-later
"""The structure holds: includes go downward only, files and functions stay short, the picture is true."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import rooms  # noqa: E402

PLUGIN = rooms.ROOT / "plugin"


def test_includes_go_downward_only():
    assert rooms.upward(rooms.includes_of(PLUGIN)) == []


def test_no_headers_include_each_other_in_a_circle():
    assert rooms.circles(rooms.includes_of(PLUGIN)) == []


def test_the_core_knows_no_wireshark():
    for path in (PLUGIN / "core").rglob("*.[ch]"):
        assert "<epan/" not in path.read_text() and "<wsutil/" not in path.read_text(), path


def test_no_file_is_over_400_lines():
    assert rooms.long_files(PLUGIN) == []


def test_no_function_is_over_50_lines():
    assert rooms.long_functions(PLUGIN) == []


def test_every_file_is_in_a_room():
    assert {rooms.room_of(PLUGIN, path) for path in PLUGIN.resolve().rglob("*.[ch]")} <= set(rooms.ROOMS)


def test_the_picture_is_the_one_that_the_includes_make():
    assert rooms.PICTURE.read_text() == rooms.picture(rooms.includes_of(PLUGIN)), "run tests/structure/rooms.py"


# ---- the checks themselves, on small trees with one fault each ----

def tree(tmp_path, files):
    plugin = tmp_path / "plugin"
    for name, text in files.items():
        path = plugin / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return plugin


def test_an_include_that_goes_up_is_named(tmp_path):
    plugin = tree(tmp_path, {"core/base/a.h": '\n#include "track/b.h"\n', "core/track/b.h": ""})
    faults = rooms.upward(rooms.includes_of(plugin))
    assert len(faults) == 1 and faults[0].startswith("plugin/core/base/a.h:2:")


def test_the_core_that_includes_the_shell_is_named(tmp_path):
    plugin = tree(tmp_path, {"core/capture.c": '#include "wireshark/fields.h"\n', "wireshark/fields.h": ""})
    assert len(rooms.upward(rooms.includes_of(plugin))) == 1


def test_an_include_that_goes_down_is_none(tmp_path):
    plugin = tree(tmp_path, {"core/report/a.c": '#include "base/b.h"\n#include <glib.h>\n', "core/base/b.h": ""})
    assert rooms.upward(rooms.includes_of(plugin)) == []


def test_a_circle_is_found(tmp_path):
    plugin = tree(tmp_path, {"core/base/a.h": '#include "base/b.h"\n', "core/base/b.h": '#include "base/a.h"\n'})
    assert len(rooms.circles(rooms.includes_of(plugin))) == 1


def test_long_files_and_functions_are_found(tmp_path):
    plugin = tree(tmp_path, {"core/base/a.c": "int f(void)\n{\n" + "    g();\n" * 51 + "}\n", "core/base/b.c": "\n" * 401})
    assert len(rooms.long_functions(plugin)) == 1 and len(rooms.long_files(plugin)) == 1
