/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report: -z rst_origin,report[,json][,FILTER]. */

#ifndef RO_WIRESHARK_REPORT_TAP_H
#define RO_WIRESHARK_REPORT_TAP_H

void ro_report_tap_register(void);

#endif
