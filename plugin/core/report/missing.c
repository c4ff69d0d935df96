/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A fact that the judge could not have is a line. */

#include "report/missing.h"

#include "reset/followup.h"
#include "reset/reset_names.h"

#define LINES_MAX 3

static void say(GPtrArray *lines, unsigned from, char *line)
{
    if (lines->len - from < LINES_MAX) {
        g_ptr_array_add(lines, line);
    } else {
        g_free(line);
    }
}

void ro_missing(const ro_reset *r, GPtrArray *lines)
{
    const char *side = ro_side_name((ro_side)r->claimed_sender);
    const char *other = r->claimed_sender == RO_CLIENT ? "server" : "client";
    unsigned from = lines->len;

    if (!(r->facts & (RO_FACT_TTL_DELTA | RO_FACT_HOST_TTL))) {
        say(lines, from,
            g_strdup_printf("another packet of the %s, to compare its TTL and its distance", side));
    } else if (!(r->facts & (RO_FACT_RTT | RO_FACT_HOST_RTT))) {
        say(lines, from,
            g_strdup_printf(
                "a segment of the %s that answers at once: it would show the round trip", side));
    }
    if (ro_later_frames(r) == 0) {
        say(lines, from,
            g_strdup_printf("anything after the reset: does the %s go on, or send data again?",
                            side));
    }
    if (!(r->receiver->has & RO_DIR_SEQ)) {
        say(lines, from,
            g_strdup_printf("what the %s sent: the capture holds one direction", other));
    } else if (!(r->facts & RO_FACT_TRIGGER)) {
        say(lines, from, g_strdup("the segment that the reset answers"));
    }
    if (!(r->facts & RO_FACT_AGE)) {
        say(lines, from, g_strdup("the beginning of the connection"));
    }
}
