/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tokens of the field contract: side, stage, shape, check of the sequence number. */

#include "reset/reset_names.h"

#define NAME(table, value)                                                                         \
    ((unsigned)(value) < sizeof table / sizeof *table && table[value] ? table[value] : "unknown")

const char *ro_side_name(ro_side side)
{
    return side == RO_CLIENT ? "client" : "server";
}

const char *ro_stage_name(ro_stage stage)
{
    static const char *const names[] = {
        [RO_STAGE_NO_CONTEXT] = "no_context",   [RO_STAGE_POST_SYN] = "post_syn",
        [RO_STAGE_POST_SYNACK] = "post_synack", [RO_STAGE_POST_ACK] = "post_ack",
        [RO_STAGE_POST_PSH] = "post_psh",       [RO_STAGE_LATER] = "later",
        [RO_STAGE_CLOSING] = "closing",
    };

    return NAME(names, stage);
}

const char *ro_shape_name(ro_shape shape)
{
    static const char *const names[] = {"other", "reply", "reply_to_syn", "abort"};

    return NAME(names, shape);
}

const char *ro_seq_check_name(ro_seq_check check)
{
    static const char *const names[] = {"unknown", "exact", "in_window", "below", "above"};

    return NAME(names, check);
}
