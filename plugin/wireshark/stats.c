/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Listeners of our own tap: a tree of counts, and the report. The report notes which resets passed
 * the filter and judges them when all frames have been read, so that it knows what came after them
 * even where tshark goes through the file but once. */

#include "stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <epan/stat_tap_ui.h>

#include "attach.h"
#include "core/base/addr.h"
#include "core/base/hash.h"
#include "core/judge/device.h"
#include "core/report/origin_segments.h"
#include "core/report/report.h"
#include "observe.h"

#define REPORT_CLI "rst_origin,report"

/* ---- the tree ---- */

static const char root[] = "TCP resets";
static int node_root;
static int node_source;
static int node_cause;
static int node_stage;
static int node_device;
static int node_server;
static int node_sender;

/* A node's children are a list that Wireshark walks for each new one, so a scan of all ports would
 * take minutes. Places beyond this many are counted as one. */
#define TREE_PLACES 2000

static const char further[] = "(further ones)";
static GHashTable *places_of; /* stats_tree -> the places that have a node */

static void tree_init(stats_tree *st)
{
    if (!places_of)
        places_of = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL,
                                          (GDestroyNotify)g_hash_table_destroy);
    g_hash_table_replace(places_of, st,
                         g_hash_table_new_full(ro_hash_string, g_str_equal, g_free, NULL));
    node_root = stats_tree_create_node(st, root, 0, STAT_DT_INT, TRUE);
    node_source = stats_tree_create_node(st, "By source and cause", node_root, STAT_DT_INT, TRUE);
    node_cause = stats_tree_create_node(st, "By cause", node_root, STAT_DT_INT, TRUE);
    node_stage = stats_tree_create_node(st, "By stage", node_root, STAT_DT_INT, TRUE);
    node_device = stats_tree_create_node(st, "By device", node_root, STAT_DT_INT, TRUE);
    node_server = stats_tree_create_node(st, "By server and port", node_root, STAT_DT_INT, TRUE);
    node_sender = stats_tree_create_node(st, "By claimed sender", node_root, STAT_DT_INT, TRUE);
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
        tick(st, "By device", node_root, true);
        tick(st, device.name, node_device, false);
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

/* ---- the report ---- */

typedef struct report_tap {
    char *filter;
    bool json;
    GArray *numbers; /* of the resets that passed the filter: records may go with their capture */
} report_tap;

static void report_reset(void *data)
{
    g_array_set_size(((report_tap *)data)->numbers, 0);
}

static tap_packet_status report_packet(void *data, packet_info *pinfo _U_, epan_dissect_t *edt _U_,
                                       const void *tapped, tap_flags_t flags _U_)
{
    report_tap *tap = (report_tap *)data;
    const ro_tap_info *info = (const ro_tap_info *)tapped;

    g_array_append_val(tap->numbers, info->reset->number);
    return TAP_PACKET_REDRAW;
}

static void report_draw(void *data)
{
    const report_tap *tap = (const report_tap *)data;
    const ro_capture *capture = ro_capture_open();
    ro_report *report = ro_report_new(tap->filter);
    GString *out = g_string_new(NULL);

    if (capture)
        ro_points_complete(ro_capture_points(capture)); /* the whole file has been read */
    for (unsigned i = 0; capture && i < tap->numbers->len; i++) {
        uint32_t number = g_array_index(tap->numbers, uint32_t, i);

        if (number >= 1 && number <= ro_capture_resets(capture)) {
            const ro_reset *r = ro_capture_reset(capture, number - 1);
            ro_verdict v;

            ro_attach_judge(r, &v);
            ro_report_add(report, r, &v);
        }
    }
    if (tap->json)
        ro_report_json(report, capture ? ro_capture_points(capture) : NULL,
                       capture ? ro_capture_reset_list(capture) : NULL, out);
    else
        ro_report_text(report, out);
    if (capture && !tap->json)
        ro_origin_segments_text(ro_capture_points(capture), ro_capture_reset_list(capture),
                                out); /* nothing where there is but one capture point */
    fputs(out->str, stdout);
    fflush(stdout);
    g_string_free(out, TRUE);
    ro_report_free(report);
}

static void report_finish(void *data)
{
    report_tap *tap = (report_tap *)data;

    g_array_free(tap->numbers, TRUE);
    g_free(tap->filter);
    g_free(tap);
}

/* "rst_origin,report[,json][,FILTER]" */
static ro_stat_init report_init(const char *arg, void *userdata _U_)
{
    report_tap *tap = g_new0(report_tap, 1);
    GString *error;

    arg += strlen(REPORT_CLI);
    if (strncmp(arg, ",json", 5) == 0 && (arg[5] == ',' || arg[5] == '\0')) {
        tap->json = true;
        arg += 5;
    }
    if (*arg == ',' && arg[1])
        tap->filter = g_strdup(arg + 1);
    tap->numbers = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    error = register_tap_listener(RO_TAP, tap, tap->filter, TL_REQUIRES_NOTHING, report_reset,
                                  report_packet, report_draw, report_finish);
    if (error) {
        fprintf(stderr, "Couldn't register the " REPORT_CLI " tap: %s\n", error->str);
        g_string_free(error, TRUE);
        report_finish(tap);
        RO_STAT_INIT_FAILED();
    }
    RO_STAT_INIT_RETURN(true);
}

void ro_stats_register(void)
{
    static stat_tap_ui ui = {
        REGISTER_STAT_GROUP_GENERIC, NULL, REPORT_CLI, report_init, 0, NULL,
    };

    register_stat_tap_ui(&ui, NULL);
}

void ro_stats_handoff(void)
{
    ro_stats_tree_register(RO_TAP, "rst_origin", "TCP Reset Origin", "Origin of TCP resets",
                           tree_packet, tree_init);
}
