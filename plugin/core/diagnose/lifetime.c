/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The longest age of a connection, as servers, proxies and pools set it (gRPC MAX_CONNECTION_AGE, Envoy's
 * max_connection_duration, HikariCP's maxLifetime). */

#include "diagnose/lifetime.h"

#include "base/constants.h"
#include "diagnose/say.h"

static int64_t age_of(const ro_reset *r)
{
    return r->stream->syn_seen ? ro_shared_closing(r).time_ns - r->stream->first_ns : 0;
}

static const ro_cluster *same_age(const ro_case *c)
{
    const ro_reset *r = c->reset;
    const ro_service *service = ro_shared_service(c->shared, r);
    const ro_cluster *same;

    if (!service || !ro_shared_closed_by_itself(r) || age_of(r) == 0) {
        return NULL;
    }
    same = ro_clusters_at(&service->closed_at, age_of(r), r->claimed_sender);
    return same && ro_cluster_stands_out(&service->closed_at, same) &&
                   ro_cluster_is_what_they_share(same)
               ? same
               : NULL;
}

/* Every connection that this side closed, three at least, was of much the same age, and none had been silent for
 * half of it: no idle timer ended them. */
#define MUCH_THE_SAME_PERCENT 20

static bool much_the_same_age(const ro_case *c, ro_cluster *all)
{
    const ro_reset *r = c->reset;
    const ro_service *service = ro_shared_service(c->shared, r);

    /* what clients end together may as well be waits for an answer */
    return service && r->claimed_sender == RO_SERVER && ro_shared_closed_by_itself(r) &&
           age_of(r) > 0 &&
           ro_clusters_alike(&service->closed_at, r->claimed_sender, MUCH_THE_SAME_PERCENT, all) &&
           all->n >= 3 && all->other_max_ns < all->min_ns / 2;
}

/* The connections that ended at its age; false where it is no age that others share. */
static bool find_age(const ro_case *c, ro_cluster *out)
{
    const ro_cluster *same = same_age(c);

    if (same) {
        *out = *same;
    }
    return same || much_the_same_age(c, out);
}

bool ro_max_age_fits(const ro_case *c)
{
    return same_age(c) != NULL;
}

int ro_max_age_test(const ro_case *c)
{
    const ro_cluster *same = ro_from_endpoint(c) ? same_age(c) : NULL;
    ro_cluster all;

    if (!same) {
        return ro_from_endpoint(c) && c->verdict->source != RO_SOURCE_UNKNOWN &&
                       much_the_same_age(c, &all)
                   ? RO_DIAGNOSIS_LOW
                   : RO_DIAGNOSIS_NO;
    }
    return ro_sure_of_endpoint(c, same->n >= 3 ? RO_DIAGNOSIS_HIGH : RO_DIAGNOSIS_MEDIUM);
}

void ro_max_age_text(const ro_case *c, GString *out)
{
    ro_cluster same = {0};
    ro_side by = ro_sender_side(c);

    find_age(c, &same);
    ro_say_end_first(c, by, out);
    g_string_append(out, " ended the connection to ");
    ro_say_end(c, !by, out);
    g_string_append(out, " at an age of ");
    ro_say_span(age_of(c->reset), out);
    g_string_append_printf(
        out,
        ", as it did with %u connections in this capture, however busy they were: a "
        "maximum age is set.",
        same.n);
}

void ro_max_age_evidence(const ro_case *c, GPtrArray *lines)
{
    ro_cluster same = {0};
    GString *text = g_string_new(NULL);

    find_age(c, &same);
    ro_say_span(same.min_ns, text);
    g_string_append(text, " to ");
    ro_say_span(same.max_ns, text);
    ro_line(lines, "%u connections ended at an age of %s (frames %u to %u)", same.n, text->str,
            same.first_frame, same.last_frame);
    g_string_truncate(text, 0);
    ro_say_span(same.other_min_ns, text);
    g_string_append(text, " to ");
    ro_say_span(same.other_max_ns, text);
    ro_line(lines, "their silence before it differed: %s", text->str);
    g_string_truncate(text, 0);
    ro_say_span(age_of(c->reset), text);
    ro_line(lines, "frame %u: this one closed %s after its first SYN",
            ro_shared_closing(c->reset).frame, text->str);
    g_string_free(text, TRUE);
}

void ro_max_age_advice(const ro_case *c, GString *out)
{
    g_string_append_printf(out,
                           "Look for a maximum connection age at the %s or a proxy in front of it "
                           "(max connection age, "
                           "max_connection_duration, maxLifetime, a session limit) and let it "
                           "drain: announce the close "
                           "(GOAWAY, Connection: close) and end by FIN. The other side should "
                           "reconnect before that age.",
                           ro_side_name(ro_sender_side(c)));
}

void ro_max_age_commands(const ro_case *c, GArray *commands)
{
    ro_command_show(c, commands);
    if (ro_sender_side(c) == RO_SERVER) {
        ro_command_add(commands, RO_PLATFORM_ENVOY,
                       "curl -s localhost:9901/config_dump | grep -A1 max_connection_duration");
    }
}
