/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything that differs between the Wireshark versions we build against (4.0 to 4.6) stands here
 * and nowhere else. Written against 4.0's names; newer ones are mapped. */

#ifndef RO_WIRESHARK_COMPAT_H
#define RO_WIRESHARK_COMPAT_H

#ifndef WS_BUILD_DLL
#define WS_BUILD_DLL /* our entry points are exported, see WS_DLL_PUBLIC_DEF */
#endif

#include <wireshark.h>

#include <ws_version.h>

#include <epan/column-info.h>
#include <epan/conversation.h>
#include <epan/expert.h>
#include <epan/packet.h>
#include <epan/prefs.h>
#include <epan/stats_tree.h>
#include <epan/tap.h>
#include <wiretap/wtap.h> /* comes by epan/packet.h only until 4.2 */

#define RO_WS_VERSION (WIRESHARK_VERSION_MAJOR * 100 + WIRESHARK_VERSION_MINOR)

/* 4.4 gave plugins an optional plugin_describe(), so that "-G plugins" knows their kind, and turned
 * gboolean into bool. A bool preference of the wrong width would be written past its end. */
#if RO_WS_VERSION >= 403
#include <wsutil/plugins.h>
#define RO_HAVE_PLUGIN_DESCRIBE 1
typedef bool ro_pref_bool;
#else
typedef gboolean ro_pref_bool;
#endif

/* A field's value moved behind a pointer in 4.2. */
#if RO_WS_VERSION >= 401
#define RO_FVALUE_UINT(fi) fvalue_get_uinteger((fi)->value)
#else
#define RO_FVALUE_UINT(fi) fvalue_get_uinteger(&(fi)->value)
#endif

/* The init callback of register_stat_tap_ui answers whether it worked since 4.6. */
#if RO_WS_VERSION >= 405
typedef bool ro_stat_init;
#define RO_STAT_INIT_RETURN(ok) return (ok)
#define RO_STAT_INIT_FAILED()   return false
#else
typedef void ro_stat_init;
#define RO_STAT_INIT_RETURN(ok) return
#define RO_STAT_INIT_FAILED()   exit(1) /* as tshark's own statistics do there */
#endif

/* The separator of a statistics tree's menu path changed from "/" to "//" in 4.4, where the group
 * became a property of the registered tree. */
static inline void ro_stats_tree_register(const char *tap, const char *abbr, const char *menu,
                                          const char *name, stat_tree_packet_cb packet,
                                          stat_tree_init_cb init)
{
#if RO_WS_VERSION >= 403
    char *path = g_strdup_printf("%s" STATS_TREE_MENU_SEPARATOR "%s", menu, name);
    stats_tree_cfg *cfg = stats_tree_register_plugin(tap, abbr, path, 0, packet, init, NULL);

    stats_tree_set_group(cfg, REGISTER_PACKET_STAT_GROUP_UNSORTED);
#else
    char *path = g_strdup_printf("%s/%s", menu, name);

    stats_tree_register_plugin(tap, abbr, path, 0, packet, init, NULL);
#endif
    g_free(path); /* the name is copied */
}

/* Whether the tree is built to be shown or printed as a whole, not for single fields alone. */
static inline bool ro_tree_is_visible(const proto_tree *tree)
{
    return tree && PTREE_DATA(tree)->visible;
}

/* Whether the column is among those that are shown. */
static inline bool ro_column_is_shown(const packet_info *pinfo, int column)
{
    return pinfo->cinfo && pinfo->cinfo->col_first && pinfo->cinfo->col_first[column] >= 0;
}

/* The TCP conversation between two ends, asked for in the frame of `pinfo`. Since 4.6 a preference keeps those of
 * different VLANs, MAC addresses or interfaces apart, and then TCP's is found by this call alone. */
static inline const conversation_t *ro_tcp_conversation(const packet_info *pinfo,
                                                        const address *src, const address *dst,
                                                        uint32_t sport, uint32_t dport)
{
#if RO_WS_VERSION >= 405
    return find_conversation_strat_xtd(pinfo, pinfo->num, src, dst, CONVERSATION_TCP, sport, dport,
                                       0);
#else
    return find_conversation(pinfo->num, src, dst, CONVERSATION_TCP, sport, dport, 0);
#endif
}

/* The name of a capture interface, or NULL; sections number their interfaces anew. Without an
 * if_name option Wireshark says "unknown". */
static inline const char *ro_interface_name(const epan_t *epan, uint32_t interface,
                                            unsigned section)
{
#if RO_WS_VERSION >= 403
    return epan_get_interface_name(epan, interface, section);
#else
    (void)section;
    return epan_get_interface_name(epan, interface);
#endif
}

#endif
