/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Products and injector families that can be told by what they write into a RST. */

#ifndef RO_JUDGE_DEVICE_H
#define RO_JUDGE_DEVICE_H

#include "reset/reset.h"

typedef struct ro_device {
    const char *name;   /* as users know it, e.g. "F5 BIG-IP" */
    const char *reason; /* what told it */
    bool self_report;   /* the sender's own words, rather than a likeness */
    bool injector;      /* only ever an injector, never an endpoint */
} ro_device;

/* Returns false where nothing is recognised. */
bool ro_device_of(const ro_reset *r, ro_device *out);

#endif
