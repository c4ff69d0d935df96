/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signs of the capture point: who put the frame on the link. */

#include "judge/sign_tests.h"
#include "judge/sign_words.h"
#include "judge/signs.h"
#include "points/path_view.h"
#include "points/stream_join.h"
#include "points/stream_match.h"
#include "reset/inference.h"

/* See left_here() in facts.c. Where other capture points tell the place of this one, or saw the RST
 * next to its sender, that settles it. */
static bool left_by_proof(const ro_reset *r)
{
    const ro_path_view *w = ro_path_view_of(r);

    return w && w->left_sender;
}

/* Another interface of the capture received packets of its claimed sender: this host forwards them (a bridge or
 * router), and the reset with them. */
static bool is_forwarded(const ro_reset *r)
{
    const ro_stream *st = r->stream;

    if (!st->sample) {
        return false;
    }
    ro_join_streams(r->stream);
    for (const ro_stream *c = st->next_copy; c != st; c = c->next_copy) {
        if (c->dir[ro_copy_dir(st, c, r->d)]->has & RO_DIR_RECEIVED) {
            return true;
        }
    }
    return false;
}

int ro_test_left_sender(const ro_reset *r)
{
    if (left_by_proof(r)) {
        return -48;
    }
    if (r->sender->segments == 0) {
        return RO_NOT_EVALUATED;
    }
    return r->outgoing && !is_forwarded(r) ? -22 : 0;
}

void ro_text_left_sender(const ro_reset *r, GString *out)
{
    if (left_by_proof(r)) {
        g_string_append(out, SAY_LEFT_SENDER);
        ro_points_append_name(r, (unsigned)ro_path_view_of(r)->near_at, out);
        ro_text_rewritten(r, out);
    } else if ((r->seg.known & RO_KNOW_DIRECTION) && r->seg.sent_here) {
        g_string_append(out, SAY_LEFT_HOST);
    } else {
        g_string_append_printf(out, SAY_LEFT_UNTOUCHED, r->seg.ttl);
    }
}

/* The capture tells who put each frame on the link. */
int ro_test_wrong_way(const ro_reset *r)
{
    bool sends;
    bool receives;

    if (!(r->seg.known & RO_KNOW_DIRECTION) ||
        !(r->sender->has & (RO_DIR_SENT | RO_DIR_RECEIVED))) {
        return RO_NOT_EVALUATED;
    }
    sends = (r->sender->has & RO_DIR_SENT) != 0;
    receives = (r->sender->has & RO_DIR_RECEIVED) != 0;
    if (sends == receives) {
        return 0;
    }
    return r->seg.sent_here != sends ? 20 : 0;
}

void ro_text_wrong_way(const ro_reset *r, GString *out)
{
    g_string_append(out, r->seg.sent_here ? SAY_WRONG_WAY_OUT : SAY_WRONG_WAY_IN);
}

/* Snort 129:9. Harmless: two gateways (VRRP, ECMP) show as several addresses of one sender. */
int ro_test_mac_differs(const ro_reset *r)
{
    const ro_dir *sender = r->sender;
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
    uint64_t other = r->sender->segments ? r->sender->mac : ro_host_now(r)->mac;

    g_string_append_printf(out, SAY_MAC_DIFFERS, (unsigned)(r->seg.mac >> 40 & 255),
                           (unsigned)(r->seg.mac >> 32 & 255), (unsigned)(r->seg.mac >> 24 & 255),
                           (unsigned)(r->seg.mac >> 16 & 255), (unsigned)(r->seg.mac >> 8 & 255),
                           (unsigned)(r->seg.mac & 255), (unsigned)(other >> 40 & 255),
                           (unsigned)(other >> 32 & 255), (unsigned)(other >> 24 & 255),
                           (unsigned)(other >> 16 & 255), (unsigned)(other >> 8 & 255),
                           (unsigned)(other & 255));
}

/* A refused SYN has no other packet of its server to compare with. Where both ends share a link and no
 * router has touched the RST, it was made on that link, where its claimed sender is. Harmless for a
 * device: a bridge that filters sits on that link, too; so this weighs little. */
int ro_test_on_its_link(const ro_reset *r)
{
    const ro_endpoint *end = r->stream->end;

    if (!(r->seg.known & RO_KNOW_IP) || r->sender->segments > 0) {
        return RO_NOT_EVALUATED;
    }
    return ro_addr_share_link(end[0].addr, end[1].addr) && r->seg.ttl >= 64 &&
                   ro_ttl_hops(r->seg.ttl) == 0
               ? -7
               : 0;
}

void ro_text_on_its_link(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_ON_ITS_LINK, r->seg.ttl);
}
