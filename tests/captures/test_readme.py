# SPDX-License-Identifier: GPL-2.0-or-later
"""What the README shows is what the plugin prints. As a program: writes the outputs into the README anew."""
import re
import shlex
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import sharkd  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
BLOCK = re.compile(r"(```console\n\$ tshark )([^\n]*)\n(.*?)(?=```)", re.S)


def output_of(shark, command):
    args = shlex.split(command)
    args[args.index("-r") + 1] = str(shark.readable(ROOT / args[args.index("-r") + 1]))
    text = shark.run("tshark", *args).stdout
    if "-O" in args:  # the verdict alone, of what the plugin adds
        text = text[text.index("[TCP Reset Origin"):]
        text = text[:text.index("\n", text.index("    [Advice"))]
    return text.strip("\n") + "\n"


def test_outputs_are_real(shark):
    blocks = BLOCK.findall(README.read_text())
    assert blocks
    for _, command, shown in blocks:
        printed = output_of(shark, command)
        assert shown == printed, command


def filters():
    text = README.read_text() + (ROOT / "docs" / "filters.md").read_text()
    return [cell.replace("\\|", "|") for cell in re.findall(r"^\|[^|]*\| `(.*)` \|$", text, re.M) if "rst_origin" in cell]


def documented_commands():
    """Commands of the manual that read one capture, as they are written there."""
    for page in [README, *sorted((ROOT / "docs").glob("*.md"))]:
        for line in re.findall(r"^    (tshark .*-r capture\.pcapng[^\n]*)$", page.read_text(), re.M):
            yield line


def test_documented_commands_run(shark, tmp_path):
    """Each in a folder of its own, with a capture of that name and a shell."""
    commands = list(documented_commands())
    assert len(commands) >= 5
    (shark.home / "capture.pcapng").write_bytes((ROOT / "sample-captures" / "closed_port.pcapng").read_bytes())
    (shark.home / "capture.pcapng").chmod(0o644)
    for command in commands:
        if "jq " in command and not shutil.which("jq"):
            command = command.split(" | jq ")[0]
        if "-C " in command:  # the profile is not installed here
            continue
        done = shark.run("bash", "-c", f"cd {shark.home} && set -o pipefail && {command}")
        assert done.stdout or ">" in command, command


def test_documents_count_resets_not_contradictions():
    """A bare rst_origin as a display filter also selects later frames that speak against a reset."""
    for page in [README, *sorted((ROOT / "docs").glob("*.md"))]:
        for line in page.read_text().splitlines():
            found = re.search(r"-Y '?rst_origin(?![.\w])", line)
            assert not found, (page.name, line)


def test_filters_are_understood(shark):
    found = list(filters())
    assert len(found) > 8
    answers = sharkd.ask(shark, *({"method": "check", "params": {"filter": expression}} for expression in found),
                         {"method": "check", "params": {"filter": "rst_origin.no_such_field == 1"}})
    *known, invented = (bool(answers.get(number)) for number in range(1, len(found) + 2))
    assert not invented, "a wrong filter would not be noticed"
    assert not [expression for expression, understood in zip(found, known) if not understood]


def test_commands_and_files_exist():
    text = README.read_text()
    for path in re.findall(r"\b((?:tests|packaging|plugin|sample-captures)/[\w./-]*\w)", text):
        if "epan" not in path:
            assert (ROOT / path).exists(), path


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    from shark import Shark
    made = Shark()
    README.write_text(BLOCK.sub(lambda m: f"{m[1]}{m[2]}\n{output_of(made, m[2])}", README.read_text()))
    made.close()
