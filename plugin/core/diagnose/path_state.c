/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices on the path that keep state of connections, and lose it or judge by it; and guesses of a sender that
 * has none. */

#include "diagnose/path_state.h"

#include "base/constants.h"
#include "base/seq.h"
#include "diagnose/say.h"

static void say_ends(const ro_case *c, GString *out)
{
    g_string_append(out, " between ");
    ro_say_ends(c, out);
}

/* ---- invalid state ---- */

int ro_invalid_state_test(const ro_case *c)
{
    return ro_from_path(c) && c->verdict->cause == RO_CAUSE_INVALID_STATE && !ro_is_consequence(c)
               ? ro_sure_of_path(c, RO_DIAGNOSIS_MEDIUM)
               : RO_DIAGNOSIS_NO;
}

void ro_invalid_state_text(const ro_case *c, GString *out)
{
    g_string_append(out, "a firewall or NAT");
    say_ends(c, out);
    g_string_append_printf(out,
                           " took frame %u for invalid and answered it with a reset: its state of "
                           "the connection and the segment do not fit",
                           c->reset->trigger.frame);
}

void ro_invalid_state_evidence(const ro_case *c, GPtrArray *lines)
{
    ro_story(c, lines);
    if (c->reset->trigger.repeat) {
        ro_line(lines, "frame %u repeats what had been sent before", c->reset->trigger.frame);
    }
}

void ro_invalid_state_advice(const ro_case *c, GString *out)
{
    (void)c;
    g_string_append(out, "drop INVALID segments before any rule answers them with a reset, and let "
                         "connection tracking be liberal about windows");
}

void ro_invalid_state_commands(const ro_case *c, GArray *commands)
{
    (void)c;
    ro_command_add(commands, RO_PLATFORM_NETFILTER,
                   "iptables -I FORWARD -m conntrack --ctstate INVALID -j DROP");
    ro_command_add(commands, RO_PLATFORM_NETFILTER,
                   "sysctl -w net.netfilter.nf_conntrack_tcp_be_liberal=1");
    ro_command_add(commands, RO_PLATFORM_NETFILTER, "conntrack -S");
}

/* ---- lost state ---- */

/* Connections in use that are refused at one moment: a rule that reads them meets each at its own. */
#define AT_ONCE    3
#define AT_ONCE_NS (2 * RO_S)

/* Connections used one after the other may each have outlived a timer by another time. */
#define SAME_MOMENT_NS (500 * RO_MS)

bool ro_lost_at_once(const ro_case *c)
{
    const ro_address *a = ro_shared_address(c->shared, c->reset);

    return a && a->forgot_n >= AT_ONCE && c->reset->stage == RO_STAGE_LATER &&
           c->reset->shape == RO_SHAPE_REPLY &&
           a->forgot_last.time_ns - a->forgot_first.time_ns <= AT_ONCE_NS;
}

bool ro_lost_whatever_idle(const ro_case *c)
{
    const ro_address *a = ro_shared_address(c->shared, c->reset);
    const ro_service *s = ro_shared_service(c->shared, c->reset);
    int64_t survived = s ? s->silences[0].survived.ns : 0;

    return ro_lost_at_once(c) &&
           a->forgot_last.time_ns - a->forgot_first.time_ns <= SAME_MOMENT_NS &&
           a->forgot_idle_max_ns > a->forgot_idle_min_ns / 4 * 5 &&
           (survived == 0 || survived > a->forgot_idle_min_ns);
}

int ro_state_loss_test(const ro_case *c)
{
    if (ro_is_consequence(c)) {
        return RO_DIAGNOSIS_NO;
    }
    if (!ro_from_path(c)) { /* a device or the host itself: the words name both */
        return c->verdict->source == RO_SOURCE_UNKNOWN && c->verdict->suspicious &&
                       ro_lost_whatever_idle(c)
                   ? RO_DIAGNOSIS_LOW
                   : RO_DIAGNOSIS_NO;
    }
    if ((c->verdict->cause == RO_CAUSE_POLICY_REJECT && ro_lost_at_once(c)) ||
        (c->verdict->cause == RO_CAUSE_IDLE_TIMEOUT && ro_lost_whatever_idle(c))) {
        return ro_sure_of_path(c, RO_DIAGNOSIS_MEDIUM);
    }
    /* after a pause of a half-closed connection its short timer is the likelier */
    if (c->verdict->cause != RO_CAUSE_STATE_LOSS ||
        (c->reset->stage == RO_STAGE_CLOSING && c->reset->timer_ns >= RO_PAUSE_NS)) {
        return RO_DIAGNOSIS_NO;
    }
    return ro_sure_of_path(c, RO_DIAGNOSIS_MEDIUM);
}

void ro_state_loss_text(const ro_case *c, GString *out)
{
    g_string_append(out, "a firewall, NAT or load balancer");
    say_ends(c, out);
    g_string_append(out,
                    " does not know the connection any more and resets it: its table was flushed, "
                    "failed over or full, or it sees one direction only");
    if (!ro_from_path(c)) {
        g_string_append_printf(out, "; a restart of the %s would look much the same",
                               ro_side_name(ro_sender_side(c)));
    }
}

