/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps what the connections of a capture share. */

#include "diagnose/shared.h"

#include <glib.h>

struct ro_shared {
    uint32_t resets;
};

ro_shared *ro_shared_new(void)
{
    return g_new0(ro_shared, 1);
}

void ro_shared_free(ro_shared *shared)
{
    g_free(shared);
}

void ro_shared_add_reset(ro_shared *shared, const ro_reset *r)
{
    (void)r;
    shared->resets++;
}
