/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Watches each TCP segment where TCP is dissected, and keeps what the core made of it. */

#ifndef RO_WIRESHARK_OBSERVE_H
#define RO_WIRESHARK_OBSERVE_H

#include "compat.h"

#include "core/capture.h"

/* A verdict and what it was founded on. */
typedef struct ro_judged {
    ro_verdict verdict;
    uint64_t state;     /* of the capture, when it was judged */
    unsigned min_score; /* the preference then */
} ro_judged;

/* What one TCP segment of a frame left behind: a reset, or a word against earlier ones. Kept with
 * the frame, never by its number: under `-2 -R` numbers come again in the first pass. */
typedef struct ro_result {
    struct ro_result *next; /* next one of the same frame, outer layers first */
    uint8_t layer;
    uint8_t contradicts_n;
    uint32_t attached_in;    /* the dissection that has shown it, see attach.c */
    ro_reset *reset;         /* NULL where the segment is no RST */
    ro_judged *judged;       /* of the reset; NULL until a reader asked */
    ro_reset *contradicts[]; /* contradicts_n of them */
} ro_result;

void ro_observe_register(void);
void ro_observe_handoff(void);

/* Takes in what a kernel said of a reset; what is kept of it lives as long as the file is open. NULL where
 * nothing is, or where the plugin is switched off. */
const ro_testimony *ro_observe_witness(const ro_witness_record *record);

/* The results of this frame; NULL for most. Cheap enough to ask of each frame. */
ro_result *ro_results_of(packet_info *pinfo);

/* False where frame `n` is no longer the one that was captured at `time_ns`: under `-2 -R` a frame
 * that failed the read filter has handed its number on. */
bool ro_frame_is_still(uint32_t n, int64_t time_ns);

/* The capture that is open; NULL where there is none. */
ro_capture *ro_capture_open(void);

#endif
