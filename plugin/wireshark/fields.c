/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fields: their filter names, types and meanings are a contract with users' filters and
 * scripts. Each carries its meaning as hover help. */

#include "fields.h"

#include <epan/tfs.h>

#include "expert.h"

ro_field_ids ro_hf;
int ro_proto = -1;
int ro_ett_reset = -1;
int ro_ett_sign = -1;
int ro_ett_device = -1;
int ro_ett_diagnosis = -1;
int ro_ett_line = -1;

#define FIELD(id, name, abbrev, type, display, blurb)                                              \
    {                                                                                              \
        &ro_hf.id,                                                                                 \
        {                                                                                          \
            name, "rst_origin." abbrev, type, display, NULL, 0x0, blurb, HFILL                     \
        }                                                                                          \
    }
#define STRING(id, name, abbrev, blurb) FIELD(id, name, abbrev, FT_STRING, BASE_NONE, blurb)
#define FLAG(id, name, abbrev, blurb)   FIELD(id, name, abbrev, FT_BOOLEAN, BASE_NONE, blurb)
#define FRAME(id, name, abbrev, blurb)  FIELD(id, name, abbrev, FT_FRAMENUM, BASE_NONE, blurb)
#define SPAN(id, name, abbrev, blurb)   FIELD(id, name, abbrev, FT_RELATIVE_TIME, BASE_NONE, blurb)
#define COUNT(id, name, abbrev, blurb)  FIELD(id, name, abbrev, FT_UINT32, BASE_DEC, blurb)
#define SIGNED(id, name, abbrev, blurb) FIELD(id, name, abbrev, FT_INT32, BASE_DEC, blurb)

static hf_register_info verdict_fields[] = {
    STRING(
        source, "Suspected source", "source",
        "Who sent this reset: client (the side that sent the SYN, or the likelier one where none "
        "was seen), server, intermediary (a device on the path), or unknown."),
    STRING(claimed_source, "Claimed source", "claimed_source",
           "Whose address this reset carries as its source: client or server."),
    FLAG(claimed_guessed, "Client and server guessed", "claimed_guessed",
         "Present where neither SYN nor SYN-ACK was seen: which side is the client is then a "
         "guess."),
    FLAG(injected, "Injected", "injected",
         "Present, and true, only where the suspected source is intermediary: a device on the path "
         "made this reset."),
    FLAG(suspicious, "Suspicious", "suspicious",
         "Present, and true, only where signs speak against the endpoint but do not decide."),
    STRING(confidence, "Confidence", "confidence",
           "How sure the suspected source is: high, medium or low."),
    SIGNED(score, "Score", "score",
           "Weight of evidence: ten times the decimal logarithm of how much likelier a "
           "device on the path is than an endpoint, prior included. Positive speaks for a device."),
    STRING(cause, "Cause", "cause",
           "Why the reset was sent, as one word: closed_port, policy_reject, abort, no_socket, "
           "late_data, teardown, half_open, connect_cancelled, scan, keepalive_failure, "
           "retransmission_timeout, idle_timeout, state_loss, invalid_state, blocked_content, "
           "blind_attack, challenge_ack, time_wait, echo, mptcp or unknown."),
    STRING(summary, "Summary", "summary",
           "Who sent the reset, why and how sure that is, in one line."),
    STRING(signature, "Tampering signature", "signature",
           "The published tampering signature that the resets of this direction match (Sundara "
           "Raman et al., SIGCOMM 2023, table 1)."),
    STRING(device, "Device", "device",
           "Product or family of injectors that this reset was recognised as coming from."),
    STRING(device_reason, "Recognised by", "device.reason", "What in the reset shows the device."),
    STRING(advice, "Advice", "advice", "What to check next, in one sentence."),
    FLAG(lookahead, "Later frames considered", "lookahead",
         "Present, and true, where frames after the reset were taken into account (second pass, "
         "or the graphical interface)."),
    COUNT(event, "Event", "event",
          "Number of the event in the capture: a burst of resets, or both halves of one teardown, "
          "is one event."),
    COUNT(event_position, "Position within the event", "event_position",
          "Which reset of its event this one is, from 1."),
    COUNT(number, "Reset number", "number", "Which reset of the capture this one is, from 1."),
    STRING(
        effect, "Effect", "effect",
        "What the receiver did with this reset: reset (it gave up the connection), challenged (it "
        "sent a challenge ACK, RFC 5961 3.2), ignored, or unknown."),
    COUNT(lost_octets, "Lost octets", "lost_octets",
          "Octets that had been sent to the claimed sender and that it had not acknowledged when "
          "this "
          "reset came. Absent where this cannot be known."),
    SPAN(age, "Age of the connection", "age",
         "Time since the first SYN of the connection. Absent where no SYN was seen."),
    SPAN(idle, "Silence before", "idle",
         "Silence of both sides before the exchange that this reset belongs to. Retransmissions, "
         "unanswered keep-alive probes and the closing are part of the exchange."),
    SPAN(timer_survived, "Longest silence survived", "timer.survived",
         "Longest silence that a connection of the same service, or else of the same two hosts, "
         "survived in this capture. The timer is longer."),
    SPAN(timer_died, "Shortest silence not survived", "timer.died",
         "Shortest silence that such a connection did not survive, this one included. The timer is "
         "not longer."),
    COUNT(idle_timer, "Idle timer", "idle_timer",
          "Seconds of idleness after which this reset came, where several connections were reset "
          "after the same idle time."),
    STRING(
        sign, "Sign", "sign",
        "A sign that fired, by its token, for example data_after_rst. Occurs once for each sign, "
        "strongest first."),
    STRING(sign_text, "Reason", "sign.text",
           "What the sign saw, with the values that were compared."),
    SIGNED(sign_weight, "Weight", "sign.weight",
           "Weight of evidence of the sign: positive speaks for a device on the path, negative for "
           "the endpoint."),
    STRING(sign_family, "Family", "sign.family",
           "Kind of the sign; signs of one family share their causes and do not add up as if they "
           "were independent."),
    STRING(sign_source, "Taken from", "sign.source",
           "The paper, RFC section or program that the sign is taken from."),
};

