/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine that took over an address knows nothing of the connections that another one had there, and
 * resets what comes for them (RFC 9293 3.10.7.1). On one link that is a conflict (RFC 5227) or a failover,
 * behind a router another backend. */

#include "diagnose/other_machine.h"

#include "base/constants.h"
#include "base/seq.h"
#include "diagnose/say.h"
#include "reset/inference.h"

static bool on_link(uint8_t ttl)
{
    return ttl >= 64 && ro_ttl_hops(ttl) == 0;
}

/* A reply as for an unknown connection, to a segment of it. */
static bool unknown_there(const ro_reset *r)
{
    return r->shape == RO_SHAPE_REPLY && (r->facts & RO_FACT_TRIGGER) &&
           !(r->sender->has & RO_DIR_FIN) && r->sender->segments > 0;
}

static bool other_mac(const ro_reset *r)
{
    return (r->seg.known & RO_KNOW_MAC) && (r->sender->has & RO_DIR_MAC) &&
           !(r->sender->has & RO_DIR_MAC_MANY) && r->seg.mac != r->sender->mac;
}

/* Kernels start their replies at another TTL than their sockets now and then; another distance is another
 * machine, or another way to it. */
static bool other_distance(const ro_reset *r)
{
    return (r->facts & RO_FACT_TTL_DELTA) && r->ttl_delta != 0 &&
           !ro_ttl_same_hops(r->seg.ttl, r->sender->ttl_last);
}

/* As far away as before, but started at another TTL, which no connection of the address had shown: another kernel.
 * Programs may set the TTL of their own sockets; BGP's do (RFC 5082), so its port tells nothing. */
#define BGP_PORT 179

static bool other_start(const ro_case *c)
{
    const ro_reset *r = c->reset;

    return (r->facts & RO_FACT_TTL_DELTA) && r->ttl_delta != 0 && !other_distance(r) &&
           !((r->facts & RO_FACT_HOST_TTL) && r->host_ttl_delta == 0) &&
           ro_service_port(c) != BGP_PORT;
}

/* Handshakes of the address after the reset have its TTL: the new machine answers for good. */
static bool took_over(const ro_reset *r)
{
    const ro_host *h = ro_host_now(r);

    return ro_host_ttl_n(h, RO_CLASS_SYN_ACK) > 0 &&
           ro_host_ttl_delta(h, RO_CLASS_SYN_ACK, r->seg.ttl) == 0;
}

/* ---- address_conflict ---- */

int ro_address_conflict_test(const ro_case *c)
{
    const ro_reset *r = c->reset;
    const ro_address *a = ro_shared_address(c->shared, r);

    if (ro_from_path(c) || r->echo_of || !a || !unknown_there(r) || !other_mac(r) ||
        !on_link(r->seg.ttl) || !on_link(r->sender->ttl_last)) {
        return RO_DIAGNOSIS_NO;
    }
    if (a->usual_again.frame || a->alien_n >= 2) {
        return RO_DIAGNOSIS_HIGH;
    }
    return RO_DIAGNOSIS_LOW;
}

static void say_mac(uint64_t mac, GString *out)
{
    for (int i = 5; i >= 0; i--) {
        g_string_append_printf(out, "%02x%s", (unsigned)(mac >> (8 * i)) & 0xff, i ? ":" : "");
    }
}

void ro_address_conflict_text(const ro_case *c, GString *out)
{
    const ro_reset *r = c->reset;
    ro_side by = ro_sender_side(c);

    g_string_append(out, "Two machines on the link use the address of ");
    ro_say_end(c, by, out);
    g_string_append(out, ": the connection with ");
    ro_say_end(c, !by, out);
    g_string_append(out, " was held by MAC address ");
    say_mac(r->sender->mac, out);
    g_string_append(out, ", its reset came from ");
    say_mac(r->seg.mac, out);
    g_string_append(out, ", which knows nothing of it.");
}

