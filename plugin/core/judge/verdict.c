/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Weighs the signs of one RST. */

#include "judge/verdict.h"

#include "judge/cause.h"
#include "judge/signs.h"
#include "judge/weights.h"
#include "points/path_view.h"
#include "points/witness.h"
#include "reset/followup.h"
#include "reset/inference.h"

/* Positive and negative weight of each family, each as its strongest sign and a share of the rest. */
typedef struct ro_evidence_sum {
    int against[RO_FAMILY_N]; /* the endpoint */
    int against_rest[RO_FAMILY_N];
    int for_[RO_FAMILY_N];
    int for_rest[RO_FAMILY_N];
    int alike; /* likeness to the endpoint: one pool, since a forger who copies one copies all */
    int alike_rest;
    int impossible; /* strongest sign that is */
} ro_evidence_sum;

static void put(ro_evidence_sum *s, const ro_sign *sign, int weight)
{
    ro_family f = sign->family;
    int *top = weight > 0 ? &s->against[f] : &s->for_[f];
    int *rest = weight > 0 ? &s->against_rest[f] : &s->for_rest[f];
    int size = weight > 0 ? weight : -weight;

    if (sign->likeness && weight < 0) {
        top = &s->alike;
        rest = &s->alike_rest;
    }
    if (size > *top) {
        *rest += *top;
        *top = size;
    } else {
        *rest += size;
    }
}

static void add_fired(ro_verdict *v, unsigned sign, int weight, const ro_reset *beside)
{
    unsigned at = v->fired_n;

    while (at > 0 && ABS(v->fired[at - 1].weight) < ABS(weight)) {
        v->fired[at] = v->fired[at - 1];
        at--;
    }
    v->fired[at] = (ro_fired){(uint8_t)sign, (int16_t)weight, beside};
    v->fired_n++;
}

static void count(ro_verdict *v, ro_evidence_sum *s, unsigned i, int weight, const ro_reset *beside)
{
    if (weight == RO_NOT_EVALUATED || weight == 0) {
        return;
    }
    put(s, &ro_signs[i], weight);
    add_fired(v, i, weight, beside);
    if (ro_signs[i].impossible && weight >= RO_IMPOSSIBLE_FROM && weight > s->impossible) {
        s->impossible = weight;
    }
}

static int prior(const ro_reset *r)
{
    if (r->shape == RO_SHAPE_REPLY_TO_SYN || r->stage == RO_STAGE_POST_SYN) {
        return RO_PRIOR_SYN;
    }
    return r->stage == RO_STAGE_CLOSING ? RO_PRIOR_CLOSED : RO_PRIOR;
}

static int family_net(const ro_evidence_sum *s, int f)
{
    int against = s->against[f] + s->against_rest[f] / RO_FAMILY_SHARE;
    int for_ = s->for_[f] + s->for_rest[f] / RO_FAMILY_SHARE;

    return against - for_;
}

static ro_confidence confidence_of(int margin, unsigned families, bool impossible)
{
    if (margin >= RO_HIGH_FROM && (families >= 2 || impossible)) {
        return RO_HIGH;
    }
    return margin >= RO_MEDIUM_FROM ? RO_MEDIUM : RO_LOW;
}

/* Whether anything but a guess tells which side is the client. */
static bool knows_side(const ro_reset *r)
{
    return r->claimed_sender_known || ro_ports_tell(r->stream);
}

/* For an endpoint: what the signs say counts, not the prior, and being alike in one field is no more than low. */
static ro_confidence confidence_in_endpoint(const ro_reset *r, const ro_verdict *v,
                                            unsigned families)
{
    ro_confidence c = confidence_of(-v->score, families, false);

    return prior(r) - v->score < RO_MEDIUM_SIGNS || !knows_side(r) ? RO_LOW : c;
}

/* Both ends on one host, or written by one machine, which may be their host: then nothing is known to lie between. */
static bool has_no_path(const ro_reset *r)
{
    const ro_endpoint *end = r->stream->end;

    return (r->facts & RO_FACT_ONE_COUNTER) || ro_addr_equal(end[0].addr, end[1].addr) ||
           ro_addr_is_loopback(end[0].addr) || ro_addr_is_loopback(end[1].addr);
}

/* What an endpoint cannot do shows that the fields were copied: then likeness counts for less. Who writes for both
 * ends is like either. */
static int likeness(const ro_reset *r, const ro_evidence_sum *s)
{
    int alike = s->alike + s->alike_rest / RO_LIKENESS_SHARE;

    if (r->facts & RO_FACT_ONE_COUNTER) {
        return 0;
    }
    return s->impossible >= RO_COPIED_FROM ? MIN(alike, RO_COPIED_MOST) : alike;
}

/* What is surest needs a connection to compare with: its beginning, or segments both ways. */
static bool shows_connection(const ro_reset *r)
{
    return r->receiver->segments > 0 && (r->stream->syn_seen || r->sender->segments > 0);
}

/* Draws the verdict from the signs that fired. For an endpoint they have to speak, the prior is not
 * enough; nor is it where they speak against it, however little. */
