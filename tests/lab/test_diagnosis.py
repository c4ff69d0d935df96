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
from witness import record  # noqa: E402


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


def ends(local, local_port, peer, peer_port):
    return {record.T_LOCAL: local, record.T_LOCAL_PORT: local_port.to_bytes(2, "big"), record.T_PEER: peer,
            record.T_PEER_PORT: peer_port.to_bytes(2, "big")}


def test_records_become_events():
    tags = {**ends(b"s" * 4, 8081, b"c" * 4, 48432), record.T_REASON: b"TCP_ABORT_ON_CLOSE", record.T_STATE: b"TCP_CLOSE"}
    sent = witness.event_of(record.EVENT_SENT, 4080.5, tags)
    assert sent == (4080.5, True, b"s" * 4, 8081, b"c" * 4, 48432, "TCP_ABORT_ON_CLOSE", "TCP_CLOSE")
    got = witness.event_of(record.EVENT_RECEIVED, 4081.9, ends(b"6" * 16, 5432, b"7" * 16, 52094))
    assert not got.sent and got.source == b"6" * 16 and (got.sport, got.dport, got.reason) == (5432, 52094, "")
    assert witness.event_of(record.ALIVE, 4082.0, {record.T_LOST: b"\0" * 8}) is None


def test_the_witness_s_file_is_read_while_it_grows(tmp_path):
    path = tmp_path / "witness.pcapng"
    with open(path, "wb") as file:
        writer = record.Writer(file.fileno())
        writer.record(record.START, 4_000_000_000, record.tag(record.T_LOST, b"\0" * 8))
        writer.record(record.EVENT_SENT, 4_080_500_000_000, b"".join(
            record.tag(number, value) for number, value in ends(b"s" * 4, 80, b"c" * 4, 4000).items()))
        writer.flush()
    whole = list(witness.read_records(path))
    assert [kind for kind, _, _ in whole] == [record.START, record.EVENT_SENT] and abs(whole[1][1] - 4080.5) < 1e-6
    path.write_bytes(path.read_bytes()[:-20])       # the last record is half written
    assert [kind for kind, _, _ in witness.read_records(path)] == [record.START]


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
