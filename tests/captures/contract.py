# SPDX-License-Identifier: GPL-2.0-or-later
"""The fields that users rely on: names and types are a promise."""

FIELDS = {
    "source": "FT_STRING", "claimed_source": "FT_STRING", "injected": "FT_BOOLEAN", "suspicious": "FT_BOOLEAN",
    "confidence": "FT_STRING", "score": "FT_INT32", "cause": "FT_STRING", "stage": "FT_STRING", "shape": "FT_STRING",
    "trigger": "FT_FRAMENUM", "response_time": "FT_RELATIVE_TIME", "rtt": "FT_RELATIVE_TIME", "seq_check": "FT_STRING",
    "seq_in_window": "FT_BOOLEAN", "seq_delta": "FT_INT32", "ttl": "FT_UINT8", "ttl_delta": "FT_INT16",
    "ip_id_delta": "FT_INT32", "time_since_last": "FT_RELATIVE_TIME", "time_since_sender": "FT_RELATIVE_TIME",
    "sign": "FT_STRING", "signature": "FT_STRING", "device": "FT_STRING", "contradicted_by": "FT_FRAMENUM",
    "contradicts": "FT_FRAMENUM", "event": "FT_UINT32", "idle_timer": "FT_UINT32", "timer.survived": "FT_RELATIVE_TIME",
    "timer.died": "FT_RELATIVE_TIME", "lookahead": "FT_BOOLEAN",
    "last_message.client": "FT_STRING", "last_message.server": "FT_STRING", "server_name": "FT_STRING",
    "advice": "FT_STRING", "diagnosis": "FT_STRING", "diagnosis.confidence": "FT_STRING",
    "effect": "FT_STRING", "lost_octets": "FT_UINT32", "age": "FT_RELATIVE_TIME",
    "idle": "FT_RELATIVE_TIME", "witness.host": "FT_STRING", "witness.reason": "FT_STRING", "witness.state": "FT_STRING",
    "witness.process": "FT_STRING", "witness.pid": "FT_UINT32",
}

# Printed in the expected outputs as well, since a person reads them.
TEXTS = ["summary", "sign.text", "diagnosis.text", "diagnosis.evidence"]

# What is measured, as against judged: IP-ID apart, the same in every encapsulation.
FACTS = ["claimed_source", "stage", "shape", "trigger", "response_time", "rtt", "seq_check", "seq_in_window", "seq_delta",
         "ttl", "ttl_delta", "time_since_last", "time_since_sender", "signature", "event"]

BOOLEANS = [name for name, kind in FIELDS.items() if kind == "FT_BOOLEAN"]

WORDS = {
    "diagnosis": {"idle_close_race", "stale_connection", "unread_data", "response_timeout", "max_age", "idle_close",
                  "process_exit", "accept_queue", "connection_limit", "closed_port", "port_scan", "health_check",
                  "protocol_mismatch", "tls_failure", "tls_close", "teardown", "zero_window", "path_mtu",
                  "peer_vanished", "host_restarted", "backend_changed", "address_conflict", "port_reuse",
                  "idle_timeout", "half_closed_timeout", "untranslated", "invalid_state", "policy_reject",
                  "state_loss", "blocked_content", "unconditional_block", "blind_attack", "unsigned_reset",
                  "self_report"},
    "diagnosis.confidence": {"high", "medium", "low"},
    "source": {"client", "server", "intermediary", "unknown"},
    "claimed_source": {"client", "server"},
    "confidence": {"high", "medium", "low"},
    "stage": {"post_syn", "post_synack", "post_ack", "post_psh", "later", "closing", "no_context"},
    "shape": {"reply", "reply_to_syn", "abort", "other"},
    "seq_check": {"exact", "in_window", "below", "above", "unknown"},
    "effect": {"reset", "challenged", "ignored", "unknown"},
    "cause": {"closed_port", "policy_reject", "abort", "no_socket", "late_data", "teardown", "half_open",
              "connect_cancelled", "scan", "keepalive_failure", "retransmission_timeout", "idle_timeout", "state_loss",
              "invalid_state", "blocked_content", "blind_attack", "challenge_ack", "time_wait", "echo", "mptcp",
              "unknown"},
}
