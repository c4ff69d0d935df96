# SPDX-License-Identifier: GPL-2.0-or-later
"""compare.sh: two files in, one answer out."""
import subprocess
from pathlib import Path

import points
import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "packaging" / "compare.sh"
SAMPLES = ROOT / "sample-captures"


@pytest.fixture(scope="module")
def ends(shark):
    """The two points of a sample, each in a file of its own."""
    def make(name):
        return [points.only(SAMPLES / f"{name}.pcapng", shark.stage / f"{side}-{name}.pcapng", i)
                for i, side in enumerate(("client", "server"))]
    return make


@pytest.fixture(scope="module")
def compare(shark):
    script = shark.stage / "compare.sh"
    script.write_bytes(SCRIPT.read_bytes())
    script.chmod(0o755)

    def run(*args, ok=True):
        return shark.run("bash", script, *args, ok=ok)
    return run


def test_a_box_between(compare, ends):
    out = compare("-n", "laptop,web", *ends("ips_drop_and_reset")).stdout
    assert "     2  between laptop and web" in out
    assert out.count("intermediary") == 2
    assert "seen at 1 of 2 points, not at laptop" in out and "seen at 1 of 2 points, not at web" in out


def test_the_order_of_the_files_does_not_matter(compare, ends):
    client, server = ends("ips_drop_and_reset")
    out = compare("-n", "web,laptop", server, client).stdout
    assert "     2  between laptop and web" in out


def test_an_endpoint(compare, ends):
    out = compare(*ends("both_ends_abort")).stdout
    assert "Where 2 resets were made:" in out  # each is in both files, and counted once
    assert "     1  at the client" in out and "     1  at the server" in out


def test_files_give_the_names(compare, ends):
    out = compare(*ends("ips_drop_and_reset")).stdout
    assert "between client-ips_drop_and_reset and server-ips_drop_and_reset" in out


def test_the_merged_file_is_kept(shark, compare, ends):
    target = shark.home / "kept.pcapng"
    compare("-k", target, *ends("both_ends_abort"))
    listed = subprocess.run(["capinfos", "-I", target], capture_output=True, text=True, check=True).stdout
    assert "Number of interfaces in file: 2" in listed


def test_a_capture_without_resets(shark, compare, ends):
    client, server = ends("both_ends_abort")
    quiet = shark.home / "quiet.pcapng"
    shark.run("tshark", "-r", client, "-Y", "tcp.flags.reset == 0", "-w", quiet)
    assert "No TCP reset" in compare(quiet, quiet).stdout
    assert server.exists()


def test_one_file_is_too_few(compare, ends):
    done = compare(ends("both_ends_abort")[0], ok=False)
    assert done.returncode == 2 and "compare.sh" in done.stderr


def test_a_missing_file_is_named(compare, ends):
    done = compare(ends("both_ends_abort")[0], "/nowhere.pcapng", ok=False)
    assert done.returncode == 2 and "/nowhere.pcapng" in done.stderr


def test_files_with_nothing_in_common_are_told(compare, ends):
    done = compare(ends("both_ends_abort")[0], ends("ips_drop_and_reset")[1], ok=False)
    assert done.returncode == 3 and "no connection with a reset in common" in done.stdout
    assert done.stdout.count(".pcapng: ") == 2  # the times of each


def test_only_resets_are_listed(shark, compare, ends):
    """A bare rst_origin also selects later frames that contradict a reset; they are no resets."""
    client, server = ends("injected_both_ends")
    resets = [shark.tshark(path, "-2", "-Y", "tcp.flags.reset == 1 && tcp", "-T", "fields", "-e", "frame.number").split()
              for path in (client, server)]
    out = compare(client, server).stdout
    assert 0 < out.count("seen at") <= sum(map(len, resets))
    assert "\t" not in out and "  unknown  " not in out
