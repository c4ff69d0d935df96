/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How TLS connections end: refused handshakes and harmless closes. */

#ifndef RO_DIAGNOSE_TLS_H
#define RO_DIAGNOSE_TLS_H

#include "diagnose/rows.h"

RO_DIAGNOSIS(tls_failure);
RO_DIAGNOSIS(tls_close);

#endif
