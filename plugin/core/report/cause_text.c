/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sentences for causes. Commands are those that can be written down exactly; the text says the same for
 * other systems. */

#include "report/cause_text.h"

const char *ro_cause_title(ro_cause cause)
{
    static const char *const titles[RO_CAUSE_N] = {
        [RO_CAUSE_UNKNOWN] = "cause not known",
        [RO_CAUSE_CLOSED_PORT] = "nothing listens on the port",
        [RO_CAUSE_POLICY_REJECT] = "a rule refuses the connection",
        [RO_CAUSE_ABORT] = "the program aborted the connection",
        [RO_CAUSE_NO_SOCKET] = "the host knows no such connection",
        [RO_CAUSE_LATE_DATA] = "data arrived after the close",
        [RO_CAUSE_TEARDOWN] = "part of the normal end of the connection",
        [RO_CAUSE_HALF_OPEN] = "the host had forgotten the connection",
        [RO_CAUSE_CONNECT_CANCELLED] = "the client had given up connecting",
        [RO_CAUSE_SCAN] = "part of a port scan",
        [RO_CAUSE_KEEPALIVE_FAILURE] = "keep-alives went unanswered",
        [RO_CAUSE_RETRANSMISSION_TIMEOUT] = "retransmissions went unanswered",
        [RO_CAUSE_IDLE_TIMEOUT] = "the connection had been idle for too long",
        [RO_CAUSE_STATE_LOSS] = "the device had lost the connection's state",
        [RO_CAUSE_INVALID_STATE] = "a segment was taken for invalid",
        [RO_CAUSE_BLOCKED_CONTENT] = "blocked because of what was sent",
        [RO_CAUSE_BLIND_ATTACK] = "somebody guesses sequence numbers",
        [RO_CAUSE_CHALLENGE_ACK] = "the answer to a challenge ACK",
        [RO_CAUSE_TIME_WAIT] = "the ports were still in TIME-WAIT",
        [RO_CAUSE_ECHO] = "follows from an earlier reset",
        [RO_CAUSE_MPTCP] = "multipath TCP closed a subflow",
    };

    return titles[cause];
}

#define LOG_RESETS "bpftrace -e 'tracepoint:tcp:tcp_send_reset { printf(\"%s\\n\", kstack); }'"

static const ro_cause_advice idle_device = {
    "A NAT, firewall or load balancer forgets idle connections. Send keep-alives more often than "
    "its "
    "timer, or close idle connections in the pool before the timer runs out, or raise the timer.",
    {{0}}};

static const ro_cause_advice invalid_state = {
    "A netfilter host or router takes late or out-of-window segments for INVALID, does not "
    "translate "
    "them, and a stack or a REJECT rule answers with a reset that ends the connection. Drop such "
    "segments before any rule answers them.",
    {{RO_PLATFORM_NETFILTER, "iptables -I FORWARD -m conntrack --ctstate INVALID -j DROP"},
     {RO_PLATFORM_NETFILTER, "iptables -I INPUT -m conntrack --ctstate INVALID -j DROP"},
     {RO_PLATFORM_NETFILTER, "sysctl -w net.netfilter.nf_conntrack_tcp_be_liberal=1"}}};

static const ro_cause_advice policy = {
    "Look for a rule that rejects this port on the firewalls in front of the server. If the reset "
    "has "
    "another TTL than the server's other connections, the rule is on a device in between.",
    {{RO_PLATFORM_NETFILTER, "nft list ruleset | grep -n reset"},
     {RO_PLATFORM_NETFILTER, "iptables-save | grep -n tcp-reset"}}};

static const ro_cause_advice content = {
    "A device between client and server reads what is sent and resets on it: a host name in TLS or "
    "HTTP, or an attack signature. Send the same request with another name to the same address: if "
    "that passes, it is the content. Ask the owner of the device for its log at these times.",
    {{0}}};

static const ro_cause_advice state_loss = {
    "The device did not know a living connection: its table was flushed, failed over or full, or "
    "the "
    "other direction takes another route. Compare these times with its restarts, and compare the "
    "routes of both directions.",
    {{RO_PLATFORM_NETFILTER, "conntrack -S"},
     {RO_PLATFORM_NETFILTER,
      "sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max"}}};

static const ro_cause_advice blind = {"Somebody who cannot see the connection forges resets. "
                                      "Receivers that follow RFC 5961 survive all "
                                      "but an exact hit. Filter spoofed addresses at the edge (BCP "
                                      "38), and use TCP-AO or TCP-MD5 for "
                                      "BGP.",
                                      {{0}}};

