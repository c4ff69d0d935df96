# SPDX-License-Identifier: GPL-2.0-or-later
"""The plugin loads and registers what users rely on."""
import pytest

import contract


@pytest.fixture(scope="module")
def registered(shark):
    lines = shark.run("tshark", "-G", "fields").stdout.splitlines()
    rows = [line.split("\t") for line in lines]
    return {row[2]: row for row in rows if row[0] == "F" and row[2].startswith("rst_origin")}


def test_plugin_is_loaded(shark):
    plugins = [line for line in shark.run("tshark", "-G", "plugins").stdout.splitlines() if "rst_origin" in line]
    assert len(plugins) == 1


def test_protocol_has_its_name(shark):
    protocols = shark.run("tshark", "-G", "protocols").stdout
    assert "TCP Reset Origin\t" in protocols and "\trst_origin" in protocols


@pytest.mark.parametrize("name", contract.FIELDS)
def test_field_is_registered(registered, name):
    row = registered[f"rst_origin.{name}"]
    assert row[3] == contract.FIELDS[name]


def test_every_field_has_a_help_text(registered):
    """The last column of -G fields is what hovers over the item."""
    assert registered
    without = [name for name, row in registered.items() if len(row[-1].strip()) < 10]
    assert [name for name in without if not name.startswith("rst_origin.expert")] == []


def test_expert_infos_are_registered(shark):
    text = shark.run("tshark", "-G", "fields").stdout
    for name in ("injected", "suspicious", "reset", "contradicts"):
        assert f"rst_origin.expert.{name}\t" in text


def test_preferences_have_the_plugin_s_prefix(shark):
    assert "rst_origin." in shark.run("tshark", "-G", "currentprefs").stdout
