/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of a cause: a title, a sentence, an advice. The only place for these words. */

#ifndef RO_JUDGE_CAUSE_WORDS_H
#define RO_JUDGE_CAUSE_WORDS_H

#include <glib.h>
#include <stdint.h>

#include "judge/names.h"

typedef struct ro_cause_words {
    const char *title;    /* heading of a finding, lower case */
    const char *sentence; /* why, after "the client: " or "a device on the path: " */
    const char *advice;   /* what to do; may hold {side}, {port}, {idle}, {frame}, {where} */
} ro_cause_words;

/* The words for a cause, given who sent the reset. No member is NULL. */
ro_cause_words ro_cause_words_of(ro_cause cause, ro_source source);

/* What an advice may name. A value that is not known (NULL, 0) is paraphrased. */
typedef struct ro_cause_values {
    const char *side;  /* "client" or "server": the claimed sender */
    const char *where; /* "between X and Y", from several capture points */
    int64_t idle_ns;   /* silence before the reset */
    uint32_t frame;    /* of the earlier reset that explains this one */
    uint16_t port;     /* of the server */
} ro_cause_values;

/* Appends the advice with its values, a sentence or two with full stops. */
void ro_cause_advise(const ro_cause_words *words, const ro_cause_values *values, GString *out);

#endif
