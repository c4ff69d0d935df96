/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps of a RST what its frame takes with it, and shares what most records have in common. */

#include "reset/record.h"

#include <glib.h>

#include "base/constants.h"
#include "track/held.h"

_Static_assert(sizeof(void *) > 8 || sizeof(ro_reset) <= RO_RESET_OCTETS,
               "the record of a RST has grown, see base/constants.h");

static const ro_followup nothing_followed;

ro_reset *ro_reset_new(const ro_segment *s)
{
    ro_reset *r = g_new0(ro_reset, 1);

    r->seg = *s;
    r->seg.data_len = 0;
    r->seg.data = g_memdup2(s->data, s->payload_kept);
    r->sender = r->receiver = &ro_dir_none;
    r->latest = &r->trigger;
    r->followup = &nothing_followed;
    return r;
}

void ro_reset_free(void *reset)
{
    ro_reset *r = reset;

    if (r->owns[0]) {
        g_free((void *)r->sender);
    }
    if (r->owns[1]) {
        g_free((void *)r->receiver);
    }
    if (r->latest != &r->trigger) {
        g_free((void *)r->latest);
    }
    if (r->followup != &nothing_followed) {
        g_free((void *)r->followup);
    }
    g_free((void *)r->seg.data);
    g_free(r);
}

ro_followup *ro_followup_of(ro_reset *r)
{
    if (r->followup == &nothing_followed) {
        r->followup = g_new0(ro_followup, 1);
    }
    return (ro_followup *)r->followup;
}