static void conclude(const ro_reset *r, const ro_evidence_sum *s, ro_verdict *v)
{
    unsigned against = 0;
    unsigned for_ = likeness(r, s) >= RO_FAMILY_SPEAKS;
    int positive = 0;

    v->score = prior(r) - likeness(r, s);
    for (int f = 0; f < RO_FAMILY_N; f++) {
        int net = family_net(s, f);

        v->score += net;
        against += net >= RO_FAMILY_SPEAKS;
        for_ += net <= -RO_FAMILY_SPEAKS;
        positive += net > 0 ? net : 0;
    }
    v->source = RO_SOURCE_UNKNOWN;
    v->confidence = RO_LOW;
    v->injected =
        v->score >= RO_DECIDE_PATH && (against >= 2 || s->impossible > 0) && !has_no_path(r);
    if (v->injected) {
        v->source = RO_SOURCE_INTERMEDIARY;
        v->confidence = confidence_of(v->score, against, s->impossible > 0);
    } else if (v->score <= RO_DECIDE_ENDPOINT && v->score < prior(r) + has_no_path(r)) {
        v->source = r->claimed_sender == RO_CLIENT ? RO_SOURCE_CLIENT : RO_SOURCE_SERVER;
        v->confidence = confidence_in_endpoint(r, v, for_);
    }
    if (!shows_connection(r) && v->confidence == RO_HIGH) {
        v->confidence = RO_MEDIUM;
    }
    v->suspicious = !v->injected && positive >= RO_SUSPICIOUS_FROM && v->score > -RO_HIGH_FROM;
}

/* First step: the RST by its own signs. */
static void judge_alone(const ro_reset *r, ro_verdict *v, ro_evidence_sum *s)
{
    *v = (ro_verdict){0};
    *s = (ro_evidence_sum){0};
    for (unsigned i = 0; i < ro_signs_n; i++) {
        if (ro_signs[i].test) {
            count(v, s, i, ro_signs[i].test(r), NULL);
        }
    }
    conclude(r, s, v);
}

static bool is_convicted(const ro_reset *r)
{
    ro_verdict v;
    ro_evidence_sum s;

    judge_alone(r, &v, &s);
    return v.injected;
}

/* Resets near by that are asked: so many before and after in the same direction, and one each of the
 * other. */
#define NEIGHBOURS_EACH 4
#define NEIGHBOURS_MAX  (4 * NEIGHBOURS_EACH + 2)

/* And so many before and after it of the same address in other connections, taken from the nearest of
 * that address that are looked at. */
#define ELSEWHERE_LOOKED_AT 32

static unsigned elsewhere(const ro_reset *r, bool later, const ro_reset **near)
{
    const ro_reset *e = later ? r->next_of_host : r->prev_of_host;
    const ro_stream *last = r->stream;
    unsigned n = 0;

    for (int i = 0; e && i < ELSEWHERE_LOOKED_AT && n < NEIGHBOURS_EACH; i++) {
        if (e->stream != r->stream && e->stream != last) { /* one for each connection */
            near[n++] = e;
            last = e->stream;
        }
        e = later ? e->next_of_host : e->prev_of_host;
    }
    return n;
}

static unsigned neighbours(const ro_reset *r, const ro_reset *near[NEIGHBOURS_MAX])
{
    unsigned n = 0;
    const ro_reset *e = r->prev_same;

    for (int i = 0; e && i < NEIGHBOURS_EACH; i++, e = e->prev_same) {
        near[n++] = e;
    }
    e = r->next_same;
    for (int i = 0; e && i < NEIGHBOURS_EACH; i++, e = e->next_same) {
        near[n++] = e;
    }
    if (r->prev_other) {
        near[n++] = r->prev_other;
    }
    if (r->next_other) {
        near[n++] = r->next_other;
    }
    n += elsewhere(r, false, near + n);
    n += elsewhere(r, true, near + n);
    return n;
}

/* One packet that the capture holds several times says nothing beside itself. */
static bool same_packet(const ro_reset *a, const ro_reset *b)
{
    return (a->copy_of ? a->copy_of : a) == (b->copy_of ? b->copy_of : b);
}

/* Second step: what neighbours say that the first step convicts. */
static void ask_neighbours(const ro_reset *r, ro_verdict *v, ro_evidence_sum *s)
{
    const ro_reset *near[NEIGHBOURS_MAX];
    unsigned n = neighbours(r, near);

    for (unsigned i = 0; i < ro_signs_n; i++) {
        for (unsigned k = 0; ro_signs[i].beside && k < n; k++) {
            int weight = same_packet(r, near[k]) ? 0 : ro_signs[i].beside(r, near[k]);

            if (weight != 0 && is_convicted(near[k])) {
                count(v, s, i, weight, near[k]);
                break;
            }
        }
    }
    conclude(r, s, v);
}

void ro_judge(const ro_reset *r, ro_verdict *v)
{
    ro_evidence_sum s;

    judge_alone(r, v, &s);
    ask_neighbours(r, v, &s);
    v->lookahead = ro_later_frames(r) > 0 || ro_host_learned_later(r) ||
                   ro_path_view_looks_ahead(r) || ro_witness_looks_ahead(r);
    v->cause = ro_cause_of(r, v);
}
