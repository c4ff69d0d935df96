/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of idle timers. They are defaults of the makers' documents; an administrator may have
 * set any other, so a hit is a hint and no hit means nothing. */

#include "diagnose/known_timers.h"

#include <stddef.h>

#include "base/constants.h"

#define SAME_PERCENT 2

static const struct {
    uint32_t seconds;
    const char *owner;
} timers[] = {
    {60, "the default of AWS application load balancers and of many reverse proxies"},
    {240, "the default of Azure's load balancer"},
    {300, "the default of F5 BIG-IP's TCP profile, and common on firewalls"},
    {350, "the default of AWS network and gateway load balancers, NAT gateways and firewalls"},
    {600, "the default of Google Cloud's connection tracking"},
    {1800, "a common setting of firewalls"},
    {3600, "the default of FortiGate, Palo Alto and Cisco ASA firewalls"},
    {7440, "what RFC 5382 asks of NATs at least"},
    {432000, "the default of Linux netfilter's connection tracking"},
};

const char *ro_timer_owner(int64_t idle_ns)
{
    for (unsigned i = 0; i < sizeof timers / sizeof *timers; i++) {
        int64_t ns = timers[i].seconds * RO_S;

        if (idle_ns >= ns / 100 * (100 - SAME_PERCENT) &&
            idle_ns <= ns / 100 * (100 + SAME_PERCENT)) {
            return timers[i].owner;
        }
    }
    return NULL;
}

uint32_t ro_timer_keepalive(int64_t idle_ns)
{
    int64_t half = idle_ns / 2 / RO_S;

    return half < 1 ? 1 : (uint32_t)half;
}
