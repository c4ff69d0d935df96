/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The root cause of a RST: the thing that a person must change. A table, as the signs are: one row per
 * diagnosis with its test, sentence, evidence and advice. */

#ifndef RO_DIAGNOSE_DIAGNOSIS_H
#define RO_DIAGNOSE_DIAGNOSIS_H

#include <glib.h>

#include "diagnose/shared.h"
#include "judge/verdict.h"

/* What a reader has to do with it. */
typedef enum ro_group {
    RO_GROUP_PATH = 0,  /* act on a device on the path */
    RO_GROUP_UNDECIDED, /* find out more first */
    RO_GROUP_ENDPOINT,  /* act at an endpoint */
    RO_GROUP_HARMLESS,  /* nothing to do, nothing was lost */
    RO_GROUP_N
} ro_group;

/* All that a diagnosis may read. */
typedef struct ro_case {
    const ro_reset *reset;
    const ro_verdict *verdict;
    const ro_shared *shared; /* what the connections of the capture share; never NULL */
} ro_case;

/* A command to run, and where. */
typedef enum ro_platform {
    RO_PLATFORM_ANY = 0, /* tshark and the like */
    RO_PLATFORM_LINUX,
    RO_PLATFORM_WINDOWS,
    RO_PLATFORM_NETFILTER, /* a Linux router or firewall */
    RO_PLATFORM_KUBERNETES,
    RO_PLATFORM_NGINX,
    RO_PLATFORM_HAPROXY,
    RO_PLATFORM_ENVOY,
    RO_PLATFORM_N
} ro_platform;

typedef struct ro_command {
    ro_platform platform;
    char *text; /* one line, ready to run; owned by the list */
} ro_command;

/* Tests return one of these: not this one, or how sure. */
enum { RO_DIAGNOSIS_NO = 0, RO_DIAGNOSIS_LOW, RO_DIAGNOSIS_MEDIUM, RO_DIAGNOSIS_HIGH };

typedef struct ro_diagnosis_row {
    const char *token; /* of the field contract */
    ro_group group;
    bool last_resort;      /* asked only where no row before it fits */
    const char *title;     /* a short heading, without the ends */
    const char *source;    /* where the mechanism is described */
    const char *neighbour; /* the nearest harmless case, and what tells it apart */
    int (*test)(const ro_case *c);
    void (*text)(const ro_case *c, GString *out);         /* one sentence, both ends, numbers */
    void (*evidence)(const ro_case *c, GPtrArray *lines); /* char *, each with frames, values */
    void (*advice)(const ro_case *c, GString *out); /* what to change, what would confirm it */
    void (*commands)(const ro_case *c, GArray *commands); /* ro_command; NULL where nothing fits */
} ro_diagnosis_row;

/* The rows, most specific first: the first row with the highest confidence is the diagnosis. */
extern const ro_diagnosis_row ro_diagnoses[];
extern const unsigned ro_diagnoses_n;

typedef struct ro_diagnosis {
    const ro_diagnosis_row *row; /* NULL where nothing more than the cause is known */
    ro_confidence confidence;
} ro_diagnosis;

/* The diagnosis of a RST. A pure function of what is known: it may be asked again at any time. */
ro_diagnosis ro_diagnose(const ro_case *c);

/* Helpers for whoever writes the answer; each adds nothing where `d->row` is NULL. The list of lines
 * frees its strings, the list of commands its texts. */
void ro_diagnosis_text(const ro_case *c, const ro_diagnosis *d, GString *out);
void ro_diagnosis_advice(const ro_case *c, const ro_diagnosis *d, GString *out);
GPtrArray *ro_diagnosis_evidence(const ro_case *c, const ro_diagnosis *d);
GArray *ro_diagnosis_commands(const ro_case *c, const ro_diagnosis *d);

const char *ro_group_name(ro_group group);
const char *ro_platform_name(ro_platform platform);

#endif
