/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was asked on a connection that its other side was closing, or had closed, for being idle. */

#ifndef RO_DIAGNOSE_LOST_REQUEST_H
#define RO_DIAGNOSE_LOST_REQUEST_H

#include "base/constants.h"
#include "diagnose/diagnosis.h"

/* A side that closes says a last word right before its FIN; nobody waits for an answer to that. */
#define RO_FAREWELL_NS (20 * RO_MS)

/* What the sender of the RST left unanswered is a message that waits for an answer: not the next piece of an
 * upload, a TLS alert, or a last word before the own FIN. */
bool ro_lost_a_request(const ro_case *c);

/* The other side's last message was a last word: it closed right behind it, and the message is short and asks for
 * nothing that is known. */
bool ro_said_farewell(const ro_case *c);

/* The sender of the RST owed nobody an answer when it closed, had none to wait for, and the connection had been
 * quiet for longer than the pauses of one answer. */
bool ro_was_idle(const ro_case *c);

#endif
