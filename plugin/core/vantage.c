/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judges a RST by what other capture points saw. */

#include "vantage.h"

#include <string.h>

#include "constants.h"
#include "survey.h"

bool ro_vantage_is_next_to(const ro_stream *st, int d)
{
    const ro_dir *x = &st->dir[d];

    if (x->ttl_kinds == 0 || (x->rtt_n > 0 && x->rtt_min_ns >= RO_NEXT_TO_NS)) {
        return false;
    }
    for (unsigned i = 0; i < x->ttl_kinds; i++) {
        if (x->ttls[i].ttl < 64 || ro_ttl_initial(x->ttls[i].ttl) != x->ttls[i].ttl) {
            return false;
        }
    }
    return true;
}

/* Whether point x is nearer to the claimed sender than point y; both saw the connection of `r`. */
static bool is_nearer(const ro_reset *r, int x, int y)
{
    const ro_view *w = r->stream->trail->vantage->view;
    int order_x = x == (int)w->own ? 0 : w->sight[x].nearer;
    int order_y = y == (int)w->own ? 0 : w->sight[y].nearer;
    const ro_stream *a;
    const ro_stream *b;
    ro_pair p;

    if (order_x != order_y) {
        return order_x > order_y;
    }
    a = ro_match_at(r->stream, (unsigned)x);
    b = ro_match_at(r->stream, (unsigned)y);
    if (!a || !b) {
        return !a && b; /* what did not see the connection lies beyond what did */
    }
    ro_pair_make(a, b, &p);
    return ro_pair_nearer(&p, ro_twin_dir(r->stream, a, r->d)) > 0;
}

/* Puts the sights together: the nearest point that saw it, and those still nearer that did not. What
 * lies between two points that saw it has lost it. */
static void conclude(const ro_reset *r, ro_view *w)
{
    w->seen_n = 1;
    w->near_at = (int)w->own;
    w->absent_at = -1;
    for (int at = 0; at < (int)w->points_n; at++) {
        const ro_sight *s = &w->sight[at];

        if (s->kind == RO_SIGHT_SEEN) {
            w->seen_n++;
            w->left_sender |= s->nearer > 0 && s->next_to_sender;
            if (s->nearer > 0 && is_nearer(r, at, w->near_at)) {
                w->near_at = at;
            }
        }
    }
    w->seen_nearer = w->near_at != (int)w->own;
    for (int at = 0; at < (int)w->points_n; at++) {
        const ro_sight *s = &w->sight[at];

        if (s->kind > RO_SIGHT_SEEN && s->nearer > 0 && s->weight > 0 &&
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

static void look(ro_vantage *v, const ro_reset *r, ro_view *w)
{
    ro_stream *st = r->stream;
    bool others = false;

    w->own = st->trail->at;
    w->points_n = v->points_n;
    ro_match_join(st);
    for (unsigned at = 0; at < v->points_n; at++) {
        if (at != w->own) {
            ro_sight_take(v, r, at, &w->sight[at]);
            others |= ro_match_at(st, at) && w->sight[at].nearer < 0;
        }
    }
    conclude(r, w);
    /* this very point may be the sender's own interface: others, farther off, confirm its place */
    w->left_sender |= others && ro_vantage_is_next_to(st, r->d);
}

const ro_view *ro_vantage_view(const ro_reset *r)
{
    ro_trail *t = r->stream ? r->stream->trail : NULL;
    ro_vantage *v = t ? t->vantage : NULL;
    ro_view *w;

    if (!v || v->points_n < 2) {
        return NULL;
    }
    if (!v->view) {
        v->view = g_new0(ro_view, 1);
    }
    w = v->view;
    if (w->reset != r || w->segments != v->segments || w->complete != v->complete) {
        ro_survey(v);
        memset(w, 0, sizeof *w);
        w->reset = r;
        w->segments = v->segments;
        w->complete = v->complete;
        look(v, r, w);
    }
    return w;
}

bool ro_vantage_looks_ahead(const ro_reset *r)
{
    const ro_view *w = ro_vantage_view(r);

    if (!w) {
        return false;
    }
    for (unsigned at = 0; at < w->points_n; at++) {
        if (w->sight[at].copy && w->sight[at].copy->number > r->number) {
            return true;
        }
    }
    return w->complete && w->absent_at >= 0;
}

void ro_vantage_append_name(const ro_reset *r, unsigned at, GString *out)
{
    const ro_point *p = &r->stream->trail->vantage->point[at];

    if (p->name) {
        g_string_append(out, p->name);
    } else {
        g_string_append_printf(out, "interface %u", p->id & 0xffff);
    }
}

bool ro_vantage_segment(const ro_reset *r, GString *out)
{
    const ro_view *w = ro_vantage_view(r);
    const char *side = r->claimed == RO_CLIENT ? "client" : "server";

    if (!w) {
        return false;
    }
    if (w->left_sender) {
        g_string_append_printf(out, "at the %s", side);
    } else if (w->absent_at >= 0) {
        unsigned first = (unsigned)(r->claimed == RO_CLIENT ? w->absent_at : w->near_at);
        unsigned second = (unsigned)(r->claimed == RO_CLIENT ? w->near_at : w->absent_at);

        /* the client's side first, whichever way the RST went */
        g_string_append(out, "between ");
        ro_vantage_append_name(r, first, out);
        g_string_append(out, " and ");
        ro_vantage_append_name(r, second, out);
    } else if (w->seen_nearer || w->seen_n > 1) {
        g_string_append_printf(out, "between the %s and ", side);
        ro_vantage_append_name(r, (unsigned)w->near_at, out);
    } else {
        return false;
    }
    return true;
}
