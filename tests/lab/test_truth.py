# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests of the derivation of the truth, on frames made by hand."""
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import pcapng  # noqa: E402
import truth  # noqa: E402
import witness  # noqa: E402
from pcapng import ACK, PSH, RST, SYN  # noqa: E402

CLIENT, SERVER, BOX = bytes((10, 0, 0, 1)), bytes((192, 0, 2, 1)), bytes((172, 20, 0, 2))
LAYOUT = truth.Layout({CLIENT}, {SERVER}, {BOX}, delay_c=0.010, delay_s=0.020)


def frame(number, time, source, target, flags, seq=1000, ack=0, sport=4000, dport=80, ttl=64, ip_id=0, payload=b"",
          window=0):
    tcp = struct.pack("!HHIIBBHHH", sport, dport, seq, ack, 5 << 4, flags, window, 0, 0) + payload
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), ip_id, 0x4000, ttl, 6, 0) + source + target
    return pcapng.Frame(number, 0, time, bytes(12) + b"\x08\x00" + ip + tcp, b"")


def points(**frames):
    return {p: frames.get(p, []) for p in truth.CAPTURE_POINTS}


def from_server(number, time, **more):
    return frame(number, time, SERVER, CLIENT, RST, sport=80, dport=4000, **more)


def from_client(number, time, flags=RST, **more):
    return frame(number, time, CLIENT, SERVER, flags, **more)


def origins(seen, point):
    return [s.origin for s in seen[point]]


def test_genuine_reset_is_followed_back_to_the_server_though_its_ttl_falls():
    seen = truth.trace(points(server=[from_server(1, 0.0)], mid_s=[from_server(4, 0.020, ttl=60)],
                              mid_c=[from_server(5, 0.0201, ttl=59)], client=[from_server(9, 0.030, ttl=50)]), LAYOUT)
    for point in truth.CAPTURE_POINTS:
        assert origins(seen, point) == ["server"]
    assert truth.counts(seen) == {"client": 0, "server": 1, "intermediary": 0}


def test_reset_that_only_left_the_box_is_the_boxs():
    seen = truth.trace(points(mid_c=[from_server(5, 0.5)], client=[from_server(9, 0.510, ttl=60)]), LAYOUT)
    assert origins(seen, "mid_c") == origins(seen, "client") == ["intermediary"]
    assert truth.counts(seen)["intermediary"] == 1


def test_reset_to_the_server_that_never_entered_from_the_client():
    seen = truth.trace(points(mid_s=[from_client(5, 0.5)], server=[from_client(9, 0.520)]), LAYOUT)
    assert origins(seen, "server") == ["intermediary"]


def test_equal_resets_of_box_and_server_are_told_apart_by_time():
    seen = truth.trace(points(
        server=[from_server(1, 0.100)], mid_s=[from_server(1, 0.120)],
        mid_c=[from_server(1, 0.050), from_server(2, 0.1202)],
        client=[from_server(1, 0.060), from_server(2, 0.1303)]), LAYOUT)
    assert origins(seen, "mid_c") == origins(seen, "client") == ["intermediary", "server"]


def test_one_segment_that_went_in_comes_out_once():
    seen = truth.trace(points(
        server=[from_server(1, 0.100)], mid_s=[from_server(1, 0.120)],
        mid_c=[from_server(1, 0.1201), from_server(2, 0.1203)]), LAYOUT)
    assert sorted(origins(seen, "mid_c")) == ["intermediary", "server"]


def test_duplicate_of_the_wire_stays_the_servers():
    seen = truth.trace(points(server=[from_server(1, 0.0)], mid_s=[from_server(1, 0.020), from_server(2, 0.0203)],
                              mid_c=[from_server(1, 0.0201), from_server(2, 0.0204)]), LAYOUT)
    assert origins(seen, "mid_c") == ["server", "server"]
    assert truth.counts(seen)["server"] == 1


def test_each_of_two_equal_resets_has_its_own_sight_further_on():
    seen = truth.trace(points(server=[from_server(1, 0.0), from_server(2, 0.0001)],
                              mid_s=[from_server(1, 0.0201), from_server(2, 0.0202)]), LAYOUT)
    assert [s.root.number for s in seen["mid_s"]] == [2, 1] or [s.root.number for s in seen["mid_s"]] == [1, 2]


