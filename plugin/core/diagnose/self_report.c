/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resets that state their reason in their payload, their options or their window; and resets without the
 * signature that their connection needs. */

#include "diagnose/self_report.h"

#include <string.h>

#include "diagnose/say.h"
#include "judge/device.h"

/* draft-ietf-tcpm-rst-diagnostic-payload, 4.1: magic number, reason code, private enterprise number. */
#define DIAGNOSTIC_MAGIC 0x33aa
#define DIAGNOSTIC_LEN   8

/* A text of fewer letters may be chance. */
#define TEXT_LEAST 5

/* Codes that service functions on the path use (the draft, section "IANA Considerations"). */
#define SERVICE_FUNCTION_FIRST 8
#define SERVICE_FUNCTION_LAST  14

static unsigned be16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static bool has_diagnostic(const ro_reset *r)
{
    return (r->seg.known & RO_KNOW_LEN) && r->seg.payload_len == DIAGNOSTIC_LEN &&
           r->seg.payload_kept == DIAGNOSTIC_LEN && be16(r->seg.data) == DIAGNOSTIC_MAGIC &&
           be16(r->seg.data + 2) != 0;
}

static unsigned diagnostic_code(const ro_reset *r)
{
    return be16(r->seg.data + 2);
}

static uint32_t diagnostic_pen(const ro_reset *r)
{
    return (uint32_t)be16(r->seg.data + 4) << 16 | be16(r->seg.data + 6);
}

/* The draft's initial registry, "TCP Failure Causes". */
static const char *diagnostic_name(unsigned code)
{
    static const char *const names[] = {
        NULL,
        "illegal option length",
        "desynchronized state",
        "new data after the close",
        "aborted by its user",
        "unexpected ACK before the connection was established",
        "unexpected SYN in the window",
        "unexpected security compartment",
        "malformed message",
        "not authorized",
        "resource exceeded",
        "network failure",
        "a reset came from the other end",
        "destination unreachable",
        "connection timeout",
        "too much outstanding data",
        "unacceptable performance",
        "a middlebox interfered",
    };

    return code < sizeof names / sizeof *names ? names[code] : NULL;
}

/* RFC 8684 3.6, figure 15. */
static const char *mptcp_name(unsigned code)
{
    static const char *const names[] = {
        "unspecified",
        "an error of multipath TCP",
        "lack of resources",
        "administratively prohibited",
        "too much outstanding data",
        "unacceptable performance",
        "a middlebox interfered",
    };

    return code < sizeof names / sizeof *names ? names[code] : "an unknown reason";
}

static bool printable(uint8_t c)
{
    return c >= ' ' && c < 0x7f;
}

/* Where the readable text begins, of a payload that is text but for a short binary head; false where it is
 * not text. */
static bool has_text(const ro_reset *r, unsigned *start)
{
    unsigned n = r->seg.payload_kept;
    unsigned at;

    while (n > 0 && (r->seg.data[n - 1] == '\0' || r->seg.data[n - 1] == '\n')) {
        n--;
    }
    at = n;
    while (at > 0 && printable(r->seg.data[at - 1])) {
        at--;
    }
    *start = at;
    return n - at >= TEXT_LEAST && at <= 4;
}

/* A payload that injectors are known to write is no report: it is their mark. */
static bool is_mark(const ro_reset *r)
{
    ro_device device;

    return ro_device_of(r, &device) && device.injector;
}

int ro_self_report_test(const ro_case *c)
{
    const ro_reset *r = c->reset;
    unsigned start;
    ro_device device;

    if (is_mark(r)) {
        return RO_DIAGNOSIS_NO;
    }
    if (has_diagnostic(r)) {
        return RO_DIAGNOSIS_HIGH;
    }
    if ((r->seg.options & RO_OPT_MP_TCPRST) && r->seg.mp_reason != 0) {
        return RO_DIAGNOSIS_HIGH;
    }
    if ((r->seg.known & RO_KNOW_LEN) && has_text(r, &start)) {
        return start == 0 ? RO_DIAGNOSIS_HIGH : RO_DIAGNOSIS_MEDIUM;
    }
    return ro_device_of(r, &device) && device.self_report ? RO_DIAGNOSIS_MEDIUM : RO_DIAGNOSIS_NO;
}

/* The payload as text, all that a terminal might obey escaped. */
static void say_payload(const ro_reset *r, GString *out)
{
    for (unsigned i = 0; i < r->seg.payload_kept; i++) {
        uint8_t ch = r->seg.data[i];

        if (printable(ch) && ch != '"' && ch != '\\') {
            g_string_append_c(out, (char)ch);
        } else {
            g_string_append_printf(out, "\\x%02x", ch);
        }
    }
}

static void say_reason(const ro_case *c, GString *out)
{
    const ro_reset *r = c->reset;
    unsigned start;
    ro_device device;

    if (has_diagnostic(r)) {
        unsigned code = diagnostic_code(r);

        if (diagnostic_pen(r) != 0) {
            g_string_append_printf(out, "reason code %u of the vendor with enterprise number %u",
                                   code, diagnostic_pen(r));
        } else if (diagnostic_name(code)) {
            g_string_append_printf(out, "reason code %u, %s", code, diagnostic_name(code));
        } else {
            g_string_append_printf(out, "reason code %u", code);
        }
    } else if ((r->seg.options & RO_OPT_MP_TCPRST) && r->seg.mp_reason != 0) {
        g_string_append_printf(out, "MP_TCPRST reason %u, %s", r->seg.mp_reason,
                               mptcp_name(r->seg.mp_reason));
    } else if (has_text(r, &start)) {
        g_string_append_c(out, '"');
        say_payload(r, out);
        g_string_append_c(out, '"');
    } else if (ro_device_of(r, &device)) {
        g_string_append_printf(out, "window %u, the code of %s", r->seg.window, device.name);
    }
}

