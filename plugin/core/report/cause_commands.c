/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Only what can be written down exactly, and is safe to run unchanged or is a rule to be reviewed. */

#include "report/cause_commands.h"

#include "base/addr.h"
#include "diagnose/say.h"

#define COMMANDS_MAX 3

typedef struct fixed {
    ro_platform platform;
    const char *text;
} fixed;

#define NFT_REJECT                                                                                 \
    {                                                                                              \
        RO_PLATFORM_NETFILTER, "nft list ruleset | grep -n reset"                                  \
    }
#define IPT_REJECT                                                                                 \
    {                                                                                              \
        RO_PLATFORM_NETFILTER, "iptables-save | grep -n tcp-reset"                                 \
    }
#define IPT_FORWARD                                                                                \
    {                                                                                              \
        RO_PLATFORM_NETFILTER, "iptables -I FORWARD -m conntrack --ctstate INVALID -j DROP"        \
    }
#define IPT_INPUT                                                                                  \
    {                                                                                              \
        RO_PLATFORM_NETFILTER, "iptables -I INPUT -m conntrack --ctstate INVALID -j DROP"          \
    }
#define LIBERAL                                                                                    \
    {                                                                                              \
        RO_PLATFORM_NETFILTER, "sysctl -w net.netfilter.nf_conntrack_tcp_be_liberal=1"             \
    }

/* What a device did, or a packet filter on the host itself. */
static const struct {
    ro_cause cause;
    fixed commands[COMMANDS_MAX];
} rows[] = {
    {RO_CAUSE_POLICY_REJECT, {NFT_REJECT, IPT_REJECT}},
    {RO_CAUSE_INVALID_STATE, {IPT_FORWARD, IPT_INPUT, LIBERAL}},
    {RO_CAUSE_STATE_LOSS,
     {{RO_PLATFORM_NETFILTER, "conntrack -S"},
      {RO_PLATFORM_NETFILTER,
       "sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max"}}},
};

/* Resets that a kernel sends by itself or for a program: its trace says which. */
static bool is_worth_a_trace(ro_cause cause)
{
    return cause == RO_CAUSE_ABORT || cause == RO_CAUSE_NO_SOCKET || cause == RO_CAUSE_UNKNOWN;
}

/* Linux: the tracepoint that every reset of TCP passes. Windows: the provider that names the connection and
 * the process. */
static void trace(const ro_case *c, GArray *commands)
{
    ro_side side = (ro_side)c->reset->claimed_sender;

    if (ro_may_be_windows(c, side)) {
        ro_command_add(commands, RO_PLATFORM_WINDOWS,
                       "netsh trace start provider=Microsoft-Windows-TCPIP tracefile=resets.etl");
        ro_command_add(commands, RO_PLATFORM_WINDOWS, "netsh trace stop");
    } else if (ro_may_be_linux(c, side)) {
        ro_command_add(
            commands, RO_PLATFORM_LINUX,
            "bpftrace -e 'tracepoint:tcp:tcp_send_reset { printf(\"%%s\\n\", kstack); }'");
    }
}

/* The claimed sender is where a capture would decide; filtered by the other end and the service. */
static void capture(const ro_case *c, GArray *commands)
{
    const ro_stream *st = c->reset->stream;
    ro_side side = (ro_side)c->reset->claimed_sender;
    GString *other = g_string_new(NULL);
    unsigned port = ro_service_port(c);

    ro_addr_text(st->end[side == RO_CLIENT ? !st->client : st->client].addr, other);
    if (ro_may_be_windows(c, side)) {
        ro_command_add(commands, RO_PLATFORM_WINDOWS, "pktmon filter add -i %s -t TCP -p %u",
                       other->str, port);
        ro_command_add(commands, RO_PLATFORM_WINDOWS,
                       "pktmon start --capture --pkt-size 0 -f at-%s.etl", ro_side_name(side));
    } else {
        ro_command_add(commands, RO_PLATFORM_ANY,
                       "tcpdump -i any -w at-%s.pcap 'host %s and tcp port %u'", ro_side_name(side),
                       other->str, port);
        ro_command_add(commands, RO_PLATFORM_ANY, "packaging/compare.sh THIS.pcap at-%s.pcap",
                       ro_side_name(side));
    }
    g_string_free(other, TRUE);
}

static void fixed_ones(ro_cause cause, GArray *commands)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (unsigned k = 0; rows[i].cause == cause && k < COMMANDS_MAX && rows[i].commands[k].text;
             k++) {
            ro_command_add(commands, rows[i].commands[k].platform, "%s", rows[i].commands[k].text);
        }
    }
}

void ro_cause_commands(const ro_case *c, ro_group group, GArray *commands)
{
    const ro_verdict *v = c->verdict;

    if (group == RO_GROUP_HARMLESS) {
        return;
    }
    if (v->source == RO_SOURCE_UNKNOWN) {
        capture(c, commands);
        return;
    }
    if (v->cause == RO_CAUSE_CLOSED_PORT && v->source != RO_SOURCE_INTERMEDIARY) {
        bool windows = ro_may_be_windows(c, (ro_side)c->reset->claimed_sender);

        ro_command_add(commands, windows ? RO_PLATFORM_WINDOWS : RO_PLATFORM_LINUX,
                       windows ? "netstat -an -p tcp" : "ss -ltn");
    }
    fixed_ones(v->cause, commands);
    if (v->source != RO_SOURCE_INTERMEDIARY && is_worth_a_trace(v->cause)) {
        trace(c, commands);
    }
}
