/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Drives the whole plugin through libwireshark on a made-up capture: a first pass without a tree, a second with tree and
 * taps, then the report as text, JSON and HTML.
 *
 * Input: one octet of options, then records: an octet (wait, interface), two octets of length, and an Ethernet
 * frame of that length. seeds.py makes such inputs of captures. libwireshark itself is the system's and not
 * instrumented: what is checked is the plugin, and what libwireshark asserts. */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <epan/epan.h>
#include <epan/epan_dissect.h>
#include <epan/frame_data.h>
#include <epan/packet.h>
#include <epan/prefs.h>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>
#include <wiretap/wtap.h>
#include <wsutil/filesystem.h>
#include <wsutil/privileges.h>
#include <wsutil/wslog.h>

#define FRAMES_MAX 200
#define HEAD       3 /* octets before each frame */

enum { WITH_INTERFACES = 1, WITH_SECTIONS = 2, CLIPPED = 4, BACKWARDS = 8 };

typedef struct packet {
    frame_data fd;
    wtap_rec rec;
    const uint8_t *data;
} packet;

struct packet_provider_data {
    packet at[FRAMES_MAX];
    unsigned n;
};

void plugin_register(void);

/* In place of libwsutil's: the tables of vendors and services would be read anew for each input, and kept. */
char *get_datafile_path(const char *filename)
{
    (void)filename;
    return g_strdup("/nonexistent");
}

static struct packet_provider_data file;

static const nstime_t *frame_ts(struct packet_provider_data *prov, guint32 num)
{
    return num >= 1 && num <= prov->n ? &prov->at[num - 1].fd.abs_ts : NULL;
}

static const char *interface_name(struct packet_provider_data *prov, guint32 id)
{
    static const char *const names[] = {"eth0", "\x1b[31m\xe2\x80\xae<b>", NULL, "a\nFinding 1"};

    (void)prov;
    return names[id % 4];
}

static const char *interface_description(struct packet_provider_data *prov, guint32 id)
{
    (void)prov;
    (void)id;
    return NULL;
}

static const struct packet_provider_funcs functions = {frame_ts, interface_name,
                                                       interface_description, NULL};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char *const reports[] = {"rst_origin,report", "rst_origin,report,json",
                                          "rst_origin,report,html"};

    (void)argc;
    ws_log_init("shell_fuzz", NULL);
    init_process_policies();
    g_free(configuration_init((*argv)[0], NULL));
    wtap_init(FALSE);
    plugin_register();
    if (!epan_init(NULL, NULL, FALSE)) {
        abort();
    }
    epan_load_settings();
    prefs_apply_all();
    for (unsigned i = 0; i < G_N_ELEMENTS(reports); i++) {
        if (!process_stat_cmd_arg(reports[i])) {
            abort();
        }
    }
    start_requested_stats();
    if (!freopen("/dev/null", "w", stdout)) { /* the reports; libFuzzer writes to stderr */
        abort();
    }
    return 0;
}

static void read_packet(packet *p, unsigned options, unsigned how, const uint8_t *data, unsigned n,
                        int64_t now_ns)
{
    wtap_packet_header *head = &p->rec.rec_header.packet_header;

    memset(p, 0, sizeof *p);
    p->data = data;
    p->rec.rec_type = REC_TYPE_PACKET;
    p->rec.presence_flags = WTAP_HAS_TS | WTAP_HAS_CAP_LEN;
    p->rec.ts = (nstime_t){now_ns / 1000000000, (int)(now_ns % 1000000000)};
    p->rec.tsprec = WTAP_TSPREC_NSEC;
    head->caplen = (options & CLIPPED) ? MIN(n, 60u) : n;
    head->len = n;
    head->pkt_encap = WTAP_ENCAP_ETHERNET;
    head->pseudo_header.eth.fcs_len = -1;
    if (options & WITH_INTERFACES) {
        p->rec.presence_flags |= WTAP_HAS_INTERFACE_ID;
        head->interface_id = how & 3;
    }
    if (options & WITH_SECTIONS) {
        p->rec.presence_flags |= WTAP_HAS_SECTION_NUMBER;
        p->rec.section_number = how >> 2 & 1;
    }
}

static void read_file(const uint8_t *data, size_t size)
{
    static const int64_t waits[8] = {0,          50000,       1000000,      20000000,
                                     1300000000, 31000000000, 350000000000, 3000};
    unsigned options = data[0];
    int64_t now_ns = INT64_C(1700000000000000000);

    data++;
    size--;
    for (file.n = 0; size > HEAD && file.n < FRAMES_MAX; file.n++) {
        unsigned n = (unsigned)data[1] | (unsigned)data[2] << 8;

        n = (unsigned)MIN(n, size - HEAD);
        now_ns += (options & BACKWARDS) && (data[0] & 31) == 31 ? -waits[data[0] >> 5]
                                                                : waits[data[0] >> 5];
        read_packet(&file.at[file.n], options, data[0], data + HEAD, n, now_ns);
        data += HEAD + n;
        size -= HEAD + n;
    }
}

static void pass(epan_t *epan, epan_dissect_t *edt, bool second)
{
    static const frame_data *first;
    nstime_t elapsed = NSTIME_INIT_ZERO;
    guint32 octets = 0;

    (void)epan;
    first = NULL;
    for (unsigned i = 0; i < file.n; i++) {
        packet *p = &file.at[i];
        guint caplen = p->rec.rec_header.packet_header.caplen;
        tvbuff_t *tvb =
            tvb_new_real_data(p->data, caplen, (gint)p->rec.rec_header.packet_header.len);

        if (!second) {
            frame_data_init(&p->fd, i + 1, &p->rec, 0, octets);
        }
        frame_data_set_before_dissect(&p->fd, &elapsed, &first, i ? &file.at[i - 1].fd : NULL);
        if (second) {
            epan_dissect_run_with_taps(edt, WTAP_FILE_TYPE_SUBTYPE_UNKNOWN, &p->rec, tvb, &p->fd,
                                       NULL);
        } else {
            epan_dissect_run(edt, WTAP_FILE_TYPE_SUBTYPE_UNKNOWN, &p->rec, tvb, &p->fd, NULL);
        }
        frame_data_set_after_dissect(&p->fd, &octets);
        epan_dissect_reset(edt);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    epan_t *epan;

    if (size < 1 + HEAD) {
        return 0;
    }
    read_file(data, size);
    epan = epan_new(&file, &functions);
    reset_tap_listeners();
    for (int second = 0; second < 2; second++) {
        epan_dissect_t *edt = epan_dissect_new(epan, second, second);

        pass(epan, edt, second);
        epan_dissect_free(edt);
        if (!second) {
            postseq_cleanup_all_protocols();
        }
    }
    draw_tap_listeners(TRUE);
    for (unsigned i = 0; i < file.n; i++) {
        frame_data_destroy(&file.at[i].fd);
    }
    epan_free(epan);
    return 0;
}
