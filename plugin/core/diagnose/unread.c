/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Closes with data unread, which make a reset of the FIN (RFC 2525 2.17, RFC 1122 4.2.2.13). */

#include "diagnose/unread.h"

#include "base/constants.h"
#include "base/seq.h"
#include "diagnose/lost_request.h"
#include "diagnose/say.h"

/* Whose last data is older than this does not send any more. */
#define STILL_SENDING_NS (10 * RO_S)

/* A segment of usual size: a window with no room for two holds its sender back. */
#define SEGMENT 1460

/* Statuses with which servers answer before they have read a body (RFC 9110 9.3.1, 15.5). */
static bool is_early_status(unsigned code)
{
    return code >= 400 && code < 600;
}

/* The other side was still sending its request when the sender answered and closed: what came after the
 * request's head is the rest of it. Only of a protocol whose requests are known can one tell a rest from
 * a new request. */
static bool body_went_on(const ro_case *c)
{
    const ro_dir *sender = c->reset->sender;
    const ro_dir *receiver = c->reset->receiver;
    const ro_message *answer = &sender->words.last;
    int64_t rtt = ro_rtt_least(c->reset->sender);

    if (answer->kind != RO_MESSAGE_HTTP_ANSWER ||
        receiver->words.last.kind != RO_MESSAGE_HTTP_REQUEST ||
        receiver->words.last.time_ns >= answer->time_ns || receiver->data_segments < 2) {
        return false;
    }
    /* what was sent with the answer in hand may be a new thing, unless the answer refused the old one */
    if (receiver->last_data_ns > answer->time_ns) {
        return is_early_status(answer->code) ||
               !ro_seq_ge(c->reset->ending.request_ack,
                          sender->snd_nxt - ((sender->has & RO_DIR_FIN) ? 1 : 0));
    }
    return (ro_unacknowledged(c) > 0 &&
            receiver->last_data_ns + rtt + RO_INFLIGHT_NS > answer->time_ns);
}

/* A client that wanted no more while the server was still sending, or was held back by the client's window. */
static bool answer_was_cut(const ro_case *c)
{
    const ro_dir *sender = c->reset->sender;
    const ro_dir *receiver = c->reset->receiver;
    bool after_request = sender->data_segments > 0 && receiver->last_data_ns > sender->last_data_ns;
    bool held_back = (sender->has & RO_DIR_WINDOW) && (receiver->has & RO_DIR_SEQ) &&
                     ro_seq_diff(sender->right_edge, receiver->snd_nxt) < 2 * SEGMENT;

    return c->reset->shape == RO_SHAPE_ABORT && after_request && receiver->data_segments >= 2 &&
           !(receiver->has & RO_DIR_FIN) && (held_back || ro_unacknowledged(c) > 0) &&
           c->reset->seg.time_ns - receiver->last_data_ns < STILL_SENDING_NS;
}

/* The sender offers no window: its buffer is full of what its program has not read. */
static bool buffer_is_full(const ro_case *c)
{
    return c->reset->shape == RO_SHAPE_ABORT && c->reset->sender->transfer.zero_frame &&
           c->reset->receiver->data_segments > 0 && !(c->reset->sender->has & RO_DIR_FIN);
}

bool ro_aborted_over_request(const ro_case *c)
{
    const ro_reset *r = c->reset;

    return ro_sender_side(c) == RO_SERVER && r->shape == RO_SHAPE_ABORT &&
           !(r->sender->has & RO_DIR_FIN) && r->sender->data_segments > 0 && ro_lost_a_request(c);
}

int ro_unread_data_test(const ro_case *c)
{
    const ro_words *w = &c->reset->sender->words;

    if (!ro_from_endpoint(c)) {
        return RO_DIAGNOSIS_NO;
    }
    if (buffer_is_full(c)) {
        return ro_sure_of_endpoint(c, RO_DIAGNOSIS_MEDIUM);
    }
    if (c->reset->sender->data_segments == 0) {
        return RO_DIAGNOSIS_NO;
    }
    if (ro_sender_side(c) == RO_SERVER && body_went_on(c)) {
        bool early = w->last.kind == RO_MESSAGE_HTTP_ANSWER && is_early_status(w->last.code);

        return ro_sure_of_endpoint(c, early ? RO_DIAGNOSIS_HIGH : RO_DIAGNOSIS_MEDIUM);
    }
    if (ro_sender_side(c) == RO_CLIENT && answer_was_cut(c)) {
        return ro_sure_of_endpoint(c, RO_DIAGNOSIS_MEDIUM);
    }
    return RO_DIAGNOSIS_NO;
}