def test_nat_changes_addresses_and_ports_but_the_reset_crosses():
    layout = truth.Layout({CLIENT}, {SERVER}, {BOX}, crossing="nat", delay_c=0.010, delay_s=0.020)
    inside = from_client(1, 0.010, seq=77)
    outside = frame(1, 0.0101, BOX, SERVER, RST, seq=77, sport=6000)
    frames = points(client=[from_client(1, 0.0, seq=77)], mid_c=[inside], mid_s=[outside],
                    server=[frame(1, 0.030, BOX, SERVER, RST, seq=77, sport=6000)])
    assert origins(truth.trace(frames, layout), "server") == ["client"]
    assert origins(truth.trace(frames, LAYOUT), "server") == ["intermediary"]


def test_terminating_proxy_lets_nothing_cross():
    layout = truth.Layout({CLIENT}, {SERVER}, {BOX}, crossing="nothing")
    seen = truth.trace(points(client=[from_client(1, 0.0)], mid_c=[from_client(1, 0.010)],
                              mid_s=[from_client(1, 0.0101)]), layout)
    assert origins(seen, "mid_c") == ["client"] and origins(seen, "mid_s") == ["intermediary"]


def test_second_server_is_a_server():
    layout = truth.Layout({CLIENT}, {SERVER}, far_server=True)
    seen = truth.trace(points(mid_s=[from_server(1, 0.1)], mid_c=[from_server(1, 0.1001)]), layout)
    assert origins(seen, "mid_c") == ["server"]


def echoes(frames, inert=lambda s: False):
    seen = truth.trace(frames, LAYOUT)
    truth.mark_echoes(seen, frames, inert)
    return [s.echo for s in seen["client"] if s.origin == "client"]


def answered(flags=RST):
    """A reset from the box reaches the client, which answers later data with a reset of its own."""
    return points(client=[from_server(1, 0.1, seq=500), from_client(2, 0.2, flags, seq=900)],
                  mid_c=[from_server(1, 0.09, seq=500)])


def test_answer_after_a_received_reset_is_an_echo():
    assert echoes(answered()) == [True]


def test_nothing_follows_from_a_reset_out_of_the_window():
    assert echoes(answered(), lambda s: s.origin == "intermediary") == [False]


def test_crossing_resets_are_no_echoes():
    frames = points(client=[from_client(1, 0.1), from_server(2, 0.13)], server=[from_server(1, 0.1)],
                    mid_s=[from_server(1, 0.12)], mid_c=[from_server(1, 0.1201)])
    assert echoes(frames) == [False]


def test_tail_of_an_own_abort_is_an_echo():
    frames = points(client=[from_client(1, 0.1, RST | ACK, seq=900, ack=5), from_client(2, 0.2, RST, seq=900)])
    assert echoes(frames) == [False, True]


def test_several_answers_to_late_data_are_no_echoes():
    frames = points(client=[from_client(1, 0.1, seq=900), from_client(2, 0.2, seq=900)])
    assert echoes(frames) == [False, False]


def test_what_follows_from_a_reset_that_was_not_seen_may_be_called_what_it_looks_like():
    frames = answered()
    frames["mid_s"] = [from_client(7, 0.22, seq=900)]
    frames["mid_c"].append(from_client(6, 0.21, seq=900))
    seen = truth.trace(frames, LAYOUT)
    truth.mark_echoes(seen, frames)
    rows = truth.rows(seen, "x", lambda root: "echo" if root.echo else "abort", LAYOUT)
    assert [r.cause for r in rows["client"]] == ["abort", "echo"]
    assert [r.cause for r in rows["mid_s"]] == ["echo|no_socket"]


def test_a_new_connection_with_the_same_ports_begins_anew():
    frames = points(client=[from_client(1, 0.1, RST | ACK, seq=900, ack=5), from_client(2, 0.2, SYN, seq=5000),
                            from_client(3, 0.3, RST, seq=5001)])
    assert echoes(frames) == [False, False]


def test_selection_repeats_and_drops_rows():
    rows = [truth.Row("client", n, "server", "abort", "x", "own", "no", "no") for n in (2, 4)]
    assert [r.frame for r in truth.select(rows, [0, 1, 1, 2])] == [2, 3]
    assert [r.frame for r in truth.select(rows, [3, 0])] == [1]