void ro_address_conflict_evidence(const ro_case *c, GPtrArray *lines)
{
    const ro_reset *r = c->reset;
    const ro_address *a = ro_shared_address(c->shared, r);
    GString *mac = g_string_new(NULL);

    say_mac(r->sender->mac, mac);
    ro_line(lines, "up to frame %u: segments of this connection from MAC address %s",
            r->ending.last[0].frame, mac->str);
    g_string_truncate(mac, 0);
    say_mac(r->seg.mac, mac);
    ro_line(lines, "frame %u: the reset from MAC address %s, with a TTL that no router touched",
            r->seg.frame, mac->str);
    if (a->alien_n >= 2) {
        ro_line(lines, "frames %u to %u: the same in %u connections", a->alien_first.frame,
                a->alien_last.frame, a->alien_n);
    }
    if (a->usual_again.frame) {
        ro_line(lines, "frame %u: later the first MAC address answers again, so it is no failover",
                a->usual_again.frame);
    }
    g_string_free(mac, TRUE);
}

void ro_address_conflict_advice(const ro_case *c, GString *out)
{
    (void)c;
    g_string_append(
        out, "Find the machine with the other MAC address in the switch's table and give it "
             "another IP address (a static one inside the DHCP range, a cloned virtual "
             "machine). ARP replies with both MAC addresses would confirm it; with a cluster that "
             "moves the address on purpose, look why it moved.");
}

void ro_address_conflict_commands(const ro_case *c, GArray *commands)
{
    GString *addr = g_string_new(NULL);
    bool v6 = c->reset->seg.ip_version == 6;

    ro_addr_text(c->reset->seg.src, addr);
    ro_command_add(commands, RO_PLATFORM_ANY,
                   "tshark -r FILE -Y '%s == %s' -T fields -e eth.src | sort | uniq -c",
                   v6 ? "ipv6.src" : "ip.src", addr->str);
    ro_command_add(commands, RO_PLATFORM_LINUX,
                   v6 ? "ndisc6 -m %s INTERFACE" : "arping -D -c 3 -I INTERFACE %s", addr->str);
    g_string_free(addr, TRUE);
}

/* ---- backend_changed ---- */

/* The ACK that ends the handshake was reset, while the machine that sent the SYN-ACK goes on waiting for it. */
static bool split_handshake(const ro_reset *r)
{
    return r->claimed_sender == RO_SERVER && (r->sender->has & RO_DIR_SYN_ACK) &&
           r->sender->segments == r->sender->syns && unknown_there(r) &&
           r->seg.seq == r->sender->isn + 1 && r->followup->active == RO_ACTIVE_SYN_ACK;
}

/* The same, but the machine of the SYN-ACK took the client's next segment and goes on. */
static bool split_and_goes_on(const ro_reset *r)
{
    return r->claimed_sender == RO_SERVER && (r->sender->has & RO_DIR_SYN_ACK) &&
           r->sender->segments == r->sender->syns && unknown_there(r) &&
           r->seg.seq == r->sender->isn + 1 && !split_handshake(r) &&
           (r->followup->active != RO_ACTIVE_NO || r->followup->under_way_n > 0);
}

int ro_backend_changed_test(const ro_case *c)
{
    const ro_reset *r = c->reset;
    const ro_address *a = ro_shared_address(c->shared, r);

    if (ro_from_path(c) || r->echo_of || !unknown_there(r) || r->claimed_sender != RO_SERVER) {
        return RO_DIAGNOSIS_NO;
    }
    if (split_handshake(r)) {
        return other_distance(r) || other_mac(r) ? RO_DIAGNOSIS_HIGH : RO_DIAGNOSIS_MEDIUM;
    }
    if (split_and_goes_on(r)) {
        if (c->verdict->source == RO_SOURCE_SERVER) {
            return RO_DIAGNOSIS_MEDIUM;
        }
        /* it has the service's own flow label and distance: two machines of one make behind one address */
        return ro_has_sign(c, "flow_label_kept") && ro_has_sign(c, "ttl_same") ? RO_DIAGNOSIS_LOW
                                                                               : RO_DIAGNOSIS_NO;
    }
    /* a filter on the path answers from another distance, too: only where the host is known to have made it */
    if (r->sender->segments == r->sender->syns && r->sender->syns == 1 && other_distance(r)) {
        return ro_sure_of_endpoint(c, RO_DIAGNOSIS_MEDIUM);
    }
    if (r->sender->segments > r->sender->syns && r->followup->active_n == 0 && other_distance(r)) {
        return ro_sure_of_endpoint(c,
                                   a && a->forgot_n >= 2 ? RO_DIAGNOSIS_MEDIUM : RO_DIAGNOSIS_LOW);
    }
    if (r->sender->segments > r->sender->syns && r->followup->active_n == 0 && other_start(c) &&
        (took_over(r) || (a && a->forgot_n >= 2))) {
        return ro_sure_of_endpoint(c, RO_DIAGNOSIS_MEDIUM);
    }
    return RO_DIAGNOSIS_NO;
}