void ro_self_report_text(const ro_case *c, GString *out)
{
    g_string_append(out, "the reset between ");
    ro_say_ends(c, out);
    g_string_append(out, " states its reason itself: ");
    say_reason(c, out);
}

void ro_self_report_evidence(const ro_case *c, GPtrArray *lines)
{
    GString *line = g_string_new(NULL);

    ro_story(c, lines);
    g_string_append_printf(line, "frame %u carries ", c->reset->seg.frame);
    say_reason(c, line);
    g_ptr_array_add(lines, g_string_free(line, FALSE));
}

void ro_self_report_advice(const ro_case *c, GString *out)
{
    const ro_reset *r = c->reset;
    ro_device device;

    if (has_diagnostic(r) && diagnostic_pen(r) != 0) {
        g_string_append_printf(out,
                               "look up reason code %u in the documents of the vendor with "
                               "enterprise number %u (IANA, Private Enterprise Numbers)",
                               diagnostic_code(r), diagnostic_pen(r));
    } else if (has_diagnostic(r) && diagnostic_code(r) >= SERVICE_FUNCTION_FIRST &&
               diagnostic_code(r) <= SERVICE_FUNCTION_LAST) {
        g_string_append_printf(out,
                               "codes 8 to 14 are those of a NAT, firewall or proxy: act on that "
                               "device first (%s); ",
                               diagnostic_name(diagnostic_code(r)));
        g_string_append(out, "its log at this time names the rule or timer");
    } else if (ro_device_of(r, &device) && device.self_report) {
        g_string_append_printf(out, "look up this reason in the documents and the log of the %s",
                               device.name);
    } else {
        g_string_append_printf(out,
                               "take the reason as the sender's own word, and look in the log of "
                               "the %s at this time",
                               ro_side_name(ro_sender_side(c)));
    }
}

void ro_self_report_commands(const ro_case *c, GArray *commands)
{
    ro_command_add(commands, RO_PLATFORM_ANY, "tshark -r CAPTURE -Y frame.number==%u -x",
                   c->reset->seg.frame);
}

/* ---- unsigned ---- */

static uint32_t signature_of(const ro_case *c)
{
    return c->reset->receiver->transfer.is_signed;
}

static const char *signature_name(const ro_case *c)
{
    return (signature_of(c) & RO_OPT_AO) ? "TCP-AO" : "TCP-MD5";
}

/* A receiver with a key drops what is not signed (RFC 2385 2, RFC 5925 7.5), and a kernel that lost the
 * connection has no key to sign its answer with. */
int ro_unsigned_reset_test(const ro_case *c)
{
    const ro_reset *r = c->reset;

    /* of a sender that has just restarted nothing but resets is seen */
    bool signs = r->sender->transfer.is_signed || r->sender->segments == 0;

    if (!signature_of(c) || !signs || !(r->seg.known & RO_KNOW_OPTIONS) ||
        (r->seg.options & (RO_OPT_MD5 | RO_OPT_AO))) {
        return RO_DIAGNOSIS_NO;
    }
    return RO_DIAGNOSIS_HIGH;
}

void ro_unsigned_reset_text(const ro_case *c, GString *out)
{
    g_string_append_printf(out, "the connection between ");
    ro_say_ends(c, out);
    g_string_append_printf(out,
                           " is signed with %s and this reset is not, so the %s drops it and keeps "
                           "the session",
                           signature_name(c), ro_side_name(!ro_sender_side(c)));
    if (c->reset->followup->peer_frame) {
        g_string_append_printf(out, " (it goes on in frame %u)", c->reset->followup->peer_frame);
    }
}

void ro_unsigned_reset_evidence(const ro_case *c, GPtrArray *lines)
{
    ro_line(lines, "segments of both sides carry the option of %s", signature_name(c));
    ro_story(c, lines);
    ro_line(lines, "frame %u carries no signature", c->reset->seg.frame);
    if (c->reset->followup->peer_frame) {
        ro_line(lines, "frame %u: the %s goes on as if nothing had come",
                c->reset->followup->peer_frame, ro_side_name(!ro_sender_side(c)));
    }
}

void ro_unsigned_reset_advice(const ro_case *c, GString *out)
{
    g_string_append_printf(
        out,
        "end the half-dead session of the %s by hand or wait for its hold timer; where the %s "
        "resets connections after a restart, let it load its %s keys before it answers on this "
        "port",
        ro_side_name(!ro_sender_side(c)), ro_side_name(ro_sender_side(c)), signature_name(c));
}

void ro_unsigned_reset_commands(const ro_case *c, GArray *commands)
{
    if (ro_may_be_linux(c, ro_sender_side(c))) {
        ro_command_add(commands, RO_PLATFORM_LINUX,
                       "nstat -az TcpExtTCPMD5NotFound TcpExtTCPMD5Unexpected TcpExtTCPAOBad");
        ro_command_add(commands, RO_PLATFORM_LINUX, "ss -tnoi '( sport = :%u or dport = :%u )'",
                       ro_service_port(c), ro_service_port(c));
    }
}
