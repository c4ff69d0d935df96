/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the reason that the sender's kernel gave means for the diagnosis. */

#ifndef RO_DIAGNOSE_WITNESS_H
#define RO_DIAGNOSE_WITNESS_H

#include "diagnose/diagnosis.h"

/* Corrects the diagnosis that the capture alone gave: surer where the kernel's reason says the same, another
 * where it rules it out, one at all where there was none. Does nothing where no kernel spoke for sure. */
void ro_witness_refine(const ro_case *c, ro_diagnosis *d);

/* Where to look, for a reset without a diagnosis: false where no kernel named the process. */
bool ro_witness_advice(const ro_reset *r, GString *out);

/* What the kernel's reason means, as a line of evidence; nothing where there is none. */
void ro_witness_evidence(const ro_case *c, GPtrArray *lines);

#endif
