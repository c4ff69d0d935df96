/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signs of the host's own kernel: it says that it sent the reset, or it was recorded and says nothing. */

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
    if (!t) {
        return 0;
    }
    return ro_witness_is_sure(r, t) ? SAID_SO : SAID_SO_OF_ONE;
}

void ro_text_host_recorded(const ro_reset *r, GString *out)
{
    const ro_testimony *t = ro_witness_sent(r);

    if (!t) {
        return;
    }
    append(SAY_HOST_RECORDED, t->session->host ? t->session->host : "a host", out);
    if (t->reason) {
        append(SAY_HOST_REASON, t->reason, out);
    }
    if (t->state) {
        append(SAY_HOST_STATE, t->state, out);
    }
    if (t->pid) {
        GString *safe = g_string_new(NULL);

        ro_append_escaped(safe, t->process ? t->process : "?", RO_NAME_SHOWN);
        g_string_append_printf(out, SAY_HOST_PROCESS, safe->str, t->pid);
        g_string_free(safe, TRUE);
    }
    g_string_append_printf(out, SAY_HOST_FRAME, t->frame);
    if (t->to.port == 0) {
        g_string_append(out, SAY_HOST_LISTENER);
    } else if (!ro_witness_is_sure(r, t)) {
        g_string_append(out, SAY_HOST_UNSURE);
    }
}

/* Linux's REJECT answers a segment with ACK by a bare RST and any other by SEQ 0 (nf_reject_ipv4.c). */
static bool filter_could_write(const ro_reset *r)
{
    return !(r->seg.flags & RO_ACK) || r->seg.seq == 0;
}

int ro_test_not_sent_by_host(const ro_reset *r)
{
    if (!r->witnesses || r->witnesses->sessions->len == 0) {
        return RO_NOT_EVALUATED;
    }
    if (!ro_witness_absent(r)) {
        return 0;
    }
    if (!filter_could_write(r)) {
        return NOT_SENT_AT_ALL;
    }
    return r->stage == RO_STAGE_POST_SYN || r->shape == RO_SHAPE_REPLY_TO_SYN ? NOT_SENT_REFUSAL
                                                                              : NOT_SENT_BARE;
}

void ro_text_not_sent_by_host(const ro_reset *r, GString *out)
{
    const ro_witness_session *s = ro_witness_absent(r);

    if (!s) {
        return;
    }
    append(SAY_NOT_SENT, s->host ? s->host : "a host", out);
    g_string_append(out, filter_could_write(r) ? SAY_NOT_SENT_FILTER : SAY_NOT_SENT_AT_ALL);
}
