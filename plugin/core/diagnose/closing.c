/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How programs close: without an answer, or in order. Beside it unread.c: with data unread. */

#include "diagnose/closing.h"

#include "base/constants.h"
#include "base/seq.h"
#include "diagnose/counts.h"
#include "diagnose/idle_close.h"
#include "diagnose/lost_request.h"
#include "diagnose/say.h"
#include "diagnose/unread.h"

/* ---- no answer ---- */

/* Waits that programs' documents give as defaults or examples, in seconds; a lone wait is a timer only where
 * it is one of them to the permille. */
static unsigned round_seconds(int64_t ns)
{
    static const uint16_t seconds[] = {1,  2,  3,  4,  5,  6,   8,   10,  15,  20,  25,
                                       30, 45, 50, 60, 90, 100, 120, 180, 240, 300, 600};

    for (unsigned i = 0; i < sizeof seconds / sizeof *seconds; i++) {
        int64_t timer = seconds[i] * RO_S;
        int64_t late = ns - timer;

        if (late >= -5 * RO_MS && late <= 15 * RO_MS + timer / 1000 * 2) {
            return seconds[i];
        }
    }
    return 0;
}

#define SAME_PERCENT 1
#define SAME_LEAST   (25 * RO_MS)

/* All waits of a client, three at least, lie as near as this. */
#define MUCH_THE_SAME_PERCENT 8

/* How sure a wait of that length is a timer's, by its likes and by itself. */
static int sure_of_wait(const ro_tally *t, int64_t waited)
{
    unsigned like = ro_tally_like(t, waited, SAME_PERCENT, SAME_LEAST);
    unsigned kept = t ? MIN(t->n, RO_TALLY_VALUES) : 0;

    if (waited == 0) {
        return RO_DIAGNOSIS_NO;
    }
    if (like >= 3 && like * 2 > kept) {
        return RO_DIAGNOSIS_HIGH;
    }
    if (round_seconds(waited) || (like >= 2 && like == kept)) {
        return RO_DIAGNOSIS_MEDIUM;
    }
    /* a busy client looks at its clock late, people cancel after a time of their own each */
    return kept >= 3 && ro_tally_like(t, waited, MUCH_THE_SAME_PERCENT, SAME_LEAST) == kept
               ? RO_DIAGNOSIS_LOW
               : RO_DIAGNOSIS_NO;
}

/* The wait that a timer explains better: since the request, or since the SYN. */
static int find_wait(const ro_case *c, int64_t *waited, bool *since_syn, const ro_tally **t)
{
    const ro_tallies *all = ro_shared_tallies(c->shared);
    const ro_tally *request = ro_count_of(all, c->reset, RO_TALLY_WAITED);
    const ro_tally *syn = ro_count_of(all, c->reset, RO_TALLY_WAITED_SYN);
    ro_wait wait;
    int by_request;
    int by_syn;

    if (!ro_gave_up_waiting(c->reset, &wait)) {
        return RO_DIAGNOSIS_NO;
    }
    by_request = sure_of_wait(request, wait.since_request_ns);
    by_syn = sure_of_wait(syn, wait.since_syn_ns);
    *since_syn = by_syn > by_request;
    *waited = *since_syn ? wait.since_syn_ns : wait.since_request_ns;
    *t = *since_syn ? syn : request;
    return MAX(by_syn, by_request);
}

int ro_response_timeout_test(const ro_case *c)
{
    const ro_reset *r = c->reset;
    int64_t waited;
    bool since_syn;
    const ro_tally *t;

    if (!ro_from_endpoint(c) || r->sender->repeats >= 2 || r->sender->probes >= 2) {
        return RO_DIAGNOSIS_NO;
    }
    return ro_sure_of_endpoint(c, find_wait(c, &waited, &since_syn, &t));
}

void ro_response_timeout_text(const ro_case *c, GString *out)
{
    int64_t waited = 0;
    bool since_syn = false;
    const ro_tally *t;

    find_wait(c, &waited, &since_syn, &t);
    ro_say_end(c, RO_CLIENT, out);
    g_string_append(out, " gave up ");
    ro_say_span(waited, out);
    g_string_append(out, since_syn ? " after its SYN; to its request "
                                   : " after its request, to which ");
    ro_say_end(c, RO_SERVER, out);
    g_string_append(out, " had not answered: ");
    if (round_seconds(waited)) {
        g_string_append_printf(out, "a timeout of %u s in the program that asked",
                               round_seconds(waited));
    } else {
        g_string_append(out, "a timeout in the program that asked");
    }
}

