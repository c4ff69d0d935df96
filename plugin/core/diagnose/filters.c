/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices on the path that reset what they do not want, or do not know. Who sent the RST is the verdict's
 * business; here is why. */

#include "diagnose/filters.h"

#include "base/constants.h"
#include "diagnose/path_state.h"
#include "diagnose/say.h"
#include "judge/device.h"
#include "reset/inference.h"

/* Nothing had been said when the RST came. */
static bool before_words(const ro_case *c)
{
    const ro_reset *r = c->reset;

    return r->stage == RO_STAGE_POST_SYN || r->stage == RO_STAGE_POST_SYNACK ||
           (r->stage == RO_STAGE_POST_ACK &&
            r->sender->data_segments + r->receiver->data_segments == 0);
}

/* The segment that drew the RST reached its receiver: the device listens beside the path, or forges into
 * it, instead of standing in it. */
static bool let_through(const ro_case *c)
{
    uint8_t active = ro_activity_witness(c->reset)->followup->active;

    return active == RO_ACTIVE_DATA || active == RO_ACTIVE_ACKS || active == RO_ACTIVE_SYN_ACK;
}

/* A ClientHello or a request is all that the client had said, and the server nothing: a rule for address and port
 * alone would have rejected its SYN. */
static bool at_hello(const ro_case *c)
{
    const ro_words *client = ro_words_of(c, RO_CLIENT);
    bool known = client->last.kind == RO_MESSAGE_TLS_CLIENT_HELLO ||
                 (client->last.kind == RO_MESSAGE_HTTP_REQUEST &&
                  ro_dir_of(c, RO_SERVER)->data_segments == 0);

    return known && client->count == 1 && c->reset->stream->syn_seen;
}

/* A device watches the connection: a flight of resets that miss their mark is no blind guess. */
static bool watched(const ro_case *c)
{
    if (c->verdict->cause == RO_CAUSE_POLICY_REJECT && at_hello(c)) {
        return true;
    }
    return (c->verdict->cause == RO_CAUSE_BLOCKED_CONTENT ||
            c->verdict->cause == RO_CAUSE_BLIND_ATTACK) &&
           !ro_is_blind(c);
}

/* As a kernel writes its answer to a segment that it does not want, netfilter's REJECT included
 * (nf_reject_ipv4.c): a rule or a lost state made it. Injectors write other headers. */
static bool kernel_made(const ro_case *c)
{
    const ro_segment *s = &c->reset->seg;

    return c->reset->shape == RO_SHAPE_REPLY && s->window == 0 && s->ack == 0 && s->options == 0 &&
           s->payload_len == 0 && s->ip_id == 0 &&
           (s->ip_version == 6 ? s->flow_label == 0 : s->df);
}

static void say_device(const ro_case *c, GString *out)
{
    ro_device device;

    if (ro_device_of(c->reset, &device)) {
        g_string_append_printf(out, "a device on the path (%s)", device.name);
    } else {
        g_string_append(out, "a device on the path");
    }
}

static void say_between(const ro_case *c, GString *out)
{
    g_string_append(out, " between ");
    ro_say_ends(c, out);
}

static void say_distance(const ro_case *c, GPtrArray *lines)
{
    const ro_reset *r = c->reset;

    if ((r->seg.known & RO_KNOW_IP) && (r->facts & RO_FACT_TTL_DELTA) && r->ttl_delta != 0) {
        ro_line(lines, "TTL %u where the %s shows %u", r->seg.ttl, ro_side_name(ro_sender_side(c)),
                r->sender->ttl_last);
    }
    if (r->followup->active_frame) {
        ro_line(lines, "frame %u: the %s goes on after the reset", r->followup->active_frame,
                ro_side_name(ro_sender_side(c)));
    }
}

/* ---- blocked content ---- */

/* The request that the device read: the client's last message. */
static void say_content(const ro_case *c, GString *out)
{
    const ro_words *client = ro_words_of(c, RO_CLIENT);
    const char *name = c->reset->stream->server_name;
    GString *message = g_string_new(NULL);

    ro_message_text(&client->last, message);
    if (name) {
        g_string_append_printf(
            out, "%s for the %s %s", message->str,
            ro_message_protocol(client->last.kind) == RO_PROTOCOL_HTTP ? "host" : "server name",
            name);
    } else if (client->last.kind > RO_MESSAGE_DATA) {
        g_string_append_printf(out, "%s", message->str);
    } else {
        g_string_append(out, "what the client sent");
    }
    g_string_free(message, TRUE);
}

int ro_blocked_content_test(const ro_case *c)
{
    bool said = c->reset->sender->data_segments + c->reset->receiver->data_segments > 0;
    bool known = c->reset->stream->server_name != NULL ||
                 ro_words_of(c, RO_CLIENT)->last.kind > RO_MESSAGE_DATA;

    if (!ro_from_path(c) || !watched(c) || !said || before_words(c)) {
        return RO_DIAGNOSIS_NO;
    }
    if (kernel_made(c)) {
        return c->reset->stream->server_name ? ro_sure_of_path(c, RO_DIAGNOSIS_MEDIUM)
                                             : RO_DIAGNOSIS_NO;
    }
    return ro_sure_of_path(c, known ? RO_DIAGNOSIS_HIGH : RO_DIAGNOSIS_MEDIUM);
}

void ro_blocked_content_text(const ro_case *c, GString *out)
{
    say_device(c, out);
    say_between(c, out);
    g_string_append(out, " reads what is sent and resets the connection on ");
    say_content(c, out);
}

void ro_blocked_content_evidence(const ro_case *c, GPtrArray *lines)
{
    const char *name = c->reset->stream->server_name;

    if (name) {
        ro_line(lines, "name asked for: %s", name);
    }
    ro_story(c, lines);
    say_distance(c, lines);
}

