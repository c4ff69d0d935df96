/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one other capture point shows of a RST: the same RST, its absence, or nothing. */

#ifndef RO_POINTS_OBSERVATION_H
#define RO_POINTS_OBSERVATION_H

#include "points/points.h"
#include "reset/reset.h"

/* What another capture point shows of the connection of a RST. */
typedef enum ro_observation_kind {
    RO_OBSERVED_NONE = 0,  /* nothing that says anything */
    RO_OBSERVED_SEEN,      /* the same RST */
    RO_OBSERVED_MISSING,   /* the connection, but not this RST */
    RO_OBSERVED_OTHER_LEG, /* between the same ends, a connection of other numbers: a proxy's leg */
    RO_OBSERVED_UNSEEN     /* the host whose address it has, but not this connection */
} ro_observation_kind;

typedef struct ro_observation {
    ro_observation_kind kind;
    const ro_reset *copy; /* where kind is SEEN */
    int nearer;           /* to the claimed sender than the RST's own point: 1, farther: -1 */
    bool rewritten;       /* the copy's numbers are others, beyond what translation moves */
    int32_t moved;        /* then: SEQ at the RST's own point minus what it should be there */
    bool rest_seen;       /* what came before the RST was seen there as well */
    bool next_to_sender;  /* the point is the claimed sender's own interface, or its neighbour */
    bool has_offset;
    int64_t offset_ns; /* that point's clock minus the RST's point's */
    uint32_t missed;   /* segments that this point's capture lacks, of so many that must have */
    uint32_t of;       /* passed there */
    int weight;        /* decibans for a device between the two points */
} ro_observation;

/* What absences weigh together at most, in decibans. */
#define RO_ABSENT_MAX 60

/* Fills `s`, which is all zero, with what the point at index `at`, not the RST's own, shows of `r`. The
 * links between the points have been counted (ro_point_stats), and the streams of `r` joined. */
void ro_observation_make(ro_points *v, const ro_reset *r, unsigned at, ro_observation *s);

#endif
