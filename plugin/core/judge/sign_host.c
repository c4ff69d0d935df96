/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signs of the host, capture point and self-report families. */

#include "judge/device.h"
#include "judge/sign_tests.h"
#include "judge/signs.h"
#include "points/path_view.h"
#include "reset/inference.h"

/* Packets of this address in other connections; used where this stream has none of its own. */
static uint32_t baseline(const ro_reset *r, int *delta, uint8_t *near)
{
    if (r->sender.segments > 0 || !(r->seg.known & RO_KNOW_IP)) {
        return 0;
    }
    return ro_host_ttl_nearest(ro_host_now(r), r->seg.ttl, delta, near);
}

/* Connections are spread over ways that differ by a few hops (ECMP). */
#define ANOTHER_WAY 4

int ro_test_host_ttl_differs(const ro_reset *r)
{
    int delta = 0;
    uint8_t near = 0;
    uint32_t n = baseline(r, &delta, &near);

    if (n == 0) {
        return RO_NOT_EVALUATED;
    }
    if (delta == 0) {
        return 0;
    }
    if (ro_ttl_same_hops(r->seg.ttl, near)) {
        return 1;
    }
    if (delta >= -ANOTHER_WAY && delta <= ANOTHER_WAY) {
        return n >= 3 ? 8 : 7;
    }
    return n >= 3 ? 11 : 9;
}

void ro_text_host_ttl_differs(const ro_reset *r, GString *out)
{
    int delta = 0;
    uint8_t near = 0;
    uint32_t n = baseline(r, &delta, &near);

    g_string_append_printf(out,
                           "its TTL is %u, but this host's %u packet%s in other connections "
                           "arrive%s with %u",
                           r->seg.ttl, n, n == 1 ? "" : "s", n == 1 ? "s" : "", near);
}

int ro_test_host_ttl_same(const ro_reset *r)
{
    int delta = 0;
    uint8_t near = 0;
    uint32_t n = baseline(r, &delta, &near);

    if (n == 0) {
        return RO_NOT_EVALUATED;
    }
    return delta == 0 ? -6 : 0;
}

void ro_text_host_ttl_same(const ro_reset *r, GString *out)
{
    int delta = 0;
    uint8_t near = 0;
    uint32_t n = baseline(r, &delta, &near);

    g_string_append_printf(out, "its TTL is %u, as in this host's %u packet%s in other connections",
                           r->seg.ttl, n, n == 1 ? "" : "s");
}

/* See left_here() in facts.c. Where other capture points tell the place of this one, or saw the RST
 * next to its sender, that settles it. */
static bool left_by_proof(const ro_reset *r)
{
    const ro_path_view *w = ro_path_view_of(r);

    return w && w->left_sender;
}

int ro_test_left_sender(const ro_reset *r)
{
    if (left_by_proof(r)) {
        return -48;
    }
    if (r->sender.segments == 0) {
        return RO_NOT_EVALUATED;
    }
    return r->outgoing ? -22 : 0;
}

void ro_text_left_sender(const ro_reset *r, GString *out)
{
    if (left_by_proof(r)) {
        g_string_append(out, "it was captured leaving its sender, at ");
        ro_points_append_name(r, (unsigned)ro_path_view_of(r)->near_at, out);
        ro_text_rewritten(r, out);
    } else if ((r->seg.known & RO_KNOW_DIRECTION) && r->seg.sent_here) {
        g_string_append(out, "it was captured leaving the host whose address it bears");
    } else {
        g_string_append_printf(out,
                               "it was captured next to its sender: TTL %u, untouched by a router, "
                               "as all its packets here",
                               r->seg.ttl);
    }
}

