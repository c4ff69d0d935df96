/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts the connections of a service. */

#include "track/service.h"

uint32_t ro_streams_to(GHashTable *streams, uint64_t point, ro_endpoint server)
{
    GHashTableIter iter;
    gpointer key;
    uint32_t n = 0;

    g_hash_table_iter_init(&iter, streams);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        for (const ro_stream *st = key; st; st = st->previous) {
            const ro_endpoint *end = &st->end[!st->client];

            n += st->point == point && end->port == server.port &&
                 ro_addr_equal(end->addr, server.addr);
        }
    }
    return n;
}
