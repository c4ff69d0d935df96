# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures made by others, where they lie beside the checkout: no false accusation, no word but the contract's."""
import csv

import pytest

import contract
from conftest import QUICK
from shark import ROOT

FOLDER = ROOT.parent / "shared" / "captures"
CAPTURES = sorted(FOLDER.glob("*.pcap*")) + sorted(FOLDER.glob("*.trace"))
LABELS = {}
if (FOLDER / "labels.tsv").exists():
    with open(FOLDER / "labels.tsv", newline="", encoding="utf-8") as table:
        for row in csv.DictReader(table, delimiter="\t"):
            LABELS.setdefault(row["capture"], []).append(row)

pytestmark = [pytest.mark.skipif(not CAPTURES, reason="the folder ../shared/captures is not there"),
              pytest.mark.skipif(QUICK, reason="left out by --quick")]


@pytest.mark.parametrize("path", CAPTURES, ids=lambda p: p.name)
def test_no_endpoint_is_called_an_injector(shark, path):
    """A false accusation costs more than a miss: no RST labelled 'endpoint' with high confidence is 'injected'."""
    rows = shark.rows(path, "-2")
    accused = [int(label["frame"]) for label in LABELS.get(path.name, ())
               if label["label"] == "endpoint" and label["confidence"] == "high"
               and "injected" in rows.get(int(label["frame"]), {})]
    assert accused == []


@pytest.mark.parametrize("path", CAPTURES, ids=lambda p: p.name)
def test_only_words_of_the_contract(shark, path):
    for row in shark.rows(path, "-2").values():
        for field, words in contract.WORDS.items():
            assert set(row.get(field, "").split("|")) - {""} <= words