static const ro_cause_advice device_other = {
    "Capture at the end whose address the resets carry: a reset that is not seen leaving there was "
    "made on the way.",
    {{0}}};

static const ro_cause_advice undecided = {"The signs do not decide who sent it. Capture at the end "
                                          "whose address the resets carry as well: a "
                                          "reset that is not seen leaving there was made on the "
                                          "way. Or record there which resets its kernel "
                                          "sends.",
                                          {{RO_PLATFORM_LINUX, LOG_RESETS}}};

static const ro_cause_advice closed_port = {
    "The host is up and nothing listens on that port: start the service, or correct the address or "
    "port "
    "that the clients use.",
    {{RO_PLATFORM_LINUX, "ss -ltn"}, {RO_PLATFORM_WINDOWS, "netstat -an -p tcp"}}};

static const ro_cause_advice refused_late = {
    "The connection was accepted and dropped at once. A full accept queue does that where "
    "tcp_abort_on_overflow is set; so does a program that closes with data unread.",
    {{RO_PLATFORM_LINUX, "nstat -az TcpExtListenOverflows TcpExtListenDrops TcpExtTCPAbortOnData"},
     {RO_PLATFORM_LINUX, "sysctl net.core.somaxconn net.ipv4.tcp_abort_on_overflow"}}};

static const ro_cause_advice half_open = {"One end forgot the connection while the other still "
                                          "used it: a restart, a crash or a failover to "
                                          "another host. Compare these times with restarts there.",
                                          {{0}}};

static const ro_cause_advice unanswered = {"The sender gave up because the other end had stopped "
                                           "answering: look at that end, or at the path to "
                                           "it, before these times.",
                                           {{0}}};

static const ro_cause_advice idle_end = {"The program itself ends connections that are idle. Let "
                                         "the other side's pool close them first, or "
                                         "raise the program's timeout.",
                                         {{0}}};

static const ro_cause_advice abort_end = {"The program closed with data unread or with SO_LINGER "
                                          "0, or it was killed. Look at its log at these "
                                          "times.",
                                          {{RO_PLATFORM_LINUX, LOG_RESETS}}};

static const ro_cause_advice data_lost = {
    "The server had closed before this data arrived, so the data was lost. Compare the time at "
    "which the "
    "server closes with how long the client keeps connections, and let the client close first.",
    {{0}}};

static const ro_cause_advice ordinary = {"Nothing to do.", {{0}}};

static const ro_cause_advice *advise_path(ro_cause cause)
{
    switch (cause) {
    case RO_CAUSE_IDLE_TIMEOUT:
        return &idle_device;
    case RO_CAUSE_INVALID_STATE:
        return &invalid_state;
    case RO_CAUSE_POLICY_REJECT:
        return &policy;
    case RO_CAUSE_BLOCKED_CONTENT:
        return &content;
    case RO_CAUSE_STATE_LOSS:
        return &state_loss;
    case RO_CAUSE_BLIND_ATTACK:
        return &blind;
    default:
        return &device_other;
    }
}

static const ro_cause_advice *advise_endpoint(ro_source source, ro_cause cause)
{
    switch (cause) {
    case RO_CAUSE_CLOSED_PORT:
        return &closed_port;
    case RO_CAUSE_POLICY_REJECT:
        return source == RO_SOURCE_SERVER ? &refused_late : &policy;
    case RO_CAUSE_HALF_OPEN:
    case RO_CAUSE_NO_SOCKET:
        return &half_open;
    case RO_CAUSE_KEEPALIVE_FAILURE:
    case RO_CAUSE_RETRANSMISSION_TIMEOUT:
        return &unanswered;
    case RO_CAUSE_IDLE_TIMEOUT:
        return &idle_end;
    case RO_CAUSE_INVALID_STATE:
        return &invalid_state;
    case RO_CAUSE_LATE_DATA:
    case RO_CAUSE_TEARDOWN:
        return &data_lost;
    default:
        return &abort_end;
    }
}

const ro_cause_advice *ro_cause_advice_of(ro_group group, ro_source source, ro_cause cause)
{
    switch (group) {
    case RO_GROUP_PATH:
        return advise_path(cause);
    case RO_GROUP_UNDECIDED:
        return &undecided;
    case RO_GROUP_ENDPOINT:
        return advise_endpoint(source, cause);
    default:
        return &ordinary;
    }
}
