/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resets with one reason, gathered: who made them, what they cost, where and when. */

#ifndef RO_REPORT_FINDING_H
#define RO_REPORT_FINDING_H

#include <glib.h>

#include "diagnose/diagnosis.h"
#include "diagnose/idle_clusters.h"

/* Frames named per finding. */
#define RO_FINDING_FRAMES 5

/* Up to this many services with the same reason get a finding of their own each: each has an owner.
 * More are one finding (a scan, a firewall that resets everything). */
#define RO_FINDING_SERVICES 4

/* One reset as the report sees it. */
typedef struct ro_entry {
    const ro_reset *reset;
    const char *device; /* product or injector family, or NULL */
    ro_diagnosis diagnosis;
    ro_group group;
    ro_source source;
    ro_cause cause;
    ro_confidence confidence; /* that the source is right */
    bool lookahead;
    uint32_t lost;    /* octets, see reset/loss.h */
    int rank;         /* how plainly it shows its reason */
    unsigned finding; /* index into the document's findings */
} ro_entry;

/* Where resets happen: the server's address and port, or the client's address and the server's
 * port where the client sends them. */
typedef struct ro_spot {
    ro_addr addr;
    uint16_t port;
    uint32_t resets;
    GArray *times; /* int64_t, when each event began */
} ro_spot;

/* Resets of other kinds belong to a finding where they came in the same event. */
typedef struct ro_finding_part {
    ro_source source;
    ro_cause cause;
    uint32_t resets;
} ro_finding_part;

typedef struct ro_finding {
    unsigned number; /* its place in the document, from 0 */
    ro_group group;
    ro_source source;
    ro_cause cause;
    const ro_diagnosis_row *diagnosis; /* or NULL */
    ro_confidence confidence;          /* of the plainest reset: the diagnosis's, or the source's */
    const char *device;                /* or NULL */
    const ro_entry *example;           /* the plainest reset */
    uint32_t resets;
    uint32_t events;
    uint32_t streams;
    uint32_t broken;       /* connections in use that ended by it */
    uint32_t refused;      /* connections that ended before they were in use */
    uint32_t lost_streams; /* connections that lost data */
    uint64_t lost_octets;
    uint32_t clients;
    uint32_t servers;
    uint16_t port;     /* of the first service; */
    bool ports_differ; /* and whether there are others */
    uint32_t total;    /* connections to the service in the capture; 0 where there are several */
    uint32_t retried;  /* connections tried again on the same ports */
    uint32_t again;    /* connections of a client to a service that had reset it before */
    uint32_t contradicted;
    uint32_t without_effect;    /* resets that their receiver dropped or asked back about */
    uint32_t claimed_sender[2]; /* by ro_side */
    uint32_t sure[3];           /* by ro_confidence, of the source */
    uint32_t hops[256];
    uint32_t hops_n;
    int64_t first_ns;
    int64_t last_ns;
    int64_t idle_min_ns; /* silences before its resets; 0 where one had none */
    int64_t idle_max_ns;
    uint32_t first_frame;
    uint32_t frames_n;
    const ro_entry *frames[RO_FINDING_FRAMES]; /* the plainest first */
    GArray *parts;                             /* ro_finding_part */
    GArray *times;                             /* int64_t, when each event began */
    GPtrArray *spots;                          /* ro_spot */
    GHashTable *spot_of;
    GHashTable *streams_seen;
    GHashTable *pairs;
    GHashTable *addresses[2]; /* of clients, of servers */
    ro_idle *idle;
} ro_finding;

/* A finding of the kind of `e`, still empty. */
ro_finding *ro_finding_new(const ro_entry *e);
void ro_finding_free(void *finding);

/* Takes in one reset. `e` outlives the finding. */
void ro_finding_add(ro_finding *f, const ro_entry *e);

/* Brings its places into their final order. */
void ro_finding_close(ro_finding *f);

/* The most common number of hops, and how many resets have it; 0 where unknown. */
uint32_t ro_finding_hops(const ro_finding *f, uint8_t *hops);

/* The token that names it: of the diagnosis, else of the cause. */
const char *ro_finding_token(const ro_finding *f);

#endif
