/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Feeds segments made from arbitrary bytes to the core and asks for every text of every reset.
 *
 * A segment takes twelve bytes. Sequence numbers lie near those of one conversation most of the
 * time, since numbers at random would all be strays; header bits and times are free. */

#include <assert.h>
#include <glib.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "capture.h"
#include "judge/device.h"
#include "judge/signature.h"
#include "judge/verdict.h"
#include "report/words.h"

#define RECORD 12

/* Steps between two sequence numbers: edges of segments, windows and of the number space. */
static const uint32_t steps[16] = {
    0,        1,        0xffffffff, 100,      1460,       12503, 65535, 65536,
    1u << 20, 1u << 26, 1u << 30,   1u << 31, 0xffffff9c, 50,    2920,  4380,
};

static ro_segment from_bytes(const uint8_t *b, int64_t *now, uint32_t frame)
{
    static const int64_t waits[8] = {0,         50000,       1000000,      20000000,
                                     300000000, 31000000000, 350000000000, -5000000};
    static uint8_t payload[RO_PAYLOAD_KEPT];
    ro_segment s = {0};
    unsigned side = b[0] & 1;

    *now += waits[b[0] >> 5] + b[1];
    s.time_ns = *now;
    s.frame = frame;
    s.src.lo = 0xffff0a000001 + side;
    s.dst.lo = 0xffff0a000001 + !side;
    s.sport = side ? 80 : (uint16_t)(40000 + ((b[0] >> 1) & 3));
    s.dport = side ? (uint16_t)(40000 + ((b[0] >> 1) & 3)) : 80;
    s.point = (b[0] >> 3) & 1;
    s.known = (b[0] & 0x10) ? (uint32_t)b[11] << 2 | RO_KNOW_WINDOW | RO_KNOW_LEN : 0x1ff;
    s.stream = s.sport + (uint32_t)s.dport;
    s.flags = (uint16_t)(b[2] | (uint16_t)(b[3] & 0x0f) << 8);
    s.seq = (side ? 5000u : 1000u) + steps[b[4] & 15] + (b[4] >> 4);
    s.ack = (side ? 1000u : 5000u) + steps[b[5] & 15] + (b[5] >> 4);
    s.payload_len = (b[6] & 0x80) ? (uint32_t)(b[6] & 0x7f) * 1000 : b[6];
    s.window = (uint16_t)(b[7] << 8 | b[8]);
    s.ttl = b[9];
    s.tos = (uint8_t)(b[3] >> 4);
    s.ip_id = (uint16_t)(b[10] * 4u);
    s.df = (b[10] & 1) != 0;
    s.options = (uint32_t)b[11] << ((b[3] >> 6) & 3);
    s.opt_order = (b[11] & 1) ? 0x25431 : 0x355251;
    s.wscale = b[11];
    s.mss = 1460;
    s.tsval = b[8] * 1000u;
    s.sack_right = s.ack + b[9];
    s.flow_label = b[10];
    s.ip_version = (b[11] & 2) ? 6 : 4;
    s.mac = b[9];
    s.mp_reason = b[11];
    s.sent_here = b[11] & 4;
    s.bad_checksum = b[11] & 8;
    s.fragmented = b[11] & 16;
    if ((s.flags & RO_RST) && s.payload_len > 0) {
        s.payload_kept =
            (uint8_t)(s.payload_len < RO_PAYLOAD_KEPT ? s.payload_len : RO_PAYLOAD_KEPT);
        memset(payload, b[7], sizeof payload);
        s.data = payload;
    }
    return s;
}

static void ask_everything(const ro_reset *r)
{
    GString *text = g_string_new(NULL);
    ro_verdict v;
    ro_device device;

    ro_judge(r, &v);
    /* The contract: these hold for whatever was captured. */
    assert(v.injected == (v.source == RO_SOURCE_INTERMEDIARY));
    assert(!(v.injected && v.suspicious));
    assert(v.fired_n <= RO_SIGNS_MAX);
    assert(v.cause < RO_CAUSE_N);
    assert(ro_source_name(v.source) && ro_cause_name(v.cause) && ro_confidence_name(v.confidence));
    assert(ro_stage_name((ro_stage)r->stage) && ro_shape_name((ro_shape)r->shape));
    assert(ro_seq_check_name((ro_seq_check)r->seq_check));
    ro_text_summary(r, &v, text);
    assert(text->len > 0);
    for (unsigned i = 0; i < v.fired_n; i++) {
        ro_text_reason(r, &v, i, text);
    }
    ro_text_advice(r, &v, text);
    ro_signature(r);
    ro_device_of(r, &device);
    g_string_free(text, TRUE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ro_capture *cap = ro_capture_new();
    int64_t now = 1700000000000000000;
    uint32_t frame = 0;

    for (; size >= RECORD && frame < 400; data += RECORD, size -= RECORD) {
        ro_segment s = from_bytes(data, &now, ++frame);
        ro_observed seen;

        ro_capture_place(cap, &s);
        ro_capture_observe(cap, &s, &seen);
        if (seen.reset) {
            ask_everything(seen.reset); /* as a single pass does */
        }
    }
    for (uint32_t i = 0; i < ro_capture_resets(cap); i++) {
        ask_everything(ro_capture_reset(cap, i)); /* as a second pass does */
    }
    ro_capture_free(cap);
    return 0;
}
