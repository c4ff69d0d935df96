/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The facts of a RST, taken from its stream at the moment it comes. */

#ifndef RO_RESET_FACTS_H
#define RO_RESET_FACTS_H

#include "reset/reset.h"

/* Fills every fact of `r` that the stream can prove. r->seg, r->stream, r->d and r->host are set by
 * the caller, and the links to earlier resets. The stream is not changed but for marking the
 * segment that the RST answers. Rules: RFC 9293 3.5.2, 3.10.5, 3.10.7; RFC 5961 3.2. */
void ro_facts_update(ro_reset *r);

#endif
