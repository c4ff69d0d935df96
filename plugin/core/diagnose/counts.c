/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sorts resets into tallies. */

#include "diagnose/counts.h"

#include "base/constants.h"

/* A check asks for little and gets little: a status page. */
#define CHECK_ASKS     1000
#define CHECK_GETS     8000
#define CHECK_LASTS    (5 * RO_S)
#define CHECK_MESSAGES 3
#define CHECK_CLOSES   RO_S

/* How long a program takes to accept a connection and drop it, beside the path. */
#define DROP_TAKES (250 * RO_MS)

/* Shorter waits are no timers of programs. */
#define WAIT_LEAST (200 * RO_MS)

static const ro_dir *dir_of(const ro_reset *r, ro_side side)
{
    return r->claimed_sender == side ? r->sender : r->receiver;
}

static ro_tally_key key_of(const ro_reset *r, ro_tally_kind kind)
{
    bool from_client = r->claimed_sender == RO_CLIENT;
    ro_tally_key key = {.kind = (uint16_t)kind};

    if (kind == RO_TALLY_CHECK || kind == RO_TALLY_REFUSED) {
        key.client = from_client ? r->seg.src : r->seg.dst;
    }
    if (kind != RO_TALLY_REFUSED) {
        key.server = from_client ? r->seg.dst : r->seg.src;
        key.port = from_client ? r->seg.dport : r->seg.sport;
    }
    return key;
}

/* Octets a side has sent, its SYN and FIN apart; where its SYN was not seen, unknown and many. */
static uint32_t octets(const ro_dir *x)
{
    if (!(x->has & RO_DIR_ISN)) {
        return x->data_segments ? UINT32_MAX : 0;
    }
    return x->snd_nxt - x->isn - 1 - ((x->has & RO_DIR_FIN) ? 1 : 0);
}

bool ro_looks_like_check(const ro_reset *r)
{
    const ro_dir *client = dir_of(r, RO_CLIENT);
    const ro_dir *server = dir_of(r, RO_SERVER);

    /* a FIN of the client is the close of a program that is done, not of a check */
    if (r->claimed_sender != RO_CLIENT || !r->stream->syn_seen || (client->has & RO_DIR_FIN) ||
        r->shape == RO_SHAPE_REPLY_TO_SYN || !(server->has & RO_DIR_SYN_ACK) ||
        r->seg.time_ns - r->stream->first_ns > CHECK_LASTS) {
        return false;
    }
    if (octets(client) > CHECK_ASKS || octets(server) > CHECK_GETS ||
        client->data_segments > CHECK_MESSAGES) {
        return false;
    }
    if ((server->has & RO_DIR_GAP) || server->repeats > 0 || r->since_last_ns > CHECK_CLOSES) {
        return false; /* it waited for more */
    }
    /* asked and not answered is a failure, no matter who asked */
    return client->data_segments == 0 || server->data_segments > 0;
}

bool ro_answers_lone_probe(const ro_reset *r)
{
    return r->stage == RO_STAGE_NO_CONTEXT && r->shape == RO_SHAPE_REPLY &&
           (r->facts & RO_FACT_TRIGGER) && r->sender->segments == 0 && r->receiver->segments == 1 &&
           r->trigger.end == r->trigger.seq && !(r->receiver->has & RO_DIR_TS);
}

/* No data, or only the word that there are too many connections. */
static bool says_nothing(const ro_dir *server)
{
    return server->data_segments == 0 ||
           (server->data_segments == 1 && server->words.last.kind == RO_MESSAGE_TOO_MANY);
}

