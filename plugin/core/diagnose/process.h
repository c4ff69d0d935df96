/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends of programs and hosts: many connections at once, or a peer that forgot, or that is gone. */

#ifndef RO_DIAGNOSE_PROCESS_H
#define RO_DIAGNOSE_PROCESS_H

#include "diagnose/rows.h"

RO_DIAGNOSIS(process_exit);
RO_DIAGNOSIS(host_restarted);
RO_DIAGNOSIS(peer_vanished);

/* Whether the server closed this connection together with others of its listener because its process
 * ended. */
bool ro_process_ended(const ro_case *c);

#endif
