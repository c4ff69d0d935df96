/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of diagnoses, most specific first. */

#include "diagnose/closing.h"
#include "diagnose/diagnosis.h"
#include "diagnose/filters.h"
#include "diagnose/idle_close.h"
#include "diagnose/idle_timeout.h"
#include "diagnose/lifetime.h"
#include "diagnose/other_machine.h"
#include "diagnose/path_state.h"
#include "diagnose/ports.h"
#include "diagnose/process.h"
#include "diagnose/protocol.h"
#include "diagnose/refusals.h"
#include "diagnose/self_report.h"
#include "diagnose/stalls.h"
#include "diagnose/tls.h"
#include "diagnose/unread.h"
#include "diagnose/untranslated.h"
#include "diagnose/witness.h"

#define ROW(name, group_, title_, source_, neighbour_)                                             \
    {                                                                                              \
        .token = #name, .group = RO_GROUP_##group_, .title = title_, .source = source_,            \
        .neighbour = neighbour_, .test = ro_##name##_test, .text = ro_##name##_text,               \
        .evidence = ro_##name##_evidence, .advice = ro_##name##_advice,                            \
        .commands = ro_##name##_commands                                                           \
    }

/* What the sender's kernel said, where the capture alone tells no more. */
#define KERNEL_ROW(name, group_, title_)                                                           \
    {                                                                                              \
        .token = #name, .group = RO_GROUP_##group_, .title = title_,                               \
        .source = "Linux include/net/rstreason.h",                                                 \
        .neighbour = "the same packets without a kernel's word: less is said",                     \
        .last_resort = true, .test = ro_witness_##name##_test, .text = ro_witness_row_text,        \
        .evidence = ro_witness_story, .advice = ro_witness_row_advice,                             \
        .commands = ro_witness_commands                                                            \
    }