void ro_unread_data_text(const ro_case *c, GString *out)
{
    const ro_dir *sender = c->reset->sender;
    const ro_dir *receiver = c->reset->receiver;
    ro_side side = ro_sender_side(c);

    ro_say_end(c, side, out);
    if (buffer_is_full(c)) {
        g_string_append_printf(out,
                               " closed while its buffer was full (window 0, frame %u) of what ",
                               sender->transfer.zero_frame);
        ro_say_end(c, !side, out);
        g_string_append(out, " had sent: the data that lay unread made the close a reset");
        return;
    }
    if (side == RO_CLIENT) {
        g_string_append(out, " closed while ");
        ro_say_end(c, RO_SERVER, out);
        g_string_append(out,
                        " was still sending its answer: the data that lay unread made the close "
                        "a reset");
        return;
    }
    g_string_append(out, " answered ");
    ro_message_text(&sender->words.last, out);
    g_string_append(out, " and closed with data unread while ");
    ro_say_end(c, RO_CLIENT, out);
    g_string_append(out, " was still sending ");
    ro_message_text(&receiver->words.last, out);
    g_string_append(out, ": the reset may reach the client before it has read that answer");
}

void ro_unread_data_evidence(const ro_case *c, GPtrArray *lines)
{
    GString *span = g_string_new(NULL);

    ro_say_span(c->reset->seg.time_ns - c->reset->receiver->last_data_ns, span);
    ro_story(c, lines);
    ro_line(lines, "the %s sent data until %s before the reset, %u octet%s of it not acknowledged",
            ro_side_name(!ro_sender_side(c)), span->str, ro_unacknowledged(c),
            ro_s(ro_unacknowledged(c)));
    g_string_free(span, TRUE);
}

void ro_unread_data_advice(const ro_case *c, GString *out)
{
    if (buffer_is_full(c)) {
        g_string_append_printf(out,
                               "find out why the program of the %s stopped reading before it "
                               "closed; let it read to the end first where the data matters",
                               ro_side_name(ro_sender_side(c)));
        return;
    }
    if (ro_sender_side(c) == RO_CLIENT) {
        g_string_append(out, "nothing to do if the client wanted no more (a closed tab, a status "
                             "check); else let it read the answer to its end before it closes");
        return;
    }
    g_string_append(
        out, "let the server read and drop the rest of the body before it closes (lingering "
             "close), raise its limit for bodies if the upload is wanted, and let the client "
             "ask first (Expect: 100-continue) or read the answer while it sends");
}

void ro_unread_data_commands(const ro_case *c, GArray *commands)
{
    if (ro_sender_side(c) == RO_CLIENT) {
        return;
    }
    if (c->reset->sender->words.last.kind == RO_MESSAGE_HTTP_ANSWER) {
        ro_command_add(commands, RO_PLATFORM_NGINX,
                       "nginx -T | grep -E 'lingering_|client_max_body_size'");
    }
    if (ro_may_be_linux(c, RO_SERVER)) {
        ro_command_add(commands, RO_PLATFORM_LINUX,
                       "nstat -az TcpExtTCPAbortOnClose TcpExtTCPAbortOnData");
    }
}

/* ---- a request over which the server aborted ---- */

/* A program that has read all and closes sends a FIN; a reset instead of it comes from data that lay unread, or from
 * SO_LINGER with the time 0 (Linux tcp_close()). Which of the two, the packets do not tell. */
int ro_unread_request_test(const ro_case *c)
{
    return c->verdict->cause == RO_CAUSE_ABORT && c->verdict->source == RO_SOURCE_SERVER &&
                   c->verdict->confidence != RO_LOW && ro_from_endpoint(c) &&
                   ro_aborted_over_request(c) && !ro_shared_burst(c->shared, c->reset)
               ? RO_DIAGNOSIS_LOW
               : RO_DIAGNOSIS_NO;
}

void ro_unread_request_text(const ro_case *c, GString *out)
{
    const ro_ending *e = &c->reset->ending;

    ro_say_end(c, RO_SERVER, out);
    g_string_append_printf(out, " reset the connection without an answer to the %u octet%s that ",
                           e->request_octets, ro_s(e->request_octets));
    ro_say_end(c, RO_CLIENT, out);
    g_string_append_printf(out,
                           " had sent (frame %u): its program closed with them unread, or it ends "
                           "connections by a reset (SO_LINGER with the time 0)",
                           e->request.frame);
}

void ro_unread_request_evidence(const ro_case *c, GPtrArray *lines)
{
    ro_story(c, lines);
    ro_line(lines, "no FIN of the server: a program that has read all closes by FIN");
}

void ro_unread_request_advice(const ro_case *c, GString *out)
{
    (void)c;
    g_string_append(out, "look at the server's log for this request: an error, a limit or a "
                         "shutdown made it close; the client may repeat the request if that is "
                         "safe");
}

void ro_unread_request_commands(const ro_case *c, GArray *commands)
{
    ro_command_show(c, commands);
    if (ro_may_be_linux(c, RO_SERVER)) {
        ro_command_add(commands, RO_PLATFORM_LINUX,
                       "nstat -az TcpExtTCPAbortOnClose TcpExtTCPAbortOnData");
    }
}
