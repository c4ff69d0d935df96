/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rungs come from the histories of both directions, from the segment that the reset answers, and from
 * the resets of the same connection. Those nearest to the reset are kept. */

#include "report/ladder.h"

#include "base/seq.h"

/* Rungs kept after the reset; the rest of RO_LADDER_MAX is for those before it and itself. */
#define AFTER_MAX 7

/* Resets of the same connection, each way in each direction. */
#define RESETS_MAX 4

static ro_side side_of(const ro_stream *st, int d)
{
    return d == st->client ? RO_CLIENT : RO_SERVER;
}

static bool is_known(const GArray *rungs, uint32_t frame)
{
    for (unsigned i = 0; i < rungs->len; i++) {
        if (g_array_index(rungs, ro_rung, i).frame == frame) {
            return true;
        }
    }
    return false;
}

static void add_segment(GArray *rungs, const ro_reset *r, int d, const ro_recent_segment *s)
{
    ro_rung rung = {.time_ns = s->time_ns,
                    .frame = s->frame,
                    .flags = s->flags,
                    .from = (uint8_t)side_of(r->stream, d),
                    .repeat = s->repeat,
                    .probe = s->probe};

    rung.octets = s->end - s->seq - ((s->flags & RO_SYN) != 0) - ((s->flags & RO_FIN) != 0);
    rung.is_trigger = (r->facts & RO_FACT_TRIGGER) && r->trigger.frame == s->frame;
    rung.lost = rung.octets && d != r->d && (r->sender->has & RO_DIR_ACK) &&
                s->frame < r->seg.frame && (int32_t)(s->end - r->sender->rcv_nxt) > 0;
    if (s->frame && !is_known(rungs, s->frame)) {
        g_array_append_val(rungs, rung);
    }
}

static void add_reset(const ro_document *doc, GArray *rungs, const ro_reset *r,
                      const ro_reset *example)
{
    ro_rung rung = {.time_ns = r->seg.time_ns,
                    .frame = r->seg.frame,
                    .flags = r->seg.flags,
                    .from = r->claimed_sender,
                    .is_example = r == example};
    ro_entry e = {.reset = r};
    ro_verdict v;

    ro_document_case(doc, &e, &v);
    rung.by_device = v.source == RO_SOURCE_INTERMEDIARY;
    if (!is_known(rungs, rung.frame)) {
        g_array_append_val(rungs, rung);
    }
}

static void add_resets(const ro_document *doc, GArray *rungs, const ro_reset *r)
{
    const ro_reset *at;
    unsigned n = 0;

    add_reset(doc, rungs, r, r);
    for (at = r->prev_same; at && n < RESETS_MAX; at = at->prev_same, n++) {
        add_reset(doc, rungs, at, r);
    }
    n = 0;
    for (at = r->next_same; at && n < RESETS_MAX; at = at->next_same, n++) {
        add_reset(doc, rungs, at, r);
    }
    n = 0;
    for (at = r->next_other; at && n < RESETS_MAX; at = at->next_same, n++) {
        add_reset(doc, rungs, at, r);
    }
    if (r->prev_other) {
        add_reset(doc, rungs, r->prev_other, r);
    }
}

static int by_frame(gconstpointer a, gconstpointer b)
{
    const ro_rung *x = a;
    const ro_rung *y = b;

    return (x->frame > y->frame) - (x->frame < y->frame);
}

/* The part of the sorted rungs around the example. */
static void cut(const GArray *rungs, ro_ladder *out)
{
    unsigned at = 0;
    unsigned last;
    unsigned first;

    while (at < rungs->len && !g_array_index(rungs, ro_rung, at).is_example) {
        at++;
    }
    last = MIN(rungs->len, at + 1 + AFTER_MAX);
    first = last > RO_LADDER_MAX ? last - RO_LADDER_MAX : 0;
    if (first == 0) {
        last = MIN(rungs->len, RO_LADDER_MAX);
    }
    for (unsigned i = first; i < last; i++) {
        out->rung[out->n] = g_array_index(rungs, ro_rung, i);
        out->device |= out->rung[out->n].by_device;
        out->n++;
    }
    out->more_before = first > 0;
    out->more_after = last < rungs->len;
}

void ro_ladder_of(const ro_document *doc, const ro_entry *e, ro_ladder *out)
{
    const ro_reset *r = e->reset;
    GArray *rungs = g_array_new(FALSE, FALSE, sizeof(ro_rung));

    *out = (ro_ladder){0};
    add_resets(doc, rungs, r);
    for (int d = 0; d < 2; d++) {
        ro_history *history = &r->stream->history[d];
        const ro_recent_segment *s;

        for (unsigned i = 0; (s = ro_history_newest(history, i)); i++) {
            add_segment(rungs, r, d, s);
        }
    }
    if (r->facts & RO_FACT_TRIGGER) {
        add_segment(rungs, r, !r->d, &r->trigger);
    }
    g_array_sort(rungs, by_frame);
    cut(rungs, out);
    g_array_free(rungs, TRUE);
}

void ro_ladder_flags(uint16_t flags, GString *out)
{
    static const struct {
        uint16_t flag;
        const char *name;
    } names[] = {{RO_SYN, "SYN"}, {RO_FIN, "FIN"}, {RO_RST, "RST"},
                 {RO_PSH, "PSH"}, {RO_URG, "URG"}, {RO_ACK, "ACK"}};
    const char *comma = "";

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        if (flags & names[i].flag) {
            g_string_append_printf(out, "%s%s", comma, names[i].name);
            comma = ", ";
        }
    }
    if (!*comma) {
        g_string_append(out, "no flags");
    }
}