void ro_state_loss_evidence(const ro_case *c, GPtrArray *lines)
{
    const ro_address *a = ro_shared_address(c->shared, c->reset);

    ro_story(c, lines);
    if (ro_lost_at_once(c)) {
        ro_line(lines, "frames %u to %u: %u connections of the same address were answered so",
                a->forgot_first.frame, a->forgot_last.frame, a->forgot_n);
    }
}

void ro_state_loss_advice(const ro_case *c, GString *out)
{
    (void)c;
    g_string_append(out,
                    "compare this time with restarts, failovers and rule reloads of the devices on "
                    "the path; check that their tables are not full, and that both directions take "
                    "the same device");
}

void ro_state_loss_commands(const ro_case *c, GArray *commands)
{
    (void)c;
    ro_command_add(commands, RO_PLATFORM_NETFILTER,
                   "sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max");
    ro_command_add(commands, RO_PLATFORM_NETFILTER, "conntrack -S");
}

/* ---- guesses ---- */

/* Whoever sees the connection misses by a flight at most; a guess misses by anything. */
#define FAR (1 << 20)

/* A sweep goes through the number space in steps of a window (RFC 5961 1.2; Watson 2004); what a closed socket or an
 * injector that sees the traffic sends lies nearer, or at numbers that were used. */
#define SWEEP_STEP 8192
#define SWEEP_HITS 3

static bool misses(const ro_reset *r)
{
    return r->shape == RO_SHAPE_OTHER && !r->mirrors && r->seq_check != RO_SEQ_EXACT;
}

static bool is_far(const ro_reset *r)
{
    return r->seq_delta > FAR || r->seq_delta < -FAR;
}

/* Steps of a sweep among the resets of the burst, RO_BURST_STEPS each way at most. */
static unsigned sweep_steps(const ro_reset *r, bool *far)
{
    const ro_reset *e = r;
    unsigned steps = 0;

    for (int i = 0; e->prev_same && i < RO_BURST_STEPS; i++) {
        e = e->prev_same;
    }
    for (int i = 0; e && i < 2 * RO_BURST_STEPS; e = e->next_same, i++) {
        const ro_reset *next = e->next_same;

        *far |= is_far(e);
        steps += next && misses(e) && (misses(next) || e->seq_delta < 0) &&
                 ro_seq_distance(e->seg.seq, next->seg.seq) >= SWEEP_STEP;
    }
    return steps;
}

bool ro_is_blind(const ro_case *c)
{
    const ro_reset *r = c->reset;
    bool far = false;
    unsigned steps;

    if (!ro_from_path(c) || r->stage == RO_STAGE_POST_SYN || r->stage == RO_STAGE_POST_SYNACK) {
        return false;
    }
    steps = sweep_steps(r, &far);
    return steps + 1 >= SWEEP_HITS || (far && c->verdict->cause == RO_CAUSE_BLIND_ATTACK);
}

/* RFC 5961 1.1: an attacker who does not see the connection has to hit the number exactly. */
int ro_blind_attack_test(const ro_case *c)
{
    return ro_is_blind(c) ? ro_sure_of_path(c, RO_DIAGNOSIS_HIGH) : RO_DIAGNOSIS_NO;
}

/* Resets of the burst that are known, at most RO_BURST_STEPS each way. */
static unsigned guesses(const ro_case *c)
{
    unsigned n = 1;

    for (const ro_reset *e = c->reset->prev_same; e && n < RO_BURST_STEPS; e = e->prev_same) {
        n++;
    }
    for (const ro_reset *e = c->reset->next_same; e && n < 2 * RO_BURST_STEPS; e = e->next_same) {
        n++;
    }
    return n;
}

void ro_blind_attack_text(const ro_case *c, GString *out)
{
    g_string_append(out, "a sender that does not see the connection");
    say_ends(c, out);
    g_string_append_printf(out,
                           " guesses sequence numbers in the name of the %s: %u resets or more, at "
                           "numbers far from each other",
                           ro_side_name(ro_sender_side(c)), guesses(c));
}

void ro_blind_attack_evidence(const ro_case *c, GPtrArray *lines)
{
    const ro_reset *r = c->reset;

    ro_line(lines, "frame %u: sequence number %u, %u octets %s what the receiver expects",
            r->seg.frame, r->seg.seq,
            r->seq_delta < 0 ? 0u - (uint32_t)r->seq_delta : (uint32_t)r->seq_delta,
            r->seq_delta < 0 ? "below" : "above");
    if (r->prev_same) {
        ro_line(lines, "frame %u: sequence number %u", r->prev_same->seg.frame,
                r->prev_same->seg.seq);
    }
    ro_story(c, lines);
}

void ro_blind_attack_advice(const ro_case *c, GString *out)
{
    (void)c;
    g_string_append(out,
                    "filter spoofed source addresses at the network's edge (BCP 38), and protect "
                    "long-lived sessions such as BGP by TCP-AO or TCP-MD5 and TTL security; "
                    "receivers that follow RFC 5961 survive all but an exact hit");
}

void ro_blind_attack_commands(const ro_case *c, GArray *commands)
{
    ro_command_show(c, commands);
    if (ro_may_be_linux(c, !ro_sender_side(c))) {
        ro_command_add(commands, RO_PLATFORM_LINUX, "nstat -az TcpExtTCPChallengeACK");
    }
}
