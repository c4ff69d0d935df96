/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answer to "which resets matter, who makes them, and what to do": one document, of which the text,
 * the JSON document and the page are made. */

#ifndef RO_REPORT_DOCUMENT_H
#define RO_REPORT_DOCUMENT_H

#include <glib.h>

#include "diagnose/diagnosis.h"
#include "judge/verdict.h"
#include "points/points.h"
#include "report/finding.h"
#include "report/origin_segments.h"

/* Grows when something in the JSON document changes its meaning or goes away; additions leave it. */
#define RO_DOCUMENT_VERSION 2

/* What was read, resets or not. Times are the first and last frame's. */
typedef struct ro_read {
    uint64_t packets; /* frames of the capture; 0 where nobody counted */
    uint32_t connections;
    int64_t first_ns;
    int64_t last_ns;
} ro_read;

/* What a document is made from; all of it outlives the document. */
typedef struct ro_document_input {
    const char *filter; /* the display filter that chose the resets, or NULL; it is only printed */
    ro_read read;
    const ro_shared *shared;                         /* never NULL where there are resets */
    ro_points *points;                               /* or NULL */
    const GPtrArray *resets;                         /* all of the capture (ro_reset), or NULL */
    void (*judge)(const ro_reset *r, ro_verdict *v); /* NULL for ro_judge */
    /* Connections of the capture to a service at one capture point; NULL where nobody can tell. */
    uint32_t (*connections_to)(void *data, uint64_t point, ro_addr addr, uint16_t port);
    void *data;
} ro_document_input;

typedef struct ro_document {
    ro_document_input in;
    uint32_t events;
    uint32_t connections; /* that hold resets */
    uint32_t copies;      /* resets that the capture holds twice */
    uint32_t groups[RO_GROUP_N];
    int64_t first_ns; /* of the resets */
    int64_t last_ns;
    bool closed;
    GArray *entries;              /* ro_entry: all resets, in the order they were added */
    GPtrArray *findings;          /* ro_finding, what matters most first */
    ro_origin_segments *segments; /* NULL with one capture point */
} ro_document;

ro_document *ro_document_new(const ro_document_input *in);
void ro_document_free(ro_document *doc); /* NULL is allowed */

/* Takes in one reset; in capture order. */
void ro_document_add(ro_document *doc, const ro_reset *r);

/* Gathers the findings. Nothing may be added afterwards. The order of everything is settled by counts
 * and names, so that equal captures give equal documents. */
void ro_document_close(ro_document *doc);

/* The first entry with the verdict as it is now, and the case to ask its diagnosis by. */
ro_case ro_document_case(const ro_document *doc, const ro_entry *e, ro_verdict *v);

#endif
