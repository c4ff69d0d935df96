/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linux's reasons (include/net/rstreason.h) as diagnoses. A reason is the mechanism: which of several root
 * causes with the same mechanism it was, the capture tells; so only those are ruled out that have another. */

#include "diagnose/witness.h"

#include <string.h>

#include "base/escape.h"
#include "diagnose/say.h"
#include "points/witness.h"

/* What a reason means. */
typedef struct ro_reason {
    const char *name;
    const char
        *plain; /* the diagnosis where the capture gives none, or one that is ruled out; or NULL */
    const char *const
        *rules_out;      /* diagnoses that look alike in a capture and have another mechanism */
    const char *meaning; /* what the kernel did, as the end of a sentence */
    const char *advice;
} ro_reason;

#define TOKENS(...)                                                                                \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }
#define NONE                                                                                       \
    (const char *const[])                                                                          \
    {                                                                                              \
        NULL                                                                                       \
    }

static const ro_reason reasons[] = {
    {"TCP_ABORT_ON_CLOSE", "unread_data",
     TOKENS("closed_port", "stale_connection", "peer_vanished"),
     "a program closed the socket while data that had arrived was still unread",
     "let the program read until the end of the stream before it closes, or shut down its sending "
     "side first"},
    {"TCP_KEEPALIVE_TIMEOUT", "peer_vanished",
     TOKENS("unread_data", "idle_close", "response_timeout", "max_age"),
     "its keep-alive probes, or its own data, went unanswered until it gave up",
     "find out why the other end, or the path to it, stopped answering at that time"},
    {"TCP_TIMEWAIT_SOCKET", "stale_connection", TOKENS("idle_close_race", "unread_data"),
     "the segment met a connection that was closed already, in TIME-WAIT",
     "let the other side notice the close, and not send on a connection that has ended"},
    {"TCP_ABORT_ON_DATA", NULL, TOKENS("stale_connection"),
     "data arrived after a program had closed the socket", NULL},
    {"TCP_ABORT_ON_LINGER", NULL, TOKENS("unread_data", "peer_vanished"),
     "a program had closed the socket and its linger time was over", NULL},
    {"TCP_ABORT_ON_MEMORY", NULL, TOKENS("unread_data", "idle_close"),
     "the kernel had too many orphaned sockets, or too little memory for TCP", NULL},
    {"TCP_DISCONNECT_WITH_DATA", NULL, TOKENS("unread_data"),
     "a program disconnected the socket with data under way", NULL},
    {"TCP_STATE", NULL, TOKENS("unread_data", "peer_vanished"),
     "a program ended the connection at once (SO_LINGER with 0 seconds, or an exit before the "
     "close was done)",
     NULL},
    {"NO_SOCKET", NULL, TOKENS("unread_data", "accept_queue"),
     "no socket had this connection or port", NULL},
    {"INVALID_SYN", NULL, TOKENS("unread_data", "closed_port"),
     "the accept queue was full, or a SYN came that the connection could not take", NULL},
    {"TCP_INVALID_ACK_SEQUENCE", NULL, TOKENS("unread_data"),
     "a segment of the handshake acknowledged what had not been sent", NULL},
    {"TCP_ACK_UNSENT_DATA", NULL, TOKENS("unread_data"),
     "a segment acknowledged data that had not been sent", NULL},
    {"TCP_TOO_OLD_ACK", NULL, TOKENS("unread_data"), "a segment had too old an acknowledgment",
     NULL},
    {"TCP_OLD_ACK", NULL, TOKENS("unread_data"), "a segment had an old acknowledgment", NULL},
    {"TCP_RFC7323_PAWS", NULL, TOKENS("unread_data"), "a segment had too old a timestamp", NULL},
    {"TCP_FLAGS", NULL, TOKENS("unread_data"), "a segment had flags that did not fit the state",
     NULL},
    {"nf_send_reset", NULL,
     TOKENS("closed_port", "unread_data", "accept_queue", "stale_connection", "process_exit",
            "host_restarted"),
     "a rule of a packet filter rejected the segment", NULL},
    {"MPTCP_RST_EUNSPEC", NULL, NONE, "multipath TCP gave up this path, for no stated reason",
     NULL},
    {"MPTCP_RST_EMPTCP", NULL, NONE, "multipath TCP met an error of its own", NULL},
    {"MPTCP_RST_ERESOURCE", NULL, NONE, "multipath TCP lacked resources for this path", NULL},
    {"MPTCP_RST_EPROHIBIT", NULL, NONE, "multipath TCP may not use this path", NULL},
    {"MPTCP_RST_EWQ2BIG", NULL, NONE, "multipath TCP had too much under way on this path", NULL},
    {"MPTCP_RST_EBADPERF", NULL, NONE, "multipath TCP found this path too slow", NULL},
    {"MPTCP_RST_EMIDDLEBOX", NULL, NONE, "multipath TCP found that a middlebox interfered", NULL},
};

