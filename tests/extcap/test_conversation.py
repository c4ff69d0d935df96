# SPDX-License-Identifier: GPL-2.0-or-later
"""What Wireshark asks an extcap program, and what it answers (README.extcap, doc/extcap.adoc of Wireshark)."""
import os
import re
import shutil
import subprocess

import pytest

from conftest import PROGRAM


def test_interfaces(run_witness):
    done = run_witness("--extcap-interfaces", "--extcap-version=4.0")
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and lines[0].startswith("extcap {version=1.0}")
    assert lines[1:] == ["interface {value=rst-witness}{display=TCP resets of this host (rst-witness)}"]


def test_dlts(run_witness):
    done = run_witness("--extcap-dlts", "--extcap-interface", "rst-witness")
    assert re.fullmatch(r"dlt \{number=252\}\{name=WIRESHARK_UPPER_PDU\}\{display=[^}]+\}\n", done.stdout)


def test_config_names_only_options_that_exist(run_witness):
    done = run_witness("--extcap-config", "--extcap-interface", "rst-witness")
    calls = re.findall(r"^arg \{number=(\d+)\}\{call=(--[a-z-]+)\}\{display=[^}]+\}\{type=\w+\}", done.stdout, re.M)
    assert [int(number) for number, _ in calls] == list(range(len(done.stdout.splitlines()))) and len(calls) >= 4
    usage = run_witness("--help").stdout
    assert all(call in usage for _, call in calls)


def test_a_capture_filter_is_accepted_while_it_is_typed(run_witness):
    """Printing anything would mark the filter as wrong."""
    done = run_witness("--extcap-interface", "rst-witness", "--extcap-capture-filter=tcp port 80")
    assert done.returncode == 0 and done.stdout == ""


@pytest.mark.parametrize("words, says", [
    ([], "nothing to do"), (["--capture"], "needs --fifo"),
    (["--capture", "--fifo", "-", "--remote=-oProxyCommand=x"], "must not start with -"),
    (["--capture", "--fifo", "-", "--ports", "http"], "ports are numbers"),
])
def test_what_cannot_be_done_is_said(run_witness, words, says):
    done = run_witness(*words)
    assert done.returncode == 1 and says in done.stderr and done.stdout == "" and "Traceback" not in done.stderr


def test_without_root_it_says_what_works(tmp_path):
    """As nobody: tracefs belongs to root."""
    prefix = []
    if os.geteuid() == 0:
        prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    copy = tmp_path / "x"
    shutil.copytree(PROGRAM.parent, copy)
    for path in [tmp_path, *tmp_path.parents][:3]:
        path.chmod(0o755)
    done = subprocess.run([*prefix, str(copy / "rst-witness"), "--capture", "--fifo", "-"], capture_output=True, text=True,
                          timeout=20, check=False)
    assert done.returncode == 1 and done.stdout == ""
    assert "sudo" in done.stderr and "--remote" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("events, says", [(None, "tracefs is not mounted"), ([], "has no tracepoint")])
def test_what_is_missing_is_named(tmp_path, run_witness, events, says):
    """On a machine without tracefs, and with a kernel before 4.15: a folder of ours in its place."""
    if events is not None:
        (tmp_path / "instances").mkdir()
        (tmp_path / "events" / "tcp").mkdir(parents=True)
    code = ("import sys; sys.path.insert(0, sys.argv[1]); sys.dont_write_bytecode = True\n"
            "from rst_witness import kernel\n"
            "import os; os.geteuid = lambda: 0\n"
            "kernel.TRACEFS = sys.argv[2]\n"
            "try: kernel.Instance()\n"
            "except kernel.Refusal as refusal: print(refusal)")
    done = subprocess.run(["python3", "-c", code, str(PROGRAM.parent), str(tmp_path)], capture_output=True, text=True,
                          timeout=20, check=False)
    assert says in done.stdout, done.stderr


def test_wireshark_lists_it(shark, tmp_path):
    folder = shark.stage / "extcap"
    if not folder.exists():
        shutil.copytree(PROGRAM.parent, folder)
    command, environment = shark.command(["tshark", "-D"])
    at = command.index("-i") + 1 if "-i" in command else None
    if at:
        command.insert(at, f"WIRESHARK_EXTCAP_DIR={folder}")
    else:
        environment["WIRESHARK_EXTCAP_DIR"] = str(folder)
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)
    assert "rst-witness (TCP resets of this host (rst-witness))" in done.stdout
    assert len([line for line in done.stdout.splitlines() if "rst" in line]) == 1   # not its modules
