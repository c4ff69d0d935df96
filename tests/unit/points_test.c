/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of what several capture points say together: one conversation, seen at the client and at the
 * server, with clocks that differ. */

#include "points/path_view.h"
#include "points/point_names.h"

#include "base/constants.h"
#include "check.h"
#include "judge/signs.h"
#include "play.h"
#include "report/origin_segments.h"
#include "report/words.h"

#define WAY_NS (15 * RO_MS) /* one way between the points */
#define HOPS   10

/* A conversation that both points see. The client's point is 0, the server's 1. */
typedef struct two {
    play p;
    int64_t offset_ns; /* the server's clock minus the client's */
    bool moved;        /* a box between them adds to the server's numbers */
    bool translated;   /* or hides the client's address */
    uint32_t frame;
} two;

#define MOVED_BY 77000u

static void two_begin(two *t, int64_t offset_ns)
{
    memset(t, 0, sizeof *t);
    play_begin(&t->p);
    t->p.ttl[RO_CLIENT] = 64;
    t->p.ttl[RO_SERVER] = 64;
    t->offset_ns = offset_ns;
}

static void two_end(two *t)
{
    play_end(&t->p);
}

/* As the other point sees a segment of `side` that left at s->time_ns, the client's clock. */
static ro_segment at_point(const two *t, ro_segment s, ro_side side, unsigned point)
{
    bool far = (side == RO_CLIENT) == (point == 1);

    s.point = point;
    s.time_ns += (far ? WAY_NS : 0) + (point == 1 ? t->offset_ns : 0);
    s.ttl = (uint8_t)(s.ttl - (far ? HOPS : 0));
    if (point == 1 && t->moved) {
        if (side == RO_SERVER) {
            s.seq -= MOVED_BY;
        } else if (s.flags & RO_ACK) {
            s.ack -= MOVED_BY;
        }
    }
    if (point == 1 && t->translated) {
        *(side == RO_CLIENT ? &s.src : &s.dst) = (ro_addr){0, UINT64_C(0xffffcb007101)};
        *(side == RO_CLIENT ? &s.sport : &s.dport) = 23456;
    }
    return s;
}

static ro_reset *take_at(two *t, const ro_segment *s, ro_side side, unsigned point)
{
    ro_segment x = at_point(t, *s, side, point);
    ro_observed seen;

    x.frame = ++t->frame;
    ro_capture_observe(t->p.cap, &x, &seen);
    return seen.reset;
}

/* The conversation follows a segment without taking it in. */
static void follow(two *t, const ro_segment *s, ro_side side)
{
    uint32_t end = s->seq + ro_segment_span(s);

    if (ro_segment_span(s) > 0) {
        t->p.nxt[side] = end;
        t->p.rcv[!side] = end;
    }
    t->p.ip_id[side]++;
}

/* A segment that both points see, `lost` at the point of that index. */
static void both(two *t, ro_side side, unsigned flags, uint32_t len, int lost)
{
    ro_segment s = play_make(&t->p, side, flags, len);

    for (int point = 0; point < 2; point++) {
        if (point != lost) {
            take_at(t, &s, side, (unsigned)point);
        }
    }
    follow(t, &s, side);
    play_wait(&t->p, 15.1); /* the other side answers 0.1 ms after it arrived */
}

static void talk(two *t)
{
    both(t, RO_CLIENT, RO_SYN, 0, -1);
    both(t, RO_SERVER, RO_SYN | RO_ACK, 0, -1);
    both(t, RO_CLIENT, RO_ACK, 0, -1);
    for (int i = 0; i < 3; i++) {
        both(t, RO_CLIENT, RO_PSH | RO_ACK, 100, -1);
        both(t, RO_SERVER, RO_ACK, 0, -1);
        both(t, RO_SERVER, RO_PSH | RO_ACK, 300, -1);
        both(t, RO_CLIENT, RO_ACK, 0, -1);
    }
}

static ro_segment server_rst(two *t)
{
    ro_segment s = play_make(&t->p, RO_SERVER, RO_RST | RO_ACK, 0);

    s.ip_id = 0; /* nothing to recognise it by but its numbers */
    return s;
}

