/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How programs close: with data unread, without an answer, or in good order. */

#ifndef RO_DIAGNOSE_CLOSING_H
#define RO_DIAGNOSE_CLOSING_H

#include "diagnose/rows.h"

RO_DIAGNOSIS(response_timeout);
RO_DIAGNOSIS(teardown);

#endif