def test_merged_rows_follow_their_interface():
    def at(number, interface):
        return pcapng.Frame(number, interface, 0.0, b"", b"")
    client = [truth.Row("client", 2, "client", "abort", "x", "own", "no", "no")]
    server = [truth.Row("server", 1, "server", "late_data", "x", "own", "no", "no")]
    merged = truth.merged_rows([at(1, 0), at(2, 1), at(3, 0)], [client, server])
    assert [(r.capture, r.frame, r.origin) for r in merged] == [("merged", 2, "server"), ("merged", 3, "client")]


def block(kind, body):
    total = struct.pack("<I", 12 + len(body))
    return struct.pack("<I", kind) + total + body + total


def write_capture(path, frames):
    head = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + pcapng.option(3, b"Some system")
                 + pcapng.option(0, b""))
    head += block(1, struct.pack("<HHI", 1, 0, 0) + pcapng.option(2, b"client") + pcapng.option(9, b"\x09")
                  + pcapng.option(0, b""))
    for f in frames:
        ticks = round(f.time * 1e9)
        padded = f.bytes + b"\0" * (-len(f.bytes) % 4)
        head += block(6, struct.pack("<IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(f.bytes), len(f.bytes)) + padded)
    path.write_bytes(head)


def test_capture_is_read_and_written_back_without_the_machine(tmp_path):
    source, target = tmp_path / "a.pcapng", tmp_path / "b.pcapng"
    write_capture(source, [from_client(1, 1.5, PSH | ACK, payload=b"abc", ip_id=7), from_server(2, 2.25)])
    frames = pcapng.read_frames(source)
    assert [f.time for f in frames] == [1.5, 2.25]
    first = pcapng.parse(frames[0])
    assert (first.length, first.ip_id, first.flags, first.sport) == (3, 7, PSH | ACK, 4000)
    pcapng.write_selection(source, target, [1, 0, 1])
    assert [pcapng.parse(f).sport for f in pcapng.read_frames(target)] == [80, 4000, 80]
    assert b"Some system" in source.read_bytes() and b"Some system" not in target.read_bytes()
    assert b"client" in target.read_bytes()


def test_other_protocols_and_cut_frames_are_no_segments():
    whole = from_client(1, 0.0)
    assert pcapng.parse(whole)
    assert pcapng.parse(pcapng.Frame(1, 0, 0.0, whole.bytes[:50], b"")) is None
    udp = bytearray(whole.bytes)
    udp[23] = 17
    assert pcapng.parse(pcapng.Frame(1, 0, 0.0, bytes(udp), b"")) is None


def effects(sights, ended_at, answers=()):
    """Effects at the client of resets at these (time, sequence number), where its socket ended at these times."""
    frames = [from_server(n, when, seq=seq) for n, (when, seq) in enumerate(sights, 1)]
    seen = [truth.Seen("client", f.number, f.time, pcapng.parse(f), True) for f in frames]
    events = [witness.Event(when, False, CLIENT, 4000, SERVER, 80, "", "") for when in ended_at]
    parsed = [(f, pcapng.parse(f)) for f in sorted(frames + list(answers), key=lambda f: f.time)]
    return [found for _, found in witness.effects_of(seen, parsed, witness.Testimony(events))]


def test_the_event_belongs_to_the_reset_that_came_last_before_it():
    assert effects([(1.000, 500), (1.020, 500)], [1.0001]) == ["reset", "ignored"]
    assert effects([(1.000, 400), (1.020, 500)], [1.0201]) == ["ignored", "reset"]
    # A slow machine traces later, but before the next reset
    assert effects([(1.000, 500), (1.200, 500)], [1.080]) == ["reset", "ignored"]


def test_a_challenged_reset_does_not_take_the_event_of_the_next():
    challenge = from_client(9, 1.0002, pcapng.ACK, seq=77, ack=300)
    assert effects([(1.000, 400), (1.030, 300)], [1.0301], [challenge]) == ["challenged", "reset"]


def test_resets_at_one_moment_are_one_act():
    assert effects([(1.0000, 500), (1.0003, 500)], [1.0004]) == ["reset", "reset|ignored"]
    assert effects([(1.0000, 500), (1.0003, 900)], [1.0004]) == ["reset|ignored", "ignored|reset"]
    assert effects([(1.0000, 500), (1.0003, 500)], []) == ["ignored", "ignored"]


def test_each_of_two_sockets_of_the_same_ports_has_its_event():
    assert effects([(1.000, 500), (1.050, 900)], [1.0001, 1.0501]) == ["reset", "reset"]
