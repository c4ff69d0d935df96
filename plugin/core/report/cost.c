/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A request that was lost counts for more than a connection, and a connection for more than a client
 * that merely met a reset. */

#include "report/cost.h"

#include "reset/effect.h"
#include "reset/loss.h"

#define LOST_WEIGHT   4
#define BROKEN_WEIGHT 2

bool ro_cost_dropped(const ro_reset *r)
{
    ro_effect effect = ro_effect_of(r);

    return effect == RO_EFFECT_IGNORED || effect == RO_EFFECT_CHALLENGED;
}

bool ro_cost_broke(const ro_reset *r)
{
    if (r->stage == RO_STAGE_POST_SYN || r->stage == RO_STAGE_POST_SYNACK ||
        r->stage == RO_STAGE_CLOSING) {
        return false;
    }
    return !ro_cost_dropped(r);
}

uint32_t ro_cost_lost(const ro_reset *r, const ro_verdict *v)
{
    if ((v->source == RO_SOURCE_INTERMEDIARY && ro_cost_dropped(r)) || v->cause == RO_CAUSE_ECHO) {
        return 0;
    }
    return ro_lost_octets(r);
}

/* 0: lost something. 1: worth knowing. 2: harmless. */
static int tier(const ro_finding *f)
{
    if (f->group == RO_GROUP_HARMLESS) {
        return 2;
    }
    return f->broken || f->lost_streams ? 0 : 1;
}

static uint64_t cost(const ro_finding *f)
{
    return (uint64_t)f->lost_streams * LOST_WEIGHT + (uint64_t)f->broken * BROKEN_WEIGHT +
           f->clients;
}

/* -1 where `x` goes before `y`; more is first. */
static int more_first(uint64_t x, uint64_t y)
{
    return (x < y) - (x > y);
}

int ro_cost_compare(const void *a, const void *b)
{
    const ro_finding *x = *(ro_finding *const *)a;
    const ro_finding *y = *(ro_finding *const *)b;
    int order = tier(x) - tier(y);

    if (!order) {
        order = more_first(cost(x), cost(y));
    }
    if (!order) { /* something that can be acted on goes before a riddle */
        order = (x->group == RO_GROUP_UNDECIDED) - (y->group == RO_GROUP_UNDECIDED);
    }
    if (!order) {
        order = more_first(x->diagnosis != NULL, y->diagnosis != NULL);
    }
    if (!order) {
        order = more_first(x->resets, y->resets);
    }
    return order ? order : (x->first_frame > y->first_frame) - (x->first_frame < y->first_frame);
}
