/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes wrong while a connection opens: ports used again too early, and a listener that cannot keep up. */

#ifndef RO_DIAGNOSE_PORTS_H
#define RO_DIAGNOSE_PORTS_H

#include "diagnose/rows.h"

RO_DIAGNOSIS(port_reuse);
RO_DIAGNOSIS(accept_queue);

#endif
