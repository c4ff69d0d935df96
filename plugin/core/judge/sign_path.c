/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signs of the path family: the TTL against the claimed sender's others of this connection. */

#include "judge/sign_tests.h"
#include "judge/sign_words.h"
#include "judge/signs.h"
#include "reset/inference.h"

/* Values of this host's packets in other connections, or later: a TTL among them is its own. */
static bool host_has_ttl(const ro_reset *r)
{
    const ro_host *h = ro_host_now(r);

    for (int c = RO_CLASS_DATA; c <= RO_CLASS_SYN_ACK; c++) {
        if (h->kinds[c] > 0 && ro_ttl_count_delta(h->ttls[c], h->kinds[c], r->seg.ttl) == 0) {
            return true;
        }
    }
    return false;
}

/* Values of one sender that lie farther apart than paths move belong to two machines. */
#define TWO_MACHINES 4

/* A route gets longer by less than this; a made-up TTL may lie anywhere. */
#define FARTHER_AT_MOST 10

static int ttl_spread(const ro_dir *x)
{
    uint8_t least = x->ttls[0].ttl;
    uint8_t most = least;

    for (uint8_t i = 1; i < x->ttl_kinds; i++) {
        least = MIN(least, x->ttls[i].ttl);
        most = MAX(most, x->ttls[i].ttl);
    }
    return most - least;
}

/* A sender that changes its TTL from packet to packet and starts it low traces the path. */
static bool is_probing(const ro_dir *x)
{
    return x->ttl_kinds >= 3 && x->ttl_last <= 32;
}

/* Weaver et al. found 28 % of ordinary resets to differ, nearly all by the initial value (64, 96,
 * 128, 192): those count next to nothing. A host at another distance is a device, or a route change,
 * which shows in what the sender sends later. */
int ro_test_ttl_differs(const ro_reset *r)
{
    int delta = r->ttl_delta < 0 ? -r->ttl_delta : r->ttl_delta;
    int weight;

    if (!(r->facts & RO_FACT_TTL_DELTA)) {
        return RO_NOT_EVALUATED;
    }
    if (delta == 0 || r->seg.ttl <= 1 || is_probing(r->sender)) {
        return 0; /* TTL 1 is a rule (eBGP, RFC 5082), traceroute's TTLs are none of a path's length */
    }
    if (r->seg.ttl == UINT8_MAX && ro_sender_hops(r->sender) >= 2) {
        return r->sender->segments < 2 ? 8 : 14; /* no router has passed it on: made on this link */
    }
    if (host_has_ttl(r)) {
        return 0;
    }
    if (ro_ttl_same_hops(r->seg.ttl, r->sender->ttl_last)) {
        return 0; /* tells nothing either way */
    }
    if (r->shape == RO_SHAPE_ABORT && ro_comes_from_elsewhere(r)) {
        return 16; /* a socket's abort has the TTL of its data, and comes the same way */
    }
    if (ro_is_scanner(r->sender)) {
        return 1; /* the tool wrote the SYN, the kernel the RST */
    }
    if (r->ttl_delta < 0 && ro_ttl_initial(r->seg.ttl) == ro_ttl_initial(r->sender->ttl_last) &&
        delta < FARTHER_AT_MOST) {
        return 3; /* farther away than the host: a longer route, or a TTL made up */
    }
    if (ro_comes_from_elsewhere(r)) {
        return 13; /* no other program of the host, no other route, no SYN proxy before it */
    }
    weight = delta == 1 ? 7 : delta == 2 ? 9 : 11;
    if (r->sender->segments < 2 && ro_ttl_hops(r->seg.ttl) > ro_sender_hops(r->sender)) {
        weight = weight / 2 + 1; /* a SYN proxy stands nearer than its host */
    }
    if (r->sender->ttl_kinds > 1 && ttl_spread(r->sender) <= 4) {
        weight = weight * 2 / 3; /* a path that moves a little: ECMP */
    }
    return weight;
}

void ro_text_ttl_differs(const ro_reset *r, GString *out)
{
    uint32_t n = r->sender->segments;

    g_string_append_printf(out, SAY_TTL_DIFFERS, r->seg.ttl, n, n == 1 ? "" : "s",
                           n == 1 ? "has" : "have", r->sender->ttl_last);
    if (r->sender->ttl_kinds > 1) {
        g_string_append_printf(out, SAY_TTL_DIFFERS_VALUES, r->sender->ttl_kinds);
    }
}

/* A device seldom stands at the host's own distance unless it copies. */
int ro_test_ttl_same(const ro_reset *r)
{
    if (!(r->facts & RO_FACT_TTL_DELTA)) {
        return RO_NOT_EVALUATED;
    }
    if (r->ttl_delta != 0) {
        return 0; /* as far by another initial value: hosts do that, and firewalls next to them */
    }
    if (r->sender->ttl_kinds > 1 && ttl_spread(r->sender) > TWO_MACHINES) {
        return -2; /* two machines have sent in its name, and it is as one of them */
    }
    return r->sender->segments >= 3 ? -5 : -4;
}

void ro_text_ttl_same(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_TTL_SAME, r->seg.ttl, r->sender->segments,
                           r->sender->segments == 1 ? "" : "s");
}

/* Weaver et al.: resets that differ mostly differ by the value that the TTL started with, and then the
 * distance is the same. A device stands just there by accident only. */
int ro_test_ttl_same_distance(const ro_reset *r)
{
    if (!(r->facts & RO_FACT_TTL_DELTA) || r->sender->ttl_kinds > 1) {
        return RO_NOT_EVALUATED;
    }
    if (!ro_ttl_same_hops(r->seg.ttl, r->sender->ttl_last) ||
        ro_ttl_hops(r->seg.ttl) != ro_ttl_hops(r->sender->ttl_last)) {
        return 0;
    }
    return r->sender->segments >= 3 ? -3 : -1;
}

void ro_text_ttl_same_distance(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_TTL_SAME_DISTANCE, r->seg.ttl, r->sender->ttl_last,
                           ro_ttl_hops(r->seg.ttl));
}
