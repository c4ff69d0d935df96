/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections refused before they carried anything. */

#ifndef RO_DIAGNOSE_REFUSALS_H
#define RO_DIAGNOSE_REFUSALS_H

#include "diagnose/rows.h"

RO_DIAGNOSIS(closed_port);
RO_DIAGNOSIS(port_scan);
RO_DIAGNOSIS(health_check);
RO_DIAGNOSIS(connection_limit);

#endif
