/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What kernels said of the resets that they sent and took, as extcap/rst-witness records it, each joined
 * with the reset in the capture that it tells of. docs/witness.md describes the records. */

#ifndef RO_POINTS_WITNESS_H
#define RO_POINTS_WITNESS_H

#include <glib.h>

#include "reset/reset.h"

/* What is kept, whatever the file holds: 128 octets for an event, so 67 MB at most, and about 7 KB for a
 * recording, with 64 KB more where its packet filter drops packets all the time. What goes beyond is not kept, and nothing is concluded from absence any more. */
#define RO_WITNESS_EVENTS_MAX   (1u << 19)
#define RO_WITNESS_SESSIONS_MAX 64
#define RO_WITNESS_GAPS_MAX     64
#define RO_WITNESS_DROPS_MAX    4096
#define RO_WITNESS_VOTES_MAX    16
#define RO_WITNESS_OWN_MAX      64
#define RO_WITNESS_WORDS_MAX    4096

/* Kinds of records, as in the file. */
typedef enum ro_witness_kind {
    RO_WITNESS_START = 1,
    RO_WITNESS_SENT,     /* this host's TCP sent a reset */
    RO_WITNESS_RECEIVED, /* a reset ended a socket of this host */
    RO_WITNESS_ALIVE,
    RO_WITNESS_LOST, /* the kernel dropped events between since_ns and time_ns */
    RO_WITNESS_STOP,
    RO_WITNESS_REJECTED, /* the host's packet filter sent a reset; `state` is the hook */
    RO_WITNESS_DROPPED /* its packet filter dropped packets between since_ns and time_ns, or rejected
                        * them: the kernel does not say which */
} ro_witness_kind;

/* What is recorded of the packet filter, as bits. */
#define RO_WITNESS_SEES_REJECTS 1u
#define RO_WITNESS_SEES_DROPS   2u

/* One record as the shell read it. Strings are valid while it is observed; NULL where it has none. */
typedef struct ro_witness_record {
    int64_t time_ns; /* since the epoch, by the clock of the host */
    uint32_t frame;
    uint32_t session; /* number of the recording */
    uint64_t number;  /* of the record in it, from 1 without a hole */
    uint8_t kind;     /* ro_witness_kind, or another: then it only counts */
    ro_endpoint local;
    ro_endpoint peer;
    const char *host;
    const char *reason;
    const char *state;
    const char *process;
    uint32_t pid;
    int64_t since_ns;
    bool limited;   /* not every reset was recorded */
    bool forwards;  /* the host passes on packets of others */
    uint8_t filter; /* what is recorded of the packet filter: RO_WITNESS_SEES_... */
    unsigned own_n;
    ro_addr own[RO_WITNESS_OWN_MAX]; /* addresses that this host alone has */
} ro_witness_record;

typedef struct ro_witness_gap {
    int64_t from_ns;
    int64_t to_ns;
} ro_witness_gap;

/* An address that the host listed as its own, and from when to when without a break: one that moves to another
 * host (keepalived, VRRP) is this host's for a while only. */
typedef struct ro_witness_own {
    ro_addr addr;
    int64_t since_ns;
    int64_t until_ns;
    uint32_t listing; /* number of the latest list that has it */
} ro_witness_own;

/* A clock offset that pairs of an event and a reset with the same ends speak for. */
typedef struct ro_witness_vote {
    int64_t offset_ns;
    const ro_reset *last;
    unsigned n;
} ro_witness_vote;

/* One recording of one host. */
typedef struct ro_witness_session {
    uint32_t id;
    const char *host;
    int64_t first_ns;
    int64_t last_ns;
    int64_t
        offset_ns; /* its clock minus the capture's, where that is more than the two are allowed to
                        * differ; else 0: see witness_clock.c */
    uint64_t number; /* of its latest record */
    GPtrArray *events;
    uint32_t matched; /* events that a reset was found for: the clocks agree */
    bool limited;
    bool forwards;
    bool incomplete; /* not all that was recorded could be kept */
    uint8_t filter;  /* what all its status records say to be recorded of the packet filter */
    GArray *drops;   /* ro_witness_gap, from the first to the last */
    unsigned gaps_n;
    unsigned votes_n;
    unsigned own_n;
    unsigned seen_n;
    uint32_t listings; /* lists of its own addresses so far */
    ro_witness_gap gaps[RO_WITNESS_GAPS_MAX];
    ro_witness_own own[RO_WITNESS_OWN_MAX];
    ro_addr seen[RO_WITNESS_OWN_MAX]; /* local addresses of its events */
    ro_witness_vote votes[RO_WITNESS_VOTES_MAX];
} ro_witness_session;

