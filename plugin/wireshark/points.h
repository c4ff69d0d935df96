/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells the core what Wireshark knows of the capture points: their names, and when all is read. */

#ifndef RO_WIRESHARK_POINTS_H
#define RO_WIRESHARK_POINTS_H

#include "compat.h"

/* To be called before a reset is judged; costs nothing where the capture has one point. */
void ro_points_update(packet_info *pinfo);

#endif