void ro_blocked_content_advice(const ro_case *c, GString *out)
{
    const char *name = c->reset->stream->server_name;

    g_string_append(out, "ask the owner of the filter for its log at this time; ");
    if (name) {
        g_string_append_printf(
            out,
            "proof: the same name %s to another address is reset too, and another "
            "name to the same address is not",
            name);
    } else {
        g_string_append(out,
                        "proof: the same request to another address is reset too, and a harmless "
                        "one to the same address is not");
    }
}

void ro_blocked_content_commands(const ro_case *c, GArray *commands)
{
    const char *name = ro_name_for_command(c);
    bool tls = ro_message_protocol(ro_words_of(c, RO_CLIENT)->last.kind) == RO_PROTOCOL_TLS;

    if (!name) {
        return;
    }
    if (tls) {
        ro_command_add(commands, RO_PLATFORM_ANY,
                       "openssl s_client -connect OTHER-ADDRESS:%u -servername %s",
                       ro_service_port(c), name);
        ro_command_add(commands, RO_PLATFORM_ANY,
                       "openssl s_client -connect SERVER:%u -servername example.org",
                       ro_service_port(c));
    } else {
        ro_command_add(commands, RO_PLATFORM_ANY, "curl -v -H 'Host: %s' http://OTHER-ADDRESS:%u/",
                       name, ro_service_port(c));
        ro_command_add(commands, RO_PLATFORM_ANY,
                       "curl -v -H 'Host: example.org' http://SERVER:%u/", ro_service_port(c));
    }
}

/* ---- unconditional block ---- */

int ro_unconditional_block_test(const ro_case *c)
{
    if (!ro_from_path(c) || !before_words(c)) {
        return RO_DIAGNOSIS_NO;
    }
    if (!watched(c) && c->verdict->cause != RO_CAUSE_POLICY_REJECT) {
        return RO_DIAGNOSIS_NO;
    }
    /* a filter in the path rejects and drops; one beside it forges, and the server answers as well */
    return let_through(c) || c->reset->seg.window != 0 ? ro_sure_of_path(c, RO_DIAGNOSIS_HIGH)
                                                       : RO_DIAGNOSIS_NO;
}

void ro_unconditional_block_text(const ro_case *c, GString *out)
{
    say_device(c, out);
    say_between(c, out);
    g_string_append_printf(
        out,
        " resets the connection %s, before anything was said: it goes by the address "
        "and port %u alone",
        c->reset->stage == RO_STAGE_POST_SYN ? "on its SYN" : "in its handshake",
        ro_service_port(c));
}

void ro_unconditional_block_evidence(const ro_case *c, GPtrArray *lines)
{
    ro_story(c, lines);
    ro_line(lines, "no data of either side before the reset");
    say_distance(c, lines);
}

void ro_unconditional_block_advice(const ro_case *c, GString *out)
{
    g_string_append_printf(
        out,
        "try another port and another address from the same place: if only port %u "
        "or this address is reset, a filter blocks it; ask its owner",
        ro_service_port(c));
}

void ro_unconditional_block_commands(const ro_case *c, GArray *commands)
{
    ro_command_add(commands, RO_PLATFORM_LINUX, "tcptraceroute SERVER %u", ro_service_port(c));
}

/* ---- rule of a filter ---- */

/* A REJECT rule (netfilter's nf_reject_ipv4.c writes such resets), in a device or, where only the cause says
 * so, in the host's own filter. */
int ro_policy_reject_test(const ro_case *c)
{
    if (ro_from_path(c) && watched(c) && kernel_made(c) && !before_words(c)) {
        /* a rule keeps the segment that it rejects */
        return let_through(c) ? RO_DIAGNOSIS_NO : ro_sure_of_path(c, RO_DIAGNOSIS_MEDIUM);
    }
    if (c->verdict->cause != RO_CAUSE_POLICY_REJECT || ro_is_consequence(c) ||
        (ro_from_path(c) && at_hello(c)) || c->verdict->source == RO_SOURCE_UNKNOWN ||
        (ro_from_path(c) && ro_lost_at_once(c))) {
        return RO_DIAGNOSIS_NO;
    }
    return ro_sure_of_path(c, ro_from_path(c) ? RO_DIAGNOSIS_HIGH : RO_DIAGNOSIS_MEDIUM);
}

void ro_policy_reject_text(const ro_case *c, GString *out)
{
    if (ro_from_path(c)) {
        say_device(c, out);
        say_between(c, out);
    } else {
        g_string_append(out, "the packet filter of ");
        ro_say_end(c, ro_sender_side(c), out);
    }
    g_string_append_printf(out, " rejects %s by a rule",
                           before_words(c) ? "the connection" : "a segment of the connection");
}

void ro_policy_reject_evidence(const ro_case *c, GPtrArray *lines)
{
    ro_story(c, lines);
    say_distance(c, lines);
}

void ro_policy_reject_advice(const ro_case *c, GString *out)
{
    g_string_append_printf(
        out,
        "look for the rule that rejects port %u with a TCP reset on the %s; allow "
        "the connection there, or take the client off this port",
        ro_service_port(c), ro_from_path(c) ? "firewalls between the two" : "host itself");
}

void ro_policy_reject_commands(const ro_case *c, GArray *commands)
{
    (void)c;
    ro_command_add(commands, RO_PLATFORM_NETFILTER,
                   "nft list ruleset | grep -n 'reject with tcp reset'");
    ro_command_add(commands, RO_PLATFORM_NETFILTER, "iptables-save -c | grep -n tcp-reset");
    ro_command_add(commands, RO_PLATFORM_KUBERNETES, "kubectl get networkpolicy -A");
}
