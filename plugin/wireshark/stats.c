/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A listener of our own tap: a tree of counts. */

#include "stats.h"

#include "attach.h"
#include "core/base/addr.h"
#include "core/base/hash.h"
#include "core/judge/device.h"

static const char root[] = "TCP resets";
static int node_root;
static int node_source;
static int node_cause;
static int node_stage;
static int node_server;
static int node_sender;

/* A node's children are a list that Wireshark walks for each new one, so a scan of all ports would
 * take minutes. Places beyond this many are counted as one. */
#define TREE_PLACES 2000

static const char further[] = "(further ones)";
static GHashTable *places_of; /* stats_tree -> the places that have a node */

/* A node below the root. Source and cause stand on top and open, for that is what is asked first. */
static int open_node(stats_tree *st, const char *name, unsigned flags)
{
    int node = stats_tree_create_node(st, name, node_root, STAT_DT_INT, TRUE);

    stat_node_set_flags(st, name, node_root, TRUE, flags);
    return node;
}

static void tree_init(stats_tree *st)
{
    if (!places_of)
        places_of = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL,
                                          (GDestroyNotify)g_hash_table_destroy);
    g_hash_table_replace(places_of, st,
                         g_hash_table_new_full(ro_hash_string, g_str_equal, g_free, NULL));
    node_root = stats_tree_create_node(st, root, 0, STAT_DT_INT, TRUE);
    node_source = open_node(st, "By source and cause", ST_FLG_SORT_TOP);
    node_cause = open_node(st, "By cause", ST_FLG_DEF_NOEXPAND);
    node_stage = open_node(st, "By stage", ST_FLG_DEF_NOEXPAND);
    node_server = open_node(st, "By server and port", ST_FLG_DEF_NOEXPAND);
    node_sender = open_node(st, "By claimed sender", ST_FLG_DEF_NOEXPAND);
}

static int tick(stats_tree *st, const char *name, int parent, bool with_children)
{
    return tick_stat_node(st, name, parent, with_children);
}

/* The node for a place: one of its own, as long as there are not too many. */
static const char *place(stats_tree *st, const char *name)
{
    GHashTable *places = (GHashTable *)g_hash_table_lookup(places_of, st);

    if (!g_hash_table_contains(places, name)) {
        if (g_hash_table_size(places) >= TREE_PLACES)
            return further;
        g_hash_table_add(places, g_strdup(name));
    }
    return name;
}

static tap_packet_status tree_packet(stats_tree *st, packet_info *pinfo _U_,
                                     epan_dissect_t *edt _U_, const void *data,
                                     tap_flags_t flags _U_)
{
    const ro_tap_info *info = (const ro_tap_info *)data;
    const ro_reset *r = info->reset;
    const ro_verdict *v = &info->verdict;
    const ro_stream *stream = r->stream;
    const ro_endpoint *server = &stream->end[!stream->client];
    GString *name = g_string_new(NULL);
    ro_device device;

    tick(st, root, 0, true);
    tick(st, "By source and cause", node_root, true);
    tick(st, ro_cause_name(v->cause), tick(st, ro_source_name(v->source), node_source, true),
         false);
    tick(st, "By cause", node_root, true);
    tick(st, ro_cause_name(v->cause), node_cause, false);
    tick(st, "By stage", node_root, true);
    tick(st, ro_stage_name((ro_stage)r->stage), node_stage, false);
    if (ro_device_of(r, &device)) {
        tick(st, device.name, tick(st, "By device", node_root, true), false);
    }
    tick(st, "By server and port", node_root, true);
    ro_addr_port_text(server->addr, server->port, name);
    tick(st, ro_source_name(v->source), tick(st, place(st, name->str), node_server, true), false);
    tick(st, "By claimed sender", node_root, true);
    g_string_truncate(name, 0);
    ro_addr_text(r->seg.src, name);
    tick(st, ro_source_name(v->source), tick(st, place(st, name->str), node_sender, true), false);
    g_string_free(name, TRUE);
    return TAP_PACKET_REDRAW;
}

void ro_stats_handoff(void)
{
    ro_stats_tree_register(RO_TAP, "rst_origin", "TCP Reset Origin", "Origin of TCP resets",
                           tree_packet, tree_init);
}
