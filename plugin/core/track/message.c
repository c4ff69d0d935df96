/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chooses the rule that knows the first octets of a segment's data. */

#include "track/message.h"

void ro_words_take(ro_words *words, const ro_segment *s, char name[RO_NAME_MAX + 1])
{
    ro_message m = {.frame = s->frame, .time_ns = s->time_ns};
    bool known;

    name[0] = '\0';
    known = ro_tls_take(words, &m, s->data, s->data_len, name) ||
            ro_text_take(&m, s->data, s->data_len, name) ||
            ro_database_take(&m, s->data, s->data_len);
    if (!known) {
        m.kind = RO_MESSAGE_DATA;
    }
    if (words->first == RO_MESSAGE_NONE) {
        words->first = m.kind;
    }
    /* the rest of a message begins with anything: it does not replace what is known */
    if (known || words->last.kind == RO_MESSAGE_NONE) {
        words->last = m;
        words->count += known;
    }
}
