# SPDX-License-Identifier: GPL-2.0-or-later
"""The report as one page: complete in itself, without a script, and forbidden to fetch anything."""
import html

from . import answer

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
FINDINGS = 200

STYLE = """:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}
h1{font-size:1.5rem}article{border-top:1px solid #8888;padding-top:.5rem}
code{display:block;padding:.4rem .6rem;background:#8882;border-radius:.3rem;white-space:pre-wrap}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.2rem .6rem;border-bottom:1px solid #8884}
td.n{text-align:right;font-variant-numeric:tabular-nums}.tag{border:1px solid #8888;border-radius:.8rem;padding:0 .6rem;font-size:.85rem}
.path{border-color:#c33;color:light-dark(#a00,#f88)}"""


def esc(text):
    return html.escape("".join(c if c.isprintable() else "\\x%02x" % ord(c) for c in str(text)))


def finding(number, made, where):
    yield f'<article id="f{number}"><h3>{number}. {esc(made["title"])}</h3>'
    tags = (made["source"] if made["source"] != "unknown" else "sender not decided", made.get("diagnosis") or made["cause"], answer.SURE_WORDS[made["confidence"]])
    yield "<p>" + " ".join(f'<span class="tag {made["group"]}">{esc(tag)}</span>' for tag in tags) + "</p>"
    yield f"<p>{esc(made['summary'])}</p>"
    if made["evidence"]:
        yield f"<h4>{'What is known' if made['source'] == 'unknown' else 'Why we think so'}</h4><ul>"
        yield from (f"<li>{esc(line)}</li>" for line in made["evidence"])
        yield "</ul>"
    yield f"<h4>What to do</h4><p>{esc(made['advice'])}</p>"
    yield from (f"<code>{esc(one['command'])}{'' if one['platform'] == 'any' else '   # ' + esc(one['platform'])}</code>" for one in made["commands"])
    yield f"<p>{esc(where(made))}</p></article>"


def table(rows, heads):
    yield "<table><thead><tr>" + "".join(f"<th>{esc(h)}</th>" for h in heads) + "</tr></thead><tbody>"
    for row in rows:
        yield "<tr>" + "".join(f'<td class="n">{v:,}</td>' if isinstance(v, int) else f"<td>{esc(v)}</td>" for v in row) + "</tr>"
    yield "</tbody></table>"


def write_page(made, read, where, out):
    say = lambda *texts: out.write("\n".join(texts) + "\n")  # noqa: E731
    say("<!DOCTYPE html>", '<html lang="en"><head><meta charset="utf-8">', f'<meta http-equiv="Content-Security-Policy" content="{esc(POLICY)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">',
        f"<title>{esc(made['answer'])}</title><style>{STYLE}</style></head><body>",
        f"<header><p>TCP Reset Origin</p><h1>{esc(made['answer'])}</h1><p>{esc(read)}</p></header><main>")
    matter = [f for f in made["findings"] if f["group"] != "ordinary"]
    if made["findings"]:
        say("<section><h2>Findings</h2>")
    for number, one in enumerate(matter[:FINDINGS], 1):
        say(*finding(number, one, where))
    if len(matter) > FINDINGS:
        say(f"<p>{len(matter) - FINDINGS:,} more findings cost less; the text and the JSON have them.</p>")
    harmless = [f for f in made["findings"] if f["group"] == "ordinary"]
    if harmless:
        say("<h3>Harmless</h3>", *table([(f["title"], f["resets"], f["files_total"], f["frames"][0]["file"], f["frames"][0]["frame"]) for f in harmless],
                                        ("what", "resets", "captures", "for example", "frame")))
    if made["findings"]:
        say("</section>")
    if made["troubles"]:
        say("<section><h2>Not read, or not wholly</h2>", *table([(t["file"], t["message"]) for t in made["troubles"]], ("capture", "why")), "</section>")
    say("</main><footer><p>Made by rst_origin, a plugin for Wireshark. Weigh the reasons yourself before you accuse anybody.</p></footer></body></html>")
