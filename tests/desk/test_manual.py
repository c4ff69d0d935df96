# SPDX-License-Identifier: GPL-2.0-or-later
"""The manual says what the program does: every sign, field, cause and preference is in it, and the cases are true."""
import re

import cases
import contract
from fixtures import slow
from shark import ROOT

DOCS = ROOT / "docs"


def page(name):
    return (DOCS / name).read_text()


def test_every_sign_is_explained():
    source = (ROOT / "plugin/core/judge/signs.c").read_text()
    table = source[source.index("ro_signs[]"):source.index("ro_signs_n")]
    ours = set(re.findall(r'(?:ROW|ALIKE|ALONE|BESIDE)\((\w+),', table)) | set(re.findall(r'\{"(\w+)",', table))
    explained = re.findall(r"^\| `(\w+)` \|", page("signs.md"), re.M)
    assert len(ours) > 40
    assert set(explained) == ours
    assert len(explained) == len(set(explained))


def test_every_field_is_explained(shark):
    listed = shark.run("tshark", "-G", "fields").stdout
    names = [line.split("\t")[2] for line in listed.splitlines() if "\trst_origin." in line and line.startswith("F\t")]
    assert len(names) > 50
    text = page("fields.md")
    missing = [n for n in names if f"`{n.removeprefix('rst_origin.')}`" not in text and f"`{n}`" not in text
               and f"`.{n.rsplit('.', 1)[1]}`" not in text]
    assert missing == []


def test_every_cause_is_known_to_the_manual():
    text = page("cases.md") + page("glossary.md")
    assert [cause for cause in contract.WORDS["cause"] if f"`{cause}`" not in text] == []


def test_every_preference_is_explained(shark):
    listed = set(re.findall(r"^#?rst_origin\.(\w+):", shark.run("tshark", "-G", "currentprefs").stdout, re.M))
    assert listed and listed <= set(re.findall(r"`rst_origin\.(\w+)`", page("fields.md")))


def test_every_sample_has_its_story():
    files = {p.name.split(".pcap")[0] for p in (ROOT / "sample-captures").glob("*.pcap*")}
    assert files == set(cases.STORIES)


@slow
def test_cases_are_true(shark):
    """Written anew by tests/desk/cases.py when verdicts change."""
    assert page("cases.md").split(cases.MARK)[1] == cases.table(shark)


def anchors(text):
    """What GitHub makes of the headings."""
    heads = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_links_lead_somewhere():
    pages = [ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.glob("*.md"), *(ROOT / "tests").rglob("*.md")]
    found = 0
    for path in pages:
        for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", path.read_text()):
            name, _, anchor = target.partition("#")
            goal = path.parent / name if name else path
            assert goal.exists(), (path.name, target)
            assert not anchor or anchor in anchors(goal.read_text()), (path.name, target)
            found += 1
    assert found > 40


def test_every_page_is_in_the_manual():
    listed = set(re.findall(r"\]\((\w[\w.-]*)\)", page("README.md")))
    assert {p.name for p in DOCS.iterdir() if p.suffix in (".md", ".4", ".1", ".json")} - {"README.md"} <= listed


def test_pictures_are_shown_and_exist():
    shown = set()
    for path in [ROOT / "README.md", *DOCS.glob("*.md")]:
        shown |= set(re.findall(r"images/([\w.-]+)", path.read_text()))
    assert {p.name for p in (DOCS / "images").iterdir()} == shown


def test_pictures_are_small():
    pictures = list((DOCS / "images").glob("*.png"))
    assert pictures and all(p.stat().st_size < 80_000 for p in pictures)
