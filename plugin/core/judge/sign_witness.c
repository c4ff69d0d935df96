/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signs of the host's own kernel: it says that it sent the reset, or it was recorded and says nothing. */

#include <inttypes.h>

#include "base/constants.h"
#include "base/escape.h"
#include "judge/sign_tests.h"
#include "judge/sign_words.h"
#include "judge/signs.h"
#include "points/witness.h"

/* The kernel's own word decides alone: nothing else weighs as much. */
#define SAID_SO (-60)

/* Another reset close by may be the one that the kernel tells of. */
#define SAID_SO_OF_ONE (-8)

/* Absence. The host's own packet filter remains where it can write such a reset: the usual way to refuse a
 * port, now and then used in the middle of a connection. Otherwise a raw socket or a network card that does
 * TCP itself: one host in hundreds. */
#define NOT_SENT_REFUSAL 6
#define NOT_SENT_BARE    13
#define NOT_SENT_AT_ALL  20

/* The kernel's own word, too: a packet filter on the path sent it. */
#define SAID_SO_ON_PATH      60
#define SAID_SO_OF_ONE_THERE 8

static void append(const char *format, const char *word, GString *out)
{
    GString *safe = g_string_new(NULL);

    ro_append_escaped(safe, word, RO_NAME_SHOWN);
    g_string_append_printf(out, format, safe->str);
    g_string_free(safe, TRUE);
}

int ro_test_host_recorded(const ro_reset *r)
{
    const ro_testimony *t = ro_witness_sent(r);

    if (!r->witnesses || r->witnesses->sessions->len == 0) {
        return RO_NOT_EVALUATED;
    }
    if (!t || t->filter == RO_FILTER_PATH) {
        return 0;
    }
    return ro_witness_is_sure(r, t) ? SAID_SO : SAID_SO_OF_ONE;
}

static void append_two(const char *format, const char *one, const char *two, GString *out)
{
    GString *safe[] = {g_string_new(NULL), g_string_new(NULL)};

    ro_append_escaped(safe[0], one ? one : "?", RO_NAME_SHOWN);
    ro_append_escaped(safe[1], two ? two : "?", RO_NAME_SHOWN);
    g_string_append_printf(out, format, safe[0]->str, safe[1]->str);
    g_string_free(safe[0], TRUE);
    g_string_free(safe[1], TRUE);
}

/* How the event was found, where that was not by its ends and a clock that agrees. */
static void append_doubts(const ro_reset *r, const ro_testimony *t, GString *out)
{
    int64_t off = t->session->offset_ns;

    if (t->to.port == 0) {
        g_string_append(out, SAY_HOST_LISTENER);
    } else if (ro_witness_is_translated(t)) {
        g_string_append_printf(out, SAY_HOST_TRANSLATED, t->from.port);
    } else if (!ro_witness_is_sure(r, t)) {
        g_string_append(out, SAY_HOST_UNSURE);
    }
    if (off != 0) {
        g_string_append_printf(out, SAY_HOST_CLOCK, off < 0 ? "-" : "", ABS(off) / RO_S,
                               (int)(ABS(off) % RO_S / RO_MS));
    }
}

void ro_text_host_recorded(const ro_reset *r, GString *out)
{
    const ro_testimony *t = ro_witness_sent(r);

    if (!t) {
        return;
    }
    append(SAY_HOST_RECORDED, t->session->host ? t->session->host : "a host", out);
    if (t->filter != RO_FILTER_NONE) {
        append_two(SAY_HOST_FILTER, t->reason, t->state, out);
    } else if (t->reason) {
        append(SAY_HOST_REASON, t->reason, out);
    }
    if (t->pid) {
        GString *safe = g_string_new(NULL);

        ro_append_escaped(safe, t->process ? t->process : "?", RO_NAME_SHOWN);
        g_string_append_printf(out, SAY_HOST_PROCESS, safe->str, t->pid);
        g_string_free(safe, TRUE);
    }
    g_string_append_printf(out, SAY_HOST_FRAME, t->frame);
    append_doubts(r, t, out);
}

/* Linux's REJECT answers a segment with ACK by a bare RST and any other by SEQ 0 (nf_reject_ipv4.c). */
static bool filter_could_write(const ro_reset *r)
{
    return !(r->seg.flags & RO_ACK) || r->seg.seq == 0;
}

/* Whether the packet filter of a host on the path says that it sent this. */
static bool on_path(const ro_reset *r)
{
    const ro_testimony *t = ro_witness_sent(r);

    return t && t->filter == RO_FILTER_PATH;
}

int ro_test_not_sent_by_host(const ro_reset *r)
{
    const ro_witness_session *s;

    if (!r->witnesses || r->witnesses->sessions->len == 0) {
        return RO_NOT_EVALUATED;
    }
    if (on_path(r)) {
        return ro_witness_is_sure(r, ro_witness_sent(r)) ? SAID_SO_ON_PATH : SAID_SO_OF_ONE_THERE;
    }
    s = ro_witness_absent(r);
    if (!s) {
        return 0;
    }
    if (!filter_could_write(r) || ro_witness_filter_silent(s, r)) {
        return NOT_SENT_AT_ALL;
    }
    return r->stage == RO_STAGE_POST_SYN || r->shape == RO_SHAPE_REPLY_TO_SYN ? NOT_SENT_REFUSAL
                                                                              : NOT_SENT_BARE;
}

static void append_on_path(const ro_testimony *t, GString *out)
{
    GString *safe[3];
    const char *words[3] = {t->session->host, t->reason, t->state};

    for (int i = 0; i < 3; i++) {
        safe[i] = g_string_new(NULL);
        ro_append_escaped(safe[i], words[i] ? words[i] : "?", RO_NAME_SHOWN);
    }
    g_string_append_printf(out, SAY_NOT_SENT_PATH, safe[0]->str, safe[1]->str, safe[2]->str,
                           t->frame);
    for (int i = 0; i < 3; i++) {
        g_string_free(safe[i], TRUE);
    }
}

void ro_text_not_sent_by_host(const ro_reset *r, GString *out)
{
    const ro_witness_session *s = ro_witness_absent(r);

    if (on_path(r)) {
        append_on_path(ro_witness_sent(r), out);
        return;
    }
    if (!s) {
        return;
    }
    append(SAY_NOT_SENT, s->host ? s->host : "a host", out);
    g_string_append(out, !filter_could_write(r)           ? SAY_NOT_SENT_AT_ALL
                         : ro_witness_filter_silent(s, r) ? SAY_NOT_SENT_NEITHER
                                                          : SAY_NOT_SENT_FILTER);
}
