# SPDX-License-Identifier: GPL-2.0-or-later
"""Titles and groups of diagnoses and causes, as the plugin's own report has them (a test compares the two)."""

# token: (group, title). From plugin/core/diagnose/diagnoses.c.
DIAGNOSES = {
    "self_report": ("path", "the reset states its reason"),
    "unsigned_reset": ("endpoint", "unsigned reset on a signed connection"),
    "blind_attack": ("path", "guessed sequence numbers"),
    "unconditional_block": ("path", "blocked by address and port"),
    "blocked_content": ("path", "blocked because of what was sent"),
    "policy_reject": ("path", "a rule rejects the connection"),
    "invalid_state": ("path", "taken for invalid by a device"),
    "state_loss": ("path", "a device lost the state of the connection"),
    "protocol_mismatch": ("endpoint", "the wrong protocol for the port"),
    "tls_failure": ("endpoint", "TLS handshake refused"),
    "zero_window": ("endpoint", "the receiver did not read"),
    "path_mtu": ("path", "segments of full size do not pass"),
    "untranslated": ("path", "a segment escaped address translation"),
    "address_conflict": ("endpoint", "two machines use one address"),
    "process_exit": ("endpoint", "the process ended"),
    "max_age": ("endpoint", "the maximum age was reached"),
    "idle_close_race": ("endpoint", "a request met the close of an idle connection"),
    "stale_connection": ("endpoint", "a request on a connection closed before"),
    "idle_close": ("endpoint", "a program ended the idle connection"),
    "port_reuse": ("endpoint", "ports used again too early"),
    "accept_queue": ("endpoint", "the accept queue is full"),
    "backend_changed": ("path", "another machine answers"),
    "idle_timeout": ("path", "an idle connection was forgotten"),
    "half_closed_timeout": ("path", "a half-closed connection was forgotten"),
    "host_restarted": ("endpoint", "the host forgot its connections"),
    "peer_vanished": ("undecided", "the peer does not answer any more"),
    "unread_data": ("endpoint", "closed with data unread"),
    "response_timeout": ("endpoint", "gave up waiting for an answer"),
    "health_check": ("ordinary", "health check"),
    "port_scan": ("ordinary", "port scan"),
    "closed_port": ("endpoint", "nothing listens on the port"),
    "connection_limit": ("endpoint", "dropped before the first octet"),
    "tls_close": ("ordinary", "TLS closed in good order"),
    "teardown": ("ordinary", "part of the teardown"),
}

# From plugin/core/judge/cause_words.c: of an endpoint, and of a device on the path.
CAUSES = {
    "unknown": "cause not known",
    "closed_port": "nothing listens on the port",
    "policy_reject": "a rule refuses the connection",
    "abort": "the program aborted the connection",
    "no_socket": "the host knows no such connection",
    "late_data": "data arrived after the close",
    "teardown": "part of the normal end of the connection",
    "half_open": "the host had forgotten the connection",
    "connect_cancelled": "the client had given up connecting",
    "scan": "part of a port scan",
    "keepalive_failure": "keep-alives went unanswered",
    "retransmission_timeout": "retransmissions went unanswered",
    "idle_timeout": "the connection had been idle for too long",
    "state_loss": "the connection's state was lost",
    "invalid_state": "a segment was taken for invalid",
    "blocked_content": "blocked because of what was sent",
    "blind_attack": "sequence numbers are guessed by a sender that does not see the connection",
    "challenge_ack": "the answer to a challenge ACK",
    "time_wait": "the ports were still in TIME-WAIT",
    "echo": "follows from an earlier reset",
    "mptcp": "multipath TCP closed a subflow",
}
PATH_CAUSES = {
    "policy_reject": "a rule refuses the connection",
    "idle_timeout": "the connection had been idle for too long",
    "state_loss": "the device had lost the connection's state",
    "invalid_state": "the device took a segment for invalid",
    "blocked_content": "blocked because of what was sent",
    "blind_attack": "sequence numbers are guessed by a sender that does not see the connection",
    "unknown": "a device on the path reset the connection",
}

# A reset by these belongs to no trouble, unless a server's took a request with it.
ORDINARY = {"late_data", "teardown", "time_wait", "echo", "connect_cancelled", "challenge_ack", "mptcp", "scan"}


def group_of(row):
    """What a reader has to do with a reset: path, undecided, endpoint or ordinary."""
    if row["diagnosis"] in DIAGNOSES:
        return DIAGNOSES[row["diagnosis"]][0]
    if row["source"] == "intermediary":
        return "path"
    if row["suspicious"] or row["source"] == "unknown":
        return "undecided"
    if row["cause"] in ORDINARY and (row["source"] == "client" or not row["lost_octets"]):
        return "ordinary"
    return "endpoint"


def title_of(diagnosis, cause, source):
    if diagnosis:
        return DIAGNOSES[diagnosis][1] if diagnosis in DIAGNOSES else diagnosis.replace("_", " ")
    if source == "unknown":
        return "reset of unknown origin"
    if source == "intermediary":
        return PATH_CAUSES.get(cause, PATH_CAUSES["unknown"])
    return CAUSES.get(cause, CAUSES["unknown"])
