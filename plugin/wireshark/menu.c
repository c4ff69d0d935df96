/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tools -> TCP Reset Origin: filters by a click, one of them for the connection at hand. */

#include "menu.h"

#include <cfile.h>
#include <epan/epan_dissect.h>
#include <epan/plugin_if.h>

#include "fields.h"

static void apply_filter(ext_menubar_gui_type gui _U_, gpointer window _U_, gpointer filter)
{
    plugin_if_apply_filter((const char *)filter, TRUE);
}

/* The filter for the connection of the selected frame, from the tree that is on the screen; NULL
 * where there is no frame, or none with TCP. Inner connections of a tunnel come last and count. */
static void *stream_filter(capture_file *cf, void *data _U_)
{
    int hf_stream = proto_registrar_get_id_byname("tcp.stream");
    GPtrArray *found;
    char *filter = NULL;

    if (!cf || !cf->edt || !cf->edt->tree || hf_stream < 0)
        return NULL;
    found = proto_find_finfo(cf->edt->tree, hf_stream);
    if (found && found->len) {
        field_info *fi = (field_info *)g_ptr_array_index(found, found->len - 1);

        filter = g_strdup_printf("tcp.stream == %u && rst_origin.source", RO_FVALUE_UINT(fi));
    }
    if (found)
        g_ptr_array_free(found, TRUE);
    return filter;
}

static void apply_stream_filter(ext_menubar_gui_type gui _U_, gpointer window _U_,
                                gpointer data _U_)
{
    char *filter = (char *)plugin_if_get_capture_file(stream_filter, NULL);

    if (filter)
        plugin_if_apply_filter(filter, TRUE);
    g_free(filter);
}

void ro_menu_register(void)
{
    static const struct {
        const char *label;
        const char *help;
        const char *filter;
    } entries[] = {
        {"Show injected resets", "Resets that a device on the path made", "rst_origin.injected"},
        {"Show suspicious resets", "Resets whose signs speak against the endpoint",
         "rst_origin.suspicious"},
        {"Show all resets", "Every reset that was analysed", "rst_origin.source"},
    };
    ext_menu_t *menu = ext_menubar_register_menu(ro_proto, "TCP Reset Origin", TRUE);

    ext_menubar_set_parentmenu(menu, "Tools");
    for (unsigned i = 0; i < array_length(entries); i++)
        ext_menubar_add_entry(menu, entries[i].label, entries[i].help, apply_filter,
                              (gpointer)(uintptr_t)entries[i].filter);
    ext_menubar_add_separator(menu);
    ext_menubar_add_entry(menu, "Show this connection's resets",
                          "Resets of the selected frame's connection", apply_stream_filter, NULL);
#ifdef RO_MANUAL_URL
    ext_menubar_add_separator(menu);
    ext_menubar_add_website(menu, "Manual", "Fields, signs and cases", RO_MANUAL_URL);
#endif
}