static hf_register_info fact_fields[] = {
    COUNT(stream, "Stream index", "stream",
          "Wireshark's number of the TCP conversation (tcp.stream) that this reset belongs to."),
    STRING(stage, "Stage of the connection", "stage",
           "How far the connection was when the reset came: post_syn, post_synack, post_ack, "
           "post_psh (the first data and nothing else), later, closing (a FIN was seen) or "
           "no_context."),
    STRING(shape, "Shape", "shape",
           "Form of the reset: reply (bare, its sequence number is an acknowledgment of the "
           "other side, RFC 9293 3.10.7.1), reply_to_syn (acknowledges a segment without ACK, RFC "
           "9293 3.5.2), abort (at the sender's SND.NXT, RFC 9293 3.10.5) or other."),
    FRAME(trigger, "Answers frame", "trigger", "The segment that this reset answers."),
    SPAN(response_time, "Response time", "response_time",
         "Time from the segment that the reset answers to the reset."),
    SPAN(rtt, "Round trip to the claimed sender", "rtt",
         "Least round trip seen from the capture point to the claimed sender: in this connection, "
         "or in its other connections where this one gave none."),
    COUNT(rtt_samples, "Round trip samples", "rtt_samples",
          "How many round trips the least one was taken from."),
    SPAN(host_rtt, "Round trip in all connections", "host_rtt",
         "Least round trip from the capture point to the same address in all its connections, this "
         "one included."),
    SPAN(knowledge_age, "Age of its knowledge", "knowledge_age",
         "Time from the newest segment that the reset knows of, at the capture point, to the "
         "reset."),
    STRING(seq_check, "Sequence check", "seq_check",
           "How the receiver would judge the sequence number (RFC 5961 3.2): exact, in_window, "
           "below, above or unknown."),
    FLAG(seq_in_window, "Sequence number in window", "seq_in_window",
         "Whether the sequence number lies in the receiver's window (RFC 9293 3.10.7.4). Absent "
         "where this cannot be known."),
    SIGNED(seq_delta, "Sequence distance", "seq_delta",
           "Sequence number of the reset minus the receiver's RCV.NXT, modulo 2^32, as a signed "
           "number of octets."),
    FIELD(ttl, "TTL", "ttl", FT_UINT8, BASE_DEC, "TTL (IPv4) or hop limit (IPv6) of the reset."),
    FIELD(ttl_delta, "TTL distance", "ttl_delta", FT_INT16, BASE_DEC,
          "Distance of the TTL to the range that the claimed sender has shown, in this connection "
          "or else in its other connections; 0 inside it."),
    FIELD(host_ttl_delta, "TTL distance to all connections", "host_ttl_delta", FT_INT16, BASE_DEC,
          "Distance of the TTL to the range that the same address has shown in all its "
          "connections, this one included; 0 inside it."),
    FIELD(hops, "Hops", "hops", FT_UINT8, BASE_DEC,
          "Hops that the reset has travelled, if its TTL started at the next of 32, 64, 128 and "
          "255."),
    SIGNED(ip_id_delta, "IP-ID distance", "ip_id_delta",
           "Distance of the IP-ID to that of the claimed sender's previous comparable packet."),
    SPAN(time_since_last, "Time since the last segment", "time_since_last",
         "Time since the last segment of the connection, in either direction."),
    SPAN(time_since_sender, "Time since the sender's last segment", "time_since_sender",
         "Time since the claimed sender's last segment."),
    FLAG(bad_checksum, "Bad TCP checksum", "bad_checksum",
         "Present, and true, where the TCP checksum of the reset is wrong, so that no receiver "
         "accepts it."),
    FRAME(duplicate_of, "Copy of frame", "duplicate_of",
          "The frame that this one is a second copy of: the capture holds the same packet twice."),
    FRAME(echo_of, "Follows from the reset in frame", "echo_of",
          "The earlier reset of this connection that explains this one."),
    FRAME(previous, "Previous reset of the connection", "previous",
          "The reset before this one in the connection, in either direction."),
};

