/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two programs that speak different protocols. */

#ifndef RO_DIAGNOSE_PROTOCOL_H
#define RO_DIAGNOSE_PROTOCOL_H

#include "diagnose/rows.h"

RO_DIAGNOSIS(protocol_mismatch);

#endif