void ro_response_timeout_evidence(const ro_case *c, GPtrArray *lines)
{
    const ro_reset *r = c->reset;
    int64_t waited = 0;
    bool since_syn = false;
    const ro_tally *t = NULL;
    GString *line = g_string_new("no data of the server for ");

    ro_story(c, lines);
    find_wait(c, &waited, &since_syn, &t);
    ro_say_span(waited, line);
    g_string_append_printf(
        line, " after the %s; the request %s acknowledged", since_syn ? "SYN" : "request",
        ro_seq_ge(r->receiver->rcv_nxt, r->sender->snd_nxt - 1) ? "was" : "was not");
    g_ptr_array_add(lines, g_string_free(line, FALSE));
    if (t && t->n > 1) {
        ro_line(lines,
                "%u of the last %u connections that the client gave up ended after the same time",
                ro_tally_like(t, waited, SAME_PERCENT, SAME_LEAST),
                MIN(t->n, (uint32_t)RO_TALLY_VALUES));
    }
}

void ro_response_timeout_advice(const ro_case *c, GString *out)
{
    int64_t waited = 0;
    bool since_syn = false;
    const ro_tally *t;

    find_wait(c, &waited, &since_syn, &t);
    g_string_append(out, "find out why the server needs longer than ");
    ro_say_span(waited, out);
    g_string_append(out, " for this request, or raise the request timeout of the client (a proxy's "
                         "timeout towards its backend is one, too)");
}

void ro_response_timeout_commands(const ro_case *c, GArray *commands)
{
    ro_command_show(c, commands);
    if (ro_sender_side(c) == RO_CLIENT) {
        ro_command_add(commands, RO_PLATFORM_NGINX,
                       "nginx -T | grep -E 'proxy_(read|send)_timeout'");
        ro_command_add(commands, RO_PLATFORM_HAPROXY,
                       "grep -n 'timeout server' /etc/haproxy/haproxy.cfg");
        ro_command_add(commands, RO_PLATFORM_ENVOY,
                       "curl -s localhost:9901/config_dump | grep -i timeout");
    }
}

/* ---- teardown ---- */

/* All that either side had sent was acknowledged, its own FIN and the other's apart. */
static bool all_delivered(const ro_case *c)
{
    const ro_dir *sender = c->reset->sender;
    const ro_dir *receiver = c->reset->receiver;
    uint32_t end = sender->snd_nxt;

    if (ro_unacknowledged(c) > 0 || ro_trigger_octets(c) > 0) {
        return false;
    }
    if ((sender->has & RO_DIR_FIN) && sender->fin_end == end) {
        end--;
    }
    return !(sender->has & RO_DIR_SEQ) || !(receiver->has & RO_DIR_ACK) ||
           ro_seq_ge(receiver->rcv_nxt, end);
}

/* The sender closed first although the other side had asked for something and got no answer. */
static bool left_a_request(const ro_case *c)
{
    const ro_ending *e = &c->reset->ending;

    return e->request.frame && e->request_octets > 0 && e->fin[0].frame &&
           (!e->fin[1].frame || (e->fin[0].frame < e->fin[1].frame && !ro_said_farewell(c)));
}

/* At least one FIN said that the exchange was over, and every octet had been acknowledged: whoever still has
 * something to say by a reset loses nothing (Windows closes so as a matter of course). */
int ro_teardown_test(const ro_case *c)
{
    const ro_dir *sender = c->reset->sender;
    const ro_dir *receiver = c->reset->receiver;

    if (!ro_from_endpoint(c) || !((sender->has | receiver->has) & RO_DIR_FIN) ||
        !all_delivered(c) || !(sender->has & RO_DIR_ACK) || !(receiver->has & RO_DIR_ACK) ||
        sender->data_segments + receiver->data_segments == 0) {
        return RO_DIAGNOSIS_NO;
    }
    if (left_a_request(c) || ro_aborted_over_request(c)) {
        return RO_DIAGNOSIS_NO;
    }
    /* why the two were done is another row's, where one knows */
    return ro_killed_behind_fin(c->reset) ? RO_DIAGNOSIS_LOW : RO_DIAGNOSIS_MEDIUM;
}

void ro_teardown_text(const ro_case *c, GString *out)
{
    const ro_reset *r = c->reset;

    ro_say_ends(c, out);
    g_string_append_printf(out,
                           " were done: %s, all data had been acknowledged, and the %s ended the "
                           "rest by a reset",
                           (r->sender->has & r->receiver->has & RO_DIR_FIN) ? "both had closed"
                           : (r->sender->has & RO_DIR_FIN) ? "its sender had closed"
                                                           : "the other had closed",
                           ro_side_name(ro_sender_side(c)));
}

void ro_teardown_evidence(const ro_case *c, GPtrArray *lines)
{
    ro_story(c, lines);
    ro_line(lines, "no octet of either side was left unacknowledged");
}

void ro_teardown_advice(const ro_case *c, GString *out)
{
    (void)c;
    g_string_append(out, "nothing to do: the exchange was over and nothing was lost");
}

void ro_teardown_commands(const ro_case *c, GArray *commands)
{
    (void)c;
    (void)commands;
}
