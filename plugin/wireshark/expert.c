/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Severity follows the kind of reset: a browser's teardown is no warning. */

#include "expert.h"

#include <string.h>

#include "fields.h"
#include "lines.h"
#include "prefs.h"

static expert_field ei_injected = EI_INIT;
static expert_field ei_suspicious = EI_INIT;
static expert_field ei_reset = EI_INIT;
static expert_field ei_contradicts = EI_INIT;

void ro_expert_register(void)
{
    static ei_register_info ei[] = {
        {&ei_injected,
         {"rst_origin.expert.injected", PI_SECURITY, PI_WARN,
          "A device on the path sent the reset, not the endpoint whose address it carries",
          EXPFILL}},
        {&ei_suspicious,
         {"rst_origin.expert.suspicious", PI_SECURITY, PI_NOTE,
          "Signs speak against the endpoint as the sender of the reset, but do not decide",
          EXPFILL}},
        {&ei_reset,
         {"rst_origin.expert.reset", PI_SEQUENCE, PI_CHAT,
          "An ordinary reset: nothing speaks against its sender", EXPFILL}},
        {&ei_contradicts,
         {"rst_origin.expert.contradicts", PI_SECURITY, PI_WARN,
          "The claimed sender of an earlier reset is still active", EXPFILL}},
    };

    expert_register_field_array(expert_register_protocol(ro_proto), ei, array_length(ei));
}

bool ro_expert_is_read(const packet_info *pinfo, proto_tree *tree)
{
    static int tap = 0;
    static int proto = -1;
    static bool window;

    if (proto < 0) {
        tap = find_tap_id("expert");
        proto = proto_get_id_by_filter_name("_ws.expert");
        window = ro_has_window(); /* it may show the gravest expert information of the file */
    }
    return window || have_tap_listener(tap) || ro_column_is_shown(pinfo, COL_EXPERT) ||
           proto_field_is_referenced(tree, proto);
}

/* Expert information is filed under the protocol that is being dissected, which is not ours
 * while the hook runs. */
static void add(packet_info *pinfo, proto_item *item, expert_field *ei, const char *text)
{
    const char *saved = pinfo->current_proto;

    pinfo->current_proto = RO_PROTO_SHORT;
    expert_add_info_format(pinfo, item, ei, "%s", text);
    pinfo->current_proto = saved;
}

void ro_expert_reset(packet_info *pinfo, proto_item *item, const ro_verdict *v, const char *text)
{
    if (v->injected)
        add(pinfo, item, &ei_injected, text);
    else if (v->suspicious)
        add(pinfo, item, &ei_suspicious, text);
    else if (ro_prefs.expert_plain)
        add(pinfo, item, &ei_reset, text);
}

void ro_expert_contradicts(packet_info *pinfo, proto_item *item, uint32_t reset_frame,
                           const char *side)
{
    char text[120];

    snprintf(text, sizeof text,
             "The %s continues after the reset in frame %u that carries its address", side,
             reset_frame);
    add(pinfo, item, &ei_contradicts, text);
}
