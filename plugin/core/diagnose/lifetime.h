/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections that end at the same age, whatever they do. */

#ifndef RO_DIAGNOSE_LIFETIME_H
#define RO_DIAGNOSE_LIFETIME_H

#include "diagnose/rows.h"

RO_DIAGNOSIS(max_age);

/* Whether the connections that this one's sender closed have their age in common, and not their silence. */
bool ro_max_age_fits(const ro_case *c);

#endif