/* The weight of a sign for a RST; 0 where it did not fire. */
static int weight_of(const ro_reset *r, const char *token)
{
    ro_verdict v;

    ro_judge(r, &v);
    for (unsigned i = 0; i < v.fired_n; i++) {
        if (strcmp(ro_signs[v.fired[i].sign].token, token) == 0) {
            return v.fired[i].weight;
        }
    }
    return 0;
}

static const char *segment_of(const ro_reset *r)
{
    static char words[128];
    GString *out = g_string_new(NULL);

    ro_path_view_segment(r, out);
    g_strlcpy(words, out->str, sizeof words);
    g_string_free(out, TRUE);
    return words;
}

static void one_point_says_nothing(void)
{
    play p;
    ro_reset *r;

    play_begin(&p);
    play_handshake(&p);
    r = play_rst(&p, RO_SERVER);
    CHECK(ro_path_view_of(r) == NULL);
    CHECK_INT(weight_of(r, "not_seen_at_sender"), 0);
    play_end(&p);
}

/* The server sent it: both copies are one, whatever the clocks say. */
static void check_sent_by_server(int64_t offset_ns, bool moved, bool translated)
{
    two t;
    ro_segment s;
    ro_reset *far;
    ro_reset *near;
    const ro_path_view *w;

    two_begin(&t, offset_ns);
    t.moved = moved;
    t.translated = translated;
    talk(&t);
    s = server_rst(&t);
    near = take_at(&t, &s, RO_SERVER, 1);
    far = take_at(&t, &s, RO_SERVER, 0);
    ro_points_complete(ro_capture_points(t.p.cap));
    CHECK(near->copy_next == far);
    CHECK(far->copy_next == near);
    w = ro_path_view_of(far);
    CHECK_INT(w->seen_n, 2);
    CHECK(w->left_sender);
    CHECK(w->observed[1].has_offset);
    /* the estimate is as good as the two ways are alike: here they are */
    CHECK(ABS(w->observed[1].offset_ns - offset_ns) < RO_MS);
    CHECK_INT(play_judge(&t.p, far)->source, RO_SOURCE_SERVER);
    CHECK_INT(play_judge(&t.p, near)->source, RO_SOURCE_SERVER);
    CHECK(weight_of(far, "left_sender") < 0);
    CHECK_INT(weight_of(far, "not_seen_at_sender"), 0);
    CHECK_STR(segment_of(far), "at the server");
    two_end(&t);
}

static void sent_by_the_server(void)
{
    check_sent_by_server(0, false, false);
}

static void clocks_that_differ_by_seconds(void)
{
    check_sent_by_server(5 * RO_S, false, false);
    check_sent_by_server(-5 * RO_S, false, false);
}

static void moved_sequence_numbers(void)
{
    check_sent_by_server(0, true, false);
}

static void translated_addresses(void)
{
    check_sent_by_server(RO_S, false, true);
    check_sent_by_server(0, true, true);
}

static bool says(const ro_reset *r, const char *words)
{
    GString *out = g_string_new(NULL);
    ro_verdict v;
    bool found;

    ro_judge(r, &v);
    for (unsigned i = 0; i < v.fired_n; i++) {
        ro_text_reason(r, &v, i, out);
    }
    found = strstr(out->str, words) != NULL;
    g_string_free(out, TRUE);
    return found;
}

/* A device that translates numbers mistook the RST's: its IP-ID and all else are the server's. */
static void numbers_changed_on_the_way(void)
{
    for (int moved = 0; moved < 2; moved++) {
        two t;
        ro_segment s;
        ro_reset *near;
        ro_reset *far;

        two_begin(&t, 0);
        t.moved = moved;
        talk(&t);
        s = play_make(&t.p, RO_SERVER, RO_RST | RO_ACK, 0);
        near = take_at(&t, &s, RO_SERVER, 1);
        s.seq -= 566;
        far = take_at(&t, &s, RO_SERVER, 0);
        ro_points_complete(ro_capture_points(t.p.cap));
        CHECK(near->copy_next == far);
        CHECK_INT(play_judge(&t.p, far)->source, RO_SOURCE_SERVER);
        CHECK(says(far, "changed its sequence number, which is off by -566 here"));
        CHECK(!says(near, "changed its sequence number"));
        two_end(&t);
    }
}

