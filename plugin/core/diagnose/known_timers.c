/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of idle timers. They are defaults of the makers' documents; an administrator may have
 * set any other, so a hit is a hint and no hit means nothing. */

#include "diagnose/known_timers.h"

#include <glib.h>
#include <stddef.h>

#include "base/constants.h"

#define SAME_PERMILLE 20

/* Ascending. The source of each stands behind it. */
static const ro_known_timer timers[] = {
    {2, RO_TIMER_PROGRAM, "the default of gunicorn", "keepalive"}, /* gunicorn settings */
    {5, RO_TIMER_PROGRAM, "the default of Node.js, Apache and uvicorn",
     "keepAliveTimeout, KeepAliveTimeout, timeout_keep_alive"}, /* their HTTP server pages */
    {20, RO_TIMER_PROGRAM, "the default of Tomcat's server.xml", "connectionTimeout"},
    {30, RO_TIMER_PATH | RO_TIMER_PROGRAM, "carriers' NATs and Jetty's default",
     NULL}, /* Wang et al., SIGCOMM 2011; Jetty HttpConfiguration */
    {50, RO_TIMER_PROGRAM, "HAProxy's sample configuration", "timeout client, timeout server"},
    {60, RO_TIMER_PATH | RO_TIMER_PROGRAM | RO_TIMER_HALF,
     "the default of AWS application load balancers, nginx towards its upstreams, Linux's "
     "FIN-WAIT-2 and netfilter's CLOSE-WAIT",
     "idle_timeout, keepalive_timeout, tcp_fin_timeout, nf_conntrack_tcp_timeout_close_wait"},
    {65, RO_TIMER_PROGRAM, "nginx's packaged configuration", "keepalive_timeout"},
    {75, RO_TIMER_PROGRAM, "nginx's default", "keepalive_timeout"}, /* ngx_http_core_module */
    {120, RO_TIMER_PROGRAM | RO_TIMER_HALF,
     "the default of IIS, and netfilter's FIN-WAIT", /* nf_conntrack-sysctl */
     "connectionTimeout, nf_conntrack_tcp_timeout_fin_wait"},
    {130, RO_TIMER_PROGRAM, "the default of ASP.NET Core's Kestrel", "KeepAliveTimeout"},
    {240, RO_TIMER_PATH, "the default of Azure's load balancer and NAT gateway",
     "idleTimeoutInMinutes"}, /* learn.microsoft.com, load-balancer-tcp-reset */
    {300, RO_TIMER_PATH | RO_TIMER_PROGRAM | RO_TIMER_HALF,
     "the default of F5 BIG-IP's TCP profile, common on firewalls, and often set for Redis",
     "idle-timeout, timeout"},
    {350, RO_TIMER_PATH,
     "the default of AWS network and gateway load balancers, NAT gateways and firewalls",
     "tcp.idle_timeout.seconds"}, /* docs.aws.amazon.com, NLB attributes */
    {600, RO_TIMER_PATH | RO_TIMER_PROGRAM | RO_TIMER_HALF,
     "the default of Google Cloud's connection tracking, and of Cisco ASA for half-closed ones",
     "timeout half-closed"},
    {610, RO_TIMER_PROGRAM, "Google's front ends towards their clients", NULL},
    {900, RO_TIMER_PATH, "the default of IPVS (Docker's and Kubernetes' service routing)",
     "ipvsadm --set"}, /* ipvsadm(8) */
    {1800, RO_TIMER_PATH | RO_TIMER_PROGRAM, "a common setting of firewalls (Juniper SRX)", NULL},
    {3600, RO_TIMER_PATH | RO_TIMER_PROGRAM,
     "the default of FortiGate, Palo Alto, Check Point and Cisco ASA firewalls, and of Envoy",
     "timeout conn, session-ttl, idle_timeout"},
    {7440, RO_TIMER_PATH, "what RFC 5382 asks of NATs at least", NULL},
    {28800, RO_TIMER_PROGRAM, "the default of MySQL and MariaDB", "wait_timeout"},
    {86400, RO_TIMER_PATH, "the default of pfSense and OpenBSD's pf", "tcp.established"},
    {432000, RO_TIMER_PATH, "the default of Linux netfilter's connection tracking",
     "nf_conntrack_tcp_timeout_established"},
};

const ro_known_timer *ro_timer_at(int64_t ns, unsigned where, unsigned permille)
{
    const ro_known_timer *best = NULL;
    int64_t best_off = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(timers); i++) {
        int64_t at = timers[i].seconds * RO_S;
        int64_t off = ABS(ns - at);

        if ((timers[i].where & where) && off <= at / 1000 * permille && (!best || off < best_off)) {
            best = &timers[i];
            best_off = off;
        }
    }
    return best;
}

const ro_known_timer *ro_timer_between(int64_t low_ns, int64_t high_ns, unsigned where)
{
    for (unsigned i = G_N_ELEMENTS(timers); i-- > 0;) {
        int64_t at = timers[i].seconds * RO_S;

        if ((timers[i].where & where) && at > low_ns && at <= high_ns / 100 * 101) {
            return &timers[i];
        }
    }
    return NULL;
}

const char *ro_timer_owner(int64_t idle_ns)
{
    const ro_known_timer *t = ro_timer_at(idle_ns, RO_TIMER_PATH, SAME_PERMILLE);

    return t ? t->owner : NULL;
}

uint32_t ro_timer_keepalive(int64_t idle_ns)
{
    int64_t half = idle_ns / 2 / RO_S;

    return half < 1 ? 1 : (uint32_t)half;
}
