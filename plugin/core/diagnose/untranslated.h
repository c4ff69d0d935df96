/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A segment escaped address translation, and a kernel that knows nothing of it reset it. */

#ifndef RO_DIAGNOSE_UNTRANSLATED_H
#define RO_DIAGNOSE_UNTRANSLATED_H

#include "diagnose/rows.h"

RO_DIAGNOSIS(untranslated);

#endif
