/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What to do about a finding. Commands are Linux's, since they can be written down exactly; the
 * text says the same for other systems. */

#include "report/report_data.h"

const char *ro_report_title(ro_cause cause)
{
    static const char *const titles[RO_CAUSE_N] = {
        [RO_CAUSE_UNKNOWN] = "cause unknown",
        [RO_CAUSE_CLOSED_PORT] = "nothing listens on the port",
        [RO_CAUSE_POLICY_REJECT] = "a rule refuses the connection",
        [RO_CAUSE_ABORT] = "aborted",
        [RO_CAUSE_NO_SOCKET] = "no such connection",
        [RO_CAUSE_LATE_DATA] = "data came after the close",
        [RO_CAUSE_TEARDOWN] = "part of the teardown",
        [RO_CAUSE_HALF_OPEN] = "the connection was forgotten (half-open)",
        [RO_CAUSE_CONNECT_CANCELLED] = "the connect was cancelled",
        [RO_CAUSE_SCAN] = "part of a port scan",
        [RO_CAUSE_KEEPALIVE_FAILURE] = "keep-alives went unanswered",
        [RO_CAUSE_RETRANSMISSION_TIMEOUT] = "retransmissions went unanswered",
        [RO_CAUSE_IDLE_TIMEOUT] = "idle for too long",
        [RO_CAUSE_STATE_LOSS] = "the connection's state was lost",
        [RO_CAUSE_INVALID_STATE] = "a segment was taken for invalid",
        [RO_CAUSE_BLOCKED_CONTENT] = "blocked on what was sent",
        [RO_CAUSE_BLIND_ATTACK] = "somebody guesses sequence numbers",
        [RO_CAUSE_CHALLENGE_ACK] = "answers to challenge ACKs",
        [RO_CAUSE_TIME_WAIT] = "the ports were in TIME-WAIT",
        [RO_CAUSE_ECHO] = "follows from an earlier reset",
        [RO_CAUSE_MPTCP] = "a multipath subflow was ended",
    };

    return titles[cause];
}

#define LOG_RESETS "bpftrace -e 'tracepoint:tcp:tcp_send_reset { printf(\"%s\\n\", kstack); }'"

static const ro_advice idle_box = {
    "A NAT, firewall or load balancer forgets connections that are idle. Send keep-alives more "
    "often than its timer, or close idle connections in the pool before it does, or raise the "
    "timer.",
    {0}};

static const ro_advice invalid_state = {
    "A netfilter host or router takes late or out-of-window segments for INVALID, does not "
    "translate them, and a stack or REJECT rule answers with a reset that kills the connection. "
    "Drop such segments before any rule answers them, and be liberal about windows.",
    {"iptables -I FORWARD -m conntrack --ctstate INVALID -j DROP",
     "iptables -I INPUT -m conntrack --ctstate INVALID -j DROP",
     "sysctl -w net.netfilter.nf_conntrack_tcp_be_liberal=1"}};

static const ro_advice policy = {
    "Look for a rule that rejects this port on the firewalls in front of the server; where the "
    "server's address bears the reset but another TTL than its other connections, the rule stands "
    "on the path.",
    {"nft list ruleset | grep -n reset", "iptables-save | grep -n tcp-reset"}};

static const ro_advice content = {
    "Something on the path reads what is sent and resets on certain content: a host name in TLS or "
    "HTTP, or an attack signature. Send the same request with another name to the same address; "
    "if that passes, it is the content. Ask the owner of the box for its log at these times.",
    {0}};

static const ro_advice state_loss = {
    "The box knew nothing of a living connection: its table was flushed, failed over or full, or "
    "the other direction takes another way. Compare these times with its restarts, and the paths "
    "of both directions.",
    {"conntrack -S", "sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max"}};

