/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signs of the self-report family: what the sender's own words and marks tell. */

#include "judge/device.h"
#include "judge/sign_tests.h"
#include "judge/sign_words.h"
#include "judge/signs.h"

int ro_test_injector_mark(const ro_reset *r)
{
    ro_device device;

    if (!ro_device_of(r, &device) || !device.injector) {
        return 0;
    }
    return device.self_report ? 24 : 16;
}

void ro_text_injector_mark(const ro_reset *r, GString *out)
{
    ro_device device;

    if (ro_device_of(r, &device)) {
        g_string_append_printf(out, SAY_INJECTOR_MARK, device.name, device.reason);
    }
}

/* RFC 8684 3.6: only an MPTCP endpoint writes it. */
int ro_test_mptcp_reason(const ro_reset *r)
{
    return (r->seg.options & RO_OPT_MP_TCPRST) ? -16 : 0;
}

void ro_text_mptcp_reason(const ro_reset *r, GString *out)
{
    g_string_append_printf(out, SAY_MPTCP_REASON, r->seg.mp_reason);
}

/* RFC 2385, RFC 5925: signed with a key that a device on the path does not have. Only where the
 * sender signs its other segments too, since the signature is not checked here. */
int ro_test_signed_segment(const ro_reset *r)
{
    return (r->seg.options & (RO_OPT_MD5 | RO_OPT_AO)) &&
                   (r->sender->syn_options & (RO_OPT_MD5 | RO_OPT_AO))
               ? -6
               : 0;
}

void ro_text_signed_segment(const ro_reset *r, GString *out)
{
    (void)r;
    g_string_append(out, SAY_SIGNED_SEGMENT);
}
