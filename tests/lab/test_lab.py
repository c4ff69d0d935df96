# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a few scenarios of the laboratory for real; needs root, and says so where it has to skip."""
import os
import subprocess
import tarfile

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
FROZEN = os.path.join(HERE, "frozen", "seed20.tar.xz")


def read_truth(path):
    with open(path, encoding="ascii") as file:
        lines = [line.split("\t") for line in file.read().splitlines()]
    return [dict(zip(lines[0], line)) for line in lines[1:]]


def check_complete(directory, rows):
    """Each RST frame of each capture has exactly one line of truth, and no other frame has one."""
    import sys
    sys.path.insert(0, HERE)
    import pcapng
    told = {}
    for row in rows:
        told.setdefault(row["capture"], []).append(int(row["frame"]))
    for capture, numbers in told.items():
        resets = []
        for f in pcapng.read_frames(os.path.join(directory, capture)):
            segment = pcapng.parse(f)
            if segment and segment.flags & pcapng.RST:
                resets.append(f.number)
        assert sorted(numbers) == resets, capture


def test_scenarios_have_unique_names_and_are_listed():
    listed = subprocess.run([os.path.join(HERE, "run.sh"), "--list"], stdout=subprocess.PIPE, text=True, check=True)
    names = listed.stdout.split()
    assert len(names) == len(set(names)) > 100
    assert sum(n.startswith("neg_") for n in names) > 20


def test_readme_states_the_number_of_scenarios():
    listed = subprocess.run([os.path.join(HERE, "run.sh"), "--list"], stdout=subprocess.PIPE, text=True, check=True)
    with open(os.path.join(HERE, "README.md"), encoding="utf-8") as file:
        assert f"the full set: {len(listed.stdout.split())} scenarios" in file.read()


ROOT_CAUSES = """idle_close_race stale_connection unread_data response_timeout max_age idle_close process_exit
    accept_queue connection_limit closed_port port_scan health_check protocol_mismatch tls_failure tls_close teardown
    zero_window path_mtu peer_vanished host_restarted backend_changed address_conflict port_reuse idle_timeout
    half_closed_timeout untranslated invalid_state policy_reject state_loss blocked_content unconditional_block
    blind_attack unsigned_reset self_report""".split()


def test_every_root_cause_has_a_scenario_and_no_other_word_is_used():
    import sys
    sys.path.insert(0, HERE)
    import lab
    lab.load_scenarios()
    first, every = set(), set()
    for entry in lab.SCENARIOS.values():
        told = entry.diagnosis if isinstance(entry.diagnosis, dict) else {"all": entry.diagnosis}
        for words in told.values():
            if words and not callable(words):
                first.add(words.split("|")[0])
                every.update(words.split("|"))
    decided_by_the_capture = {"idle_close_race", "stale_connection"}
    assert set(ROOT_CAUSES) - first <= decided_by_the_capture
    assert every <= set(ROOT_CAUSES) | {"none"}


def test_short_set_is_a_part_of_the_full_one():
    short, full = (subprocess.run([os.path.join(HERE, "run.sh"), "--list", *more], stdout=subprocess.PIPE, text=True,
                                  check=True).stdout.split() for more in (("--short",), ()))
    assert set(short) < set(full) and 20 < len(short) < len(full) / 3


@pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")
def test_three_scenarios_for_real(tmp_path):
    wanted = {"closed_port": "server", "reject_on_syn": "intermediary", "client_linger_abort": "client"}
    command = [os.path.join(HERE, "run.sh"), "--seed", "7", "--out", str(tmp_path)]
    for name in wanted:
        command += ["--scenario", name]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if "Operation not permitted" in done.stdout:
        pytest.skip("network namespaces are not permitted here")
    assert done.returncode == 0, done.stdout
    rows = read_truth(tmp_path / "truth.tsv")
    check_complete(tmp_path, rows)
    for name, origin in wanted.items():
        assert {r["origin"] for r in rows if r["scenario"] == name} == {origin}
    # A reset of the firewall is never seen on the server's side of it
    seen = {r["capture"] for r in rows if r["scenario"] == "reject_on_syn"}
    assert "reject_on_syn/client.pcapng" in seen and "reject_on_syn/mid_s.pcapng" not in seen


@pytest.mark.skipif(not os.path.exists(FROZEN), reason="the frozen set is not there")
def test_frozen_set_is_whole(tmp_path):
    with tarfile.open(FROZEN) as archive:
        archive.extractall(tmp_path)
    directory = tmp_path / "seed20"
    rows = read_truth(directory / "truth.tsv")
    assert len(rows) > 2000
    check_complete(directory, rows)
    assert {r["origin"] for r in rows} == {"client", "server", "intermediary"}


def sample_names():
    folder = os.path.join(HERE, "..", "..", "sample-captures")
    return sorted(n[:-len(".truth.tsv")] for n in os.listdir(folder) if n.endswith(".truth.tsv")
                  and os.path.exists(os.path.join(folder, n[:-len(".truth.tsv")] + ".pcapng")))


@pytest.mark.parametrize("name", sample_names())
def test_sample_capture_has_one_line_of_truth_for_each_reset(name):
    path = os.path.join(HERE, "..", "..", "sample-captures", name)
    assert os.path.getsize(path + ".pcapng") < 30000
    told = [int(row["frame"]) for row in read_truth(path + ".truth.tsv")]
    if name in ("forged_inside_gre", "genuine_abort_in_vlan", "genuine_abort_ipv6_extension_header"):
        assert told    # pcapng.py does not look into these
        return
    import sys
    sys.path.insert(0, HERE)
    import pcapng
    segments = ((f.number, pcapng.parse(f)) for f in pcapng.read_frames(path + ".pcapng"))
    assert told == [number for number, s in segments if s and s.flags & pcapng.RST]
