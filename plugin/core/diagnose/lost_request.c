/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells a request from a farewell. A program that reads the end of the stream closes at once, so a FIN right
 * behind a message alone says nothing: what the message is, or how long, must. */

#include "diagnose/lost_request.h"

#include "diagnose/lifetime.h"
#include "diagnose/process.h"
#include "diagnose/say.h"

/* A keep-alive timer is longer than a pause between two segments of one answer: the shortest in the field
 * is 1 s, tests use a few tenths. */
#define QUIET_LEAST_NS (300 * RO_MS)

/* Last words are short: QUIT, LOGOUT, COM_QUIT, Terminate, a closing element of XMPP. Encrypted, with a
 * record around them (TLS: close_notify, HTTP/2's GOAWAY; SSH: disconnect), they stay below a request. */
#define FAREWELL_OCTETS           40
#define FAREWELL_OCTETS_ENCRYPTED 100

static bool is_alert(ro_message_kind kind)
{
    return kind == RO_MESSAGE_TLS_ALERT || kind == RO_MESSAGE_TLS_ENCRYPTED_ALERT ||
           kind == RO_MESSAGE_TLS_PROBABLE_ALERT;
}

/* The last message of its side is the request itself, and of a kind that asks for something. */
static bool asks(const ro_words *w, const ro_ending *e)
{
    if (w->last.frame < e->request.frame) {
        return false;
    }
    return w->last.kind == RO_MESSAGE_HTTP_REQUEST || w->last.kind == RO_MESSAGE_HTTP2 ||
           (w->last.kind == RO_MESSAGE_REDIS_COMMAND && w->last.level != RO_REDIS_QUIT);
}

bool ro_said_farewell(const ro_case *c)
{
    const ro_ending *e = &c->reset->ending;
    const ro_words *w = ro_words_of(c, !ro_sender_side(c));
    ro_protocol protocol = ro_message_protocol(w->first);
    bool encrypted = protocol == RO_PROTOCOL_TLS || protocol == RO_PROTOCOL_SSH;

    if (!e->fin[1].frame || e->fin[1].time_ns - e->request.time_ns >= RO_FAREWELL_NS) {
        return false;
    }
    return !asks(w, e) &&
           e->request_octets <= (encrypted ? FAREWELL_OCTETS_ENCRYPTED : FAREWELL_OCTETS);
}

bool ro_lost_a_request(const ro_case *c)
{
    const ro_ending *e = &c->reset->ending;

    return ro_from_endpoint(c) && e->request.frame && e->request_octets > 0 &&
           !e->request_goes_on && !is_alert(ro_words_of(c, !ro_sender_side(c))->last.kind) &&
           !ro_said_farewell(c);
}

/* Between the last data and the FIN of one side the path adds nothing: both took the same way. */
static bool was_quiet(const ro_case *c)
{
    const ro_ending *e = &c->reset->ending;

    if (e->fin[0].frame && e->last_data_by_sender &&
        e->fin[0].time_ns - e->last_data.time_ns >= QUIET_LEAST_NS && e->quiet_ns > 0) {
        return true;
    }
    return e->quiet_ns >= QUIET_LEAST_NS + 2 * ro_rtt_of_both(c->reset);
}

/* A server's last words are an answer anyway. */
bool ro_was_idle(const ro_case *c)
{
    return was_quiet(c) && (ro_sender_side(c) == RO_SERVER || !c->reset->ending.owed) &&
           !ro_max_age_fits(c) && !ro_process_ended(c);
}
