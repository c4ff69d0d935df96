/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Another machine answers for the same address. */

#ifndef RO_DIAGNOSE_OTHER_MACHINE_H
#define RO_DIAGNOSE_OTHER_MACHINE_H

#include "diagnose/rows.h"

RO_DIAGNOSIS(address_conflict);
RO_DIAGNOSIS(backend_changed);

#endif