/* A box in between made it: the client saw it, the server's point the connection alone. */
static void check_made_between(bool moved, bool translated, int64_t offset_ns)
{
    two t;
    ro_segment s;
    ro_reset *r;
    const ro_path_view *w;

    two_begin(&t, offset_ns);
    t.moved = moved;
    t.translated = translated;
    talk(&t);
    s = server_rst(&t);
    r = take_at(&t, &s, RO_SERVER, 0);
    ro_points_complete(ro_capture_points(t.p.cap));
    CHECK(r->copy_next == NULL);
    w = ro_path_view_of(r);
    CHECK_INT(w->observed[1].kind, RO_OBSERVED_MISSING);
    CHECK_INT(w->observed[1].nearer, 1);
    CHECK(w->observed[1].rest_seen);
    CHECK(weight_of(r, "not_seen_at_sender") >= 20);
    CHECK_INT(play_judge(&t.p, r)->source, RO_SOURCE_INTERMEDIARY);
    CHECK_STR(segment_of(r), "between interface 0 and interface 1");
    two_end(&t);
}

static void made_between(void)
{
    check_made_between(false, false, 0);
    check_made_between(true, false, 3 * RO_S);
    check_made_between(false, true, -3 * RO_S);
}

/* The very same numbers, once forged towards the client and later sent by the server itself: the
 * server's left after the forged one had arrived, so they are two. */
static void forged_before_the_true_one(void)
{
    two t;
    ro_segment s;
    ro_reset *forged;
    ro_reset *own;

    two_begin(&t, 0);
    talk(&t);
    s = server_rst(&t);
    forged = take_at(&t, &s, RO_SERVER, 0);
    s.time_ns += 60 * RO_MS;
    own = take_at(&t, &s, RO_SERVER, 1);
    CHECK(forged->copy_next == NULL);
    CHECK(own->copy_next == NULL);
    two_end(&t);
}

/* Injected to both ends: neither sent what the other received. */
static void enters_both_ends(void)
{
    two t;
    ro_segment s;
    ro_reset *r;

    two_begin(&t, 0);
    talk(&t);
    s = server_rst(&t);
    r = take_at(&t, &s, RO_SERVER, 0);
    s = play_make(&t.p, RO_CLIENT, RO_RST | RO_ACK, 0);
    take_at(&t, &s, RO_CLIENT, 1);
    ro_points_complete(ro_capture_points(t.p.cap));
    CHECK(weight_of(r, "enters_both_ends") > 0);
    two_end(&t);
}

/* It never arrived: still the server's. */
static void lost_behind_the_sender(void)
{
    two t;
    ro_segment s;
    ro_reset *r;

    two_begin(&t, 0);
    talk(&t);
    s = server_rst(&t);
    r = take_at(&t, &s, RO_SERVER, 1);
    ro_points_complete(ro_capture_points(t.p.cap));
    CHECK_INT(ro_path_view_of(r)->observed[0].kind, RO_OBSERVED_MISSING);
    CHECK_INT(play_judge(&t.p, r)->source, RO_SOURCE_SERVER);
    CHECK_STR(segment_of(r), "at the server");
    two_end(&t);
}

/* A capture that loses much proves little by an absence. */
static void loss_weakens_absence(void)
{
    int weight[2];

    for (int lossy = 0; lossy < 2; lossy++) {
        two t;
        ro_segment s;
        ro_reset *r;

        two_begin(&t, 0);
        talk(&t);
        for (int i = 0; i < 12; i++) {
            both(&t, RO_CLIENT, RO_PSH | RO_ACK, 10, -1);
            both(&t, RO_SERVER, RO_ACK, 0, lossy && i % 3 == 0 ? 1 : -1);
        }
        s = server_rst(&t);
        r = take_at(&t, &s, RO_SERVER, 0);
        ro_points_complete(ro_capture_points(t.p.cap));
        CHECK_INT(ro_path_view_of(r)->observed[1].missed, lossy ? 4 : 0);
        weight[lossy] = weight_of(r, "not_seen_at_sender");
        two_end(&t);
    }
    CHECK(weight[1] <= weight[0] - 10);
}

typedef enum server_point {
    SAW_ALL,
    STARTS_LATE,
    STOPS_EARLY,
    LOSES_MUCH,
    SAW_CLIENT_ONLY
} server_point;

