/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Closes with data unread. */

#ifndef RO_DIAGNOSE_UNREAD_H
#define RO_DIAGNOSE_UNREAD_H

#include "diagnose/rows.h"

/* The server, which had spoken in this connection, ended it by an abort while a request waited for its answer. */
bool ro_aborted_over_request(const ro_case *c);

RO_DIAGNOSIS(unread_data);
RO_DIAGNOSIS(unread_request);

#endif