static hf_register_info later_fields[] = {
    FRAME(contradicted_by, "Contradicted by frame", "contradicted_by",
          "Later frame that shows the claimed sender active."),
    SPAN(contradicted_after, "Contradicted after", "contradicted_after",
         "Time from the reset to the later frame that shows the claimed sender active."),
    FRAME(contradicts, "Contradicts the reset in frame", "contradicts",
          "On a later frame: the reset that this frame contradicts, since its claimed sender is "
          "still active."),
    FRAME(challenge_ack, "Challenge ACK", "challenge_ack",
          "The challenge ACK that the reset drew from its receiver (RFC 5961 3.2)."),
    FRAME(answered_by, "Challenge answered by frame", "answered_by",
          "The exact reset of the claimed sender that answers the challenge ACK; it speaks for the "
          "endpoint."),
    FRAME(
        crossing, "Crossing reset", "crossing",
        "Reset of the other direction at the same time that answers nothing: both ends were reset "
        "at once."),
    FRAME(retry, "Tried again in frame", "retry", "A later SYN of the client on the same ports."),
    COUNT(later_frames, "Later frames seen", "later_frames",
          "Frames of the connection after the reset, in both directions."),
    COUNT(vantage_count, "Seen at capture points", "vantage.count",
          "At how many capture points this reset was seen."),
    FRAME(vantage_twin, "Same reset at another capture point", "vantage.twin",
          "The frame with the same reset at another capture point."),
    STRING(vantage_missing_at, "Not seen at", "vantage.missing_at",
           "Interface that saw the connection but not this reset."),
    STRING(vantage_segment, "Made between", "vantage.segment",
           "The part of the path, between two capture points, on which the reset was made."),
    SPAN(vantage_clock_offset, "Clock offset", "vantage.clock_offset",
         "Estimated offset of the other capture point's clock from this one's."),
    STRING(witness_host, "Sent by the kernel of", "witness.host",
           "The host whose kernel says that it sent this reset."),
    STRING(witness_reason, "Kernel's reason", "witness.reason",
           "Why that kernel sent it, in its own words, such as TCP_ABORT_ON_CLOSE."),
    STRING(witness_state, "State of the socket", "witness.state",
           "State of its socket then, in the kernel's words."),
    STRING(witness_process, "Process", "witness.process",
           "Program whose call sent the reset; softirq where the kernel sent it by itself."),
    COUNT(witness_pid, "Process id", "witness.pid", "Process id of that program."),
    FRAME(witness_frame, "Kernel's record", "witness.frame",
          "The frame with what the sender's kernel said."),
    STRING(witness_receiver, "Taken by the kernel of", "witness.receiver",
           "The host whose kernel says that this reset ended its socket."),
    FRAME(witness_receiver_frame, "Receiver's record", "witness.receiver_frame",
          "The frame with what the receiver's kernel said."),
};

static hf_register_info diagnosis_fields[] = {
    STRING(
        last_message_client, "Last message of the client", "last_message.client",
        "The last application message that the client sent before the reset, as far as its first "
        "octets tell: TLS ClientHello, HTTP GET, SSH banner and so on."),
    STRING(
        last_message_server, "Last message of the server", "last_message.server",
        "The last application message that the server sent before the reset, as far as its first "
        "octets tell: TLS alert fatal handshake_failure, HTTP 413 and so on."),
    STRING(server_name, "Server name", "server_name",
           "The TLS server name (SNI) or HTTP Host that the connection asked for."),
    STRING(diagnosis, "Diagnosis", "diagnosis",
           "The root cause, the thing that must be changed, as one word of the table of diagnoses. "
           "Absent where nothing more than the cause is known."),
    STRING(diagnosis_text, "What happened", "diagnosis.text",
           "The root cause in one sentence, with its numbers and both ends."),
    STRING(diagnosis_evidence, "Evidence", "diagnosis.evidence",
           "A step that the diagnosis rests on, with frames and values. Occurs once for each step, "
           "in the order of time."),
    STRING(diagnosis_confidence, "Confidence of the diagnosis", "diagnosis.confidence",
           "How sure the diagnosis is: high, medium or low. Who sent the reset has a confidence of "
           "its own."),
};

void ro_fields_register(void)
{
    static int *ett[] = {&ro_ett_reset, &ro_ett_sign, &ro_ett_device, &ro_ett_diagnosis,
                         &ro_ett_line};

    ro_proto = proto_register_protocol("TCP Reset Origin", RO_PROTO_SHORT, "rst_origin");
    proto_register_field_array(ro_proto, verdict_fields, array_length(verdict_fields));
    proto_register_field_array(ro_proto, fact_fields, array_length(fact_fields));
    proto_register_field_array(ro_proto, later_fields, array_length(later_fields));
    proto_register_field_array(ro_proto, diagnosis_fields, array_length(diagnosis_fields));
    proto_register_subtree_array(ett, array_length(ett));
    ro_expert_register();
}
