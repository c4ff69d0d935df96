/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The preferences: few, with defaults that are right for most. */

#include "prefs.h"

#include "fields.h"

ro_preferences ro_prefs = {
    .expert_plain = TRUE,
    .sign_sources = TRUE,
    .info_column = FALSE,
    .point_names = "",
    .min_score = 0,
};

static void apply(void)
{
    if (ro_prefs.min_score > RO_MIN_SCORE_MAX)
        ro_prefs.min_score = RO_MIN_SCORE_MAX;
}

void ro_prefs_register(void)
{
    module_t *module = prefs_register_protocol(ro_proto, apply);

    prefs_register_bool_preference(
        module, "expert_plain", "Expert information for ordinary resets",
        "Whether ordinary resets are listed in the expert information too, as chats. Injected "
        "and suspicious resets always are.",
        &ro_prefs.expert_plain);
    prefs_register_bool_preference(
        module, "sign_sources", "Show the source of each sign",
        "Whether the paper, RFC section or program that a sign is taken from is shown under it.",
        &ro_prefs.sign_sources);
    prefs_register_bool_preference(
        module, "info_column", "Append the verdict to the Info column",
        "Whether the Info column of a reset ends in its suspected source and cause, "
        "for example \"[RST: server, closed_port]\".",
        &ro_prefs.info_column);
    prefs_register_string_preference(
        module, "point_names", "Names of capture points",
        "Names for the interfaces of a file that holds several capture points, in their order and "
        "separated by commas, for example \"client,dmz,server\". Empty: as the file names them.",
        &ro_prefs.point_names);
    prefs_register_uint_preference(
        module, "min_score", "Least score for \"intermediary\" (weight of evidence, 0 to 100)",
        "Resets whose score is below this are called suspicious rather than injected, and their "
        "source unknown. 0 leaves it to the plugin's own threshold. A weight of ten is a "
        "likelihood ratio of ten to one, twenty of a hundred to one.",
        10, &ro_prefs.min_score);
}
