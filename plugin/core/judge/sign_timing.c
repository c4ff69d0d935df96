/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signs of the timing family: the round trip between the capture point and the claimed sender. */

#include "base/constants.h"
#include "judge/sign_tests.h"
#include "judge/sign_words.h"
#include "judge/signs.h"
#include "reset/inference.h"

#define MS(ns) ((double)(ns) / (double)RO_MS)

/* How long the sender had, at most, to learn what its RST shows that it knew. */
static bool reaction(const ro_reset *r, int64_t *ns)
{
    if ((r->shape == RO_SHAPE_REPLY || r->shape == RO_SHAPE_REPLY_TO_SYN || r->mirrors) &&
        (r->facts & (RO_FACT_RESPONSE | RO_FACT_TRIGGER_OLDER)) == RO_FACT_RESPONSE) {
        *ns = r->response_ns;
        return *ns >= 0;
    }
    if ((r->facts & RO_FACT_KNOWLEDGE_AGE) && !(r->facts & RO_FACT_KNOWLEDGE_MIN)) {
        *ns = r->knowledge_ns;
        return *ns >= 0;
    }
    return false;
}

/* How well the least round trip is known: samples that lie far apart may all be longer than the path.
 * Seen from two samples of this connection, or from one beside the host's others. */
static int64_t spread(const ro_reset *r)
{
    const ro_host *h = ro_host_now(r);

    if (r->sender->rtt_n >= 2) {
        return r->sender->rtt_second_ns - r->sender->rtt_min_ns;
    }
    return r->sender->rtt_n == 1 && h->rtt_n > 0
               ? r->sender->rtt_min_ns - MIN(r->sender->rtt_min_ns, h->rtt_min_ns)
               : 0;
}

/* Causality: what X answers must have reached X, so its answer is a full round trip old when it
 * comes by (Hold-On, Duan et al. 2012, used half the round trip as its threshold). Says nothing
 * next to the sender. Fewer samples may all have been slow ones, and weigh less. */
int ro_test_faster_than_path(const ro_reset *r)
{
    int64_t rtt;
    int64_t took;
    bool whole;
    uint32_t n = ro_rtt_to_sender(r, &rtt, &whole);
    bool steady;
    int weight;

    if (n == 0 || rtt < RO_NEXT_TO_NS || !reaction(r, &took)) {
        return RO_NOT_EVALUATED;
    }
    if (took * 10 >= rtt * 9 || rtt - took <= RO_TIME_NOISE_NS) {
        return 0;
    }
    steady = n >= 3 && spread(r) * 2 < rtt - took;
    if (took * 2 < rtt) {
        weight = steady ? 19 : n >= 2 ? 12 : 8;
    } else if (took * 4 < rtt * 3) {
        weight = steady && r->sender->rtt_n != 1 ? 14 : n >= 2 ? 5 : 3;
    } else {
        weight = steady ? 5 : 0; /* jitter that few samples have not shown yet */
    }
    if (n == 1 && rtt - took < RO_ONE_SAMPLE_SLOW_NS) {
        weight /= 3;
    }
    if (r->sender->rtt_n == 0) { /* another connection, another port, another time */
        return n >= 3 ? weight / 2 : weight / 3;
    }
    return whole ? weight : weight / 2;
}

void ro_text_faster_than_path(const ro_reset *r, GString *out)
{
    int64_t rtt = 0;
    int64_t took = 0;
    bool whole;
    uint32_t n = ro_rtt_to_sender(r, &rtt, &whole);

    reaction(r, &took);
    g_string_append_printf(out, SAY_FASTER_THAN_PATH, MS(took), MS(rtt), n, n == 1 ? "" : "s",
                           (r->facts & RO_FACT_RTT) ? "" : SAY_FASTER_OTHERS);
}

/* A kernel answers as soon as the segment reaches it. A device next to the host does so as well,
 * so this weighs little. */
int ro_test_in_step(const ro_reset *r)
{
    int64_t rtt;
    bool whole;
    uint32_t n = ro_rtt_to_sender(r, &rtt, &whole);

    if (n == 0 || rtt < 2 * RO_NEXT_TO_NS || !(r->facts & RO_FACT_RESPONSE) ||
        (r->shape != RO_SHAPE_REPLY && r->shape != RO_SHAPE_REPLY_TO_SYN)) {
        return RO_NOT_EVALUATED;
    }
    if (r->response_ns * 20 < rtt * 19) {
        return 0;
    }
    return r->response_ns * 10 <= rtt * 13 + 20 * RO_MS ? -5 : 0;
}

void ro_text_in_step(const ro_reset *r, GString *out)
{
    int64_t rtt = 0;
    bool whole;

    ro_rtt_to_sender(r, &rtt, &whole);
    g_string_append_printf(out, SAY_IN_STEP, MS(r->response_ns), MS(rtt));
}
