# SPDX-License-Identifier: GPL-2.0-or-later
"""Every capture prints what was read and agreed on: in one pass, in two, and clipped to 68 bytes."""
import pytest

import contract
import golden
from conftest import QUICK

CAPTURES = golden.captures()


@pytest.mark.parametrize("name", CAPTURES)
def test_prints_what_was_agreed(printed, name):
    expected = golden.EXPECTED / f"{name}.txt"
    assert expected.exists(), f"no expected output: run tests/captures/update.sh {name} and read what it wrote"
    agreed = expected.read_text()
    if QUICK:
        agreed = agreed[:agreed.index(f"\n\n== {list(golden.MODES)[2]}") + 1]
    assert printed[name] == agreed


@pytest.mark.parametrize("name", CAPTURES)
@pytest.mark.usefixtures("printed")
def test_speaks_only_words_of_the_contract(shark, name):
    for args in ((), ("-2",)):
        for row in shark.rows(CAPTURES[name], *args).values():
            for field, words in contract.WORDS.items():
                assert set(row.get(field, "").split("|")) - {""} <= words


@pytest.mark.parametrize("name", CAPTURES)
def test_injected_is_there_only_for_intermediaries(shark, name):
    for args in ((), ("-2",)):
        for frame, row in shark.rows(CAPTURES[name], *args).items():
            sources = row.get("source", "").split("|")
            assert row.get("injected", "") == "|".join("1" for s in sources if s == "intermediary"), frame
            assert row.get("suspicious", "1") == "1" and not ("suspicious" in row and sources == ["intermediary"]), frame


def test_no_expected_output_without_its_capture():
    assert {str(path.relative_to(golden.EXPECTED).with_suffix("")) for path in golden.EXPECTED.glob("**/*.txt")} <= set(golden.captures())