/* Another connection of the two, of which the server's point lacks what it must. */
static void others(two *t, server_point kind)
{
    int lost = kind == STARTS_LATE ? 1 : -1;

    for (int i = 0; i < 8; i++) {
        both(t, RO_CLIENT, i ? RO_PSH | RO_ACK : RO_SYN, i ? 10 : 0, lost);
        both(t, RO_SERVER, i ? RO_ACK : RO_SYN | RO_ACK, 0,
             kind == SAW_CLIENT_ONLY || (kind == LOSES_MUCH && i % 2) ? 1 : lost);
    }
}

/* A SYN that is refused, seen at the client alone, between and beside other traffic of the server. */
static const ro_reset *refused_at_client(two *t, server_point kind)
{
    ro_segment s;
    ro_reset *r;

    two_begin(t, 0);
    others(t, kind);
    play_next_stream(&t->p);
    t->p.port[RO_SERVER] = 8099;
    t->p.nxt[RO_CLIENT] = 3000000;
    s = play_make(&t->p, RO_CLIENT, RO_SYN, 0);
    take_at(t, &s, RO_CLIENT, 0);
    play_wait(&t->p, 2 * 15.1);
    t->p.rcv[RO_SERVER] = s.seq + 1;
    s = play_make(&t->p, RO_SERVER, RO_RST | RO_ACK, 0);
    s.seq = 0;
    s.ip_id = 0;
    r = take_at(t, &s, RO_SERVER, 0);
    play_wait(&t->p, 50);
    play_next_stream(&t->p);
    t->p.port[RO_SERVER] = 80;
    t->p.nxt[RO_CLIENT] = 6000000;
    t->p.nxt[RO_SERVER] = 7000000;
    if (kind == STOPS_EARLY) {
        both(t, RO_CLIENT, RO_SYN, 0, 1);
    } else {
        others(t, kind == STARTS_LATE ? SAW_ALL : kind);
    }
    ro_points_complete(ro_capture_points(t->p.cap));
    return r;
}

/* The point beside the server captured its other traffic, before and after, and neither the SYN nor the reset. It
 * weighs only what a point can know: nothing where it starts late, stops early or sees the other direction alone,
 * less where it loses much. */
static void refused_in_between(void)
{
    two t;
    const ro_reset *r = refused_at_client(&t, SAW_ALL);

    CHECK_INT(weight_of(r, "not_seen_at_sender"), 15);
    CHECK(play_judge(&t.p, r)->source != RO_SOURCE_SERVER);
    two_end(&t);
    for (server_point kind = STARTS_LATE; kind <= SAW_CLIENT_ONLY; kind++) {
        r = refused_at_client(&t, kind);
        CHECK(weight_of(r, "not_seen_at_sender") <= 10);
        CHECK(play_judge(&t.p, r)->source != RO_SOURCE_INTERMEDIARY);
        two_end(&t);
    }
}

/* What the two points say together with the reset's own fields: a device refused it. */
static void refused_in_between_from_elsewhere(void)
{
    two t;
    ro_reset *r = (ro_reset *)refused_at_client(&t, SAW_ALL);

    r->seg.ttl = (uint8_t)(r->seg.ttl + 6);
    CHECK_INT(play_judge(&t.p, r)->source, RO_SOURCE_INTERMEDIARY);
    two_end(&t);
}

/* In one pass the server's point, whose clock is ahead, has not shown that moment yet. */
static void what_is_not_read_yet_is_not_missing(void)
{
    two t;
    ro_segment s;
    ro_reset *r;

    two_begin(&t, 5 * RO_S);
    talk(&t);
    t.p.now_ns += 10 * RO_S;
    s = server_rst(&t);
    r = take_at(&t, &s, RO_SERVER, 0);
    CHECK_INT(ro_path_view_of(r)->observed[1].kind, RO_OBSERVED_NONE);
    CHECK_INT(weight_of(r, "not_seen_at_sender"), 0);
    ro_points_complete(ro_capture_points(t.p.cap));
    CHECK_INT(ro_path_view_of(r)->observed[1].kind, RO_OBSERVED_MISSING);
    two_end(&t);
}

