# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests of the figures that score.py prints, on verdicts made by hand."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import figures  # noqa: E402
import score  # noqa: E402
from pcapng import ACK, PSH, RST, SYN  # noqa: E402
from test_truth import CLIENT, SERVER, frame, write_capture  # noqa: E402


def case(origin, source, scenario="x", endpoint="no", cause="abort", said="abort", capture="x/client.pcapng",
         forged=""):
    c = score.Case("dir", {"capture": capture, "frame": "1", "origin": origin, "cause": cause, "scenario": scenario,
                           "box_is_endpoint": endpoint, "forged": forged})
    c.source, c.cause = source, said
    return c


def test_precision_recall_and_mix_ups():
    m = score.measure([case("intermediary", "intermediary"), case("intermediary", "unknown"),
                       case("server", "intermediary"), case("server", "client"), case("client", "client")])
    assert (m["accused rightly"], m["accused"]) == (1, 2)
    assert (m["boxes found"], m["boxes"]) == (1, 2)
    assert (m["decided"], m["all"], m["right"], m["mixed up"]) == (4, 5, 2, 1)


def test_a_box_that_is_the_endpoint_is_left_out_of_recall_only():
    m = score.measure([case("intermediary", "server", endpoint="yes"),
                       case("intermediary", "intermediary", endpoint="yes")])
    assert m["boxes"] == 0 and m["accused rightly"] == m["accused"] == 1


def test_a_proxy_in_its_own_name_owns_the_address():
    """To the client it is the server, to the server the client; under another's address it is neither."""
    own = dict(endpoint="yes", forged="own")
    assert case("intermediary", "server", **own).right and case("intermediary", "intermediary", **own).right
    assert not case("intermediary", "client", **own).right
    assert case("intermediary", "client", capture="x/server.pcapng", **own).right
    assert not case("intermediary", "server", endpoint="yes", forged="forged").right
    assert not case("intermediary", "server", endpoint="no", forged="own").right


def test_hard_negatives_are_counted_by_the_name_of_the_scenario():
    m = score.measure([case("server", "intermediary", "neg_ecmp"), case("server", "server", "neg_ecmp"),
                       case("server", "intermediary", "other"), case("intermediary", "intermediary", "neg_x")])
    assert (m["negatives accused"], m["negatives"]) == (1, 2)


def test_any_of_several_causes_is_right():
    c = case("server", "server", cause="late_data|no_socket", said="no_socket")
    assert c.cause in c.causes
    assert "100.0 % (1/1)" in "\n".join(line for line in score.report_group("g", [c]) if "cause" in line)


def test_mean_over_scenarios_does_not_let_a_burst_drown_the_rest():
    cases = [case("client", "client", "burst") for _ in range(99)] + [case("server", "client", "single")]
    assert score.mean_right(cases, lambda c: c.source) == " 50.0 % of 2"


def test_missing_verdicts_are_neither_right_nor_decided():
    m = score.measure([case("server", "missing")])
    assert m["decided"] == m["right"] == 0 and m["all"] == 1


def test_wrong_ones_are_listed_with_their_signs():
    wrong = case("server", "intermediary")
    wrong.signs = "ttl_differs"
    text = "\n".join(score.list_wrong([wrong, case("client", "client"), case("client", "unknown")]))
    assert text.count("truth=") == 1 and "ttl_differs" in text


def test_verdicts_from_a_table(tmp_path):
    table = tmp_path / "v.tsv"
    table.write_text("capture\tframe\tsource\tcause\nx/client.pcapng\t1\tserver\tlate_data\n")
    cases = [case("server", ""), case("server", "", capture="y/client.pcapng")]
    score.read_verdicts(cases, table)
    assert [(c.source, c.cause) for c in cases] == [("server", "late_data"), ("missing", "")]


def test_plain_rule(tmp_path):
    def server(number, ttl, flags):
        return frame(number, number, SERVER, CLIENT, flags, sport=80, dport=4000, ttl=ttl)
    frames = [frame(1, 1, CLIENT, SERVER, SYN), server(2, 50, SYN | ACK), server(3, 50, PSH | ACK),
              server(4, 51, RST), server(5, 50, RST), frame(6, 6, CLIENT, SERVER, RST, ttl=64)]
    path = tmp_path / "c.pcapng"
    write_capture(path, frames)
    assert score.plain_rule(path) == {4: "intermediary", 5: "server", 6: "client"}


def test_the_table_of_figures():
    table = figures.table([case("intermediary", "intermediary"), case("server", "unknown"),
                           case("server", "server", capture="x/merged.pcapng")])
    assert table[0] == "| | client side | client and server merged |"
    assert "| precision of `intermediary` | 1 of 1 | 0 of 0 |" in table
    assert "| decided | 50.0 % | 100.0 % |" in table
    assert len({line.count("|") for line in table}) == 1