/* The capture tells who put each frame on the link. */
int ro_test_wrong_way(const ro_reset *r)
{
    bool sends;
    bool receives;

    if (!(r->seg.known & RO_KNOW_DIRECTION) || !(r->sender.has & (RO_DIR_SENT | RO_DIR_RECEIVED))) {
        return RO_NOT_EVALUATED;
    }
    sends = (r->sender.has & RO_DIR_SENT) != 0;
    receives = (r->sender.has & RO_DIR_RECEIVED) != 0;
    if (sends == receives) {
        return 0;
    }
    return r->seg.sent_here != sends ? 20 : 0;
}

void ro_text_wrong_way(const ro_reset *r, GString *out)
{
    g_string_append(out,
                    r->seg.sent_here
                        ? "the capturing host itself sent it, in the name of a remote sender"
                        : "it came in from the network, though its sender is the capturing host");
}

/* Snort 129:9. Harmless: two gateways (VRRP, ECMP) show as several addresses of one sender. */
int ro_test_mac_differs(const ro_reset *r)
{
    const ro_dir *sender = &r->sender;
    const ro_host *h = ro_host_now(r);
    bool in_stream = (sender->has & RO_DIR_MAC) && !(sender->has & RO_DIR_MAC_MANY);
    bool of_host = sender->segments == 0 && h->mac_n >= 2 && h->mac_other == 0;

    if (!(r->seg.known & RO_KNOW_MAC) || (!in_stream && !of_host)) {
        return RO_NOT_EVALUATED;
    }
    if (r->seg.mac == (in_stream ? sender->mac : h->mac)) {
        return 0;
    }
    if (!in_stream) {
        return 6;
    }
    return sender->segments >= 3 && h->mac_other == 0 ? 9 : 5;
}

void ro_text_mac_differs(const ro_reset *r, GString *out)
{
    uint64_t other = r->sender.segments ? r->sender.mac : ro_host_now(r)->mac;

    g_string_append_printf(out,
                           "its frame came from %02x:%02x:%02x:%02x:%02x:%02x, its sender's others "
                           "from %02x:%02x:%02x:%02x:%02x:%02x",
                           (unsigned)(r->seg.mac >> 40 & 255), (unsigned)(r->seg.mac >> 32 & 255),
                           (unsigned)(r->seg.mac >> 24 & 255), (unsigned)(r->seg.mac >> 16 & 255),
                           (unsigned)(r->seg.mac >> 8 & 255), (unsigned)(r->seg.mac & 255),
                           (unsigned)(other >> 40 & 255), (unsigned)(other >> 32 & 255),
                           (unsigned)(other >> 24 & 255), (unsigned)(other >> 16 & 255),
                           (unsigned)(other >> 8 & 255), (unsigned)(other & 255));
}

int ro_test_injector_mark(const ro_reset *r)
{
    ro_device device;

    if (!ro_device_of(r, &device) || !device.injector) {
        return 0;
    }
    return device.self_report ? 24 : 16;
}

void ro_text_injector_mark(const ro_reset *r, GString *out)
{
    ro_device device;

    if (ro_device_of(r, &device)) {
        g_string_append_printf(out, "it bears the mark of %s: %s", device.name, device.reason);
    }
}

/* RFC 8684 3.6: only an MPTCP endpoint writes it. */
int ro_test_mptcp_reason(const ro_reset *r)
{
    return (r->seg.options & RO_OPT_MP_TCPRST) ? -16 : 0;
}

void ro_text_mptcp_reason(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, "it carries an MPTCP reset reason (%u), which endpoints write",
                           r->seg.mp_reason);
}

/* RFC 2385, RFC 5925: signed with a key that a box on the path does not have. Only where the
 * sender signs its other segments too, since the signature is not checked here. */
int ro_test_signed_segment(const ro_reset *r)
{
    return (r->seg.options & (RO_OPT_MD5 | RO_OPT_AO)) &&
                   (r->sender.syn_options & (RO_OPT_MD5 | RO_OPT_AO))
               ? -6
               : 0;
}

void ro_text_signed_segment(const ro_reset *r, GString *out)
{
    (void)r;
    g_string_append(out, "it is signed (TCP-MD5 or TCP-AO), as its sender's segments are");
}
