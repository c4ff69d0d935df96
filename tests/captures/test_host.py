# SPDX-License-Identifier: GPL-2.0-or-later
"""Inside Wireshark: preferences, other plugins, sharkd, several dissections of the same frame."""
import json
import subprocess

import pytest

from sharkd import ask, frame, load

NAMES = ("genuine_abort", "server_answers_after_its_reset", "every_frame_twice", "two_layers", "in_vxlan")
FACTS = ("claimed_source", "stage", "shape", "trigger", "seq_check", "seq_delta", "ttl_delta", "source", "cause", "sign")


def facts(shark, capture, *args):
    return {f: {n: row.get(n) for n in FACTS} for f, row in shark.rows(capture, *args).items()}


@pytest.fixture(scope="module")
def together(shark, forged):
    """The captures of NAMES as one file, so that each setting needs one process; their ends differ or their times do."""
    target = shark.stage / "together.pcapng"
    subprocess.run(["mergecap", "-a", "-w", str(target), *(str(forged(name)) for name in NAMES)], check=True,
                   capture_output=True)
    target.chmod(0o644)
    return target


@pytest.mark.parametrize("args", [
    ("-o", "tcp.analyze_sequence_numbers:FALSE"),
    ("-o", "tcp.relative_sequence_numbers:FALSE"),
    ("-o", "tcp.calculate_timestamps:FALSE"),
    ("-o", "ip.defragment:FALSE"),
    ("--enable-protocol", "transum"),
    ("--enable-protocol", "mate"),
    ("-n",),
])
def test_settings_of_others_change_nothing(shark, together, args):
    """Own state, own arithmetic: nothing hangs on TCP's preferences or on other postdissectors."""
    for passes in ((), ("-2",)):
        assert facts(shark, together, *passes, *args) == facts(shark, together, *passes)


def test_desegmentation_changes_nothing(shark, forged):
    """The inner frame of two_layers is found by desegmentation, so that capture is left out."""
    for name in NAMES:
        if name != "two_layers":
            for passes in ((), ("-2",)):
                args = (*passes, "-o", "tcp.desegment_tcp_streams:FALSE")
                assert facts(shark, forged(name), *args) == facts(shark, forged(name), *passes)


def test_switched_off(shark, forged):
    assert shark.rows(forged("genuine_abort"), "--disable-protocol", "rst_origin") == {}


def test_other_output_is_not_touched(shark, forged):
    """With the plugin switched off and on, every frame without a RST prints the same."""
    for name in ("genuine_abort", "in_gre", "two_layers"):
        with_it = shark.tshark(forged(name), "-V", "-Y", "!(tcp.flags.reset == 1)")
        without = shark.tshark(forged(name), "-V", "-Y", "!(tcp.flags.reset == 1)", "--disable-protocol", "rst_origin")
        assert with_it == without


def test_tcp_switched_off(shark, forged):
    assert shark.rows(forged("genuine_abort"), "--disable-protocol", "tcp") == {}


def test_follow_stream_is_not_touched(shark, forged):
    args = ("-q", "-z", "follow,tcp,ascii,0")
    with_it = shark.tshark(forged("genuine_abort"), *args)
    assert "r" * 100 in with_it
    assert with_it == shark.tshark(forged("genuine_abort"), *args, "--disable-protocol", "rst_origin")


def test_sharkd_shows_the_tree(shark, forged):
    answers = ask(shark, load(shark, forged("genuine_abort")), frame(7), frame(6))
    assert "TCP Reset Origin" in json.dumps(answers[2])
    assert "TCP Reset Origin" not in json.dumps(answers[3])


def test_sharkd_in_any_order(shark, forged):
    """Frames are dissected again and again, in whatever order a user clicks them."""
    capture = forged("server_answers_after_its_reset")
    orders = [(5, 6, 8, 9), (9, 8, 6, 5), (5, 5, 9, 5)]
    seen = {}
    for order in orders:
        answers = ask(shark, load(shark, capture), *(frame(n) for n in order))
        for n, answer in zip(order, (answers[i] for i in range(2, 2 + len(order)))):
            assert answer is not None
            assert seen.setdefault(n, answer) == answer


def test_sharkd_knows_what_came_later(shark, forged):
    answers = ask(shark, load(shark, forged("server_answers_after_its_reset")), frame(5))
    assert "Contradicted by frame" in json.dumps(answers[2])


def test_sharkd_second_file(shark, forged):
    """Nothing of the first file is left when the second is loaded."""
    second = load(shark, forged("genuine_abort"))
    fresh = ask(shark, second, frame(7))[2]
    after_another = ask(shark, load(shark, forged("server_answers_after_its_reset")), frame(5), second, frame(7))[4]
    assert after_another == fresh


def test_sharkd_filter(shark, forged):
    answers = ask(shark, load(shark, forged("server_answers_after_its_reset")),
                     {"method": "frames", "params": {"filter": "rst_origin.contradicted_by"}})
    assert [f["num"] for f in answers[2]] == [5]
