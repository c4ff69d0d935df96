/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small sample of the segments of one stream, chosen so that every capture point keeps the same
 * ones: what two capture points are compared by. */

#ifndef RO_POINTS_SAMPLE_H
#define RO_POINTS_SAMPLE_H

#include "track/segment.h"
#include "track/stream.h"

/* Segments kept of each direction. Most connections that end in a RST are shorter than this, so all
 * of them is kept; of longer ones, those with the smallest keys (a bottom-k sample). */
#define RO_SAMPLE_MAX 24

typedef struct ro_sampled {
    int64_t time_ns; /* when it first passed */
    uint32_t key;    /* hash of what stays the same on the way */
    uint32_t seq;
    uint32_t ack;
    uint32_t len;
    uint32_t tsval;
    uint16_t flags;
    uint16_t ip_id;
    uint8_t ttl;
    uint8_t times; /* how often it was seen, up to 255 */
    bool has_ts;
} ro_sampled;

struct ro_points;

typedef struct ro_sample {
    struct ro_points *points;
    ro_stream *same_ends;   /* older stream between the same ends, at any point */
    ro_stream *same_isn[2]; /* older stream with the same ISN of the client, of the server */
    uint8_t at;             /* index of the capture point in the table of points */
    uint8_t n[2];
    bool keyed[2];      /* entered by the ISN of the client, of the server */
    uint64_t marks[2];  /* a bit for the low bits of each key entered: one that is unset is new */
    uint32_t most[2];   /* largest key kept, once the sample is full */
    uint32_t shorts[2]; /* segments without data and FIN, which offload never joins */
    ro_sampled kept[2][RO_SAMPLE_MAX];
} ro_sample;

/* Keeps `s`, a segment of direction d that is no RST, if it belongs to the sample. */
void ro_sample_add(ro_sample *t, int d, const ro_segment *s);

/* Keys up to this one are all in the sample. */
uint32_t ro_sample_whole(const ro_sample *t, int d);

#endif
