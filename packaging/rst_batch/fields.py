# SPDX-License-Identifier: GPL-2.0-or-later
"""The plugin's fields, and the columns of the table "resets" that they become.

A field that this list does not know goes into the column "more", so that a newer plugin loses nothing.
"""

INTEGER, REAL, TEXT, FLAG = "integer", "real", "text", "flag"

# Of the packet itself. The two addresses come from Wireshark's columns, since they are the innermost ones.
PACKET = {"time": REAL, "source_address": TEXT, "source_port": INTEGER, "destination_address": TEXT,
          "destination_port": INTEGER}

# rst_origin.NAME: kind. A dot becomes an underscore in the column's name.
SINGLE = {
    "source": TEXT, "claimed_source": TEXT, "claimed_guessed": FLAG, "injected": FLAG, "suspicious": FLAG,
    "confidence": TEXT, "score": INTEGER, "cause": TEXT, "summary": TEXT, "advice": TEXT, "lookahead": FLAG,
    "diagnosis": TEXT, "diagnosis.confidence": TEXT, "diagnosis.text": TEXT, "signature": TEXT, "device": TEXT,
    "device.reason": TEXT, "effect": TEXT, "lost_octets": INTEGER, "age": REAL, "idle": REAL, "timer.survived": REAL,
    "timer.died": REAL, "idle_timer": INTEGER, "last_message.client": TEXT, "last_message.server": TEXT,
    "server_name": TEXT, "stream": INTEGER, "event": INTEGER, "event_position": INTEGER, "number": INTEGER,
    "stage": TEXT, "shape": TEXT, "trigger": INTEGER, "response_time": REAL, "rtt": REAL, "rtt_samples": INTEGER,
    "host_rtt": REAL, "knowledge_age": REAL, "seq_check": TEXT, "seq_in_window": FLAG, "seq_delta": INTEGER,
    "ttl": INTEGER, "ttl_delta": INTEGER, "host_ttl_delta": INTEGER, "hops": INTEGER, "ip_id_delta": INTEGER,
    "time_since_last": REAL, "time_since_sender": REAL, "bad_checksum": FLAG, "duplicate_of": INTEGER,
    "echo_of": INTEGER, "previous": INTEGER, "contradicted_by": INTEGER, "contradicted_after": REAL,
    "challenge_ack": INTEGER, "answered_by": INTEGER, "crossing": INTEGER, "retry": INTEGER, "later_frames": INTEGER,
    "vantage.count": INTEGER, "vantage.twin": TEXT, "vantage.missing_at": TEXT, "vantage.segment": TEXT,
    "vantage.clock_offset": REAL,
    "witness.host": TEXT, "witness.reason": TEXT, "witness.state": TEXT, "witness.process": TEXT, "witness.pid": INTEGER,
    "witness.frame": INTEGER, "witness.receiver": TEXT, "witness.receiver_frame": INTEGER,
}

# Said once for each sign; "sign" itself has no comma in it and so tells how many there are.
SIGN = {"sign.weight": INTEGER, "sign.family": TEXT, "sign.text": TEXT, "sign.source": TEXT}
EVIDENCE = "diagnosis.evidence"

# Several values, which Wireshark joins by commas; kept as that text.
SEVERAL = {"vantage.twin", "vantage.missing_at", "vantage.clock_offset"}

# Not of a reset: on a later frame, or for Wireshark's window.
APART = {"contradicts", "sign", EVIDENCE, "expert.injected", "expert.suspicious", "expert.reset", "expert.contradicts", *SIGN}


def column(name):
    return name.replace(".", "_")


# The columns of "resets" after (file, number_in_file), in order.
COLUMNS = {"frame": INTEGER, "part": INTEGER, "part_frame": INTEGER, **PACKET,
           "client_address": TEXT, "client_port": INTEGER, "server_address": TEXT, "server_port": INTEGER,
           "finding_group": TEXT, **{("reset_number" if n == "number" else column(n)): k for n, k in SINGLE.items()},
           "more": TEXT}


def value(kind, text):
    """What a column of the packet list holds, as a value; None where the field is absent."""
    if text == "":
        return None
    if kind == FLAG:
        return 1 if text in ("1", "True", "true") else 0
    try:
        if kind == INTEGER:
            return int(text.split(",")[0], 0)
        if kind == REAL:
            return float(text.split(",")[0])
    except ValueError:
        return None
    return text
