/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a report holds, between the part that gathers and the parts that write. */

#ifndef RO_REPORT_REPORT_DATA_H
#define RO_REPORT_REPORT_DATA_H

#include <glib.h>

#include "diagnose/diagnosis.h"
#include "diagnose/idle_clusters.h"
#include "report/report.h"
#include "report/rhythm.h"

/* Frames named per finding, and clusters of idle times. */
#define RO_REPORT_FRAMES   5
#define RO_REPORT_CLUSTERS 3

/* Places printed per finding as text; the JSON document has RO_REPORT_SPOTS_MAX. */
#define RO_REPORT_SPOTS     4
#define RO_REPORT_SPOTS_MAX 50

/* Where resets happen: the server's address and port, or the client's address and the server's
 * port where the client sends them. */
typedef struct ro_spot {
    ro_addr addr;
    uint16_t port;
    uint32_t resets;
    GArray *times; /* int64_t, when each event began */
} ro_spot;

typedef struct ro_report_frame {
    uint32_t frame;
    int rank; /* confidence, then weight */
} ro_report_frame;

typedef struct ro_finding {
    ro_group group;
    ro_source source;
    ro_cause cause;
    const char *device; /* or NULL */
    uint32_t resets;
    uint32_t events;
    uint32_t streams;
    uint32_t retried; /* connections tried again on the same ports */
    uint32_t again;   /* connections of a client to a service that had reset it before */
    uint32_t contradicted;
    uint32_t claimed_sender[2]; /* by ro_side */
    uint32_t sure[3];           /* by ro_confidence */
    uint32_t hops[256];
    uint32_t hops_n;
    int64_t first_ns;
    int64_t last_ns;
    uint32_t first_frame;
    uint32_t last_frame;
    uint32_t frames_n;
    ro_report_frame frames[RO_REPORT_FRAMES]; /* the plainest first */
    GArray *times;                            /* int64_t, when each event began */
    GPtrArray *spots;                         /* ro_spot */
    GHashTable *spot_of;
    GHashTable *streams_seen;
    GHashTable *retried_seen;
    GHashTable *pairs;
    ro_idle *idle;
} ro_finding;

struct ro_report {
    char *filter;
    uint32_t resets;
    uint32_t copies; /* resets that the capture holds twice */
    uint32_t groups[RO_GROUP_N];
    int64_t first_ns;
    int64_t last_ns;
    bool lookahead;
    GHashTable *streams_seen;
    GHashTable *events_seen;
    GPtrArray *findings; /* ro_finding, sorted by ro_report_sort */
};

/* Brings findings and their places into their final order. */
void ro_report_sort(ro_report *report);

/* The most common number of hops of a finding, and how many resets have it; 0 where unknown. */
uint32_t ro_finding_hops(const ro_finding *f, uint8_t *hops);

/* A finding's cause as a short heading. */
const char *ro_report_title(ro_cause cause);

/* What to do about a finding, and the commands that do it (up to four, then NULL). */
typedef struct ro_advice {
    const char *text;
    const char *commands[5];
} ro_advice;

ro_advice ro_report_advice(const ro_finding *f);

#endif
