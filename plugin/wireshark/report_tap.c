/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Listens to our own tap and to that of all frames. It notes which resets passed the filter and judges
 * them when all frames have been read, so that it knows what followed them even where tshark goes
 * through the file but once. */

#include "report_tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef _WIN32
#include <sys/ioctl.h>
#include <unistd.h>
#endif

#include "attach.h"

#include <epan/stat_tap_ui.h>

#include "core/base/constants.h"
#include "core/capture.h"
#include "core/report/report.h"
#include "observe.h"

#define REPORT_CLI "rst_origin,report"

/* Width of the text where nobody says how wide the terminal is; lines beyond the most are hard to
 * follow on any screen. */
#define WIDTH_UNKNOWN 100
#define WIDTH_MOST    120

typedef enum report_form { FORM_TEXT = 0, FORM_JSON, FORM_HTML } report_form;

typedef struct report_tap {
    char *filter;
    report_form form;
    ro_read read;    /* what the frames' own listener counts */
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

static void frames_reset(void *data)
{
    memset(&((report_tap *)data)->read, 0, sizeof(ro_read));
}

static tap_packet_status frames_packet(void *data, packet_info *pinfo, epan_dissect_t *edt _U_,
                                       const void *tapped _U_, tap_flags_t flags _U_)
{
    ro_read *read = &((report_tap *)data)->read;
    int64_t now = (int64_t)pinfo->abs_ts.secs * RO_S + pinfo->abs_ts.nsecs;

    read->first_ns = read->packets ? MIN(read->first_ns, now) : now;
    read->last_ns = read->packets ? MAX(read->last_ns, now) : now;
    read->packets++;
    return TAP_PACKET_DONT_REDRAW;
}

static ro_text_style style_of_output(void)
{
    ro_text_style style = {WIDTH_UNKNOWN, false};
    const char *columns = getenv("COLUMNS");
    guint64 width;

    if (columns && g_ascii_string_to_unsigned(columns, 10, 1, UINT16_MAX, &width, NULL))
        style.width = (unsigned)width;
#ifndef _WIN32
    if (isatty(STDOUT_FILENO)) {
        const char *term = getenv("TERM");
        struct winsize size;

        style.emphasis = term && strcmp(term, "dumb") != 0 && !getenv("NO_COLOR");
        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
            style.width = size.ws_col;
    }
#endif
    style.width = MIN(style.width, WIDTH_MOST);
    return style;
}

static uint32_t connections_to(void *capture, uint64_t point, ro_addr addr, uint16_t port)
{
    return ro_capture_connections_to((const ro_capture *)capture, point, addr, port);
}

static ro_document *make_document(const report_tap *tap, ro_capture *capture)
{
    ro_document_input in = {.filter = tap->filter, .read = tap->read, .judge = ro_attach_judge};
    ro_document *doc;

    if (capture) {
        ro_points_complete(ro_capture_points(capture)); /* the whole file has been read */
        in.read.connections = ro_capture_streams(capture);
        in.shared = ro_capture_shared(capture);
        in.points = ro_capture_points(capture);
        in.resets = ro_capture_reset_list(capture);
        in.connections_to = connections_to;
        in.data = capture;
    }
    doc = ro_document_new(&in);
    for (unsigned i = 0; capture && i < tap->numbers->len; i++) {
        uint32_t number = g_array_index(tap->numbers, uint32_t, i);

        if (number >= 1 && number <= ro_capture_resets(capture))
            ro_document_add(doc, ro_capture_reset(capture, number - 1));
    }
    ro_document_close(doc);
    return doc;
}

static void report_draw(void *data)
{
    const report_tap *tap = (const report_tap *)data;
    ro_document *doc = make_document(tap, ro_capture_open());
    ro_text_style style = style_of_output();
    GString *out = g_string_new(NULL);

    if (tap->form == FORM_JSON)
        ro_report_json(doc, out);
    else if (tap->form == FORM_HTML)
        ro_report_html(doc, out);
    else
        ro_report_text(doc, &style, out);
    fputs(out->str, stdout);
    fflush(stdout);
    g_string_free(out, TRUE);
    ro_document_free(doc);
}

static void report_finish(void *data)
{
    report_tap *tap = (report_tap *)data;

    g_array_free(tap->numbers, TRUE);
    g_free(tap->filter);
    g_free(tap);
}

/* Takes ",WORD" off the front of the arguments. */
static bool take_word(const char **arg, const char *word)
{
    size_t n = strlen(word);

    if (**arg != ',' || strncmp(*arg + 1, word, n) != 0)
        return false;
    if ((*arg)[n + 1] != ',' && (*arg)[n + 1] != '\0')
        return false;
    *arg += n + 1;
    return true;
}

/* "rst_origin,report[,json|,html][,FILTER]" */
static ro_stat_init report_init(const char *arg, void *userdata _U_)
{
    report_tap *tap = g_new0(report_tap, 1);
    GString *error;

    arg += strlen(REPORT_CLI);
    if (take_word(&arg, "json"))
        tap->form = FORM_JSON;
    else if (take_word(&arg, "html"))
        tap->form = FORM_HTML;
    if (*arg == ',' && arg[1])
        tap->filter = g_strdup(arg + 1);
    tap->numbers = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    error = register_tap_listener("frame", tap, NULL, TL_REQUIRES_NOTHING, frames_reset,
                                  frames_packet, NULL, NULL);
    if (!error)
        error = register_tap_listener(RO_TAP, tap, tap->filter, TL_REQUIRES_NOTHING, report_reset,
                                      report_packet, report_draw, report_finish);
    if (error) {
        fprintf(stderr, "Couldn't register the " REPORT_CLI " tap: %s\n", error->str);
        g_string_free(error, TRUE);
        remove_tap_listener(tap); /* the frames' listener; does nothing where there is none */
        report_finish(tap);
        RO_STAT_INIT_FAILED();
    }
    RO_STAT_INIT_RETURN(true);
}

void ro_report_tap_register(void)
{
    static stat_tap_ui ui = {
        REGISTER_STAT_GROUP_GENERIC, NULL, REPORT_CLI, report_init, 0, NULL,
    };

    register_stat_tap_ui(&ui, NULL);
}
