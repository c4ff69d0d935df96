/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Short words of a document that text, page and JSON have in common. */

#ifndef RO_REPORT_LABELS_H
#define RO_REPORT_LABELS_H

#include "report/finding.h"

/* "very likely", "likely", "possibly". */
const char *ro_label_confidence(ro_confidence confidence);

/* Seconds as people write them: "0.4 ms", "5.003 s", "350 s". */
void ro_label_duration(int64_t ns, GString *out);

/* An instant in UTC, with its date or without. */
void ro_label_instant(int64_t ns, bool date, GString *out);

/* Where a command is to be run, as a heading: "On Linux". */
const char *ro_label_platform(ro_platform platform);

/* "Frame 12", "Frame 12, one of 3 resets", "Frames 12, 16, 17", "Frames 12, 16 and 7 more"; in the order of
 * the capture. */
void ro_label_frames(const ro_finding *f, GString *out);

#endif
