/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many connections a service had. */

#ifndef RO_TRACK_SERVICE_H
#define RO_TRACK_SERVICE_H

#include <glib.h>

#include "track/stream.h"

/* Connections to `server` that one capture point saw, earlier ones on the same ports included. Walks
 * through the whole table (ro_stream as its keys): for a report, not for a packet. */
uint32_t ro_streams_to(GHashTable *streams, uint64_t point, ro_endpoint server);

#endif
