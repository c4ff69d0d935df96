# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of the report: complete in itself, quiet, quick, and harmless whatever a capture holds. Needs Debian's chromium."""
import html.parser
import json
import re
import shutil
import subprocess

import pytest

from shark import ROOT

from fixtures import slow

QUIET = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--hide-scrollbars"]
SAMPLES = ["firewall_idle_timeout", "injected_both_ends", "load_balancer_idle_both_ends", "health_check", "syn_scan"]
browser = pytest.mark.skipif(not shutil.which("chromium"), reason="no chromium")


def page(shark, capture, *args):
    return shark.tshark(capture, "-q", *args, "-z", "rst_origin,report,html")


def rows_of(text):
    return json.loads(re.search(r'id="rows">(.*?)</script>', text, re.S)[1])


class Outline(html.parser.HTMLParser):
    """Notes what is open and what a browser would fetch."""
    VOID = {"meta", "link", "input", "br"}

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links, self.wrong = [], [], [], []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids += [attrs["id"]] if "id" in attrs else []
        self.links += [attrs[k] for k in ("src", "href", "xlink:href") if k in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.links += [v for k, v in attrs if k in ("src", "href")]

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def outline(text):
    found = Outline()
    found.feed(text)
    return found


@pytest.mark.parametrize("name", SAMPLES)
def test_page_is_complete_in_itself(shark, sample, name):
    text = page(shark, sample(name))
    seen = outline(text)
    assert text.startswith("<!DOCTYPE html>") and not seen.wrong and not seen.open
    assert len(seen.ids) == len(set(seen.ids))
    assert all(link.startswith("#") or link == "data:," for link in seen.links)
    fetched = re.sub(r"<code>[^<]*</code>", "", text)  # a command to copy may hold an address: it is text, nothing follows it
    assert "http:" not in fetched and "https:" not in fetched
    said = json.loads(shark.tshark(sample(name), "-q", "-z", "rst_origin,report,json"))
    assert len(rows_of(text)) == said["resets"]
    assert re.search("<h1>(.*?)</h1>", text)[1] == said["answer"]


def test_ladder_shows_the_frames(shark, sample):
    text = page(shark, sample("firewall_idle_timeout"))
    ladder = re.search(r'<figure class="ladder">(.*?)</figure>', text, re.S)[1]
    assert ladder.count('marker-end="url(#to-rst)"') == 1 and 'class="maker"' in ladder
    assert "300 octets, never acknowledged" in ladder and "later ⋯" in ladder
    assert ladder.count("marker-end") <= 20


def test_page_without_resets(shark, four_idle_resets, tmp_path):
    empty = tmp_path / "empty_page.pcap"
    empty.write_bytes(four_idle_resets.read_bytes()[:24])
    empty.chmod(0o644)
    text = page(shark, empty)
    assert "no packet was read" in text and "<script" not in text


def luminance(colour):
    """WCAG 2.1 of #rrggbb or #rgb."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:])
    r, g, b = (int(digits[i:i + 2], 16) / 255 for i in (0, 2, 4))
    return sum(w * (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4) for w, c in ((0.2126, r), (0.7152, g), (0.0722, b)))


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", range(3), ids=["light", "dark", "print"])
def test_words_can_be_read(theme):
    css = (ROOT / "plugin/core/report/page/page.css").read_text()
    themes = re.findall(r":root \{(.*?)\}", css, re.S)
    assert len(themes) == 3
    colour = dict(re.findall(r"--(\w+): (#\w+)", themes[theme]))
    for ground in ("paper", "card"):
        for ink in ("ink", "soft", "link", "rst", "lost", "seg"):
            assert contrast(colour[ink], colour[ground]) >= 4.5, (ink, ground)
    for source in ("intermediary", "server", "client", "unknown"):
        assert contrast(colour["on"], colour[source]) >= 4.5, source


def chromium(tmp_path, path, *args):
    return subprocess.run(["chromium", *QUIET, f"--user-data-dir={tmp_path}/profile", "--enable-logging=stderr", "--v=0", *args,
                           path.as_uri()], capture_output=True, text=True, timeout=100)


def console(done):
    return [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@browser
def test_browser_is_content(shark, sample, tmp_path):
    """The script ran, the table is filled, and nothing was said on the console. A policy forbids any request, so one would be said."""
    path = tmp_path / "page.html"
    path.write_text(page(shark, sample("injected_both_ends")))
    done = chromium(tmp_path, path, "--dump-dom")
    assert not console(done)
    assert "8 of 8 shown" in done.stdout and 'aria-sort="ascending"' in done.stdout
    assert done.stdout.count("<tr>") == 8


@slow
@browser
def test_ten_thousand_resets(shark, tmp_path):
    from packets import ACK, RST, SYN, Capture
    from talk import C, S, Talk
    scan = Capture()
    for i in range(10_000):
        talk = Talk(capture=scan, sport=1024 + i % 50_000, dport=1 + i % 6000, start=float(i))
        talk.send(C, SYN, after=0)
        talk.send(S, RST | ACK, after=0.5, seq=0, ack=1001, ip_id=0)
    capture = tmp_path / "many.pcap"
    capture.write_bytes(scan.data())
    capture.chmod(0o644)
    path = tmp_path / "many.html"
    text = page(shark, capture)
    assert len(rows_of(text)) == 10_000 and len(text) < 5_000_000
    # the browser's own clock: its start is not ours to answer for
    path.write_text(text.replace("</body>", "<script>document.body.dataset.ms = performance.now()</script></body>"))
    done = chromium(tmp_path, path, "--dump-dom")
    assert float(re.search(r'data-ms="([\d.]+)"', done.stdout)[1]) < 3000
    assert "100 of 10000 shown" in done.stdout and not console(done)
