/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Only what can be written down exactly, and is safe to run unchanged or is a rule to be reviewed. */

#include "report/cause_commands.h"

#define COMMANDS_MAX 3

/* On which source a row applies. */
enum { BY_DEVICE = 1, BY_ENDPOINT = 2 };

#define LOG_RESETS "bpftrace -e 'tracepoint:tcp:tcp_send_reset { printf(\"%s\\n\", kstack); }'"

typedef struct fixed {
    ro_platform platform;
    const char *text;
} fixed;

static const struct {
    ro_cause cause;
    int by;
    fixed commands[COMMANDS_MAX];
} rows[] = {
    {RO_CAUSE_CLOSED_PORT,
     BY_ENDPOINT,
     {{RO_PLATFORM_LINUX, "ss -ltn"}, {RO_PLATFORM_WINDOWS, "netstat -an -p tcp"}}},
    {RO_CAUSE_POLICY_REJECT,
     BY_DEVICE | BY_ENDPOINT,
     {{RO_PLATFORM_NETFILTER, "nft list ruleset | grep -n reset"},
      {RO_PLATFORM_NETFILTER, "iptables-save | grep -n tcp-reset"}}},
    {RO_CAUSE_INVALID_STATE,
     BY_DEVICE | BY_ENDPOINT,
     {{RO_PLATFORM_NETFILTER, "iptables -I FORWARD -m conntrack --ctstate INVALID -j DROP"},
      {RO_PLATFORM_NETFILTER, "iptables -I INPUT -m conntrack --ctstate INVALID -j DROP"},
      {RO_PLATFORM_NETFILTER, "sysctl -w net.netfilter.nf_conntrack_tcp_be_liberal=1"}}},
    {RO_CAUSE_STATE_LOSS,
     BY_DEVICE,
     {{RO_PLATFORM_NETFILTER, "conntrack -S"},
      {RO_PLATFORM_NETFILTER,
       "sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max"}}},
    {RO_CAUSE_ABORT, BY_ENDPOINT, {{RO_PLATFORM_LINUX, LOG_RESETS}}},
    {RO_CAUSE_NO_SOCKET, BY_ENDPOINT, {{RO_PLATFORM_LINUX, LOG_RESETS}}},
    {RO_CAUSE_UNKNOWN, BY_ENDPOINT, {{RO_PLATFORM_LINUX, LOG_RESETS}}},
};

void ro_cause_commands(ro_group group, ro_source source, ro_cause cause, GArray *out)
{
    int by = source == RO_SOURCE_INTERMEDIARY ? BY_DEVICE : BY_ENDPOINT;

    if (group == RO_GROUP_HARMLESS) {
        return;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].cause != cause || !(rows[i].by & by)) {
            continue;
        }
        for (unsigned k = 0; k < COMMANDS_MAX && rows[i].commands[k].text; k++) {
            ro_command c = {rows[i].commands[k].platform, g_strdup(rows[i].commands[k].text)};

            g_array_append_val(out, c);
        }
    }
}
