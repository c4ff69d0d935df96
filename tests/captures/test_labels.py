# SPDX-License-Identifier: GPL-2.0-or-later
"""The labels of real captures, where they lie beside the checkout: figures below which no change may push the plugin."""
import os

import pytest

import score_labels
from shark import ROOT

FOLDER = ROOT.parent / "shared" / "captures"
PLUGINS = os.environ.get("RST_ORIGIN_PLUGIN_DIR") or os.environ.get("WIRESHARK_PLUGIN_DIR")
pytestmark = [pytest.mark.skipif(not (FOLDER / "labels.tsv").exists(), reason="the folder ../shared/captures is not there"),
              pytest.mark.skipif(os.environ.get("RO_QUICK") == "1", reason="left out by --quick"),
              pytest.mark.skipif(not PLUGINS, reason="needs WIRESHARK_PLUGIN_DIR")]

# One endpoint accused in a hundred accusations is one too many; a miss costs less.
LEAST = {"precision": 0.99, "recall": 0.72, "decided": 0.84, "right": 0.98, "high right": 0.995}


@pytest.fixture(scope="module")
def rows():
    labelled = score_labels.read_labels(FOLDER)
    score_labels.ask(FOLDER, labelled, PLUGINS, 2, os.cpu_count())
    return labelled


def test_every_labelled_reset_was_analysed(rows):
    assert [(r.capture, r.frame) for r in rows if r.source == "missing"] == []


@pytest.mark.parametrize("figure", LEAST)
def test_figures(rows, figure):
    part, whole = score_labels.measure(rows)[figure]
    assert part >= LEAST[figure] * whole, [(r.capture, r.frame, r.label, r.source) for r in score_labels.differing(rows)]
