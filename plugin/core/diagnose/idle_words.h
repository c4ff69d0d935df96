/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What diagnoses of idle connections say alike: the silence, its timer, and where to set it. */

#ifndef RO_DIAGNOSE_IDLE_WORDS_H
#define RO_DIAGNOSE_IDLE_WORDS_H

#include "diagnose/diagnosis.h"
#include "diagnose/timers.h"

/* The timer of the program that closed. */
void ro_program_timer_of(const ro_case *c, ro_timer *t);

/* "after 5 s of silence", with the timer where it is known. */
void ro_say_silence(const ro_case *c, GString *out);

/* Steps: the last data before the silence; a frame and its distance to another; what is known of the timer. */
void ro_line_last_data(const ro_case *c, GPtrArray *lines);
void ro_line_after(GPtrArray *lines, uint32_t frame, const char *what, int64_t ns,
                   const char *since);
void ro_line_timer(const ro_case *c, GPtrArray *lines);

/* Shows the connection, and the idle timers of the servers and proxies that may own it. */
void ro_idle_commands(const ro_case *c, GArray *commands);

#endif