const ro_diagnosis_row ro_diagnoses[] = {
    ROW(self_report, PATH, "the reset states its reason",
        "draft-ietf-tcpm-rst-diagnostic-payload 4; RFC 8684 3.6; F5 K13223; Citrix CTX695832",
        "a payload that an injector writes as a mark: it says nothing of the reason"),
    ROW(unsigned_reset, ENDPOINT, "unsigned reset on a signed connection",
        "RFC 2385 2; RFC 5925 7.5", "a reset that carries the signature: it is obeyed"),
    ROW(blind_attack, PATH, "guessed sequence numbers", "RFC 5961 1.1, 3.2",
        "resets of one burst at numbers that the connection uses: a closed socket answers a "
        "flight"),
    ROW(unconditional_block, PATH, "blocked by address and port",
        "gfw.report, August 2025; Sundara Raman et al., SIGCOMM 2023, table 1",
        "a port that refuses: its reset has the window 0, and nothing follows"),
    ROW(blocked_content, PATH, "blocked because of what was sent",
        "Sundara Raman et al., SIGCOMM 2023; Clayton et al. 2006",
        "a server that resets on a request of its own accord"),
    ROW(policy_reject, PATH, "a rule rejects the connection",
        "Linux nf_reject_ipv4.c; RFC 3360 2.2", "a closed port: the host itself answers"),
    ROW(invalid_state, PATH, "taken for invalid by a device",
        "Linux nf_conntrack_proto_tcp.c; RFC 9293 3.10.7.4",
        "a late segment that a socket answers"),
    ROW(state_loss, PATH, "a device lost the state of the connection",
        "RFC 5382 5; Linux nf_conntrack_max", "an idle connection that its timer ended"),
    ROW(protocol_mismatch, ENDPOINT, "the wrong protocol for the port",
        "RFC 8446 6.2 (unexpected_message); IANA, Service Names",
        "STARTTLS: both sides begin in plain text"),
    ROW(tls_failure, ENDPOINT, "TLS handshake refused", "RFC 8446 6.2",
        "an alert close_notify after data: the end of a good connection"),
    ROW(zero_window, ENDPOINT, "the receiver did not read", "RFC 9293 3.8.6.1",
        "a window that closes for a moment and opens again"),
    ROW(path_mtu, PATH, "segments of full size do not pass", "RFC 2923 2.1; RFC 4821",
        "losses of any size: small segments are repeated, too"),
    ROW(untranslated, PATH, "a segment escaped address translation",
        "Linux nf_conntrack_proto_tcp.c; kubernetes/kubernetes#74839",
        "an answer to late data of a closed connection"),
    ROW(address_conflict, ENDPOINT, "two machines use one address", "RFC 5227; RFC 9293 3.10.7.1",
        "a failover: the first machine never answers again"),
    ROW(process_exit, ENDPOINT, "the process ended", "Linux tcp_close(); RFC 9293 3.10.4",
        "connections closed one by one, each by its own timer"),
    ROW(max_age, ENDPOINT, "the maximum age was reached",
        "gRPC keepalive guide; Envoy max_connection_duration", "aborts at ages that differ"),
    ROW(idle_close_race, ENDPOINT, "a request met the close of an idle connection",
        "RFC 9112 9.3.1 and 9.5", "a close that nothing crossed"),
    ROW(stale_connection, ENDPOINT, "a request on a connection closed before",
        "RFC 9112 9.5; RFC 9293 3.6.1", "a last word (TLS alert, QUIT) before the own FIN"),
    ROW(idle_close, ENDPOINT, "a program ended the idle connection",
        "HAProxy configuration manual, timeout client; RFC 9112 9.5",
        "aborts after silences that differ"),
    ROW(port_reuse, ENDPOINT, "ports used again too early",
        "RFC 9293 3.5.1, figure 9; RFC 5961 4; RFC 6191",
        "a SYN-ACK that a cancelled connect resets"),
    ROW(accept_queue, ENDPOINT, "the accept queue is full",
        "Linux tcp_v4_syn_recv_sock(), listen(2)",
        "a SYN-ACK repeated because the ACK was lost: the connection works"),
    ROW(backend_changed, PATH, "another machine answers", "RFC 9293 3.10.7.1; cilium/cilium#17457",
        "a kernel that starts its replies at another TTL"),
    ROW(idle_timeout, PATH, "an idle connection was forgotten", "RFC 5382 5",
        "a longer silence of the same listener that was survived"),
    ROW(half_closed_timeout, PATH, "a half-closed connection was forgotten",
        "netfilter nf_conntrack_tcp_timeout_close_wait", "late data to a program that has closed"),
    ROW(host_restarted, ENDPOINT, "the host forgot its connections",
        "RFC 9293 3.5.1, half-open connections", "one connection that a timer explains"),
    ROW(peer_vanished, UNDECIDED, "the peer does not answer any more",
        "RFC 1122 4.2.3.5; RFC 9293 3.8.4", "only full-size segments unanswered"),
    ROW(unread_data, ENDPOINT, "closed with data unread",
        "RFC 2525 2.17; RFC 1122 4.2.2.13; RFC 9112 9.6",
        "a new request on an idle connection: a race with its timer"),
    ROW(response_timeout, ENDPOINT, "gave up waiting for an answer",
        "RFC 9293 3.9.1 (ABORT); request timeouts of clients and proxies",
        "people who cancel, each after a time of their own"),
    ROW(health_check, HARMLESS, "health check",
        "HAProxy configuration manual, option tcp-check; Linux tcp(7), SO_LINGER",
        "a request that got no answer: a failure, whoever asked"),
    ROW(port_scan, HARMLESS, "port scan", "nmap reference guide, -sS; RFC 9293 3.5.2",
        "a client that tries one closed port again"),
    ROW(closed_port, ENDPOINT, "nothing listens on the port", "RFC 9293 3.5.2 group 1",
        "a filter that rejects: another distance"),
    ROW(connection_limit, ENDPOINT, "dropped before the first octet",
        "sshd_config(5), MaxStartups; hosts_access(5)",
        "a full accept queue: the SYN-ACK is repeated"),
    ROW(tls_close, HARMLESS, "TLS closed in good order", "RFC 8446 6.1",
        "an answer that was on its way: it is lost"),
    ROW(teardown, HARMLESS, "part of the teardown", "RFC 9293 3.6; RFC 1122 4.2.2.13",
        "a request that crossed the close: it is lost"),
    KERNEL_ROW(unread_data, ENDPOINT, "closed with data unread"),
    {.token = "unread_data",
     .group = RO_GROUP_ENDPOINT,
     .last_resort = true,
     .title = "a request was answered by a reset",
     .source = "RFC 2525 2.17; Linux tcp_close(), SO_LINGER",
     .neighbour = "an abort after the answer: nothing was asked",
     .test = ro_unread_request_test,
     .text = ro_unread_request_text,
     .evidence = ro_unread_request_evidence,
     .advice = ro_unread_request_advice,
     .commands = ro_unread_request_commands},
    KERNEL_ROW(peer_vanished, UNDECIDED, "the peer does not answer any more"),
    KERNEL_ROW(stale_connection, ENDPOINT, "a request on a connection closed before"),
};

const unsigned ro_diagnoses_n = sizeof ro_diagnoses / sizeof ro_diagnoses[0];
