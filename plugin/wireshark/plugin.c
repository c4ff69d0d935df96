/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The entry points that Wireshark looks for in a plugin, and the order in which our parts register.
 */

#include "compat.h"

#include "attach.h"
#include "fields.h"
#include "menu.h"
#include "observe.h"
#include "prefs.h"
#include "report_tap.h"
#include "stats.h"
#include "witness.h"

#ifndef PLUGIN_VERSION
#define PLUGIN_VERSION "0.0.0" /* CMakeLists.txt holds the real one */
#endif

WS_DLL_PUBLIC_DEF const char plugin_version[] = PLUGIN_VERSION;
WS_DLL_PUBLIC_DEF const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
WS_DLL_PUBLIC_DEF const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

WS_DLL_PUBLIC void plugin_register(void);

static void register_protocol(void)
{
    ro_fields_register();
    ro_witness_register();
    ro_prefs_register();
    ro_attach_register();
    ro_observe_register();
    ro_report_tap_register();
    ro_menu_register();
}

static void register_handoff(void)
{
    ro_observe_handoff();
    ro_stats_handoff();
}

void plugin_register(void)
{
    static proto_plugin plug;

    plug.register_protoinfo = register_protocol;
    plug.register_handoff = register_handoff;
    proto_register_plugin(&plug);
}

#ifdef RO_HAVE_PLUGIN_DESCRIBE
WS_DLL_PUBLIC uint32_t plugin_describe(void);

uint32_t plugin_describe(void)
{
    return WS_PLUGIN_DESC_DISSECTOR | WS_PLUGIN_DESC_TAP_LISTENER;
}
#endif
