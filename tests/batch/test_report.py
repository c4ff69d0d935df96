# SPDX-License-Identifier: GPL-2.0-or-later
"""The report over the database says of one capture what the plugin's own report says, and adds up over many."""
import json
import re
import shutil

import pytest
from conftest import SAMPLES
from fixtures import slow
from rst_batch import report
from rst_batch.store import Store

SAME = ("group", "source", "diagnosis", "cause", "confidence", "device", "title", "resets", "events", "connections", "connections_broken",
        "connections_refused", "connections_with_loss", "lost_octets", "source_confidence", "claimed_source", "contradicted",
        "retried_same_ports", "reset_again", "ends", "places_total")


def said(batch, *words):
    return json.loads(batch("report", "--json", *(words or ("--look", "0"))).stdout)


def alone(batch, path, tmp_path):
    """The report over one capture of a database that holds several."""
    shutil.copy(batch.db, tmp_path / "one.db")
    store = Store(str(tmp_path / "one.db"))
    try:
        for number, name in list(store.rows("SELECT id, path FROM files")):
            if name != str(path):
                store.transaction(lambda number=number: store.forget(number))
        return report.document(store)
    finally:
        store.close()


@pytest.mark.parametrize("name", SAMPLES)
def test_one_capture_as_the_plugin_says_it(read_samples, shark, tmp_path, name):
    [path] = (read_samples.folder / "c").glob(f"{name}.pcap*")
    ours = alone(read_samples, path, tmp_path)
    plugin = json.loads(shark.tshark(path, "-q", "-z", "rst_origin,report,json"))
    for key in ("resets", "events", "connections", "second_copies", "groups"):
        assert ours[key] == plugin[key], key
    assert len(ours["findings"]) == len(plugin["findings"])
    for mine, its in zip(ours["findings"], plugin["findings"]):
        for key in SAME:
            if key in ("source_confidence", "claimed_source"):
                assert {k: v for k, v in mine[key].items() if v} == {k: v for k, v in its[key].items() if v}, key
            else:
                assert mine.get(key) == its.get(key), key
        assert [f["frame"] for f in mine["frames"]] == its["frames"]
        assert {f["file"] for f in mine["frames"]} == {str(path)}
        assert abs(mine["first_time"] - its["first_time"]) < 1e-5
        if its["source"] != "unknown" and its["group"] != "ordinary":
            assert mine["advice"] == its["advice"]


def test_many_captures_add_up(read_samples):
    made = said(read_samples)
    assert made["read"]["captures"] == len(SAMPLES) and made["resets"] == read_samples.sql("SELECT COUNT(*) FROM resets")[0][0]
    assert sum(f["resets"] for f in made["findings"]) == made["resets"] == sum(made["groups"].values())
    named = {w["file"] for f in made["findings"] for w in f["frames"]}
    assert named <= {p for p, in read_samples.sql("SELECT path FROM files")} and len(named) > 4
    # findings of each capture are kept as well, and count the same resets
    assert read_samples.sql("SELECT SUM(resets) FROM findings")[0][0] == made["resets"]


@slow
def test_the_same_trouble_in_two_captures_is_one_finding(batch):
    folder = batch.put("firewall_idle_timeout")
    [path] = folder.iterdir()
    (folder / "second.pcapng").write_bytes(path.read_bytes())
    batch(batch.own(folder))
    [finding] = said(batch)["findings"]
    assert finding["files_total"] == 2 and finding["connections"] == 2 and finding["title"].startswith("The connection had been idle")
    text = batch("report", "--look", "60").stdout
    assert text.startswith("All 2 connections to [2001:db8:5e::38]:443 were reset by a device between client and server after")
    assert str(path) in text.replace("\n   ", "") and "second.pcapng" in text


@slow
def test_one_path_on_two_hosts_is_two_captures(batch):
    folder = batch.put("firewall_idle_timeout")
    batch("--host", "one", folder)
    batch("--host", "two", folder)
    made = said(batch)
    [finding] = made["findings"]
    assert (made["connections"], finding["connections"], finding["files_total"]) == (2, 2, 2)
    assert {f["file"].split(":", 1)[0] for f in finding["frames"]} == {"one", "two"}
    assert finding["commands"][-1]["command"].startswith(f"tshark -q -r '{folder}/")  # the path alone can be read


@slow
def test_commands_and_totals_are_the_plugins(batch, shark):
    folder = batch.put("half_open_server_restarted")
    [path] = folder.iterdir()
    batch(folder)
    its = json.loads(shark.tshark(path, "-q", "-z", "rst_origin,report,json"))["findings"][0]
    [mine] = said(batch, "--look", "60")["findings"]
    assert mine["commands"][:-1] == its["commands"] != [] and mine["connections_total"] == its["connections_total"]
    assert f"   # {its['commands'][0]['platform']}" in batch("report").stdout or its["commands"][0]["platform"] == "any"
    [short] = json.loads(batch("report", "--json", "--look", "0").stdout)["findings"]
    assert len(short["commands"]) == 1 and "connections_total" not in short
    path.write_bytes(path.read_bytes() + b"\0" * 4)  # another capture by now: not looked into
    assert len(said(batch, "--look", "60")["findings"][0]["commands"]) == 1


def test_how_often():
    """As core/report/rhythm.c: the median, where four fifths of the intervals keep to it."""
    from rst_batch.rhythm import Times
    times = Times()
    for n in range(10):
        times.add(1000.0 + 30 * n + (0.2 if n % 2 else 0))
    times.add(2000.0)
    assert times.rhythm() == {"seconds": 30.2, "plus_minus": 0.4, "intervals": 9}
    for n in range(20):
        times.add(3000.0 + n * n)
    assert times.rhythm() is None and Times().rhythm() is None


def test_text_fits_and_names_files(read_samples):
    text = read_samples("report", "--look", "0").stdout
    assert "\033" not in text and "Harmless:" in text
    assert max(len(line) for line in text.splitlines() if "tshark -q" not in line and str(read_samples.folder) not in line) <= 120


def test_the_command_that_is_named_works(read_samples, shark):
    finding = said(read_samples)["findings"][0]
    words = re.fullmatch(r"tshark -q -r '(.+)' -z (\S+)", finding["commands"][-1]["command"])
    made = shark.run("tshark", "-q", "-r", words[1], "-z", words[2]).stdout
    assert "Filter: frame.number==" in made and "1 reset" in made


def test_page_is_complete_in_itself(read_samples):
    page = read_samples("report", "--html", "--look", "0").stdout
    assert page.startswith("<!DOCTYPE html>") and "default-src 'none'" in page.replace("&#x27;", "'")
    assert not re.search(r'(src|href)="(?!data:|#)', page) and "<script" not in page
    for finding in said(read_samples)["findings"]:
        if finding["group"] != "ordinary":
            assert finding["title"].replace("→", "→") in page


def test_what_a_capture_wrote_is_escaped():
    from rst_batch.page import esc
    from rst_batch.report import clean
    assert esc("<script>\x1b[1m") == "&lt;script&gt;\\x1b[1m" and clean("a\x1b[2Jb\n") == "a\\x1b[2Jb\\x0a"


def test_since_a_day(read_samples):
    everything = said(read_samples)["resets"]
    later = json.loads(read_samples("report", "--json", "--since", "2100-01-01").stdout)
    assert later["resets"] == 0 < everything and later["answer"].startswith("No reset")
    read_samples("report", "--since", "yesterday", code=2)
