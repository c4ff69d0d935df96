/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page's own files, made into strings by the build (cmake/Embed.cmake). */

#ifndef RO_REPORT_PAGE_FILES_H
#define RO_REPORT_PAGE_FILES_H

extern const char ro_page_css[];
extern const char ro_page_js[];

#endif
