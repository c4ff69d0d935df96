/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes ends, times and steps in one way for all diagnoses. */

#include "diagnose/say.h"

#include <string.h>

#include "base/constants.h"
#include "base/seq.h"
#include "judge/signs.h"
#include "reset/inference.h"

const ro_dir *ro_dir_of(const ro_case *c, ro_side side)
{
    return ro_sender_side(c) == side ? c->reset->sender : c->reset->receiver;
}

const ro_words *ro_words_of(const ro_case *c, ro_side side)
{
    return &ro_dir_of(c, side)->words;
}

bool ro_is_consequence(const ro_case *c)
{
    return c->reset->echo_of != NULL || c->verdict->cause == RO_CAUSE_ECHO ||
           c->verdict->cause == RO_CAUSE_CHALLENGE_ACK || (c->reset->facts & RO_FACT_DUPLICATE);
}

bool ro_from_path(const ro_case *c)
{
    return c->verdict->source == RO_SOURCE_INTERMEDIARY;
}

bool ro_from_endpoint(const ro_case *c)
{
    return !ro_from_path(c) && !c->verdict->suspicious && !ro_is_consequence(c);
}

int ro_sure_of_endpoint(const ro_case *c, int sure)
{
    if (c->verdict->source != RO_SOURCE_UNKNOWN) {
        return sure;
    }
    return sure >= RO_DIAGNOSIS_HIGH ? RO_DIAGNOSIS_LOW : RO_DIAGNOSIS_NO;
}

int ro_sure_of_path(const ro_case *c, int sure)
{
    int of_verdict = RO_DIAGNOSIS_LOW + (int)c->verdict->confidence;

    return sure < of_verdict ? sure : of_verdict;
}

uint32_t ro_unacknowledged(const ro_case *c)
{
    const ro_dir *sender = c->reset->sender;
    const ro_dir *receiver = c->reset->receiver;
    uint32_t end = receiver->snd_nxt;

    if (!(receiver->has & RO_DIR_SEQ) || !(sender->has & RO_DIR_ACK)) {
        return 0;
    }
    if ((receiver->has & RO_DIR_FIN) && receiver->fin_end == end) {
        end--;
    }
    return ro_seq_gt(end, sender->rcv_nxt) ? end - sender->rcv_nxt : 0;
}

uint32_t ro_trigger_octets(const ro_case *c)
{
    const ro_recent_segment *t = &c->reset->trigger;

    if (!(c->reset->facts & RO_FACT_TRIGGER)) {
        return 0;
    }
    return t->end - t->seq - ((t->flags & RO_SYN) ? 1 : 0) - ((t->flags & RO_FIN) ? 1 : 0);
}

int64_t ro_closed_ns(const ro_case *c, ro_side side)
{
    const ro_dir *x = ro_dir_of(c, side);

    if (x->has & RO_DIR_FIN) {
        return x->fin_ns;
    }
    return ro_sender_side(c) == side ? c->reset->seg.time_ns : 0;
}

static ro_stack stack_of(const ro_case *c, ro_side side)
{
    return (ro_stack)ro_dir_of(c, side)->stack;
}

bool ro_may_be_linux(const ro_case *c, ro_side side)
{
    return stack_of(c, side) == RO_STACK_LINUX || stack_of(c, side) == RO_STACK_UNKNOWN;
}

bool ro_may_be_windows(const ro_case *c, ro_side side)
{
    return stack_of(c, side) == RO_STACK_WINDOWS;
}

static const ro_endpoint *end_of(const ro_case *c, ro_side side)
{
    const ro_stream *st = c->reset->stream;

    return &st->end[ro_sender_side(c) == side ? c->reset->d : !c->reset->d];
}

/* A name comes from the capture: whoever pastes the command must not run what a stranger wrote. */
const char *ro_name_for_command(const ro_case *c)
{
    const char *name = c->reset->stream->server_name;

    for (const char *p = name; p && *p; p++) {
        if (!g_ascii_isalnum(*p) && !strchr("._:-", *p)) {
            return NULL;
        }
    }
    return name && *name && *name != '-' ? name : NULL;
}

bool ro_has_sign(const ro_case *c, const char *token)
{
    for (unsigned i = 0; i < c->verdict->fired_n; i++) {
        if (strcmp(ro_signs[c->verdict->fired[i].sign].token, token) == 0) {
            return true;
        }
    }
    return false;
}

bool ro_came_too_soon(const ro_case *c)
{
    return ro_has_sign(c, "faster_than_path") || ro_has_sign(c, "faster_than_rtt");
}

uint16_t ro_service_port(const ro_case *c)
{
    return end_of(c, RO_SERVER)->port;
}

void ro_say_end(const ro_case *c, ro_side side, GString *out)
{
    g_string_append_printf(out, "the %s ", ro_side_name(side));
    ro_addr_port_text(end_of(c, side)->addr, end_of(c, side)->port, out);
}

void ro_say_end_first(const ro_case *c, ro_side side, GString *out)
{
    gsize at = out->len;

    ro_say_end(c, side, out);
    out->str[at] = g_ascii_toupper(out->str[at]);
}

