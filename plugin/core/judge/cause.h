/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a RST was sent, by its pattern and by who sent it. */

#ifndef RO_JUDGE_CAUSE_H
#define RO_JUDGE_CAUSE_H

#include "judge/verdict.h"

/* v->source must be decided (unknown is allowed). */
ro_cause ro_cause_of(const ro_reset *r, const ro_verdict *v);

#endif
