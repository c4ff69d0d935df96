/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words and small questions that many diagnoses share. */

#ifndef RO_DIAGNOSE_SAY_H
#define RO_DIAGNOSE_SAY_H

#include "diagnose/diagnosis.h"

/* ---- questions ---- */

/* The sides of the RST: its claimed sender, and what each side had shown when it came. */
static inline ro_side ro_sender_side(const ro_case *c)
{
    return (ro_side)c->reset->claimed_sender;
}

const ro_dir *ro_dir_of(const ro_case *c, ro_side side);
const ro_words *ro_words_of(const ro_case *c, ro_side side);

/* Nothing that speaks against the claimed sender as the maker, and no consequence of an earlier reset. */
bool ro_from_endpoint(const ro_case *c);

/* A device on the path made it. */
bool ro_from_path(const ro_case *c);

/* A consequence of an earlier reset of the connection: the earlier one has the diagnosis. */
bool ro_is_consequence(const ro_case *c);

/* `sure`; where who sent the RST is not known, low at most, and not at all where it was not high. */
int ro_sure_of_endpoint(const ro_case *c, int sure);

/* As sure as the verdict that a device sent it, at most `sure`. */
int ro_sure_of_path(const ro_case *c, int sure);

/* Octets that the receiver had sent and the claimed sender had not acknowledged; FIN not counted. */
uint32_t ro_unacknowledged(const ro_case *c);

/* Octets of data of the segment that the RST answers; 0 where it answers none. */
uint32_t ro_trigger_octets(const ro_case *c);

/* When, and in which frame, the side closed: its FIN, or the RST where it is the claimed sender; 0 where
 * it did not. */
int64_t ro_closed_ns(const ro_case *c, ro_side side);

/* Whether the stack of a side is one for which Linux commands make sense: Linux, or not known. */
bool ro_may_be_linux(const ro_case *c, ro_side side);
bool ro_may_be_windows(const ro_case *c, ro_side side);

/* The name that was asked for, where it is safe to put into a command; else NULL. */
const char *ro_name_for_command(const ro_case *c);

/* Whether a sign of that token fired. */
bool ro_has_sign(const ro_case *c, const char *token);

/* Something came sooner than from where its claimed sender is: no part of that host made it. */
bool ro_came_too_soon(const ro_case *c);

/* The server's port. */
uint16_t ro_service_port(const ro_case *c);

/* ---- words ---- */

/* "the server 198.51.100.20:443" */
void ro_say_end(const ro_case *c, ro_side side, GString *out);

/* The same at the beginning of a sentence. */
void ro_say_end_first(const ro_case *c, ro_side side, GString *out);

/* "the client 192.0.2.1:40000 and the server 198.51.100.20:443" */
void ro_say_ends(const ro_case *c, GString *out);

/* "0.42 ms", "12.3 ms", "5.003 s", "363.2 s" */
void ro_say_span(int64_t ns, GString *out);

/* The ending of a noun in the plural: "" for one. */
static inline const char *ro_s(uint32_t n)
{
    return n == 1 ? "" : "s";
}

/* Appends to the list of steps; as printf. */
void ro_line(GPtrArray *lines, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The steps that most diagnoses rest on, in the order of time: last messages, closing, what the RST answers,
 * the RST itself. */
void ro_story(const ro_case *c, GPtrArray *lines);

/* Adds a command; as printf. */
void ro_command_add(GArray *commands, ro_platform platform, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* The command that shows the connection. */
void ro_command_show(const ro_case *c, GArray *commands);

#endif