void ro_say_ends(const ro_case *c, GString *out)
{
    ro_say_end(c, RO_CLIENT, out);
    g_string_append(out, " and ");
    ro_say_end(c, RO_SERVER, out);
}

void ro_say_span(int64_t ns, GString *out)
{
    if (ns < RO_MS) {
        g_string_append_printf(out, "%.2f ms", (double)ns / (double)RO_MS);
    } else if (ns < RO_S) {
        g_string_append_printf(out, "%.1f ms", (double)ns / (double)RO_MS);
    } else {
        g_string_append_printf(out, ns < 100 * RO_S ? "%.3f s" : "%.1f s",
                               (double)ns / (double)RO_S);
    }
}

void ro_line(GPtrArray *lines, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_ptr_array_add(lines, g_strdup_vprintf(format, args));
    va_end(args);
}

void ro_command_add(GArray *commands, ro_platform platform, const char *format, ...)
{
    ro_command command = {.platform = platform};
    va_list args;

    va_start(args, format);
    command.text = g_strdup_vprintf(format, args);
    va_end(args);
    g_array_append_val(commands, command);
}

void ro_command_show(const ro_case *c, GArray *commands)
{
    if (c->reset->seg.known & RO_KNOW_STREAM) {
        ro_command_add(commands, RO_PLATFORM_ANY, "tshark -r CAPTURE -Y tcp.stream==%u",
                       c->reset->seg.stream);
    }
}

/* ---- the story ---- */

#define STEPS 8

typedef struct step {
    int64_t time_ns;
    char *text;
} step;

typedef struct steps {
    step at[STEPS];
    unsigned n;
} steps;

static void add_step(steps *s, int64_t time_ns, char *text)
{
    unsigned i = s->n;

    if (s->n == STEPS) {
        g_free(text);
        return;
    }
    for (; i > 0 && s->at[i - 1].time_ns > time_ns; i--) {
        s->at[i] = s->at[i - 1];
    }
    s->at[i] = (step){time_ns, text};
    s->n++;
}

static void add_side(const ro_case *c, ro_side side, steps *s)
{
    const ro_dir *x = ro_dir_of(c, side);
    const ro_message *m = &x->words.last;

    if (m->frame) {
        GString *text = g_string_new(NULL);

        g_string_append_printf(text, "frame %u: last message of the %s: ", m->frame,
                               ro_side_name(side));
        ro_message_text(m, text);
        add_step(s, m->time_ns, g_string_free(text, FALSE));
    }
    if (x->fin_frame) {
        add_step(s, x->fin_ns,
                 g_strdup_printf("frame %u: FIN of the %s", x->fin_frame, ro_side_name(side)));
    }
}

static void add_trigger(const ro_case *c, steps *s)
{
    const ro_recent_segment *t = &c->reset->trigger;
    const ro_dir *receiver = c->reset->receiver;
    const char *other = ro_side_name(!ro_sender_side(c));
    uint32_t octets = ro_trigger_octets(c);

    if (!(c->reset->facts & RO_FACT_TRIGGER) || t->frame == receiver->words.last.frame ||
        t->frame == receiver->fin_frame) {
        return;
    }
    if (octets > 0) {
        add_step(s, t->time_ns,
                 g_strdup_printf("frame %u: %u octet%s of the %s", t->frame, octets, ro_s(octets),
                                 other));
    } else if (t->flags & RO_SYN) {
        add_step(s, t->time_ns,
                 g_strdup_printf("frame %u: SYN%s of the %s", t->frame,
                                 (t->flags & RO_ACK) ? "-ACK" : "", other));
    } else {
        add_step(s, t->time_ns, g_strdup_printf("frame %u: ACK of the %s", t->frame, other));
    }
}

/* Steps with the time between them where it says something. */
static void write_steps(const steps *s, GPtrArray *lines)
{
    for (unsigned i = 0; i < s->n; i++) {
        GString *line = g_string_new(s->at[i].text);

        if (i > 0) {
            g_string_append(line, ", ");
            ro_say_span(MAX(s->at[i].time_ns - s->at[i - 1].time_ns, 0), line);
            g_string_append(line, " later");
        }
        g_ptr_array_add(lines, g_string_free(line, FALSE));
        g_free(s->at[i].text);
    }
}

void ro_story(const ro_case *c, GPtrArray *lines)
{
    const ro_reset *r = c->reset;
    steps s = {.n = 0};
    GString *rst = g_string_new(NULL);

    add_side(c, RO_CLIENT, &s);
    add_side(c, RO_SERVER, &s);
    add_trigger(c, &s);
    g_string_append_printf(rst, "frame %u: RST with the address of the %s", r->seg.frame,
                           ro_side_name(ro_sender_side(c)));
    if (r->facts & RO_FACT_TRIGGER) {
        g_string_append_printf(rst, ", answers frame %u", r->trigger.frame);
    }
    add_step(&s, r->seg.time_ns, g_string_free(rst, FALSE));
    write_steps(&s, lines);
}
