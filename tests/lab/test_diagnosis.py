# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests of the figures for root causes and effects, and of the kernel's testimony, on cases made by hand."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import score  # noqa: E402
import score_diagnosis  # noqa: E402
import witness  # noqa: E402
from pcapng import ACK, PSH, RST, SYN, parse  # noqa: E402
from test_truth import CLIENT, SERVER, frame  # noqa: E402
from truth import Seen  # noqa: E402


def case(truth, said, source="server", scenario="x", effect="-"):
    c = score.Case("dir", {"capture": "x/client.pcapng", "frame": "1", "origin": "server", "cause": "abort",
                           "scenario": scenario, "diagnosis": truth, "effect": effect})
    c.source, c.diagnosis = source, said
    return c


def test_right_wrong_and_silent():
    n = score_diagnosis.figures([case("idle_close_race|stale_connection", "stale_connection"),
                                 case("max_age", "idle_close"), case("max_age", "")], "diagnosis")
    assert (n["right"], n["wrong"], n["silent"], n["all"]) == (1, 1, 1, 3)


def test_silence_is_right_only_where_nothing_is_to_be_said():
    n = score_diagnosis.figures([case("none", ""), case("unread_data|none", ""), case("none", "max_age")], "diagnosis")
    assert (n["right"], n["allowed"], n["wrong"], n["made up"], n["harmless"]) == (1, 1, 1, 1, 2)


def test_what_the_truth_does_not_tell_is_not_scored():
    assert not score_diagnosis.figures([case("-", "max_age"), case("max_age", "max_age", source="missing")],
                                       "diagnosis")["all"]


def test_unknown_effect_is_silence():
    said = case("-", "", effect="challenged")
    said.effect = "unknown"
    assert score_diagnosis.figures([said], "effect")["silent"] == 1


def test_confusion_marks_what_is_right():
    text = "\n".join(score_diagnosis.confusion([case("max_age|none", ""), case("max_age", "idle_close")], "diagnosis"))
    assert "none(*) 1" in text and "idle_close 1" in text and "idle_close* " not in text


def test_a_plugin_without_the_field_is_said_to_have_none():
    assert "this plugin has no diagnosis field" in "\n".join(score.report_why([case("max_age", "")], (), False))


def test_old_truth_without_the_columns_is_read():
    c = score.Case("dir", {"capture": "x/client.pcapng", "frame": "1", "origin": "server", "cause": "abort",
                           "scenario": "x"})
    assert c.true_diagnosis == c.true_effect == "-"


SENT = (" nginx-812 [001] .....  4080.660964: tcp_send_reset: skbaddr=0 skaddr=1 src=198.51.100.164:8081 "
        "dest=10.7.116.96:48432 state=TCP_CLOSE reason=TCP_ABORT_ON_CLOSE")
SENT6 = (" <idle>-0 [000] .N...  4081.8: tcp_send_reset: skbaddr=0 skaddr=1 src=[2001:db8:c41::88]:52094 "
         "dest=[2001:db8:5e::38]:5432 state=UNKNOWN reason=NO_SOCKET")
RECEIVED = (" wire-1 [000] ..s2.  4081.9: tcp_receive_reset: family=AF_INET6 sport=5432 dport=52094 saddr=127.0.0.6 "
            "daddr=127.0.0.6 saddrv6=2001:db8:5e::38 daddrv6=2001:db8:c41::88 sock_cookie=2")


def test_lines_of_the_tracepoints_are_read():
    one, six, got = (witness.parse_line(line, 100.0) for line in (SENT, SENT6, RECEIVED))
    assert (one.sent, one.sport, one.dport, one.reason) == (True, 8081, 48432, "TCP_ABORT_ON_CLOSE")
    assert one.source == bytes((198, 51, 100, 164)) and abs(one.time - 4180.660964) < 1e-6
    assert six.source == witness.packed("2001:db8:c41::88") and six.reason == "NO_SOCKET"
    assert not got.sent and got.target == six.source and got.source == six.target
    assert witness.parse_line("CPU:1 [LOST 12 EVENTS]") is None


def event(time, sent, source, sport, target, dport):
    return witness.Event(time, sent, source, sport, target, dport, "R", "")


def sight(frames, number, point="client"):
    by_number = {f.number: f for f in frames}
    return Seen(point, number, by_number[number].time, parse(by_number[number]), True)


def test_an_event_is_used_once_and_only_for_its_connection():
    both = witness.Testimony([event(1.0, True, b"s" * 4, 80, b"c" * 4, 4000)])
    assert both.take(True, b"s" * 4, 80, b"c" * 4, 4001, 0.9, 1.1) is None
    assert both.take(True, b"s" * 4, 80, b"c" * 4, 4000, 0.9, 1.1)
    assert both.take(True, b"s" * 4, 80, b"c" * 4, 4000, 0.9, 1.1) is None
    listener = witness.Testimony([event(1.0, True, b"\0" * 4, 80, b"\0" * 4, 0)])
    assert listener.take(True, b"s" * 4, 80, b"c" * 4, 4000, 0.9, 1.1)


def conversation(rst_seq, answered):
    """Handshake, then a reset of the server as the client's interface sees it, then perhaps the client's ACK."""
    frames = [frame(1, 1.0, CLIENT, SERVER, SYN, seq=10, sport=4000, dport=80),
              frame(2, 1.1, SERVER, CLIENT, SYN | ACK, seq=20, ack=11, sport=80, dport=4000),
              frame(3, 1.2, CLIENT, SERVER, ACK, seq=11, ack=21, sport=4000, dport=80),
              frame(4, 1.3, SERVER, CLIENT, RST, seq=rst_seq, sport=80, dport=4000)]
    if answered:
        frames.append(frame(5, 1.3002, CLIENT, SERVER, ACK, seq=11, ack=21, sport=4000, dport=80))
    return frames, [(f, parse(f)) for f in frames]


def effect(seen, parsed, testimony):
    return dict((s.number, found) for s, found in witness.effects_of([seen], parsed, testimony))[seen.number]


def test_effects():
    nobody = witness.Testimony([])
    frames, parsed = conversation(500, True)
    assert effect(sight(frames, 4), parsed, nobody) == "challenged"
    frames, parsed = conversation(500, False)
    assert effect(sight(frames, 4), parsed, nobody) == "ignored"
    s = parse(frames[3])
    says = witness.Testimony([event(1.3001, False, s.destination, 4000, s.source, 80)])
    assert effect(sight(frames, 4), parsed, says) == "reset"


def test_data_that_follows_is_no_challenge():
    frames, parsed = conversation(500, False)
    late = frame(5, 1.3002, CLIENT, SERVER, PSH | ACK, seq=11, ack=21, sport=4000, dport=80, payload=b"on")
    assert effect(sight(frames, 4), parsed + [(late, parse(late))], witness.Testimony([])) == "ignored"
