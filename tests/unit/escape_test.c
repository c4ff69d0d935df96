/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words from a capture print as what they are and command nothing. */

#include "base/escape.h"
#include "check.h"

static void check_shown(const char *text, size_t max, const char *want)
{
    GString *out = g_string_new("<");

    ro_append_escaped(out, text, max);
    g_string_append_c(out, '>');
    CHECK_STR(out->str, want);
    g_string_free(out, TRUE);
}

static void ordinary_names_stay(void)
{
    check_shown("eth0", 64, "<eth0>");
    check_shown("\\Device\\NPF_{4F2A}", 64, "<\\Device\\NPF_{4F2A}>");
    check_shown("Прокси – 東", 64, "<Прокси – 東>");
    check_shown("", 64, "<>");
    check_shown(NULL, 64, "<>");
}

static void controls_do_not_reach_the_terminal(void)
{
    check_shown("a\nb\r\tc", 64, "<a\\nb\\r\\tc>");
    check_shown("\033[2J\177", 64, "<\\x1b[2J\\x7f>");
    check_shown("\xc2\x9b", 64, "<\\x9b>"); /* CSI as one C1 character */
    check_shown("\xff\xfe", 64, "<\\xff\\xfe>");
    check_shown("\xe2\x82", 64, "<\\xe2\\x82>"); /* cut in a character */
}

static void directions_of_writing_are_shown(void)
{
    check_shown("\u202eabc\u2069", 64, "<\\u{202e}abc\\u{2069}>");
    check_shown("\u200b\u2028\ufeff", 64, "<\\u{200b}\\u{2028}\\u{feff}>");
}

static void long_words_are_cut(void)
{
    check_shown("abcdef", 6, "<abcdef>");
    check_shown("abcdef", 5, "<abcde…>");
    check_shown("\n\n\n", 2, "<\\n\\n…>");
    check_shown("ab", 0, "<…>");
}

int main(void)
{
    RUN(ordinary_names_stay);
    RUN(controls_do_not_reach_the_terminal);
    RUN(directions_of_writing_are_shown);
    RUN(long_words_are_cut);
    return check_done();
}
