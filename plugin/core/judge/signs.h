/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of signs: a row each with its token, weight, family, source, test and text. */

#ifndef RO_JUDGE_SIGNS_H
#define RO_JUDGE_SIGNS_H

#include <glib.h>

#include "judge/verdict.h"
#include "reset/reset.h"

/* Signs of one family share their causes and do not add up as if they were independent. */
typedef enum ro_family {
    RO_FAMILY_SEQUENCE = 0,
    RO_FAMILY_TIMING,
    RO_FAMILY_PATH,      /* TTL: how far its maker is; changes when a route does */
    RO_FAMILY_IP,        /* IP-ID, DF, DSCP, flow label: whose IP code wrote it */
    RO_FAMILY_TCP,       /* flags, window, options: whose TCP code wrote it */
    RO_FAMILY_BEHAVIOUR, /* what both ends do afterwards */
    RO_FAMILY_SELF,      /* the sender's own words */
    RO_FAMILY_POINT,     /* link layer and other capture points */
    RO_FAMILY_COPY,      /* fields that follow a rule of their own: copied, stepped, repeated */
    RO_FAMILY_N
} ro_family;

/* Tests return the weight in decibans, positive for a device on the path, or this. */
#define RO_NOT_EVALUATED INT16_MIN

/* Which knowledge a sign rests on. The first kind says the same in one pass and in two. */
typedef enum ro_lookahead {
    RO_KNOWN_AT_RESET = 0, /* what was known when the RST came */
    RO_MORE_LATER,         /* that, and what came after it: the host, the burst, other points */
    RO_ONLY_LATER          /* frames after it: says nothing when the RST has just come */
} ro_lookahead;

typedef struct ro_sign {
    const char *token;
    ro_family family;
    ro_lookahead lookahead;
    bool impossible; /* physically impossible for the endpoint: may decide alone */
    bool likeness;   /* speaks for the endpoint only by being alike: who copies one copies all */
    const char *source;
    /* First step; NULL in a sign of the second step. */
    int (*test)(const ro_reset *r); /* weight, 0 = did not fire, RO_NOT_EVALUATED = cannot say */
    void (*text)(const ro_reset *r, GString *out); /* the values compared, one line */
    /* Second step: what `other`, a neighbour convicted by its own signs, says of `r`. */
    int (*beside)(const ro_reset *r, const ro_reset *other);
    void (*text_beside)(const ro_reset *r, const ro_reset *other, GString *out);
} ro_sign;

extern const ro_sign ro_signs[];
extern const unsigned ro_signs_n;

/* The sentence of a sign that fired for `r`. */
void ro_sign_say(const ro_reset *r, const ro_fired *fired, GString *out);

const char *ro_family_name(ro_family family);

#endif
