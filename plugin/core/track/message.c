/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chooses the rule that knows the first octets of a segment's data. */

#include "track/message.h"

/* Whether a rule beside TLS' may know octets that begin so: bulk data is let go by its first octet, which
 * saves some forty comparisons. MySQL's packets begin with their length, and have 0 in the fourth place. */
static inline bool may_be_known(const uint8_t *p, unsigned n)
{
    if (n > 3 && p[3] == 0) {
        return true;
    }
    switch (p[0]) {
    case 0:    /* PostgreSQL, SMB */
    case 0xff: /* BGP */
    case 'A':  /* AMQP */
    case 'C':
    case 'D':
    case 'G':
    case 'H':
    case 'O':
    case 'P':
    case 'T': /* HTTP, HELO, PASS */
    case 'E':
    case 'N':
    case 'S':
    case 'U': /* EHLO, Exceeded, Not allowed, SSH, USER, a PostgreSQL error */
    case '1':
    case '2':
    case '3':
    case '4':
    case '5': /* reply codes */
    case '+':
    case '-':
    case '*': /* POP3, IMAP, Redis */
        return true;
    default:
        return false;
    }
}

void ro_words_take(ro_words *words, const ro_segment *s, char name[RO_NAME_MAX + 1])
{
    ro_message m = {.frame = s->frame, .time_ns = s->time_ns};
    bool known;

    name[0] = '\0';
    known = ro_tls_take(words, &m, s->data, s->data_len, name) ||
            (may_be_known(s->data, s->data_len) && (ro_text_take(&m, s->data, s->data_len, name) ||
                                                    ro_database_take(&m, s->data, s->data_len)));
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