/* The part of the host's packet filter in a reset. */
typedef enum ro_witness_filter {
    RO_FILTER_NONE = 0, /* its TCP sent it */
    RO_FILTER_OWN,      /* the filter of the host that the segment was for */
    RO_FILTER_PATH      /* that of a host that only passed the segment on, or made it itself */
} ro_witness_filter;

/* One event. from and to are the reset's own direction, whoever tells of it; a listener tells neither, but
 * its port: then `to` is empty. */
typedef struct ro_testimony {
    struct ro_testimony *next;      /* older one with the same ends */
    struct ro_testimony *next_peer; /* older one with the same peer */
    ro_witness_session *session;
    int64_t time_ns;
    ro_endpoint from;
    ro_endpoint to;
    ro_addr listener; /* its address, where a listener tells it */
    ro_reset *reset;  /* NULL until one was found */
    const char *reason;
    const char *state;
    const char *process;
    uint32_t pid;
    uint32_t frame;
    uint8_t kind;
    uint8_t filter; /* ro_witness_filter */
    bool aside;     /* a reset that was sent, not received: TCP_ABORT_ON_DATA is traced as both */
} ro_testimony;

/* All of a capture. */
typedef struct ro_witnesses {
    const GPtrArray *resets;
    GPtrArray *sessions; /* ro_witness_session */
    GPtrArray *blocks;   /* the events, several to a block */
    GHashTable *events;  /* newest ro_testimony of its kind and ends */
    GHashTable *by_peer; /* newest ro_testimony of its kind and peer */
    GHashTable *by_ends; /* newest ro_reset between two ends; NULL until there is a record */
    GHashTable *words;   /* every text once */
    ro_testimony *newest;
    uint32_t events_n;
    uint32_t state;
} ro_witnesses;

/* Whether the list has that address. */
static inline bool ro_witness_lists(const ro_addr *list, unsigned n, ro_addr addr)
{
    for (unsigned i = 0; i < n; i++) {
        if (ro_addr_equal(list[i], addr)) {
            return true;
        }
    }
    return false;
}

/* What the host listed of that address, or NULL. */
const ro_witness_own *ro_witness_own_of(const ro_witness_session *s, ro_addr addr);

/* `resets` are all of the capture, in capture order (ro_reset). */
ro_witnesses *ro_witnesses_new(const GPtrArray *resets);
void ro_witnesses_free(ro_witnesses *w);

/* Takes in a record; returns what is kept of an event, which lives as long as `w`, or NULL. */
const ro_testimony *ro_witnesses_observe(ro_witnesses *w, const ro_witness_record *record);

/* Takes in a reset that was joined with its copies at other capture points. */
void ro_witnesses_add_reset(ro_witnesses *w, ro_reset *r);

/* Grows with everything that was learned. */
uint32_t ro_witnesses_state(const ro_witnesses *w);

/* The sender's kernel on this reset, and the receiver's; NULL where none told. */
const ro_testimony *ro_witness_sent(const ro_reset *r);
const ro_testimony *ro_witness_taken(const ro_reset *r);

/* Whether the record has another address of the host than the packet: address translation on that very host, as
 * for containers. */
bool ro_witness_is_translated(const ro_testimony *t);

/* Whether no other reset of the connection may be the one that `t` tells of. */
bool ro_witness_is_sure(const ro_reset *r, const ro_testimony *t);

/* The recording of a host that owns the reset's source address, was recording when it was captured, and
 * did not send it; NULL where there is none, or where another explanation is left: see witness_absence.c. */
const ro_witness_session *ro_witness_absent(const ro_reset *r);

/* Whether it is known that the packet filter of that host did not send it, either. */
bool ro_witness_filter_silent(const ro_witness_session *s, const ro_reset *r);

/* Whether what was recorded after this reset says something of it. */
bool ro_witness_looks_ahead(const ro_reset *r);

/* The newest event with these ends, or NULL. */
ro_testimony *ro_witnesses_find(const ro_witnesses *w, uint8_t kind, const ro_endpoint *from,
                                const ro_endpoint *to);

/* The newest event of that kind with this peer, or NULL. */
ro_testimony *ro_witnesses_find_peer(const ro_witnesses *w, uint8_t kind, const ro_endpoint *peer);

#endif