static void names_are_unique(void)
{
    two t;
    ro_segment s;
    ro_reset *r;
    GString *out = g_string_new(NULL);

    two_begin(&t, 0);
    talk(&t);
    ro_points_name(ro_capture_points(t.p.cap), 0, "eth0");
    ro_points_name(ro_capture_points(t.p.cap), 1, "eth0");
    s = server_rst(&t);
    r = take_at(&t, &s, RO_SERVER, 0);
    ro_points_append_name(r, 0, out);
    CHECK_STR(out->str, "eth0");
    g_string_truncate(out, 0);
    ro_points_append_name(r, 1, out);
    CHECK_STR(out->str, "eth0 (interface 1)");
    g_string_truncate(out, 0);
    ro_points_name(ro_capture_points(t.p.cap), 1, "eth0\xff\xfe"); /* whatever the file says */
    ro_points_append_name(r, 1, out);
    CHECK(g_utf8_validate(out->str, -1, NULL));
    g_string_free(out, TRUE);
    two_end(&t);
}

/* The reset that reached the client late: by so much, from so many hops farther, and its number so much higher
 * than that of the one that left the server. `in_time`: that one reached the client, too. */
static int weight_of_late(int64_t late_ns, int hops, uint32_t higher, bool in_time)
{
    two t;
    ro_segment s;
    ro_reset *far;
    int weight;

    two_begin(&t, 0);
    talk(&t);
    s = server_rst(&t);
    take_at(&t, &s, RO_SERVER, 1);
    if (in_time) {
        take_at(&t, &s, RO_SERVER, 0);
    }
    s.time_ns += late_ns;
    s.ttl = (uint8_t)(s.ttl - hops);
    s.seq += higher;
    far = take_at(&t, &s, RO_SERVER, 0);
    ro_points_complete(ro_capture_points(t.p.cap));
    weight = weight_of(far, "not_seen_at_sender");
    two_end(&t);
    return weight;
}

/* A router holds packets while it asks for an address (RFC 4861), and another route takes another time. */
static void held_up_or_rerouted(void)
{
    CHECK_INT(weight_of_late(1026 * RO_MS, 0, 0, false), 0);
    CHECK_INT(weight_of_late(1026 * RO_MS, 2, 0, false), 0);
    CHECK_INT(weight_of_late(20 * RO_MS, -2, 0, false), 0);
    /* guilty: longer than anything is held, from a distance that no other route has, of another number, or a
     * second one beside the one that came in time */
    CHECK(weight_of_late(5 * RO_S, 0, 0, false) > 10);
    CHECK(weight_of_late(1026 * RO_MS, 20, 0, false) > 10);
    CHECK(weight_of_late(1026 * RO_MS, 0, 300, false) > 10);
    CHECK(weight_of_late(1026 * RO_MS, 0, 0, true) > 10);
}

static void report_counts_each_once(void)
{
    two t;
    ro_segment s;
    GString *out = g_string_new(NULL);

    two_begin(&t, 0);
    talk(&t);
    s = server_rst(&t);
    take_at(&t, &s, RO_SERVER, 1);
    take_at(&t, &s, RO_SERVER, 0);
    ro_points_complete(ro_capture_points(t.p.cap));
    ro_origin_segments_text(ro_capture_points(t.p.cap), ro_capture_reset_list(t.p.cap), out);
    CHECK(strstr(out->str, "       1  at the server\n") != NULL);
    CHECK(strstr(out->str, "interface 0: next to the client") != NULL);
    CHECK(strstr(out->str, "interface 1: next to the server") != NULL);
    g_string_free(out, TRUE);
    two_end(&t);
}

int main(void)
{
    RUN(one_point_says_nothing);
    RUN(sent_by_the_server);
    RUN(clocks_that_differ_by_seconds);
    RUN(moved_sequence_numbers);
    RUN(translated_addresses);
    RUN(numbers_changed_on_the_way);
    RUN(made_between);
    RUN(forged_before_the_true_one);
    RUN(enters_both_ends);
    RUN(lost_behind_the_sender);
    RUN(loss_weakens_absence);
    RUN(refused_in_between);
    RUN(refused_in_between_from_elsewhere);
    RUN(what_is_not_read_yet_is_not_missing);
    RUN(held_up_or_rerouted);
    RUN(names_are_unique);
    RUN(report_counts_each_once);
    return check_done();
}
