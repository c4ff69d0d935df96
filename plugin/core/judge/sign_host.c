/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signs of the path family: the TTL against the host's other connections. */

#include "judge/sign_tests.h"
#include "judge/sign_words.h"
#include "judge/signs.h"
#include "reset/inference.h"

/* Packets of this address in other connections; used where this stream has none of its own. */
static uint32_t baseline(const ro_reset *r, int *delta, uint8_t *near)
{
    if (r->sender->segments > 0 || !(r->seg.known & RO_KNOW_IP)) {
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

    g_string_append_printf(out, SAY_HOST_TTL_DIFFERS, r->seg.ttl, n, n == 1 ? "" : "s",
                           n == 1 ? "s" : "", near);
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

    g_string_append_printf(out, SAY_HOST_TTL_SAME, r->seg.ttl, n, n == 1 ? "" : "s");
}