static void say_two_machines(const ro_case *c, GString *out)
{
    g_string_append(out, "Two machines answer for ");
    ro_say_end(c, RO_SERVER, out);
    g_string_append(out, ": one sent the SYN-ACK to the SYN of ");
    ro_say_end(c, RO_CLIENT, out);
}

void ro_backend_changed_text(const ro_case *c, GString *out)
{
    const ro_reset *r = c->reset;

    if (split_handshake(r)) {
        say_two_machines(c, out);
        g_string_append_printf(
            out,
            ", the ACK (frame %u) reached another machine, which reset it, and the first "
            "one still sends its SYN-ACK (frame %u). A load balancer splits the connection.",
            r->trigger.frame, r->followup->active_frame);
        return;
    }
    if (split_and_goes_on(r)) {
        say_two_machines(c, out);
        g_string_append_printf(
            out,
            " and goes on after the reset, another one reset the segment in frame "
            "%u as for an unknown connection. A load balancer splits the connection.",
            r->trigger.frame);
        return;
    }
    g_string_append(out, "Another machine answers now for ");
    ro_say_end(c, RO_SERVER, out);
    g_string_append(out, ": it knows nothing of the connection with ");
    ro_say_end(c, RO_CLIENT, out);
    if (!other_distance(r)) {
        g_string_append_printf(out,
                               ", and its reset started at TTL %u, the segments before it at %u.",
                               ro_ttl_initial(r->seg.ttl), ro_ttl_initial(r->sender->ttl_last));
        return;
    }
    g_string_append_printf(
        out, ", and its reset comes from %u hop%s away (TTL %u) instead of %u (TTL %u).",
        ro_ttl_hops(r->seg.ttl), ro_s(ro_ttl_hops(r->seg.ttl)), r->seg.ttl,
        ro_ttl_hops(r->sender->ttl_last), r->sender->ttl_last);
}

void ro_backend_changed_evidence(const ro_case *c, GPtrArray *lines)
{
    const ro_reset *r = c->reset;
    const ro_address *a = ro_shared_address(c->shared, r);

    ro_line(lines, "up to frame %u: %u segment%s from the address of the server, TTL %u",
            r->ending.last[0].frame, r->sender->segments, ro_s(r->sender->segments),
            r->sender->ttl_last);
    ro_line(lines,
            "frame %u: reset of the segment in frame %u as for an unknown connection, TTL %u",
            r->seg.frame, r->trigger.frame, r->seg.ttl);
    if (split_handshake(r)) {
        ro_line(lines, "frame %u: SYN-ACK sent again after the reset: its sender knows of no reset",
                r->followup->active_frame);
    }
    if (other_start(c) && took_over(r)) {
        ro_line(lines, "later connections of that address have the reset's TTL as well");
    }
    if (a && a->forgot_n >= 2) {
        ro_line(lines, "frames %u to %u: the same address forgot %u connections",
                a->forgot_first.frame, a->forgot_last.frame, a->forgot_n);
    }
}

void ro_backend_changed_advice(const ro_case *c, GString *out)
{
    (void)c;
    g_string_append(
        out, "Look at what spreads connections over machines for this address: the load balancer's "
             "or service router's backends and health at that time, ECMP or anycast routes that "
             "moved, a failover. All segments of a connection must reach the backend that has "
             "it: consistent hashing by the whole 5-tuple, connection state shared or drained "
             "before a backend is taken out. A capture on both backends at once would confirm it.");
}

void ro_backend_changed_commands(const ro_case *c, GArray *commands)
{
    ro_command_show(c, commands);
    ro_command_add(commands, RO_PLATFORM_KUBERNETES,
                   "kubectl get endpointslices -o wide | grep -w %u; kubectl get events "
                   "--sort-by=.lastTimestamp | tail -30",
                   ro_service_port(c));
}
