/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signs of the timing family: the path from the capture point to the claimed sender and back. Beside
 * them answers_nothing, a sign of the sequence family that has to know how long an answer takes. */

#include "base/constants.h"
#include "judge/sign_tests.h"
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
    /* A least round trip is well known once two samples agree better than the RST does. */
    steady = n >= 3 &&
             (r->rtt_n < 2 || (r->sender.rtt_second_ns - r->sender.rtt_min_ns) * 2 < rtt - took);
    if (took * 2 < rtt) {
        weight = steady ? 19 : n >= 2 ? 12 : 10;
    } else if (took * 4 < rtt * 3) {
        weight = steady ? 14 : n >= 2 ? 8 : 6;
    } else {
        weight = steady ? 8 : 3;
    }
    if (n == 1 && rtt - took < RO_ONE_SAMPLE_SLOW_NS) {
        weight /= 3;
    }
    if (r->rtt_n == 0) { /* another connection, another port, another time */
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
    g_string_append_printf(out,
                           "it came %.3f ms after what it answers went by, but its sender is at "
                           "least %.3f ms away and back (%u sample%s%s)",
                           MS(took), MS(rtt), n, n == 1 ? "" : "s",
                           (r->facts & RO_FACT_RTT) ? "" : " in other connections");
}

/* A kernel answers as soon as the segment reaches it. A box next to the host does so as well,
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
    g_string_append_printf(out,
                           "it came %.3f ms after the segment that it answers: the round trip to "
                           "its sender is %.3f ms",
                           MS(r->response_ns), MS(rtt));
}

/* Kernels send a bare RST only as an answer, and at once (RFC 9293 3.10.7.1; an abort carries
 * ACK). Harmless: the segment it answers was lost to the capture, or the other direction was not
 * captured at all. Some old and embedded stacks abort with a bare RST at SND.NXT. */
int ro_test_answers_nothing(const ro_reset *r)
{
    if ((r->seg.flags & RO_ACK) || r->receiver.segments == 0 || r->stage == RO_STAGE_NO_CONTEXT ||
        (r->receiver.has & RO_DIR_GAP) || ro_joined_just_now(r)) {
        return RO_NOT_EVALUATED;
    }
    if (r->shape == RO_SHAPE_REPLY) {
        int64_t rtt = r->sender.rtt_n ? r->sender.rtt_max_ns : 0;

        return r->response_ns > rtt + RO_REPLY_LATE_NS ? 4 : 0;
    }
    if (r->facts & RO_FACT_TRIGGER) {
        return 0; /* a SYN: bare_to_syn speaks */
    }
    return (r->sender.has & RO_DIR_SEQ) && r->seg.seq == r->sender.snd_nxt ? 5 : 7;
}

void ro_text_answers_nothing(const ro_reset *r, GString *out)
{
    if (r->facts & RO_FACT_TRIGGER) {
        g_string_append_printf(out,
                               "it has the form of an answer, but the newest segment that it could "
                               "answer is %.3f s old",
                               MS(r->response_ns) / 1000);
    } else {
        g_string_append(out, "it has the form of an answer, but no segment seen has the ACK number "
                             "that it would answer");
    }
}
