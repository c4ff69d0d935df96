/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tokens of the field contract for the facts of a RST. */

#ifndef RO_RESET_RESET_NAMES_H
#define RO_RESET_RESET_NAMES_H

#include "reset/reset.h"

const char *ro_side_name(ro_side side);
const char *ro_stage_name(ro_stage stage);
const char *ro_shape_name(ro_shape shape);
const char *ro_seq_check_name(ro_seq_check check);

#endif
