/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Idle timers that products are known to have, and the keep-alive that stays below one. */

#ifndef RO_DIAGNOSE_KNOWN_TIMERS_H
#define RO_DIAGNOSE_KNOWN_TIMERS_H

#include <stdint.h>

/* Where such a timer runs. */
enum {
    RO_TIMER_PATH = 1 << 0,    /* a device on the path forgets the connection */
    RO_TIMER_PROGRAM = 1 << 1, /* a program or proxy ends it */
    RO_TIMER_HALF = 1 << 2     /* the connection is half closed */
};

typedef struct ro_known_timer {
    uint32_t seconds;
    uint8_t where;       /* RO_TIMER_* */
    const char *owner;   /* whose default it is, in words */
    const char *setting; /* its name there, NULL where it has many */
} ro_known_timer;

/* The known timer of that kind within `permille` of a measured length; NULL where there is none. */
const ro_known_timer *ro_timer_at(int64_t ns, unsigned where, unsigned permille);

/* The longest known one above `low_ns` and not above `high_ns` (one percent of grace); NULL where there is
 * none. */
const ro_known_timer *ro_timer_between(int64_t low_ns, int64_t high_ns, unsigned where);

/* Who is known to give up a connection after that much silence, in words; NULL where nobody is.
 * Two percent either way count as the same. */
const char *ro_timer_owner(int64_t idle_ns);

/* Seconds of silence after which a keep-alive should be sent so that the timer never runs out, even
 * where one keep-alive is lost: half of it, and 1 at least. */
uint32_t ro_timer_keepalive(int64_t idle_ns);

#endif