bool ro_is_dropped_early(const ro_reset *r)
{
    const ro_dir *client = dir_of(r, RO_CLIENT);
    const ro_dir *server = dir_of(r, RO_SERVER);
    int64_t path =
        (client->rtt_n ? client->rtt_max_ns : 0) + (server->rtt_n ? server->rtt_max_ns : 0);
    int64_t closed = (server->has & RO_DIR_FIN) ? server->fin_ns : r->seg.time_ns;

    /* a bare RST without a FIN before it is the kernel's: no program had the connection */
    return r->claimed_sender == RO_SERVER && r->stream->syn_seen &&
           (r->shape == RO_SHAPE_ABORT || (server->has & RO_DIR_FIN)) &&
           (server->has & RO_DIR_SYN_ACK) && server->syns == 1 && says_nothing(server) &&
           client->segments > client->syns && !(client->has & RO_DIR_FIN) &&
           closed - r->stream->first_ns <= 3 * path + DROP_TAKES;
}

bool ro_gave_up_waiting(const ro_reset *r, ro_wait *wait)
{
    const ro_dir *sender = r->sender;
    const ro_dir *receiver = r->receiver;
    bool by_fin = (sender->has & RO_DIR_FIN) != 0;
    int64_t closed = by_fin ? sender->fin_ns : r->seg.time_ns;

    /* a server that has answered waits for a request, which is idleness */
    if (r->claimed_sender != RO_CLIENT || sender->data_segments == 0 ||
        (!by_fin && r->shape != RO_SHAPE_ABORT)) {
        return false;
    }
    if ((receiver->has & RO_DIR_FIN) && receiver->fin_ns < closed) {
        return false;
    }
    if (!r->ending.last_data_by_sender || (!by_fin && !r->ending.owed)) {
        return false;
    }
    wait->since_request_ns = closed - r->ending.last_data.time_ns;
    wait->since_syn_ns =
        r->stream->syn_seen && sender->words.count <= 1 && sender->data_segments <= 2
            ? closed - r->stream->first_ns
            : 0;
    return wait->since_request_ns >= WAIT_LEAST;
}

void ro_counts_add_reset(ro_tallies *all, const ro_reset *r)
{
    ro_tally_key key;
    ro_wait wait;

    if (r->in_event != 1) {
        return; /* the rest of a burst */
    }
    if (ro_looks_like_check(r)) {
        key = key_of(r, RO_TALLY_CHECK);
        ro_tally_add(all, &key, r->seg.time_ns, r->seg.frame);
    }
    if (r->stage == RO_STAGE_POST_SYN || r->stage == RO_STAGE_POST_SYNACK ||
        ro_answers_lone_probe(r)) {
        const ro_endpoint *server = &r->stream->end[!r->stream->client];

        key = key_of(r, RO_TALLY_REFUSED);
        ro_tally_add(all, &key, (int64_t)(server->addr.lo * 65537 + server->port), r->seg.frame);
    }
    if (ro_is_dropped_early(r)) {
        key = key_of(r, RO_TALLY_DROPPED);
        ro_tally_add(all, &key, r->seg.time_ns, r->seg.frame);
    }
    if (ro_gave_up_waiting(r, &wait)) {
        key = key_of(r, RO_TALLY_WAITED);
        ro_tally_add(all, &key, wait.since_request_ns, r->seg.frame);
        key = key_of(r, RO_TALLY_WAITED_SYN);
        ro_tally_add(all, &key, wait.since_syn_ns, r->seg.frame);
    }
}

void ro_counts_add_speech(ro_tallies *all, const ro_stream *st, uint32_t frame)
{
    const ro_endpoint *server = &st->end[!st->client];
    ro_tally_key key = {.server = server->addr, .port = server->port, .kind = RO_TALLY_SPOKE};

    ro_tally_add(all, &key, st->first_ns, frame);
    if (ro_message_protocol(st->dir[!st->client]->words.first) == RO_PROTOCOL_TLS) {
        key.kind = RO_TALLY_SPOKE_TLS;
        ro_tally_add(all, &key, st->first_ns, frame);
    }
}

const ro_tally *ro_count_of(const ro_tallies *all, const ro_reset *r, ro_tally_kind kind)
{
    ro_tally_key key = key_of(r, kind);
    return ro_tally_of(all, &key);
}