static const ro_reason *reason_of(const ro_testimony *t)
{
    for (unsigned i = 0; t && t->reason && i < G_N_ELEMENTS(reasons); i++) {
        if (strcmp(reasons[i].name, t->reason) == 0) {
            return &reasons[i];
        }
    }
    return NULL;
}

static const ro_reason *case_reason(const ro_case *c)
{
    const ro_testimony *t = ro_witness_sent(c->reset);

    return t && ro_witness_is_sure(c->reset, t) ? reason_of(t) : NULL;
}

/* ---- the rows: a diagnosis that rests on the kernel's reason alone ---- */

void ro_witness_row_text(const ro_case *c, GString *out)
{
    const ro_reason *reason = case_reason(c);

    g_string_append_printf(out, "the %s's kernel reset the connection between ",
                           ro_side_name(ro_sender_side(c)));
    ro_say_ends(c, out);
    g_string_append_printf(out, " because %s", reason ? reason->meaning : "of its reason");
}

void ro_witness_story(const ro_case *c, GPtrArray *lines)
{
    ro_story(c, lines);
}

void ro_witness_row_advice(const ro_case *c, GString *out)
{
    const ro_reason *reason = case_reason(c);

    g_string_append(out, reason && reason->advice ? reason->advice : "");
}

void ro_witness_commands(const ro_case *c, GArray *commands)
{
    ro_command_add(commands, RO_PLATFORM_LINUX, "ss -tnoi '( sport = :%u or dport = :%u )'",
                   ro_service_port(c), ro_service_port(c));
}

/* Certain, as the kernel itself said so. */
static int means(const ro_case *c, const char *token)
{
    const ro_reason *reason = case_reason(c);

    return reason && g_strcmp0(reason->plain, token) == 0 ? RO_DIAGNOSIS_HIGH : RO_DIAGNOSIS_NO;
}

int ro_witness_unread_data_test(const ro_case *c)
{
    return means(c, "unread_data");
}

int ro_witness_peer_vanished_test(const ro_case *c)
{
    return means(c, "peer_vanished");
}

int ro_witness_stale_connection_test(const ro_case *c)
{
    return means(c, "stale_connection");
}

bool ro_witness_rules_out(const ro_case *c, const char *token)
{
    const ro_reason *reason = case_reason(c);

    return reason && g_strv_contains(reason->rules_out, token);
}

void ro_witness_refine(const ro_case *c, ro_diagnosis *d)
{
    const ro_reason *reason = case_reason(c);

    if (reason && d->row && g_strcmp0(d->row->token, reason->plain) == 0) {
        d->confidence = RO_HIGH;
    }
}

void ro_witness_evidence(const ro_case *c, GPtrArray *lines)
{
    const ro_testimony *t = ro_witness_sent(c->reset);
    const ro_reason *reason = reason_of(t);

    if (reason) {
        ro_line(lines, "frame %u: the kernel's reason %s means that %s", t->frame, reason->name,
                reason->meaning);
    }
}

bool ro_witness_advice(const ro_reset *r, GString *out)
{
    const ro_testimony *t = ro_witness_sent(r);
    const ro_reason *reason = reason_of(t);

    if (!t || !t->pid || !reason || !ro_witness_is_sure(r, t)) {
        return false;
    }
    g_string_append(out, "look at the process ");
    ro_append_escaped(out, t->process ? t->process : "?", RO_NAME_SHOWN);
    g_string_append_printf(out, " (%u) on ", t->pid);
    ro_append_escaped(out, t->session->host ? t->session->host : "the host", RO_NAME_SHOWN);
    g_string_append_printf(out, " and its log at this time: %s", reason->meaning);
    return true;
}
