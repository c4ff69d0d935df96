/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the reason that the sender's kernel gave means for the diagnosis. */

#ifndef RO_DIAGNOSE_WITNESS_H
#define RO_DIAGNOSE_WITNESS_H

#include "diagnose/diagnosis.h"

/* Whether the kernel's reason rules out that diagnosis; false where no kernel spoke for sure. */
bool ro_witness_rules_out(const ro_case *c, const char *token);

/* Makes the diagnosis surer where the kernel's reason says the same. */
void ro_witness_refine(const ro_case *c, ro_diagnosis *d);

/* Where to look, for a reset without a diagnosis: false where no kernel named the process. */
bool ro_witness_advice(const ro_reset *r, GString *out);

/* What the kernel's reason means, as a line of evidence; nothing where there is none. */
void ro_witness_evidence(const ro_case *c, GPtrArray *lines);

/* The functions of the rows that rest on the kernel's reason alone: a test each, and the rest in common. */
int ro_witness_unread_data_test(const ro_case *c);
int ro_witness_peer_vanished_test(const ro_case *c);
int ro_witness_stale_connection_test(const ro_case *c);
void ro_witness_row_text(const ro_case *c, GString *out);
void ro_witness_story(const ro_case *c, GPtrArray *lines);
void ro_witness_row_advice(const ro_case *c, GString *out);
void ro_witness_commands(const ro_case *c, GArray *commands);

#endif
