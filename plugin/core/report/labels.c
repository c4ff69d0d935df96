/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Labels are whole words: nobody has to know our tokens to read a report. */

#include "report/labels.h"

#include <stdlib.h>

#include "base/constants.h"

const char *ro_label_confidence(ro_confidence confidence)
{
    static const char *const words[] = {"possibly", "likely", "very likely"};

    return words[confidence];
}

void ro_label_duration(int64_t ns, GString *out)
{
    double s = (double)ns / (double)RO_S;

    if (ns < RO_S) {
        g_string_append_printf(out, "%.1f ms", (double)ns / (double)RO_MS);
    } else if (ns < 100 * RO_S) {
        g_string_append_printf(out, "%.3f s", s);
    } else {
        g_string_append_printf(out, "%.0f s", s);
    }
}

void ro_label_instant(int64_t ns, bool date, GString *out)
{
    int64_t below = ((ns % RO_S) + RO_S) % RO_S;
    GDateTime *t = g_date_time_new_from_unix_utc((ns - below) / RO_S);
    char *text = t ? g_date_time_format(t, date ? "%Y-%m-%d %H:%M:%S" : "%H:%M:%S") : NULL;

    g_string_append_printf(out, "%s.%03d", text ? text : "?", (int)(below / RO_MS));
    g_free(text);
    if (t) {
        g_date_time_unref(t);
    }
}

const char *ro_label_platform(ro_platform platform)
{
    static const char *const names[RO_PLATFORM_N] = {
        "Anywhere",           "On Linux",
        "On Windows",         "On a Linux router, firewall or node (netfilter)",
        "With Kubernetes",    "Where nginx runs",
        "Where HAProxy runs", "Where Envoy runs",
    };

    return names[platform];
}

static int by_frame(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

void ro_label_frames(const ro_finding *f, GString *out)
{
    uint32_t frames[RO_FINDING_FRAMES];

    for (unsigned i = 0; i < f->frames_n; i++) {
        frames[i] = f->frames[i]->reset->seg.frame;
    }
    qsort(frames, f->frames_n, sizeof *frames, by_frame);
    g_string_append(out, f->frames_n == 1 ? "Frame" : "Frames");
    for (unsigned i = 0; i < f->frames_n; i++) {
        g_string_append_printf(out, "%s %u", i ? "," : "", frames[i]);
    }
    if (f->frames_n == 1 && f->resets > 1) {
        g_string_append_printf(out, ", one of %u resets", f->resets);
    } else if (f->resets > f->frames_n) {
        g_string_append_printf(out, " and %u more", f->resets - f->frames_n);
    }
}
