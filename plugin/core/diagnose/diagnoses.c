/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of diagnoses. */

#include "diagnose/diagnosis.h"

static int never(const ro_case *c)
{
    (void)c;
    return RO_DIAGNOSIS_NO;
}

const ro_diagnosis_row ro_diagnoses[] = {
    {.token = "unknown", .group = RO_GROUP_UNDECIDED, .title = "unknown", .test = never},
};

const unsigned ro_diagnoses_n = sizeof ro_diagnoses / sizeof ro_diagnoses[0];
