/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judges a RST by what other capture points saw. */

#include "points/path_view.h"

#include <string.h>

#include "base/constants.h"
#include "points/placement.h"
#include "points/stream_join.h"
#include "points/stream_match.h"

/* Whether point x is nearer to the claimed sender than point y; both saw the connection of `r`. */
static bool is_nearer(const ro_reset *r, int x, int y)
{
    const ro_path_view *w = r->stream->sample->points->view;
    int order_x = x == (int)w->own ? 0 : w->observed[x].nearer;
    int order_y = y == (int)w->own ? 0 : w->observed[y].nearer;
    const ro_stream *a;
    const ro_stream *b;
    ro_stream_match p;

    if (order_x != order_y) {
        return order_x > order_y;
    }
    a = ro_join_stream_at(r->stream, (unsigned)x);
    b = ro_join_stream_at(r->stream, (unsigned)y);
    if (!a || !b) {
        return !a && b; /* what did not see the connection lies beyond what did */
    }
    ro_stream_match_make(a, b, &p);
    return ro_stream_match_nearer(&p, ro_copy_dir(r->stream, a, r->d)) > 0;
}

/* Puts the observations together: the nearest point that saw it, and those still nearer that did not. What
 * lies between two points that saw it has lost it. */
static void conclude(const ro_reset *r, ro_path_view *w)
{
    w->seen_n = 1;
    w->near_at = (int)w->own;
    w->absent_at = -1;
    for (int at = 0; at < (int)w->points_n; at++) {
        const ro_observation *s = &w->observed[at];

        if (s->kind == RO_OBSERVED_SEEN) {
            w->seen_n++;
            w->left_sender |= s->nearer > 0 && s->next_to_sender;
            if (s->nearer > 0 && is_nearer(r, at, w->near_at)) {
                w->near_at = at;
            }
        }
    }
    w->seen_nearer = w->near_at != (int)w->own;
    for (int at = 0; at < (int)w->points_n; at++) {
        const ro_observation *s = &w->observed[at];

        if (s->kind > RO_OBSERVED_SEEN && s->nearer > 0 && s->weight > 0 &&
            is_nearer(r, at, w->near_at)) {
            /* each further capture would have had to lose it as well */
            w->weight =
                s->weight > w->weight ? s->weight + w->weight / 2 : w->weight + s->weight / 2;
            if (w->absent_at < 0 || is_nearer(r, w->absent_at, at)) {
                w->absent_at = at;
            }
        }
    }
    w->weight = MIN(w->weight, RO_ABSENT_MAX);
}

static void look(ro_points *v, const ro_reset *r, ro_path_view *w)
{
    ro_stream *st = r->stream;
    bool others = false;

    w->own = st->sample->at;
    w->points_n = v->points_n;
    ro_join_streams(st);
    for (unsigned at = 0; at < v->points_n; at++) {
        if (at != w->own) {
            ro_observation_make(v, r, at, &w->observed[at]);
            others |= ro_join_stream_at(st, at) && w->observed[at].nearer < 0;
        }
    }
    conclude(r, w);
    /* this very point may be the sender's own interface: others, farther off, confirm its place */
    w->left_sender |= others && ro_point_is_next_to(st, r->d);
}

const ro_path_view *ro_path_view_of(const ro_reset *r)
{
    ro_sample *t = r->stream ? r->stream->sample : NULL;
    ro_points *v = t ? t->points : NULL;
    ro_path_view *w;

    if (!v || v->points_n < 2) {
        return NULL;
    }
    if (!v->view) {
        v->view = g_new0(ro_path_view, 1);
    }
    w = v->view;
    if (w->reset != r || w->segments != v->segments || w->complete != v->complete) {
        memset(w, 0, sizeof *w);
        w->reset = r;
        w->segments = v->segments;
        w->complete = v->complete;
        look(v, r, w);
    }
    return w;
}

bool ro_path_view_looks_ahead(const ro_reset *r)
{
    const ro_path_view *w = ro_path_view_of(r);

    if (!w) {
        return false;
    }
    for (unsigned at = 0; at < w->points_n; at++) {
        if (w->observed[at].copy && w->observed[at].copy->number > r->number) {
            return true;
        }
    }
    return w->complete && w->absent_at >= 0;
}

void ro_points_append_name(const ro_reset *r, unsigned at, GString *out)
{
    const ro_point *p = &r->stream->sample->points->point[at];

    if (p->name) {
        g_string_append(out, p->name);
    } else {
        g_string_append_printf(out, "interface %u", (unsigned)p->id);
    }
}

bool ro_path_view_segment(const ro_reset *r, GString *out)
{
    const ro_path_view *w = ro_path_view_of(r);
    const char *side = r->claimed_sender == RO_CLIENT ? "client" : "server";

    if (!w) {
        return false;
    }
    if (w->left_sender) {
        g_string_append_printf(out, "at the %s", side);
    } else if (w->absent_at >= 0) {
        unsigned first = (unsigned)(r->claimed_sender == RO_CLIENT ? w->absent_at : w->near_at);
        unsigned second = (unsigned)(r->claimed_sender == RO_CLIENT ? w->near_at : w->absent_at);

        /* the client's side first, whichever way the RST went */
        g_string_append(out, "between ");
        ro_points_append_name(r, first, out);
        g_string_append(out, " and ");
        ro_points_append_name(r, second, out);
    } else if (w->seen_nearer || w->seen_n > 1) {
        g_string_append_printf(out, "between the %s and ", side);
        ro_points_append_name(r, (unsigned)w->near_at, out);
    } else {
        return false;
    }
    return true;
}
