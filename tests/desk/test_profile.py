# SPDX-License-Identifier: GPL-2.0-or-later
"""The profile colours, names and filters: every filter in it compiles, and each kind of reset gets its own colour."""
import os
import re
import shutil
import zipfile

import pytest

from shark import PLUGINS, ROOT

FOLDER = ROOT / "packaging" / "profile" / "RST Origin"
ON_PATH, ORDINARY, ENDPOINT = "Reset made by a device in between", "Reset that is ordinary", "Reset by an endpoint"


@pytest.fixture(scope="module")
def profiled(shark):
    target = shark.home / ".config" / "wireshark" / "profiles" / "RST Origin"
    shutil.copytree(FOLDER, target, dirs_exist_ok=True)
    for place in [shark.home, *shark.home.rglob("*")]:
        place.chmod(0o777 if place.is_dir() else 0o666)
    return lambda capture, *args: shark.tshark(capture, "-C", "RST Origin", *args)


def colours(profiled, capture):
    """{frame: name of the rule} of the frames with our fields."""
    text = profiled(capture, "-2", "--color", "-Y", "rst_origin", "-T", "fields", "-e", "frame.number", "-e",
                    "frame.coloring_rule.name")
    return {int(line.split("\t")[0]): line.split("\t")[1] for line in text.splitlines()}


def unquoted(line):
    return [re.sub(r"\\x([0-9a-f]{2})", lambda m: chr(int(m[1], 16)), part) for part in re.findall(r'"([^"]*)"', line)]


def lines(name):
    return [line for line in (FOLDER / name).read_text().splitlines() if line and not line.startswith("#")]


def filters():
    for line in lines("colorfilters"):
        yield line.split("@")[2]
    for line in lines("dfilter_buttons"):
        yield unquoted(line)[2]
    for line in lines("io_graphs"):
        yield unquoted(line)[2]
    for line in lines("dfilter_macros"):
        yield unquoted(line)[1].replace("$1", "1" if "stream" in line else "x")


def test_every_filter_compiles(shark, sample):
    """tshark judges all of them in one expression, which costs one run."""
    ours = [f"({f})" for f in filters() if "rst_origin" in f]
    assert len(ours) > 15
    shark.tshark(sample("closed_port"), "-Y", " || ".join(ours))


@pytest.mark.parametrize("name,frame_kinds", [
    ("injected_both_ends", {"intermediary": ON_PATH, "client": ORDINARY}),
    ("closed_port", {"server": ENDPOINT}),
    ("connect_cancelled", {"client": ORDINARY}),
])
def test_colours(shark, sample, profiled, name, frame_kinds):
    given = colours(profiled, sample(name))
    rows = {f: row for f, row in shark.rows(sample(name), "-2").items() if "source" in row}
    assert rows
    for frame, row in rows.items():
        assert given[frame] == frame_kinds[row["source"]], row


def luminance(colour):
    """WCAG 2.1, relative luminance of a colour given as three numbers up to 65535."""
    def linear(c):
        return c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4
    r, g, b = (linear(int(c) / 65535) for c in colour.split(","))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def test_colours_can_be_read():
    for line in lines("colorfilters"):
        if "rst_origin" in line:
            dark, light = sorted(luminance(c) for c in re.findall(r"\[([\d,]+)\]", line))
            assert (light + 0.05) / (dark + 0.05) >= 4.5, line


def test_every_column_has_a_width_and_each_frame_number_fits():
    formats = re.findall(r'"(%[^"]+)"', (FOLDER / "preferences").read_text())
    widths = dict(re.findall(r"(%[\w:.]+), (\d+)", (FOLDER / "recent").read_text()))
    assert [f.replace(":0:R", "") for f in formats] == list(widths)
    assert int(widths["%m"]) >= 75  # 9999999 in Wireshark's own font
    assert int(widths["%s"]) >= 130  # 255.255.255.255


def test_no_filter_counts_frames_that_contradict_as_resets():
    """A bare rst_origin also selects later frames that speak against a reset: they are asked for by their own name."""
    for text in filters():
        assert not re.search(r"rst_origin(?![.\w])", text), text


def test_default_rules_are_kept_below_ours():
    names = [line.split("@")[1] for line in lines("colorfilters")]
    assert names.index(ENDPOINT) < names.index("Bad TCP") < names.index("TCP RST")
    assert "ICMP errors" in names and "System Event" in names


def test_columns(sample, profiled):
    text = profiled(sample("closed_port"), "-Y", "rst_origin")
    assert re.search(r"TCP server (\w+ )?closed_port (low|medium|high) .*\d+ → \d+ \[RST, ACK\]", text)


def test_macros_select(sample, profiled, shark):
    """Old form up to Wireshark 4.2, which reads dfilter_macros; 4.4 reads dmacros and takes this form as well."""
    text = profiled(sample("injected_both_ends"), "-2", "-Y", "${rst_by:intermediary}", "-T", "fields", "-e", "frame.number")
    wanted = shark.tshark(sample("injected_both_ends"), "-2", "-Y", "rst_origin.injected", "-T", "fields", "-e", "frame.number")
    assert text == wanted != ""


def test_both_macro_files_say_the_same():
    old = dict(unquoted(line) for line in lines("dfilter_macros"))
    new = {re.match(r'"(\w+)" ', line)[1]: line.split(" ", 1)[1] for line in lines("dmacros")}
    assert old == new and len(old) >= 5


def test_zip_holds_the_profile():
    path = PLUGINS.parent / "rst_origin-profile.zip"
    if not path.exists():
        pytest.skip(f"no {os.path.relpath(path, ROOT)}: built by the target profile")
    names = {name for name in zipfile.ZipFile(path).namelist() if not name.endswith("/")}
    assert names == {f"RST Origin/{file.name}" for file in FOLDER.iterdir()}
