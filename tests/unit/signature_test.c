/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of SIGCOMM 2023, table 1, that hold a RST, each with its neighbour. */

#include "check.h"
#include "judge/signature.h"
#include "play.h"

static play p;

/* One RST of the client for each letter: r bare, a RST+ACK; a digit sets the next ACK field. */
static const char *resets(const char *letters)
{
    const ro_reset *r = NULL;
    uint32_t ack = 0;

    for (; *letters != '\0'; letters++) {
        if (*letters >= '0' && *letters <= '9') {
            ack = (uint32_t)(*letters - '0');
            continue;
        }
        play_wait(&p, 10);
        ro_segment s = play_make(&p, RO_CLIENT, *letters == 'a' ? RO_RST | RO_ACK : RO_RST, 0);
        if (*letters == 'r') {
            s.ack = ack;
        }
        r = play_reset(&p, &s);
    }
    return ro_signature(r);
}

static void after_syn(void)
{
    static const struct {
        const char *resets;
        const char *name;
    } rows[] = {
        {"r", "SYN → RST"},
        {"rr", "SYN → RST"},
        {"a", "SYN → RST+ACK"},
        {"ra", "SYN → RST; RST+ACK"},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        play_begin(&p);
        play_syn(&p);
        CHECK_STR(resets(rows[i].resets), rows[i].name);
        play_end(&p);
    }
}

static void after_ack(void)
{
    static const struct {
        const char *resets;
        const char *name;
    } rows[] = {
        {"r", "SYN; ACK → RST"},
        {"rr", "SYN; ACK → RST; RST"},
        {"a", "SYN; ACK → RST+ACK"},
        {"aa", "SYN; ACK → RST+ACK; RST+ACK"},
        {"ar", NULL},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        play_begin(&p);
        play_handshake(&p);
        CHECK_STR(resets(rows[i].resets), rows[i].name);
        play_end(&p);
    }
}

static void after_psh(void)
{
    static const struct {
        const char *resets;
        const char *name;
    } rows[] = {
        {"r", "PSH+ACK → RST"},
        {"a", "PSH+ACK → RST+ACK"},
        {"ra", "PSH+ACK → RST; RST+ACK"},
        {"aa", "PSH+ACK → RST+ACK; RST+ACK"},
        {"5r5r", "PSH+ACK → RST = RST"},
        {"0r0r", "PSH+ACK → RST = RST"}, /* Linux: all of them 0 */
        {"5r6r", "PSH+ACK → RST ≠ RST"},
        {"5r0r", "PSH+ACK → RST; RST₀"},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        play_begin(&p);
        play_handshake(&p);
        play_data(&p, RO_CLIENT, 100);
        CHECK_STR(resets(rows[i].resets), rows[i].name);
        play_end(&p);
    }
}

static void after_data(void)
{
    play_begin(&p);
    play_handshake(&p);
    play_data(&p, RO_CLIENT, 100);
    play_data(&p, RO_CLIENT, 100);
    CHECK_STR(resets("r"), "PSH+ACK; Data → RST");
    play_end(&p);
    play_begin(&p);
    play_handshake(&p);
    play_data(&p, RO_CLIENT, 100);
    play_data(&p, RO_CLIENT, 100);
    CHECK_STR(resets("a"), "PSH+ACK; Data → RST+ACK");
    play_end(&p);
}

static void server_side_is_named_as_well(void)
{
    play_begin(&p);
    play_syn(&p);
    CHECK_STR(ro_signature(play_refuse(&p)), "SYN → RST+ACK");
    play_end(&p);
}

static void ordinary_endings_have_no_name(void)
{
    play_begin(&p);
    play_handshake(&p);
    play_data(&p, RO_CLIENT, 100);
    play_fin(&p, RO_CLIENT);
    CHECK_STR(resets("a"), NULL);
    play_end(&p);
}

static void paper_looks_at_ten_packets(void)
{
    play_begin(&p);
    play_handshake(&p);
    for (unsigned i = 0; i < 7; i++) {
        play_data(&p, RO_CLIENT, 100);
    }
    CHECK_STR(resets("a"), "PSH+ACK; Data → RST+ACK"); /* the tenth */
    play_end(&p);
    play_begin(&p);
    play_handshake(&p);
    for (unsigned i = 0; i < 8; i++) {
        play_data(&p, RO_CLIENT, 100);
    }
    CHECK_STR(resets("a"), NULL); /* the eleventh */
    play_end(&p);
}

static void unknown_beginning_has_no_name(void)
{
    play_begin(&p);
    CHECK_STR(resets("r"), NULL);
    play_end(&p);
}

/* The first RST is named anew when the second has come. */
static void name_follows_later_resets(void)
{
    play_begin(&p);
    play_handshake(&p);
    play_data(&p, RO_CLIENT, 100);
    const ro_reset *first = play_abort(&p, RO_CLIENT);
    CHECK_STR(ro_signature(first), "PSH+ACK → RST+ACK");
    play_wait(&p, 10);
    play_abort(&p, RO_CLIENT);
    CHECK_STR(ro_signature(first), "PSH+ACK → RST+ACK; RST+ACK");
    play_end(&p);
}

static void copy_by_the_capture_counts_once(void)
{
    play_begin(&p);
    ro_segment s = play_make(&p, RO_CLIENT, RO_SYN, 0);
    play_take(&p, &s);
    s.time_ns += 3000;
    play_take(&p, &s);
    play_wait(&p, PLAY_FAR_MS);
    s = play_make(&p, RO_SERVER, RO_SYN | RO_ACK, 0);
    s.ip_id = 7;
    play_take(&p, &s);
    s.time_ns += 3000;
    play_take(&p, &s);
    play_wait(&p, PLAY_NEAR_MS);
    s = play_make(&p, RO_CLIENT, RO_ACK, 0);
    play_take(&p, &s);
    s.time_ns += 3000;
    play_take(&p, &s);
    play_wait(&p, 1);
    s = play_make(&p, RO_CLIENT, RO_RST | RO_ACK, 0);
    play_reset(&p, &s);
    s.time_ns += 3000;
    CHECK_STR(ro_signature(play_reset(&p, &s)), "SYN; ACK → RST+ACK");
    play_end(&p);
}

int main(void)
{
    RUN(after_syn);
    RUN(after_ack);
    RUN(after_psh);
    RUN(after_data);
    RUN(server_side_is_named_as_well);
    RUN(ordinary_endings_have_no_name);
    RUN(paper_looks_at_ten_packets);
    RUN(unknown_beginning_has_no_name);
    RUN(name_follows_later_resets);
    RUN(copy_by_the_capture_counts_once);
    return check_done();
}