static const ro_advice blind = {
    "Somebody off the path forges resets. Receivers that follow RFC 5961 survive all but an exact "
    "hit; filter spoofed addresses at the edge (BCP 38), and use TCP-AO or TCP-MD5 for BGP.",
    {0}};

static const ro_advice path_other = {
    "Capture at the end whose address the resets bear: a reset that is not seen leaving there was "
    "made on the way.",
    {0}};

static const ro_advice undecided = {
    "The signs do not decide. Capture at the end whose address the resets bear as well, or trace "
    "there which resets its kernel sends.",
    {LOG_RESETS}};

static const ro_advice closed_port = {
    "The host is up and nothing listens on that port: start the service, or correct the address or "
    "port that the clients use.",
    {"ss -ltn"}};

static const ro_advice refused_late = {
    "The connection was taken and dropped at once. A full accept queue does that where "
    "tcp_abort_on_overflow is set; so does a program that closes unread data.",
    {"nstat -az TcpExtListenOverflows TcpExtListenDrops TcpExtTCPAbortOnData",
     "sysctl net.core.somaxconn net.ipv4.tcp_abort_on_overflow"}};

static const ro_advice half_open = {
    "One end forgot the connection while the other still used it: a restart, a crash or a failover "
    "to another host. Compare these times with restarts there.",
    {0}};

static const ro_advice unanswered = {
    "The sender gave up since the other end had stopped answering: look at that end, or at the "
    "path to it, before these times.",
    {0}};

static const ro_advice idle_end = {
    "The program itself ends connections that are idle. Let the other side's pool close them "
    "first, or raise the program's timeout.",
    {0}};

static const ro_advice abort_end = {
    "The program closed with unread data or with SO_LINGER 0, or was killed. Look at its log at "
    "these times.",
    {LOG_RESETS}};

static const ro_advice scan = {
    "Probes of a scanner, reset by its own kernel or by the host that was probed. Nothing to mend, "
    "unless nobody should scan here.",
    {0}};

static const ro_advice echo = {
    "No events of their own: look at the reset of the same connection before them.", {0}};

static const ro_advice ordinary = {"Nothing to do where the data had been exchanged before.", {0}};

static ro_advice advise_path(const ro_finding *f)
{
    switch (f->cause) {
    case RO_CAUSE_IDLE_TIMEOUT:
        return idle_box;
    case RO_CAUSE_INVALID_STATE:
        return invalid_state;
    case RO_CAUSE_POLICY_REJECT:
        return policy;
    case RO_CAUSE_BLOCKED_CONTENT:
        return content;
    case RO_CAUSE_STATE_LOSS:
        return state_loss;
    case RO_CAUSE_BLIND_ATTACK:
        return blind;
    default:
        return path_other;
    }
}

static ro_advice advise_endpoint(const ro_finding *f)
{
    switch (f->cause) {
    case RO_CAUSE_CLOSED_PORT:
        return closed_port;
    case RO_CAUSE_POLICY_REJECT:
        return f->source == RO_SOURCE_SERVER ? refused_late : policy;
    case RO_CAUSE_HALF_OPEN:
    case RO_CAUSE_NO_SOCKET:
        return half_open;
    case RO_CAUSE_KEEPALIVE_FAILURE:
    case RO_CAUSE_RETRANSMISSION_TIMEOUT:
        return unanswered;
    case RO_CAUSE_IDLE_TIMEOUT:
        return idle_end;
    case RO_CAUSE_INVALID_STATE:
        return invalid_state;
    case RO_CAUSE_SCAN:
        return scan;
    default:
        return abort_end;
    }
}

ro_advice ro_report_advice(const ro_finding *f)
{
    switch (f->group) {
    case RO_GROUP_PATH:
        return advise_path(f);
    case RO_GROUP_UNDECIDED:
        return undecided;
    case RO_GROUP_ENDPOINT:
        return advise_endpoint(f);
    default:
        return f->cause == RO_CAUSE_ECHO ? echo : ordinary;
    }
}
