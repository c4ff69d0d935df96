/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a diagnosis is declared: the functions of its row, by its token. */

#ifndef RO_DIAGNOSE_ROWS_H
#define RO_DIAGNOSE_ROWS_H

#include "diagnose/diagnosis.h"

#define RO_DIAGNOSIS(name)                                                                         \
    int ro_##name##_test(const ro_case *c);                                                        \
    void ro_##name##_text(const ro_case *c, GString *out);                                         \
    void ro_##name##_evidence(const ro_case *c, GPtrArray *lines);                                 \
    void ro_##name##_advice(const ro_case *c, GString *out);                                       \
    void ro_##name##_commands(const ro_case *c, GArray *commands)

#endif
