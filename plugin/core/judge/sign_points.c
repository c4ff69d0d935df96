/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signs of several capture points: where a RST was seen, and where it was not. */

#include "base/constants.h"
#include "judge/sign_tests.h"
#include "judge/sign_words.h"
#include "judge/signs.h"
#include "points/path_view.h"
#include "points/stream_join.h"

#define MS(ns) ((double)(ns) / (double)RO_MS)

/* Copies of a burst that are missing too make it less likely that the capture lost them all. */
#define BURST_EACH 4
#define BURST_MAX  12

/* An earlier reset explains this one as its claimed sender's answer: its absence does not decide alone. */
#define EXPLAINED 15

/* Nor is it likely that it lost one at each end. */
#define BOTH_ENDS 14

static const ro_observation *absence(const ro_reset *r, const ro_path_view **w)
{
    *w = ro_path_view_of(r);
    if (!*w || (*w)->left_sender || (*w)->absent_at < 0) {
        return NULL;
    }
    return &(*w)->observed[(*w)->absent_at];
}

/* Others of the same burst and make that no other point saw. */
static int alone_too(const ro_reset *r)
{
    int n = 0;

    for (int back = 0; back < 2; back++) {
        const ro_reset *e = back ? r->prev_same : r->next_same;

        for (int i = 0; e && i < RO_BURST_STEPS && e->event == r->event; i++) {
            n += e->copy_next == NULL && e->seg.flags == r->seg.flags && e->seg.ttl == r->seg.ttl &&
                 e->seg.window == r->seg.window;
            e = back ? e->prev_same : e->next_same;
        }
    }
    return n * BURST_EACH < BURST_MAX ? n * BURST_EACH : BURST_MAX;
}

/* The claimed sender, reset by `e`, may have answered with `r`: no device is needed for that. */
static bool may_follow(const ro_reset *r, const ro_reset *e, const ro_observation *s)
{
    return r->shape == RO_SHAPE_REPLY &&
           (!s->has_offset || e->seg.time_ns - s->offset_ns <= r->seg.time_ns);
}

/* Both ends were reset and neither sent it: a device did, and told each in the other's name. */
static const ro_reset *other_half(const ro_reset *r)
{
    const ro_path_view *w;
    const ro_observation *s = absence(r, &w);
    const ro_stream *o;

    if (!s || s->kind != RO_OBSERVED_MISSING) {
        return NULL;
    }
    o = ro_join_stream_at(r->stream, (unsigned)w->absent_at);
    if (!o) {
        return NULL;
    }
    /* the RST at the other point that goes the other way, and that this point did not see */
    for (int d = 0; d < 2; d++) {
        const ro_reset *e = o->last_reset[d];

        for (int i = 0; e && i < RO_BURST_STEPS; i++, e = e->prev_same) {
            if (e->claimed_sender != r->claimed_sender && !e->copy_next && !may_follow(r, e, s)) {
                return e;
            }
        }
    }
    return NULL;
}

/* A packet that comes out of a segment of the path and did not go in was made within. Harmless: the
 * nearer point's capture lost it (weighed by its loss), or it came another way. */
int ro_test_not_seen_at_sender(const ro_reset *r)
{
    const ro_path_view *w;
    const ro_observation *s = absence(r, &w);
    int weight;

    if (!w) {
        return RO_NOT_EVALUATED;
    }
    if (!s) {
        return 0;
    }
    weight = w->weight + (s->kind == RO_OBSERVED_MISSING && s->rest_seen ? alone_too(r) : 0) +
             (other_half(r) ? BOTH_ENDS : 0);
    return r->echo_of && !other_half(r) ? MIN(weight, EXPLAINED) : weight;
}

void ro_text_not_seen_at_sender(const ro_reset *r, GString *out)
{
    const ro_path_view *w;
    const ro_observation *s = absence(r, &w);
    const char *side = r->claimed_sender == RO_CLIENT ? "client" : "server";

    if (!s) {
        return;
    }
    g_string_append(out, SAY_NOT_SEEN_HERE);
    ro_points_append_name(r, w->own, out);
    g_string_append(out, SAY_NOT_SEEN_THERE);
    ro_points_append_name(r, (unsigned)w->absent_at, out);
    g_string_append_printf(out, SAY_NOT_SEEN_NEARER, side);
    switch (s->kind) {
    case RO_OBSERVED_OTHER_LEG:
        g_string_append(out, SAY_NOT_SEEN_LEG);
        break;
    case RO_OBSERVED_UNSEEN:
        g_string_append(out, SAY_NOT_SEEN_UNSEEN);
        break;
    default:
        g_string_append(out, s->rest_seen ? SAY_NOT_SEEN_REST : SAY_NOT_SEEN_TRIGGER);
        if (s->of > 0 && s->missed > 0) {
            g_string_append_printf(out, SAY_NOT_SEEN_LOSS, s->missed, s->of);
        } else if (s->of > 0) {
            g_string_append_printf(out, SAY_NOT_SEEN_LOSS_NONE, s->of, s->of == 1 ? "" : "s");
        }
        break;
    }
}

int ro_test_enters_both_ends(const ro_reset *r)
{
    const ro_path_view *w;
    const ro_observation *s = absence(r, &w);

    if (!w) {
        return RO_NOT_EVALUATED;
    }
    return s && other_half(r) ? 12 : 0;
}

void ro_text_enters_both_ends(const ro_reset *r, GString *out)
{
    const ro_reset *e = other_half(r);

    g_string_append_printf(out, SAY_ENTERS_BOTH_ENDS, e ? e->seg.frame : 0);
}

/* A device that translates sequence numbers and mistakes that of a RST (netfilter's synproxy does). */
void ro_text_rewritten(const ro_reset *r, GString *out)
{
    const ro_path_view *w = ro_path_view_of(r);
    const ro_observation *s = w ? &w->observed[w->near_at] : NULL;

    if (s && w->near_at != (int)w->own && s->rewritten) {
        g_string_append_printf(out, SAY_REWRITTEN, s->moved);
    }
}

/* Seen on both sides of a segment of the path: it was not made there. */
int ro_test_seen_nearer(const ro_reset *r)
{
    const ro_path_view *w = ro_path_view_of(r);

    if (!w) {
        return RO_NOT_EVALUATED;
    }
    return w->seen_nearer && w->absent_at < 0 && !w->left_sender ? -5 : 0;
}

void ro_text_seen_nearer(const ro_reset *r, GString *out)
{
    const ro_path_view *w = ro_path_view_of(r);

    if (!w || w->near_at == (int)w->own) {
        return;
    }
    g_string_append(out, SAY_SEEN_NEARER);
    ro_points_append_name(r, (unsigned)w->near_at, out);
    g_string_append_printf(out, SAY_SEEN_NEARER_FRAME, w->observed[w->near_at].copy->seg.frame);
    ro_text_rewritten(r, out);
}
